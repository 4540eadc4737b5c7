"""What a run writes into its job: a stage begun, done, remembered; success. Each checks the fence.

A statement that finds no row with our fence means that the lease is lost: LeaseLost, and nothing of that run
is written. The way from one stage to the next is one statement, for the reason told in `claims`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.claims import Claimed
from app.db.tables import Job, JobEvent, JobPreview, JobStage
from app.db.unit import Unit
from app.domain.errors import LeaseLost
from app.domain.job import JobStatus, sources


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
    SELECT id FROM jobs WHERE id = :job AND fence = :fence AND status = 'running' FOR NO KEY UPDATE
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


Done = tuple[str, Mapping[str, Any]]
"""A stage that is done, and its output."""


async def advance(
    unit: Unit, job: Claimed, *, done: Done | None, stage: str, percent: int, worker: str
) -> Begun:
    """Write that one stage is done, never to run again, and that the next begins."""
    finished, output = done or (None, None)
    found = await unit.db.execute(
        _ADVANCE,
        {
            "job": job.id,
            "fence": job.fence,
            "finished": finished,
            "output": output,
            "stage": stage,
            "percent": percent,
            "worker": worker,
        },
    )
    row = found.one_or_none()
    if row is None:
        raise LeaseLost(job.id)
    unit.changed("job", job.id)
    return Begun(row.attempts, row.failures, row.memory, row.seconds)


_SUCCEED = text("""
WITH mine AS (
    SELECT id, session_id, CASE WHEN cancel_requested THEN 'canceled' ELSE 'succeeded' END AS to_status
    FROM jobs WHERE id = :job AND fence = :fence AND status = 'running' FOR NO KEY UPDATE
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
    error_code = CASE WHEN cancel_requested THEN error_code END,
    error_message = CASE WHEN cancel_requested THEN error_message END,
    percent = CASE WHEN cancel_requested THEN percent ELSE 100 END,
    best_output_key = CASE WHEN cancel_requested THEN NULL ELSE :best END,
    outputs = CASE WHEN cancel_requested THEN NULL ELSE cast(:outputs AS jsonb) END
FROM mine WHERE jobs.id = mine.id
RETURNING jobs.session_id, jobs.status
""").bindparams(bindparam("output", type_=JSONB), bindparam("outputs", type_=JSONB(none_as_null=True)))


async def succeed(unit: Unit, job: Claimed, *, done: Done | None, result: Mapping[str, Any]) -> str:
    """Write the last stage's end and the job's; the guest's row changes with it. Gives the job's status.

    What somebody asked to stop never succeeds: a picture that was taken back from its guest in the last
    moment ends as canceled.
    """
    finished, output = done or (None, None)
    found = await unit.db.execute(
        _SUCCEED,
        {
            "job": job.id,
            "fence": job.fence,
            "finished": finished,
            "output": output,
            "best": result.get("best_output_key"),
            "outputs": result.get("outputs"),
        },
    )
    row = found.one_or_none()
    if row is None:
        raise LeaseLost(job.id)
    unit.changed("job", job.id)
    unit.changed("guest", row.session_id)
    return str(row.status)


async def ours(unit: Unit, job: Claimed, to: JobStatus, **values: Any) -> Job:
    """Write to the job if it is still ours and may move so; LeaseLost when not."""
    row: Job | None = await unit.db.scalar(
        update(Job)
        .where(Job.id == job.id, Job.fence == job.fence, Job.status == "running", Job.status.in_(sources(to)))
        .values(status=to, **values)
        .returning(Job)
    )
    if row is None:
        raise LeaseLost(job.id)
    unit.changed("job", job.id)
    return row


async def remember(unit: Unit, job: Claimed, stage: str, facts: dict[str, Any]) -> None:
    """Merge facts into the stage's memory."""
    await still(unit.db, job)
    await unit.db.execute(
        update(JobStage)
        .where(JobStage.job_id == job.id, JobStage.stage == stage)
        .values(memory=JobStage.memory.op("||")(literal(facts, JSONB)))
    )
    if "request_id" in facts:
        shown = {"provider_request_id": facts["request_id"]}
        await unit.db.execute(update(Job).where(Job.id == job.id).values(**shown))


async def still(db: AsyncSession, job: Claimed) -> None:
    """Lock the row while it is ours; LeaseLost when it is not."""
    mine = select(Job.id).where(Job.id == job.id, Job.fence == job.fence, Job.status == "running")
    if await db.scalar(mine.with_for_update(key_share=True)) is None:
        raise LeaseLost(job.id)


async def show_progress(unit: Unit, job: Claimed, percent: int, preview: bytes | None = None) -> None:
    """Set the percent that screens show, which never goes back, and what the picture looks like so far."""
    shown: dict[str, Any] = {"percent": func.greatest(Job.percent, percent)}
    if preview is not None:
        shown["preview_version"] = Job.preview_version + 1
    await ours(unit, job, "running", **shown)
    if preview is not None:
        made = insert(JobPreview).values(job_id=job.id, image=preview)
        await unit.db.execute(
            made.on_conflict_do_update(index_elements=["job_id"], set_={"image": made.excluded.image})
        )
