"""Taking jobs and keeping them: claim, heartbeat, signs of life. Each statement is the whole decision.

Lease and due times are the database's clock, so a worker with a wrong clock does no harm. These run for
every job and every few seconds, so they are plain SQL, one statement each: building and sending a dozen
small ones cost ten times as much (DECISIONS 24).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.slots import LEASE_SECONDS as SLOT_SECONDS
from app.db.unit import Unit
from app.domain.breaker import PROBE_SECONDS
from app.domain.errors import LeaseLost
from app.domain.job import LEASE_SECONDS


@dataclass(frozen=True)
class Claimed:
    """A job that is ours under `fence`, as its run needs it.

    `outputs` of its finished stages; `begun`: the stages it ever began; `taken_over`: another worker died;
    `owes`: a task at a provider is, or may be, under way for it.
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
    owes: bool
    seconds_left: float | None


_DUE = """
    (status = 'queued' AND due_at <= clock_timestamp()
     OR status = 'running' AND lease_until < clock_timestamp())
"""

_CLAIM = """
WITH found AS (
    SELECT id, status FROM jobs WHERE {which} {due} {order} FOR NO KEY UPDATE {skip}
), taken AS (
    UPDATE jobs
    SET status = 'running', fence = fence + 1, worker_id = :worker, wait = NULL, parked_for = NULL,
        switch_requested = false,
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
    EXISTS (SELECT FROM provider_spend AS asked
            WHERE asked.job_id = taken.id AND asked.state IN ('asked', 'taken', 'unknown')) AS owes,
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
    values = {"job": job_id, "worker": worker_id, "lease": LEASE_SECONDS}
    return _claimed(unit, (await unit.db.execute(_CLAIM_ONE, values)).one_or_none())


# What this worker may take: jobs of lines and stages that it knows, in the lanes it has room for.
_OPEN_TO_US = """
    line = ANY(:lines) AND lane = ANY(:lanes)
    AND lane NOT IN (SELECT id FROM lanes WHERE paused_at IS NOT NULL)
    AND NOT EXISTS (SELECT FROM job_stages AS other
                    WHERE other.job_id = jobs.id AND jobs.line || '/' || other.stage <> ALL(:stages)) AND
"""
_BY_AGE = "ORDER BY array_position(array['high', 'default', 'bulk'], lane::text), due_at LIMIT 1"
_CLAIM_NEXT = text(_CLAIM.format(which=_OPEN_TO_US, due=_DUE, order=_BY_AGE, skip="SKIP LOCKED")).columns(
    args=JSONB, stages=JSONB
)


@dataclass(frozen=True)
class Known:
    """The lines a worker knows, and their stages as `line/stage`."""

    lines: Sequence[str]
    stages: Sequence[str]


async def claim_next(unit: Unit, worker_id: str, known: Known, lanes: Sequence[str]) -> Claimed | None:
    """Take the job whose turn it is: by lane, then by age; None when there is nothing to take."""
    values = {"worker": worker_id, "lease": LEASE_SECONDS, "lanes": list(lanes)}
    values |= {"lines": list(known.lines), "stages": list(known.stages)}
    return _claimed(unit, (await unit.db.execute(_CLAIM_NEXT, values)).one_or_none())


def _claimed(unit: Unit, row: Row[Any] | None) -> Claimed | None:
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
        owes=row.owes,
        seconds_left=row.seconds_left,
    )


# What the job holds at a provider lives as long as its run does.
_HEARTBEAT = text("""
WITH mine AS (
    UPDATE jobs SET lease_until = clock_timestamp() + make_interval(secs => :lease)
    WHERE id = :job AND fence = :fence AND status = 'running'
    RETURNING id, cancel_requested, switch_requested
), slots AS (
    UPDATE provider_slots SET until = clock_timestamp() + make_interval(secs => :slot)
    FROM mine WHERE job_id = mine.id
), probes AS (
    UPDATE breakers SET probe_until = clock_timestamp() + make_interval(secs => :probe)
    FROM mine WHERE probe_by = mine.id
)
SELECT cancel_requested, switch_requested FROM mine
""")


@dataclass(frozen=True)
class Asked:
    """What people asked of a running job: to stop, or to go to another maker of its chain."""

    cancel: bool
    switch: bool


async def heartbeat(db: AsyncSession, job_id: str, fence: int) -> Asked:
    """Prolong the lease and what the run holds. LeaseLost when the job is no longer ours."""
    values = {"job": job_id, "fence": fence, "lease": LEASE_SECONDS}
    found = await db.execute(_HEARTBEAT, values | {"slot": SLOT_SECONDS, "probe": PROBE_SECONDS})
    row = found.one_or_none()
    if row is None:
        raise LeaseLost(job_id)
    return Asked(row.cancel_requested, row.switch_requested)


# A job that is due and that no worker takes: people are told why, once.
_EXPLAIN = text("""
WITH why AS (
    SELECT jobs.id, CASE WHEN lanes.paused_at IS NOT NULL THEN 'lane' ELSE 'no_worker' END AS code,
        CASE WHEN lanes.paused_at IS NOT NULL THEN jobs.lane ELSE '' END AS because
    FROM jobs JOIN lanes ON lanes.id = jobs.lane
    WHERE jobs.status = 'queued' AND jobs.due_at < clock_timestamp() - make_interval(secs => :grace)
      AND (lanes.paused_at IS NOT NULL OR jobs.line <> ALL(:lines)
           OR EXISTS (SELECT FROM job_stages AS other
                      WHERE other.job_id = jobs.id AND jobs.line || '/' || other.stage <> ALL(:stages)))
    ORDER BY jobs.due_at LIMIT 200
)
UPDATE jobs SET wait = jsonb_build_object(
    'code', why.code, 'attempt', 0, 'attempts', 0, 'because', why.because, 'until', NULL)
FROM why WHERE jobs.id = why.id AND jobs.status = 'queued'
    AND jobs.wait ->> 'code' IS DISTINCT FROM why.code
RETURNING jobs.id
""")


async def explain_waiting(unit: Unit, known: Known, *, grace_seconds: float) -> None:
    """Write why jobs that are due are not taken: their lane is paused, or no worker here knows them."""
    values = {"grace": grace_seconds, "lines": list(known.lines), "stages": list(known.stages)}
    for job_id in (await unit.db.scalars(_EXPLAIN, values)).all():
        unit.changed("job", job_id)
