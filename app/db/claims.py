"""Taking jobs and keeping them: claim, heartbeat, signs of life. Each statement is the whole decision.

Lease and due times are the database's clock, so a worker with a wrong clock does no harm. These run for
every job and every few seconds, so they are plain SQL, one statement each: building and sending a dozen
small ones cost ten times as much (DECISIONS 24).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, text
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables import Worker
from app.db.unit import Unit
from app.domain.errors import LeaseLost
from app.domain.job import LEASE_SECONDS


@dataclass(frozen=True)
class Claimed:
    """A job that is ours under `fence`, as its run needs it.

    `outputs` of its finished stages; `begun`: the stages it ever began; `taken_over`: another worker died.
    """

    id: str
    line: str
    event_id: str
    session_id: str
    args: Mapping[str, Any]
    fence: int
    stage: str | None
    lane: str
    step: int
    stalls: int
    cancel_requested: bool
    outputs: dict[str, dict[str, Any]]
    begun: frozenset[str]
    taken_over: bool
    seconds_left: float | None


_DUE = """
    (status = 'queued' AND due_at <= clock_timestamp()
     OR status = 'running' AND lease_until < clock_timestamp())
"""

_CLAIM = """
WITH found AS (
    SELECT id, status FROM jobs WHERE {which} {due} {order} FOR UPDATE {skip}
), taken AS (
    UPDATE jobs
    SET status = 'running', fence = fence + 1, worker_id = :worker, wait = NULL, parked_for = NULL,
        lease_until = clock_timestamp() + make_interval(secs => :lease),
        started_at = coalesce(started_at, clock_timestamp()),
        stalls = stalls + (found.status = 'running')::int
    FROM found WHERE jobs.id = found.id
    RETURNING jobs.*, found.status AS was
), died AS (
    UPDATE job_attempts AS tries SET ended_at = clock_timestamp(), outcome = 'stalled'
    FROM taken WHERE tries.job_id = taken.id AND was = 'running' AND ended_at IS NULL
    RETURNING tries.job_id, tries.stage
), told AS (
    INSERT INTO job_events (job_id, kind, stage, data)
    SELECT job_id, 'taken_over', stage, jsonb_build_object('worker', cast(:worker AS text)) FROM died
)
SELECT id, line, event_id, session_id, args, fence, stage, lane, step, stalls, cancel_requested, was,
    extract(epoch FROM deadline_at - clock_timestamp())::float AS seconds_left,
    (SELECT jsonb_object_agg(
        begun.stage, CASE WHEN begun.finished_at IS NOT NULL THEN coalesce(begun.output, '{{}}') END)
     FROM job_stages AS begun WHERE begun.job_id = taken.id) AS stages
FROM taken
"""

_CLAIM_ONE = text(_CLAIM.format(which="id = :job AND", due=_DUE, order="", skip="")).columns(
    args=JSONB, stages=JSONB
)


async def claim(unit: Unit, job_id: str, worker_id: str) -> Claimed | None:
    """Take a due or abandoned job; None when there is nothing to take."""
    found = await unit.db.execute(_CLAIM_ONE, {"job": job_id, "worker": worker_id, "lease": LEASE_SECONDS})
    row = found.one_or_none()
    if row is None:
        return None
    unit.changed("job", row.id)
    stages: dict[str, Any] = row.stages or {}
    return Claimed(
        id=row.id,
        line=row.line,
        event_id=row.event_id,
        session_id=row.session_id,
        args=row.args,
        fence=row.fence,
        stage=row.stage,
        lane=row.lane,
        step=row.step,
        stalls=row.stalls,
        cancel_requested=row.cancel_requested,
        outputs={name: output for name, output in stages.items() if output is not None},
        begun=frozenset(stages),
        taken_over=row.was == "running",
        seconds_left=row.seconds_left,
    )


_HEARTBEAT = text("""
UPDATE jobs SET lease_until = clock_timestamp() + make_interval(secs => :lease)
WHERE id = :job AND fence = :fence AND status = 'running'
RETURNING cancel_requested
""")


async def heartbeat(db: AsyncSession, job_id: str, fence: int) -> bool:
    """Prolong the lease; answers whether somebody asked to cancel. LeaseLost when it is no longer ours."""
    asked: bool | None = await db.scalar(_HEARTBEAT, {"job": job_id, "fence": fence, "lease": LEASE_SECONDS})
    if asked is None:
        raise LeaseLost(job_id)
    return asked


_NEGLECTED = text("""
SELECT id FROM jobs
WHERE status = 'queued' AND due_at <= clock_timestamp() - make_interval(secs => :grace)
   OR status = 'running' AND lease_until < clock_timestamp()
ORDER BY due_at LIMIT :limit
""").bindparams(bindparam("grace"), bindparam("limit"))


async def neglected(db: AsyncSession, *, grace_seconds: float, limit: int) -> Sequence[str]:
    """Jobs nobody works on: due for `grace_seconds`, or with a lease that ended. Oldest first."""
    return (await db.scalars(_NEGLECTED, {"grace": grace_seconds, "limit": limit})).all()


async def worker_beat(unit: Unit, worker_id: str, host: str, version: str, running: int) -> None:
    """Write that this worker lives."""
    await unit.db.execute(
        insert(Worker)
        .values(id=worker_id, host=host, version=version, running=running)
        .on_conflict_do_update(
            index_elements=["id"], set_={"seen_at": func.clock_timestamp(), "running": running}
        )
    )
