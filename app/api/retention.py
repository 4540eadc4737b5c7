"""What retention takes away from an event, and when."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from app.api.given import GivenPorts, GivenPrincipal
from app.domain.messages import Wire
from app.services import retention_plan

router = APIRouter(tags=["events"])


class DayAnswer(Wire):
    """What is over on one day: guests, their photos, camera files that are nobody's."""

    on: date
    guests: int
    photos: int
    files: int


class PlanAnswer(Wire):
    """`days` are the event's. `coming`: the next days on which something goes, `moreDays` after them.

    `held`: guests whose time is over, with something under way. `gone…`: what was deleted so far.
    """

    days: int
    next_at: datetime | None
    coming: list[DayAnswer]
    more_days: int
    held: int
    gone_guests: int
    gone_photos: int
    last_at: datetime | None


@router.get("/events/{event_id}/retention", summary="What goes when")
async def plan(
    event_id: str,
    ports: GivenPorts,
    principal: GivenPrincipal,
    zone: Annotated[str, Query(max_length=60)] = "UTC",
) -> PlanAnswer:
    """Administrators only. `zone` is the reader's (Asia/Jakarta): days begin at its midnight."""
    found = await retention_plan.of_event(ports, principal, event_id, zone)
    coming = [DayAnswer(**vars(day)) for day in found.coming]
    return PlanAnswer(**{**vars(found), "coming": coming})
