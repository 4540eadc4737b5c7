"""What a run writes into its job: stages begun and ended, what to remember, its end. Each checks the fence.

A statement that finds no row with our fence means that the lease is lost: LeaseLost, and nothing of that run
is written. The way from one stage to the next is one statement, for the reason told in `claims`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables import Job, JobAttempt, JobEvent, JobStage
from app.db.unit import Unit
from app.domain.errors import LeaseLost
from app.domain.job import JobStatus, sources
from app.domain.messages import WaitReason


def after(seconds: float) -> ColumnElement[Any]:
    """A moment by the database's clock."""
    return func.clock_timestamp() + timedelta(seconds=seconds)


def note(unit: Unit, job_id: str, kind: str, stage: str | None = None, **data: Any) -> None:
    """Add a line to the job's timeline."""
    unit.db.add(JobEvent(job_id=job_id, kind=kind, stage=stage, data=data))


@dataclass(frozen=True)
class Begun:
    """A stage that begins, or goes on after it was parked: what it remembers, how often it failed, how long
    this attempt lasts already."""

    attempt: int
    failures: int
    memory: Mapping[str, Any]
    seconds: float


# The stage before (:finished, NULL for the first) is done, the next one begins. An attempt that is still open
# was parked: it goes on under the new fence and is neither counted nor told again.
_ADVANCE = (
    text("""
WITH mine AS (
    SELECT id FROM jobs WHERE id = :job AND fence = :fence AND status = 'running' FOR UPDATE
), done AS (
    UPDATE job_stages SET output = :output, finished_at = clock_timestamp()
    FROM mine WHERE job_id = mine.id AND stage = :finished AND finished_at IS NULL
), ended AS (
    UPDATE job_attempts SET ended_at = clock_timestamp(), outcome = 'done'
    FROM mine WHERE job_id = mine.id AND stage = :finished AND fence = :fence AND ended_at IS NULL
), parked AS (
    UPDATE job_attempts SET fence = :fence, worker_id = :worker
    FROM mine WHERE job_id = mine.id AND stage = :stage AND ended_at IS NULL
    RETURNING number, started_at
), begun AS (
    INSERT INTO job_stages (job_id, stage, attempts, started_at)
    SELECT mine.id, :stage, 1, clock_timestamp() FROM mine
    ON CONFLICT (job_id, stage) DO UPDATE
    SET attempts = job_stages.attempts + (NOT EXISTS (SELECT FROM parked))::int,
        started_at = CASE WHEN EXISTS (SELECT FROM parked)
                          THEN job_stages.started_at ELSE clock_timestamp() END
    RETURNING job_id, attempts, failures, memory
), tried AS (
    INSERT INTO job_attempts (job_id, stage, number, fence, worker_id)
    SELECT job_id, :stage, attempts, :fence, :worker FROM begun WHERE NOT EXISTS (SELECT FROM parked)
), told AS (
    INSERT INTO job_events (job_id, kind, stage, data)
    SELECT id, 'stage_done', cast(:finished AS text), '{}'::jsonb FROM mine WHERE :finished IS NOT NULL
    UNION ALL
    SELECT job_id, 'stage_started', :stage, jsonb_build_object('attempt', attempts)
    FROM begun WHERE NOT EXISTS (SELECT FROM parked)
)
UPDATE jobs
SET stage = :stage, percent = :percent, attempts = begun.attempts, wait = NULL,
    stalls = CASE WHEN :finished IS NULL THEN stalls ELSE 0 END
FROM begun WHERE jobs.id = begun.job_id
RETURNING begun.attempts, begun.failures, begun.memory,
    coalesce((SELECT extract(epoch FROM clock_timestamp() - started_at)::float FROM parked), 0) AS seconds
""")
    .bindparams(bindparam("output", type_=JSONB))
    .columns(memory=JSONB)
)


async def advance(
    unit: Unit,
    job_id: str,
    fence: int,
    *,
    finished: str | None,
    output: Mapping[str, Any] | None,
    stage: str,
    percent: int,
    worker: str,
) -> Begun:
    """Write that `finished` is done with its output, never to run again, and that `stage` begins."""
    found = await unit.db.execute(
        _ADVANCE,
        {
            "job": job_id,
            "fence": fence,
            "finished": finished,
            "output": output,
            "stage": stage,
            "percent": percent,
            "worker": worker,
        },
    )
    row = found.one_or_none()
    if row is None:
        raise LeaseLost(job_id)
    unit.changed("job", job_id)
    return Begun(row.attempts, row.failures, row.memory, row.seconds)


_SUCCEED = text("""
WITH mine AS (
    SELECT id, session_id, CASE WHEN cancel_requested THEN 'canceled' ELSE 'succeeded' END AS to_status
    FROM jobs WHERE id = :job AND fence = :fence AND status = 'running' FOR UPDATE
), done AS (
    UPDATE job_stages SET output = :output, finished_at = clock_timestamp()
    FROM mine WHERE job_id = mine.id AND stage = :finished AND finished_at IS NULL
), ended AS (
    UPDATE job_attempts SET ended_at = clock_timestamp(), outcome = 'done'
    FROM mine WHERE job_id = mine.id AND stage = :finished AND fence = :fence AND ended_at IS NULL
), told AS (
    INSERT INTO job_events (job_id, kind, stage, data)
    SELECT id, 'stage_done', cast(:finished AS text), '{}'::jsonb FROM mine WHERE :finished IS NOT NULL
    UNION ALL SELECT id, to_status, NULL, '{}'::jsonb FROM mine
)
UPDATE jobs
SET status = mine.to_status, stalls = 0, finished_at = clock_timestamp(), lease_until = NULL,
    error_code = NULL, error_message = NULL,
    percent = CASE WHEN cancel_requested THEN percent ELSE 100 END,
    best_output_key = CASE WHEN cancel_requested THEN NULL ELSE :best END,
    outputs = CASE WHEN cancel_requested THEN NULL ELSE cast(:outputs AS jsonb) END
FROM mine WHERE jobs.id = mine.id
RETURNING jobs.session_id, jobs.status
""").bindparams(bindparam("output", type_=JSONB), bindparam("outputs", type_=JSONB(none_as_null=True)))


async def succeed(
    unit: Unit,
    job_id: str,
    fence: int,
    *,
    finished: str | None,
    output: Mapping[str, Any] | None,
    result: Mapping[str, Any],
) -> str:
    """Write the last stage's end and the job's; the guest's row changes with it. Gives the job's status.

    What somebody asked to stop never succeeds: a picture that was taken back from its guest in the last
    moment ends as canceled.
    """
    found = await unit.db.execute(
        _SUCCEED,
        {
            "job": job_id,
            "fence": fence,
            "finished": finished,
            "output": output,
            "best": result.get("best_output_key"),
            "outputs": result.get("outputs"),
        },
    )
    row = found.one_or_none()
    if row is None:
        raise LeaseLost(job_id)
    unit.changed("job", job_id)
    unit.changed("guest", row.session_id)
    return str(row.status)


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
) -> None:
    """Write a job's bad end; the guest's row changes with it."""
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
    )
    if stage is not None:
        await _end_attempt(unit, job_id, fence, stage, status, error)
    note(unit, job_id, status, stage, **({"code": code} if code else {}))
    unit.changed("guest", job.session_id)
