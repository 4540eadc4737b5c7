"""Outside parts, lanes, programs and incidents as screens see them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables import Breaker, Incident, Lane, Program, ProviderSlot
from app.domain.house import (
    IncidentChanged,
    LaneChanged,
    ProgramChanged,
    ProgramFacts,
    ProviderChanged,
    run_low,
    tasks_for,
)

INCIDENTS_MAX = 300
PROGRAMS_KEPT = timedelta(hours=2)
"""How long a program that is gone stays on screens."""


async def providers(db: AsyncSession, ids: Sequence[str] | None = None) -> list[Any]:
    """The outside parts with these names; all of them for None."""
    taken = (
        select(func.count())
        .where(ProviderSlot.provider == Breaker.id, ProviderSlot.until > func.clock_timestamp())
        .scalar_subquery()
    )
    query = select(Breaker, taken, func.clock_timestamp())
    if ids is not None:
        query = query.where(Breaker.id.in_(ids))
    rows = []
    for breaker, used, now in await db.execute(query):
        forced = breaker.forced if breaker.forced_until is None or breaker.forced_until > now else None
        probing = breaker.probe_until is not None and breaker.probe_until > now
        state = forced or ("probing" if probing and breaker.state == "open" else breaker.state)
        rows.append(
            ProviderChanged(
                id=breaker.id,
                revision=breaker.revision,
                updated_at=breaker.updated_at,
                state=state,  # type: ignore[arg-type]  # the CHECK constraint holds the same words
                until=breaker.forced_until if forced else breaker.until if state == "open" else None,
                because=breaker.because if state != "closed" else "",
                slots_used=used,
                slots_total=breaker.slots_total,
                forced=forced,
                forced_by=breaker.forced_by if forced else None,
                forced_because=breaker.forced_because if forced else None,
                forced_until=breaker.forced_until if forced else None,
                since=breaker.since,
                credits=breaker.credits,
                credits_at=breaker.credits_at,
                credits_tasks=tasks_for(breaker.credits, breaker.task_cost),
                credits_low=run_low(breaker.credits, breaker.task_cost),
                checked_at=breaker.checked_at,
                check_because=breaker.check_because or "",
            )
        )
    return rows


async def lanes(db: AsyncSession, ids: Sequence[str] | None = None) -> list[Any]:
    """The lanes with these names; all of them for None."""
    query = select(Lane)
    if ids is not None:
        query = query.where(Lane.id.in_(ids))
    return [
        LaneChanged(
            id=lane.id,
            revision=lane.revision,
            updated_at=lane.updated_at,
            paused=lane.paused_at is not None,
            paused_at=lane.paused_at,
            paused_by=lane.paused_by,
            because=lane.because,
        )
        for lane in await db.scalars(query)
    ]


async def programs(db: AsyncSession, ids: Sequence[str] | None = None) -> list[Any]:
    """The programs with these ids; all that live or ended lately for None."""
    query = select(Program)
    if ids is None:
        query = query.where(Program.seen_at > func.clock_timestamp() - PROGRAMS_KEPT)
    else:
        query = query.where(Program.id.in_(ids))
    return [
        ProgramChanged(
            id=program.id,
            revision=program.revision,
            updated_at=program.updated_at,
            role=program.role,
            host=program.host,
            version=program.version,
            started_at=program.started_at,
            seen_at=program.seen_at,
            ended_at=program.ended_at,
            lost_at=program.lost_at,
            running=program.running,
            facts=ProgramFacts.model_validate(program.facts),
        )
        for program in await db.scalars(query)
    ]


async def incidents(db: AsyncSession, ids: Sequence[str] | None = None) -> list[Any]:
    """The incidents with these ids; the newest ones for None."""
    query = select(Incident).order_by(Incident.started_at.desc())
    query = query.limit(INCIDENTS_MAX) if ids is None else query.where(Incident.id.in_(ids))
    return [
        IncidentChanged(
            id=incident.id,
            revision=incident.revision,
            event_id=incident.event_id or "",
            kind_of=incident.kind,
            subject=incident.subject,
            because=incident.because,
            by=incident.by,
            started_at=incident.started_at,
            ended_at=incident.ended_at,
            updated_at=incident.updated_at,
        )
        for incident in await db.scalars(query)
    ]
