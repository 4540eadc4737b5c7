"""The programs that run and when they were last alive; and what went wrong when, and for how long."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.tables.base import Base, Live, UlidKey


class Program(Live, Base):
    """A worker or web process (`role`) and when it was last alive. The table has its old name.

    `ended_at`: it said goodbye; `lost_at`: it did not, and was missed. `facts` is what it knows of itself and
    of what it stands on (`app.domain.house.ProgramFacts`).
    """

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(server_default="worker")
    host: Mapped[str]
    version: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    seen_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp(), index=True)
    ended_at: Mapped[datetime | None]
    lost_at: Mapped[datetime | None]
    running: Mapped[int] = mapped_column(server_default="0")
    facts: Mapped[dict[str, Any]] = mapped_column(server_default="{}")


class Incident(Live, Base):
    """Something did not work, or a person stopped it: from when until when. At most one at a time is open
    for each `kind` and `subject`, whichever processes notice it.
    """

    __tablename__ = "incidents"
    __table_args__ = (
        Index("uq_incidents_open", "kind", "subject", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_incidents_started_at", "started_at"),
    )

    id: Mapped[UlidKey]
    kind: Mapped[str]
    subject: Mapped[str]
    event_id: Mapped[str | None]
    because: Mapped[str] = mapped_column(server_default="")
    by: Mapped[str] = mapped_column(server_default="")
    started_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    ended_at: Mapped[datetime | None]
