"""What needs a person: failed jobs, unknown outcomes, jobs that stand still, events at their limit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.db import live, parking, spend
from app.db.tables import Event, Job, Lane
from app.db.unit import reading
from app.domain.access import Principal
from app.domain.messages import JobChanged
from app.ports import Ports

Trouble = Literal["dead", "unknown", "stalled"]
DUE_SECONDS = 60
ABANDONED_SECONDS = 30
JOBS_MAX = 500


@dataclass(frozen=True)
class JobTrouble:
    """A job that needs somebody, and since when."""

    kind: Trouble
    since: datetime
    job: JobChanged


@dataclass(frozen=True)
class EventTrouble:
    """An event that has spent what it may."""

    event_id: str
    name: str
    limit: float
    spent: float


@dataclass(frozen=True)
class Attention:
    """All that needs a person, oldest first."""

    jobs: Sequence[JobTrouble]
    events: Sequence[EventTrouble]


def _troubles() -> list[tuple[Trouble, ColumnElement[bool], Any]]:
    child = aliased(Job)
    now = func.clock_timestamp()
    made_again = exists().where(child.parent_id == Job.id, child.args["later"].is_(None))
    paused = select(Lane.id).where(Lane.paused_at.is_not(None))
    dead = and_(Job.status == "failed", Job.dismissed_at.is_(None), ~made_again)
    outcome = parking.for_signal(parking.OUTCOME)
    unknown = and_(Job.status == "queued", Job.parked_for.like(f"{outcome}%"))
    late = and_(
        Job.status == "queued", Job.due_at < now - timedelta(seconds=DUE_SECONDS), Job.lane.not_in(paused)
    )
    abandoned = and_(Job.status == "running", Job.lease_until < now - timedelta(seconds=ABANDONED_SECONDS))
    return [
        ("dead", dead, Job.finished_at),
        ("unknown", unknown, Job.updated_at),
        ("stalled", or_(late, abandoned), Job.due_at),
    ]


async def needed(ports: Ports, principal: Principal, event_id: str | None = None) -> Attention:
    """Everything that needs a person in the events the account sees. Raises NotAllowed, NotFound."""
    principal.require_role("supervisor")
    if event_id is not None:
        principal.require_event(event_id)
    found: dict[str, tuple[Trouble, datetime]] = {}
    async with reading(ports) as db:
        for kind, condition, since in _troubles():
            query = select(Job.id, since).where(condition).order_by(since).limit(JOBS_MAX)
            if principal.events is not None:
                query = query.where(Job.event_id.in_(principal.events))
            if event_id is not None:
                query = query.where(Job.event_id == event_id)
            for job_id, at in await db.execute(query):
                found.setdefault(job_id, (kind, at))
        rows = await live.READERS["job"](db, list(found)) if found else []
        events = await _events(db, principal, event_id)
    jobs = [JobTrouble(*found[row.id], row) for row in rows if isinstance(row, JobChanged)]
    return Attention(sorted(jobs, key=lambda trouble: trouble.since), events)


async def _events(db: AsyncSession, principal: Principal, event_id: str | None) -> list[EventTrouble]:
    query = select(Event).where(Event.spend_limit.is_not(None), Event.status == "open")
    if event_id is not None:
        query = query.where(Event.id == event_id)
    troubles = []
    for event in (await db.scalars(query)).all():
        if not principal.sees(event.id) or event.spend_limit is None:
            continue
        used = await spend.spent(db, event.id)
        if used >= event.spend_limit:
            troubles.append(EventTrouble(event.id, event.name, event.spend_limit, used))
    return troubles
