"""Jobs and all that the engine writes: stages, attempts, timeline, idempotency keys, heartbeats."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.db.tables.base import Base, Created, Live, Ulid, UlidKey


class Job(Live, Base):
    """One run of a line, with the guest as they were. Lease, fence and due time live here, never in Redis.

    `step` is where in its chain of makers the job is. `parked_for` names what a queued job waits for besides
    its due time (`slot:kie`, `provider:kie:<task>`, `signal:payment`, `outcome`): whoever sees it happen lets
    the job be due. `dismissed_at`: a person has seen the failure and wants nothing more of it.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint("status IN ('queued','running','succeeded','failed','canceled')", name="status"),
        CheckConstraint("lane IN ('high','default','bulk')", name="lane"),
        Index("ix_jobs_due", "due_at", postgresql_where=text("status = 'queued'")),
        Index("ix_jobs_lease", "lease_until", postgresql_where=text("status = 'running'")),
        Index("ix_jobs_parked_for", "parked_for", postgresql_where=text("parked_for IS NOT NULL")),
        Index("ix_jobs_failed", "finished_at", postgresql_where=text("status = 'failed'")),
        Index("ix_jobs_event_id_id", "event_id", "id"),
        Index("ix_jobs_event_id_status_id", "event_id", "status", "id"),
        Index(
            "ix_jobs_gallery",
            "event_id",
            text("finished_at DESC"),
            text("id DESC"),
            postgresql_where=text("status = 'succeeded'"),
        ),
    )

    id: Mapped[UlidKey]
    line: Mapped[str]
    event_id: Mapped[Ulid] = mapped_column(ForeignKey("events.id"))
    booth_id: Mapped[str | None] = mapped_column(ForeignKey("booths.id"), index=True)
    session_id: Mapped[Ulid] = mapped_column(ForeignKey("sessions.id"), index=True)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id"), index=True)
    guest_name: Mapped[str]
    guest_whatsapp: Mapped[str]
    code: Mapped[str]
    mode: Mapped[str]
    style_id: Mapped[str] = mapped_column(ForeignKey("styles.id"))
    provider: Mapped[str]
    args: Mapped[dict[str, Any]]
    input_key: Mapped[str]
    input_sha256: Mapped[str]

    lane: Mapped[str] = mapped_column(server_default="default")
    step: Mapped[int] = mapped_column(server_default="0")
    deadline_at: Mapped[datetime | None]
    replays: Mapped[int] = mapped_column(server_default="0")
    dismissed_at: Mapped[datetime | None]

    status: Mapped[str] = mapped_column(server_default="queued")
    stage: Mapped[str | None]
    percent: Mapped[int] = mapped_column(server_default="0")
    preview_version: Mapped[int] = mapped_column(server_default="0")
    attempts: Mapped[int] = mapped_column(server_default="0")
    stalls: Mapped[int] = mapped_column(server_default="0")
    fence: Mapped[int] = mapped_column(server_default="0")
    worker_id: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    due_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    parked_for: Mapped[str | None]
    wait: Mapped[dict[str, Any] | None]
    cancel_requested: Mapped[bool] = mapped_column(server_default="false")
    switch_requested: Mapped[bool] = mapped_column(server_default="false")
    error_code: Mapped[str | None]
    error_message: Mapped[str | None]
    best_output_key: Mapped[str | None]
    outputs: Mapped[dict[str, Any] | None]
    printing: Mapped[dict[str, Any] | None]
    """Its prints as screens show them: read with the row at every step, so it is kept in it."""
    provider_request_id: Mapped[str | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class JobStage(Base):
    """A stage of a job; finished means: never again. `memory` is what it must not forget over a crash."""

    __tablename__ = "job_stages"

    job_id: Mapped[Ulid] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    attempts: Mapped[int] = mapped_column(server_default="0")
    failures: Mapped[int] = mapped_column(server_default="0")
    memory: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    output: Mapped[dict[str, Any] | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class JobAttempt(Base):
    """One try of a stage; `outcome` empty while it runs (or died: then `stalled` once that is known)."""

    __tablename__ = "job_attempts"

    job_id: Mapped[Ulid] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    fence: Mapped[int]
    worker_id: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    error_code: Mapped[str | None]
    error_message: Mapped[str | None]


class JobEvent(Base):
    """The timeline of a job, in the order of its writes."""

    __tablename__ = "job_events"
    __table_args__ = (Index("ix_job_events_job_id_id", "job_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    job_id: Mapped[Ulid] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    kind: Mapped[str]
    stage: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(server_default="{}")


class JobPreview(Base):
    """What a job's picture looks like so far: a small JPEG that its maker shows while it works."""

    __tablename__ = "job_previews"

    job_id: Mapped[Ulid] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    image: Mapped[bytes]


class JobSignal(Base):
    """What a person or a webhook told a job, perhaps before it waited for it; the same `key` is told once."""

    __tablename__ = "job_signals"
    __table_args__ = (UniqueConstraint("job_id", "name", "key"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    job_id: Mapped[Ulid] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    name: Mapped[str]
    key: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    sent_by: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class JobPrint(Created, Base):
    """A print somebody asked for. Lease, fence and due time live here, as a job's do in its row.

    `remote_id` is the number the printer gave it; `asked_at`: from then on the picture may be on its way to
    the paper, so it is never sent again before the printer was asked what became of it. `because` is the
    code of what it waits for, or why it ended. `key` is the request's own, so that it makes one print only.
    """

    __tablename__ = "job_prints"
    __table_args__ = (
        UniqueConstraint("requested_by", "key"),
        Index("ix_job_prints_open", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )

    id: Mapped[UlidKey]
    job_id: Mapped[Ulid] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), index=True)
    booth_id: Mapped[str | None]
    printer: Mapped[str] = mapped_column(server_default="")
    copies: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str] = mapped_column(server_default="requested")
    because: Mapped[str] = mapped_column(server_default="")
    requested_by: Mapped[str]
    key: Mapped[str | None]
    fence: Mapped[int] = mapped_column(server_default="0")
    due_at: Mapped[datetime | None]
    """When a worker looks at it next, and until when one has it; nobody looks any more where it is empty."""
    remote_id: Mapped[int | None]
    asked_at: Mapped[datetime | None]
    printed_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None]


class IdempotencyKey(Created, Base):
    """A key an account used; written in the transaction of its job, so a failed upload leaves none."""

    __tablename__ = "idempotency_keys"

    account: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    body_hash: Mapped[str]
    job_id: Mapped[Ulid] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Upload(Created, Base):
    """A job id reserved for a signed upload, and where its picture goes."""

    __tablename__ = "uploads"

    job_id: Mapped[UlidKey]
    account: Mapped[str]
    event_id: Mapped[Ulid] = mapped_column(ForeignKey("events.id"))
    session_id: Mapped[Ulid] = mapped_column(ForeignKey("sessions.id"))
    input_key: Mapped[str] = mapped_column(unique=True)
    content_type: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(index=True)
