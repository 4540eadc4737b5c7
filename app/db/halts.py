"""How a run stops short of success: later, parked, at another maker, or for good. Each checks the fence."""

from typing import Any

from sqlalchemy import func, literal, update
from sqlalchemy.dialects.postgresql import JSONB

from app.db import parking
from app.db.claims import Claimed
from app.db.runs import after, note, ours, still
from app.db.tables import Job, JobAttempt, JobStage
from app.db.unit import Unit
from app.domain.job import JobStatus
from app.domain.messages import WaitReason

FOR_EVER = 100 * 365 * 86400.0
Error = tuple[str, str]
"""A stable code and a sentence."""


async def _end_attempt(
    unit: Unit, job: Claimed, stage: str, outcome: str, error: Error | None = None
) -> None:
    code, message = error or (None, None)
    await unit.db.execute(
        update(JobAttempt)
        .where(
            JobAttempt.job_id == job.id,
            JobAttempt.stage == stage,
            JobAttempt.ended_at.is_(None),
        )
        .values(ended_at=func.clock_timestamp(), outcome=outcome, error_code=code, error_message=message)
    )


async def requeue(
    unit: Unit,
    job: Claimed,
    stage: str,
    *,
    wait: WaitReason,
    seconds: float = 0.0,
    outcome: str = "",
    error: Error | None = None,
) -> None:
    """Put a job back for later; only the outcome `failed` counts as a failure of the stage."""
    if outcome == "failed":
        await unit.db.execute(
            update(JobStage)
            .where(JobStage.job_id == job.id, JobStage.stage == stage)
            .values(failures=JobStage.failures + 1)
        )
    row = await ours(unit, job, "queued", due_at=after(seconds), lease_until=None, worker_id=None)
    row.wait = wait.model_copy(update={"until": row.due_at}).wire()
    await _end_attempt(unit, job, stage, outcome or wait.code, error)
    said = {"because": wait.because, "attempt": wait.attempt, "seconds": round(seconds, 1)}
    note(unit, job.id, wait.code, stage, **said)


async def park(
    unit: Unit, job: Claimed, stage: str, *, parked_for: str, seconds: float | None, wait: WaitReason
) -> None:
    """Put a job aside until something happens or `seconds` are over; its attempt stays open and goes on then.

    What it waits for may have happened meanwhile: then it is due at once.
    """
    await still(unit.db, job)
    if await parking.has_come(unit, job.id, parked_for):
        values: dict[str, Any] = {"due_at": after(0), "wait": parking.QUEUED}
        await ours(unit, job, "queued", lease_until=None, worker_id=None, **values)
        unit.ring(job.id)
        return
    values = {"due_at": after(FOR_EVER if seconds is None else seconds), "parked_for": parked_for}
    row = await ours(unit, job, "queued", lease_until=None, worker_id=None, **values)
    row.wait = wait.model_copy(update={"until": row.due_at if seconds is not None else None}).wire()
    kept = await unit.db.get_one(JobStage, (job.id, stage), populate_existing=True)
    if kept.memory.get("parked") != parked_for:  # told once, however often it is looked after
        kept.memory = {**kept.memory, "parked": parked_for}
        note(unit, job.id, wait.code, stage, because=wait.because)


async def switch(
    unit: Unit,
    job: Claimed,
    stage: str,
    *,
    step: int,
    provider: str,
    was: str,
    because: str,
    waiting_from: float,
    seconds: float | None,
) -> None:
    """The next maker of the chain: failures are counted anew; with `seconds` it has a deadline of its own.

    The caller holds the job's row.
    """
    values: dict[str, Any] = {"step": step, "provider": provider, "provider_request_id": None}
    if seconds is not None:
        values["deadline_at"] = after(seconds)
    await unit.db.execute(
        update(Job).where(Job.id == job.id).values(**values).execution_options(synchronize_session=False)
    )
    unit.changed("job", job.id)
    facts = literal({"waiting_from": waiting_from, "parked": None}, JSONB)
    await unit.db.execute(
        update(JobStage)
        .where(JobStage.job_id == job.id, JobStage.stage == stage)
        .values(failures=0, memory=JobStage.memory.op("||")(facts))
        .execution_options(synchronize_session=False)
    )
    note(unit, job.id, "switched", stage, was=was, to=provider, because=because)


async def end(
    unit: Unit, job: Claimed, status: JobStatus, *, stage: str | None, error: Error | None = None
) -> None:
    """Write a job's bad end; the guest's row changes with it. Who had it canceled may have said why."""
    code, message = error or (None, None)
    told = {} if status == "canceled" else {"error_code": code, "error_message": message}
    row = await ours(unit, job, status, finished_at=func.clock_timestamp(), lease_until=None, **told)
    if stage is not None:
        await _end_attempt(unit, job, stage, status, error)
    note(unit, job.id, status, stage, **({"code": code} if code else {}))
    unit.changed("guest", row.session_id)
