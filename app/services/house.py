"""The house's own switches: breakers forced, lanes paused, what an event may spend. Each with its reason.

Breakers and lanes are at work in every event: only accounts of all events force or pause them.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update

from app.db import breakers, incidents, parking, spend
from app.db.live_house import lanes as read_lanes
from app.db.live_house import providers as read_providers
from app.db.tables import Event, Job, Lane
from app.db.unit import reading, unit
from app.domain.access import Principal
from app.domain.errors import Invalid, NotFound
from app.domain.house import LaneChanged, ProviderChanged
from app.domain.job import LANES
from app.ports import Ports
from app.services.rescue import reason_of

FORCED_MAX_SECONDS = 24 * 3600


async def state(ports: Ports) -> tuple[list[ProviderChanged], list[LaneChanged]]:
    """The outside parts and the lanes, as screens see them."""
    async with reading(ports) as db:
        lanes = sorted(await read_lanes(db), key=lambda lane: LANES.index(lane.id))
        return sorted(await read_providers(db), key=lambda part: part.id), lanes


async def force(ports: Ports, principal: Principal, part: str, to: str, seconds: int, because: str) -> None:
    """Open or close a breaker for a while. Raises NotAllowed, NotFound `PART_UNKNOWN`, Invalid."""
    principal.require_house("supervisor")
    text = reason_of(because)
    if to not in ("open", "closed") or not 0 < seconds <= FORCED_MAX_SECONDS:
        raise Invalid("FORCE_INVALID", "A breaker is forced open or closed, for at most a day.")
    async with unit(ports) as work:
        until = await work.db.scalar(select(func.clock_timestamp() + timedelta(seconds=seconds)))
        if not await breakers.force(work, part, to, principal.username, text, until):
            raise NotFound("PART_UNKNOWN", "There is no such outside part.")
        work.audit(principal.username, f"breaker_forced_{to}", part, because=text, seconds=seconds)


async def release(ports: Ports, principal: Principal, part: str) -> None:
    """Let a breaker go by itself again. Raises NotAllowed, NotFound `PART_UNKNOWN`."""
    principal.require_house("supervisor")
    async with unit(ports) as work:
        if not await breakers.force(work, part, None, principal.username, "", None):
            raise NotFound("PART_UNKNOWN", "There is no such outside part.")
        work.audit(principal.username, "breaker_released", part)


async def pause(ports: Ports, principal: Principal, lane: str, because: str) -> None:
    """No worker takes a job of this lane from now on. Raises NotAllowed, NotFound `LANE_UNKNOWN`, Invalid."""
    text = reason_of(because)
    values = {"paused_at": func.clock_timestamp(), "paused_by": principal.username, "because": text}
    await _lane(ports, principal, lane, "lane_paused", values, text)


async def resume(ports: Ports, principal: Principal, lane: str) -> None:
    """The lane goes on. Raises NotAllowed, NotFound `LANE_UNKNOWN`."""
    await _lane(
        ports, principal, lane, "lane_resumed", {"paused_at": None, "paused_by": None, "because": ""}, ""
    )


async def _lane(
    ports: Ports, principal: Principal, lane: str, action: str, values: Mapping[str, Any], because: str
) -> None:
    principal.require_house("supervisor")
    async with unit(ports) as work:
        found = await work.db.scalar(update(Lane).where(Lane.id == lane).values(**values).returning(Lane.id))
        if found is None:
            raise NotFound("LANE_UNKNOWN", "There is no such lane.")
        work.changed("lane", lane)
        work.audit(principal.username, action, lane, because=because)
        if values["paused_at"] is not None:
            await incidents.begin(work, "lane", lane, because=because, by=principal.username)
        else:
            await incidents.end(work, "lane", lane)
            told = (
                update(Job)
                .where(Job.status == "queued", Job.lane == lane, Job.wait["code"].astext == "lane")
                .values(wait=parking.QUEUED)
                .returning(Job.id)
                .execution_options(synchronize_session=False)
            )
            for job_id in (await work.db.scalars(told)).all():
                work.changed("job", job_id)
                work.ring(job_id)


async def set_limit(
    ports: Ports, principal: Principal, event_id: str, limit: float | None, because: str
) -> None:
    """What an event may spend at paid providers; None is no limit. Raises NotAllowed, NotFound, Invalid."""
    principal.require_role("supervisor")
    principal.require_event(event_id)
    text = reason_of(because)
    if limit is not None and not 0 <= limit < 1e9:
        raise Invalid("LIMIT_INVALID", "A limit is a number of credits, 0 or more.", field="limit")
    async with unit(ports) as work:
        if not await spend.set_limit(work, event_id, limit):
            raise NotFound("EVENT_NOT_FOUND", "There is no such event.")
        work.audit(principal.username, spend.LIFTED, event_id, event_id, limit=limit, because=text)


async def spent(ports: Ports, principal: Principal, event_id: str) -> tuple[float | None, float]:
    """What an event may spend, and has spent. Raises NotFound."""
    principal.require_event(event_id)
    async with reading(ports) as db:
        limit = await db.scalar(select(Event.spend_limit).where(Event.id == event_id))
        return limit, await spend.spent(db, event_id)
