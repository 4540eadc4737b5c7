"""The engine's writes: claim, heartbeat, stage begun, stage ended, job ended. Each checks the fence.

Lease and due times are the database's clock, so a worker with a wrong clock does no harm. A statement that
finds no row with our fence means that the lease is lost: LeaseLost, and nothing of that run is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, cast, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables import Job, JobAttempt, JobEvent, JobStage, Worker
from app.db.unit import Unit
from app.domain.errors import LeaseLost
from app.domain.job import LEASE_SECONDS, JobStatus, sources
from app.domain.messages import WaitReason


def after(seconds: float) -> ColumnElement[Any]:
    """A moment by the database's clock."""
    return func.clock_timestamp() + timedelta(seconds=seconds)


@dataclass
class Claimed:
    """A job that is ours under `job.fence`, and what its finished stages left."""

    job: Job
    outputs: dict[str, dict[str, Any]]
    taken_over: bool
    stages: dict[str, JobStage] = field(default_factory=dict)


async def claim(unit: Unit, job_id: str, worker_id: str) -> Claimed | None:
    """Take a due or abandoned job with one conditional UPDATE; None when there is nothing to take."""
    due = and_(Job.status == "queued", Job.due_at <= func.clock_timestamp())
    abandoned = and_(Job.status == "running", Job.lease_until < func.clock_timestamp())
    job = await unit.db.scalar(
        update(Job)
        .where(Job.id == job_id, or_(due, abandoned))
        .values(
            status="running",
            fence=Job.fence + 1,
            worker_id=worker_id,
            lease_until=after(LEASE_SECONDS),
            started_at=func.coalesce(Job.started_at, func.clock_timestamp()),
            stalls=Job.stalls + cast(Job.status == "running", Integer),
            wait=None,
        )
        .returning(Job)
    )
    if job is None:
        return None
    unit.changed("job", job_id)
    stalled = await unit.db.scalars(
        update(JobAttempt)
        .where(JobAttempt.job_id == job_id, JobAttempt.ended_at.is_(None))
        .values(ended_at=func.clock_timestamp(), outcome="stalled")
        .returning(JobAttempt.stage)
    )
    taken_over = False
    for stage in stalled.all():
        taken_over = True
        note(unit, job_id, "taken_over", stage, worker=worker_id)
    rows = await unit.db.scalars(select(JobStage).where(JobStage.job_id == job_id))
    stages = {row.stage: row for row in rows}
    outputs = {name: row.output or {} for name, row in stages.items() if row.finished_at}
    return Claimed(job, outputs, taken_over, stages)


def note(unit: Unit, job_id: str, kind: str, stage: str | None = None, **data: Any) -> None:
    """Add a line to the job's timeline."""
    unit.db.add(JobEvent(job_id=job_id, kind=kind, stage=stage, data=data))


async def _ours(unit: Unit, job_id: str, fence: int, to: JobStatus, **values: Any) -> Job:
    """Write to the job if it is still ours and may move so; LeaseLost when not."""
    job: Job | None = await unit.db.scalar(
        update(Job)
        .where(Job.id == job_id, Job.fence == fence, Job.status == "running", Job.status.in_(sources(to)))
        .values(status=to, **values)
        .returning(Job)
    )
    if job is None:
        raise LeaseLost(job_id)
    unit.changed("job", job_id)
    return job


async def heartbeat(db: AsyncSession, job_id: str, fence: int) -> bool:
    """Prolong the lease; answers whether somebody asked to cancel. LeaseLost when it is no longer ours."""
    asked: bool | None = await db.scalar(
        update(Job)
        .where(Job.id == job_id, Job.fence == fence, Job.status == "running")
        .values(lease_until=after(LEASE_SECONDS))
        .returning(Job.cancel_requested)
    )
    if asked is None:
        raise LeaseLost(job_id)
    return asked


async def begin_stage(unit: Unit, job_id: str, fence: int, stage: str, percent: int, worker: str) -> JobStage:
    """Write that a stage starts, with its new attempt; gives its row (memory, failures)."""
    row = (
        await unit.db.scalars(
            insert(JobStage)
            .values(job_id=job_id, stage=stage, attempts=1, started_at=func.clock_timestamp())
            .on_conflict_do_update(
                index_elements=["job_id", "stage"],
                set_={"attempts": JobStage.attempts + 1, "started_at": func.clock_timestamp()},
            )
            .returning(JobStage)
            .execution_options(populate_existing=True)
        )
    ).one()
    await _ours(
        unit, job_id, fence, "running", stage=stage, percent=percent, attempts=row.attempts, wait=None
    )
    unit.db.add(JobAttempt(job_id=job_id, stage=stage, number=row.attempts, fence=fence, worker_id=worker))
    note(unit, job_id, "stage_started", stage, attempt=row.attempts)
    return row


async def _end_attempt(
    unit: Unit, job_id: str, fence: int, stage: str, outcome: str, error: tuple[str, str] | None = None
) -> None:
    code, message = error or (None, None)
    await unit.db.execute(
        update(JobAttempt)
        .where(
            JobAttempt.job_id == job_id,
            JobAttempt.stage == stage,
            JobAttempt.fence == fence,
            JobAttempt.ended_at.is_(None),
        )
        .values(ended_at=func.clock_timestamp(), outcome=outcome, error_code=code, error_message=message)
    )


async def finish_stage(unit: Unit, job_id: str, fence: int, stage: str, output: dict[str, Any]) -> None:
    """Write a stage's output: from now on it never runs again."""
    await unit.db.execute(
        update(JobStage)
        .where(JobStage.job_id == job_id, JobStage.stage == stage, JobStage.finished_at.is_(None))
        .values(output=output, finished_at=func.clock_timestamp())
    )
    await _ours(unit, job_id, fence, "running", stalls=0)
    await _end_attempt(unit, job_id, fence, stage, "done")
    note(unit, job_id, "stage_done", stage)


async def remember(unit: Unit, job_id: str, fence: int, stage: str, facts: dict[str, Any]) -> None:
    """Merge facts into the stage's memory."""
    await _still(unit.db, job_id, fence)
    await unit.db.execute(
        update(JobStage)
        .where(JobStage.job_id == job_id, JobStage.stage == stage)
        .values(memory=JobStage.memory.op("||")(literal(facts, JSONB)))
    )
    if request_id := facts.get("request_id"):
        await unit.db.execute(update(Job).where(Job.id == job_id).values(provider_request_id=request_id))


async def _still(db: AsyncSession, job_id: str, fence: int) -> None:
    """Lock the row while it is ours; LeaseLost when it is not."""
    ours = select(Job.id).where(Job.id == job_id, Job.fence == fence, Job.status == "running")
    if await db.scalar(ours.with_for_update()) is None:
        raise LeaseLost(job_id)


async def show_progress(unit: Unit, job_id: str, fence: int, percent: int) -> None:
    """Set the percent that screens show; it never goes back."""
    await _ours(unit, job_id, fence, "running", percent=func.greatest(Job.percent, percent))


async def requeue(
    unit: Unit,
    job_id: str,
    fence: int,
    stage: str,
    *,
    seconds: float,
    outcome: str,
    wait: WaitReason,
    error: tuple[str, str] | None = None,
) -> None:
    """Put a job back for later: retry, snooze or handed back. Only a retry counts as a failure."""
    if outcome == "failed":
        await unit.db.execute(
            update(JobStage)
            .where(JobStage.job_id == job_id, JobStage.stage == stage)
            .values(failures=JobStage.failures + 1)
        )
    job = await _ours(unit, job_id, fence, "queued", due_at=after(seconds), lease_until=None, worker_id=None)
    job.wait = wait.model_copy(update={"until": job.due_at}).wire()
    await _end_attempt(unit, job_id, fence, stage, outcome, error)
    note(
        unit, job_id, wait.code, stage, because=wait.because, attempt=wait.attempt, seconds=round(seconds, 1)
    )


async def end_job(
    unit: Unit,
    job_id: str,
    fence: int,
    status: JobStatus,
    *,
    stage: str | None,
    error: tuple[str, str] | None = None,
    **values: Any,
) -> Job:
    """Write a job's end; the guest's row changes with it. What somebody asked to stop never succeeds.

    Gives the job: a picture that was taken back from its guest in the last moment ends as canceled.
    """
    if status == "succeeded" and await _cancel_asked(unit.db, job_id, fence):
        status, values = "canceled", {}
    code, message = error or (None, None)
    job = await _ours(
        unit,
        job_id,
        fence,
        status,
        finished_at=func.clock_timestamp(),
        lease_until=None,
        error_code=code,
        error_message=message,
        **values,
    )
    if stage is not None:
        await _end_attempt(unit, job_id, fence, stage, status, error)
    note(unit, job_id, status, stage, **({"code": code} if code else {}))
    unit.changed("guest", job.session_id)
    return job


async def _cancel_asked(db: AsyncSession, job_id: str, fence: int) -> bool:
    asked = select(Job.cancel_requested).where(Job.id == job_id, Job.fence == fence, Job.status == "running")
    return bool(await db.scalar(asked.with_for_update()))


async def neglected(db: AsyncSession, *, grace_seconds: float, limit: int) -> Sequence[str]:
    """Jobs nobody works on: due for `grace_seconds`, or with a lease that ended. Oldest first."""
    late = and_(Job.status == "queued", Job.due_at <= after(-grace_seconds))
    abandoned = and_(Job.status == "running", Job.lease_until < func.clock_timestamp())
    return (
        await db.scalars(select(Job.id).where(or_(late, abandoned)).order_by(Job.due_at).limit(limit))
    ).all()


async def worker_beat(unit: Unit, worker_id: str, host: str, version: str, running: int) -> None:
    """Write that this worker lives."""
    await unit.db.execute(
        insert(Worker)
        .values(id=worker_id, host=host, version=version, running=running)
        .on_conflict_do_update(
            index_elements=["id"], set_={"seen_at": func.clock_timestamp(), "running": running}
        )
    )
