"""Events, booths and styles: listed for operators, made and changed by administrators."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request

from app.api.given import GivenPorts, GivenPrincipal
from app.api.multipart import streamed
from app.api.setup_models import (
    BoothAnswer,
    BoothPut,
    Booths,
    EventAnswer,
    EventChange,
    Events,
    NewBooth,
    NewEvent,
    NewStyle,
    StyleAnswer,
    StyleChange,
    StyleOrder,
    Styles,
    booth_answer,
    event_answer,
    style_answer,
    style_values,
)
from app.services import booth_setup, booths, events, styles

router = APIRouter()

OVERLAY_MAX = 20 * 1024 * 1024
IfMatch = Annotated[str | None, Header(alias="If-Match")]
Anyway = Annotated[bool, Query(description="Do it although guests or jobs are under way.")]


@router.get("/events", tags=["events"], summary="List events")
async def list_events(ports: GivenPorts, principal: GivenPrincipal) -> Events:
    """The events this account is given."""
    return Events(items=[event_answer(view) for view in await events.list_for(ports, principal)])


@router.post("/events", status_code=201, tags=["events"], summary="Make an event")
async def make_event(body: NewEvent, ports: GivenPorts, principal: GivenPrincipal) -> EventAnswer:
    """Administrators only."""
    return event_answer(await events.create(ports, principal, body.model_dump()))


@router.patch("/events/{event_id}", tags=["events"], summary="Change an event")
async def change_event(
    event_id: str,
    body: EventChange,
    ports: GivenPorts,
    principal: GivenPrincipal,
    if_match: IfMatch = None,
    anyway: Anyway = False,
) -> EventAnswer:
    """Administrators only. Closing one while guests or jobs are under way answers 409 `EVENT_IN_USE`; fewer
    days of retention than guests have been kept already, 409 `RETENTION_IN_USE`; both unless `anyway`."""
    values = body.model_dump(exclude_unset=True)
    return event_answer(
        await events.change(ports, principal, event_id, values, expected=if_match, anyway=anyway)
    )


@router.put("/events/{event_id}/overlay", tags=["events"], summary="Set the frame")
async def set_overlay(
    event_id: str, request: Request, ports: GivenPorts, principal: GivenPrincipal
) -> EventAnswer:
    """The PNG (with transparency) that is laid over every picture: a multipart form with `image`."""
    principal.require_role("admin")
    async with streamed(request, "image", (), OVERLAY_MAX) as form:
        return event_answer(await events.set_overlay(ports, principal, event_id, form.path))


@router.delete("/events/{event_id}/overlay", tags=["events"], summary="Take the frame away")
async def remove_overlay(event_id: str, ports: GivenPorts, principal: GivenPrincipal) -> EventAnswer:
    """Pictures are made without a frame from now on."""
    return event_answer(await events.set_overlay(ports, principal, event_id, None))


@router.get("/booths", tags=["booths"], summary="List booths")
async def list_booths(
    ports: GivenPorts,
    principal: GivenPrincipal,
    event_id: Annotated[str | None, Query(alias="eventId")] = None,
) -> Booths:
    """The booths of this account's events."""
    found = await booths.list_for(ports, principal, event_id)
    return Booths(items=[booth_answer(view) for view in found])


@router.post("/booths", status_code=201, tags=["booths"], summary="Make a booth")
async def make_booth(body: NewBooth, ports: GivenPorts, principal: GivenPrincipal) -> BoothAnswer:
    """Administrators only."""
    view = await booth_setup.create(
        ports, principal, body.id, name=body.name, event_id=body.event_id, printer=body.printer
    )
    return booth_answer(view)


@router.put("/booths/{booth_id}", tags=["booths"], summary="Make or change a booth")
async def put_booth(
    booth_id: str,
    body: BoothPut,
    ports: GivenPorts,
    principal: GivenPrincipal,
    if_match: IfMatch = None,
    anyway: Anyway = False,
) -> BoothAnswer:
    """Administrators only. Moving one to another event ends its active session, and answers 409
    `BOOTH_IN_USE` while there is one or jobs are under way, unless `anyway`."""
    view = await booth_setup.put(
        ports,
        principal,
        booth_id,
        name=body.name,
        event_id=body.event_id,
        printer=body.printer,
        expected=if_match,
        anyway=anyway,
    )
    return booth_answer(view)


@router.get("/styles", tags=["styles"], summary="List styles")
async def list_styles(ports: GivenPorts, _: GivenPrincipal) -> Styles:
    """All styles, also those switched off."""
    return Styles(items=[style_answer(view) for view in await styles.list_all(ports)])


@router.post("/styles", status_code=201, tags=["styles"], summary="Make a style")
async def make_style(body: NewStyle, ports: GivenPorts, principal: GivenPrincipal) -> StyleAnswer:
    """Administrators only."""
    return style_answer(await styles.create(ports, principal, body.id, body.provider, style_values(body)))


@router.put("/styles/order", tags=["styles"], summary="Put the styles into an order")
async def order_styles(body: StyleOrder, ports: GivenPorts, principal: GivenPrincipal) -> Styles:
    """Administrators only. Styles that are not named come after, as they were."""
    return Styles(items=[style_answer(view) for view in await styles.reorder(ports, principal, body.order)])


@router.patch("/styles/{style_id}", tags=["styles"], summary="Change a style")
async def change_style(
    style_id: str,
    body: StyleChange,
    ports: GivenPorts,
    principal: GivenPrincipal,
    if_match: IfMatch = None,
    anyway: Anyway = False,
) -> StyleAnswer:
    """Administrators only. Switched off, a style finishes its jobs; the last one cannot be."""
    values = style_values(body)
    return style_answer(
        await styles.change(ports, principal, style_id, values, expected=if_match, anyway=anyway)
    )
