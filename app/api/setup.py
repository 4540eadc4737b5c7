"""Events, booths and styles: listed for operators, made and changed by administrators."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field

from app.api.given import GivenPorts, GivenPrincipal
from app.api.multipart import streamed
from app.domain.messages import Wire
from app.services import booths, events, styles

router = APIRouter()

OVERLAY_MAX = 20 * 1024 * 1024


class EventAnswer(Wire):
    """An event; `overlay`: a frame is laid over its pictures; `keepRaw`: RAW files are stored beside them.

    `photosPerGuest` `one`: a guest's second camera file in a turn waits in the tray. `extraStyles`: how many
    more styles a guest may ask for on their own page.
    """

    id: str
    slug: str
    name: str
    status: str
    starts_on: date | None
    overlay: bool
    retention_days: int
    photos_per_guest: str
    keep_raw: bool
    extra_styles: int


class Events(Wire):
    """The account's events, newest first."""

    items: list[EventAnswer]


class NewEvent(Wire):
    """An event to make."""

    name: str
    slug: str
    starts_on: date | None = None
    photos_per_guest: Literal["one", "many"] = "many"
    keep_raw: bool = False


class EventChange(Wire):
    """What to change; what is not given stays."""

    name: str | None = None
    status: Literal["open", "closed"] | None = None
    starts_on: date | None = None
    retention_days: Annotated[int, Field(ge=1, le=3650)] | None = None
    photos_per_guest: Literal["one", "many"] | None = None
    keep_raw: bool | None = None
    extra_styles: Annotated[int, Field(ge=0, le=10)] | None = None


class BoothAnswer(Wire):
    """A booth and its current event."""

    id: str
    name: str
    event_id: str
    event_name: str


class Booths(Wire):
    """The booths of the account's events."""

    items: list[BoothAnswer]


class BoothPut(Wire):
    """A booth's name and current event."""

    name: str
    event_id: str


class Names(Wire):
    """A name in both languages."""

    en: str
    id: str


class StyleAnswer(Wire):
    """A style."""

    id: str
    name: Names
    provider: str
    enabled: bool
    position: int
    chain: list[dict[str, Any]]


class Styles(Wire):
    """Styles in the order to show them."""

    items: list[StyleAnswer]


class NewStyle(Wire):
    """A style to make."""

    id: str
    name: Names
    provider: str
    params: dict[str, Any] = Field(default_factory=dict)
    position: int = 100
    chain: list[dict[str, Any]] = Field(default_factory=list)


class StyleChange(Wire):
    """What to change; what is not given stays."""

    name: Names | None = None
    params: dict[str, Any] | None = None
    chain: list[dict[str, Any]] | None = None
    enabled: bool | None = None
    position: int | None = None


def _event(view: events.EventView) -> EventAnswer:
    return EventAnswer(
        id=view.id,
        slug=view.slug,
        name=view.name,
        status=view.status,
        starts_on=view.starts_on,
        overlay=view.has_overlay,
        retention_days=view.retention_days,
        photos_per_guest=view.photos_per_guest,
        keep_raw=view.keep_raw,
        extra_styles=view.extra_styles,
    )


def _style(view: styles.StyleView) -> StyleAnswer:
    return StyleAnswer(
        id=view.id,
        name=Names(en=view.name_en, id=view.name_id),
        provider=view.provider,
        enabled=view.enabled,
        position=view.position,
        chain=list(view.chain),
    )


@router.get("/events", tags=["events"], summary="List events")
async def list_events(ports: GivenPorts, principal: GivenPrincipal) -> Events:
    """The events this account is given."""
    return Events(items=[_event(view) for view in await events.list_for(ports, principal)])


@router.post("/events", status_code=201, tags=["events"], summary="Make an event")
async def make_event(body: NewEvent, ports: GivenPorts, principal: GivenPrincipal) -> EventAnswer:
    """Administrators only."""
    return _event(await events.create(ports, principal, **body.model_dump()))


@router.patch("/events/{event_id}", tags=["events"], summary="Change an event")
async def change_event(
    event_id: str, body: EventChange, ports: GivenPorts, principal: GivenPrincipal
) -> EventAnswer:
    """Administrators only."""
    return _event(await events.change(ports, principal, event_id, **body.model_dump()))


@router.put("/events/{event_id}/overlay", tags=["events"], summary="Set the frame")
async def set_overlay(
    event_id: str, request: Request, ports: GivenPorts, principal: GivenPrincipal
) -> EventAnswer:
    """The PNG (with transparency) that is laid over every picture: a multipart form with `image`."""
    principal.require_role("admin")
    async with streamed(request, "image", (), OVERLAY_MAX) as form:
        return _event(await events.set_overlay(ports, principal, event_id, form.path))


@router.delete("/events/{event_id}/overlay", tags=["events"], summary="Take the frame away")
async def remove_overlay(event_id: str, ports: GivenPorts, principal: GivenPrincipal) -> EventAnswer:
    """Pictures are made without a frame from now on."""
    return _event(await events.set_overlay(ports, principal, event_id, None))


@router.get("/booths", tags=["booths"], summary="List booths")
async def list_booths(
    ports: GivenPorts,
    principal: GivenPrincipal,
    event_id: Annotated[str | None, Query(alias="eventId")] = None,
) -> Booths:
    """The booths of this account's events."""
    found = await booths.list_for(ports, principal, event_id)
    return Booths(items=[BoothAnswer(**view.__dict__) for view in found])


@router.put("/booths/{booth_id}", tags=["booths"], summary="Make or change a booth")
async def put_booth(
    booth_id: str, body: BoothPut, ports: GivenPorts, principal: GivenPrincipal
) -> BoothAnswer:
    """Administrators only. Moving a booth to another event ends its active session."""
    view = await booths.put(ports, principal, booth_id, name=body.name, event_id=body.event_id)
    return BoothAnswer(**view.__dict__)


@router.get("/styles", tags=["styles"], summary="List styles")
async def list_styles(ports: GivenPorts, _: GivenPrincipal) -> Styles:
    """All styles, also those switched off."""
    return Styles(items=[_style(view) for view in await styles.list_all(ports)])


@router.post("/styles", status_code=201, tags=["styles"], summary="Make a style")
async def make_style(body: NewStyle, ports: GivenPorts, principal: GivenPrincipal) -> StyleAnswer:
    """Administrators only."""
    view = await styles.create(
        ports,
        principal,
        style_id=body.id,
        name_en=body.name.en,
        name_id=body.name.id,
        provider=body.provider,
        params=body.params,
        position=body.position,
        chain=body.chain,
    )
    return _style(view)


@router.patch("/styles/{style_id}", tags=["styles"], summary="Change a style")
async def change_style(
    style_id: str, body: StyleChange, ports: GivenPorts, principal: GivenPrincipal
) -> StyleAnswer:
    """Administrators only."""
    values: dict[str, Any] = body.model_dump(exclude_none=True, exclude={"name"})
    if body.name is not None:
        values |= {"name_en": body.name.en, "name_id": body.name.id}
    return _style(await styles.change(ports, principal, style_id, values))
