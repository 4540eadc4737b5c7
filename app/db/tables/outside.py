"""What all processes must know of outside services: calls, tasks, slots, breakers; and the lanes of jobs."""

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.db.tables.base import Base, Live, Ulid, UlidKey


class ProviderRate(Base):
    """When a service was last called under a limit, oldest first; never more moments than the limit."""

    __tablename__ = "provider_rates"

    key: Mapped[str] = mapped_column(primary_key=True)
    taken: Mapped[list[datetime]] = mapped_column(ARRAY(DateTime(timezone=True)))


class ProviderHint(Base):
    """A provider told that a task ended; kept until a worker has looked, for minutes at the longest."""

    __tablename__ = "provider_hints"

    provider: Mapped[str] = mapped_column(primary_key=True)
    task_id: Mapped[str] = mapped_column(primary_key=True)
    heard_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp(), index=True)


class Breaker(Live, Base):
    """How well an outside part (a provider, storage) works; the rule is `app.domain.breaker`.

    `failures` and `successes` count the current part of the window, the `earlier_` ones the part before it.
    The probe is a lease: whoever holds it may try while the breaker is open. `since`: when it last opened,
    closed, or was forced. `credits` as the provider told them at `credits_at`, with what one of its tasks
    cost lately. `checked_at` is when it was last asked how it is, without a job; `check_because` is empty
    where it said that it works.
    """

    __tablename__ = "breakers"
    __table_args__ = (
        CheckConstraint("state IN ('closed', 'open')", name="state"),
        CheckConstraint("forced IN ('closed', 'open')", name="forced"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(server_default="closed")
    failures: Mapped[int] = mapped_column(server_default="0")
    successes: Mapped[int] = mapped_column(server_default="0")
    earlier_failures: Mapped[int] = mapped_column(server_default="0")
    earlier_successes: Mapped[int] = mapped_column(server_default="0")
    window_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    openings: Mapped[int] = mapped_column(server_default="0")
    until: Mapped[datetime | None]
    because: Mapped[str] = mapped_column(server_default="")
    probe_by: Mapped[str | None]
    probe_until: Mapped[datetime | None]
    forced: Mapped[str | None]
    forced_by: Mapped[str | None]
    forced_because: Mapped[str | None]
    forced_until: Mapped[datetime | None]
    slots_total: Mapped[int] = mapped_column(server_default="0")
    since: Mapped[datetime | None]
    credits: Mapped[float | None]
    credits_at: Mapped[datetime | None]
    credits_asked_at: Mapped[datetime | None]
    task_cost: Mapped[float | None]
    check_asked_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    check_because: Mapped[str | None]


class Lane(Live, Base):
    """A lane of jobs; while it is paused no worker takes a job of it."""

    __tablename__ = "lanes"

    id: Mapped[str] = mapped_column(primary_key=True)
    paused_at: Mapped[datetime | None]
    paused_by: Mapped[str | None]
    because: Mapped[str] = mapped_column(server_default="")


class ProviderSlot(Base):
    """One of the tasks a provider may work on for us at the same time; free again when its lease is over."""

    __tablename__ = "provider_slots"

    provider: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    job_id: Mapped[Ulid] = mapped_column(index=True)
    until: Mapped[datetime]


class ProviderSpend(Base):
    """One task we asked a provider for, written before it was asked: `submission` is our own id of it.

    `state`: asked (the answer is open), taken, done, failed, lost, canceled, refused (surely never taken),
    unknown (a person decides). `cost` once the provider told it, `expected` until then.
    """

    __tablename__ = "provider_spend"
    __table_args__ = (
        Index(
            "uq_provider_spend_task",
            "provider",
            "task_id",
            unique=True,
            postgresql_where=text("task_id IS NOT NULL"),
        ),
    )

    submission: Mapped[UlidKey]
    provider: Mapped[str]
    task_id: Mapped[str | None]
    job_id: Mapped[Ulid] = mapped_column(index=True)
    event_id: Mapped[Ulid] = mapped_column(ForeignKey("events.id"), index=True)
    style_id: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="asked")
    expected: Mapped[float] = mapped_column(server_default="0")
    cost: Mapped[float | None]
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    ended_at: Mapped[datetime | None]
