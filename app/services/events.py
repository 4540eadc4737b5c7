"""Events: list, find, make, change, and the frame laid over every picture."""

import asyncio
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from ulid import ULID

from app.db.tables import Event
from app.db.unit import reading, unit
from app.domain.access import Principal
from app.domain.errors import Conflict, Gone, Invalid, NotFound
from app.domain.keys import overlay_key
from app.domain.session import is_one_line
from app.imaging.frame import check_overlay
from app.ports import Ports

EXTRA_STYLES_MAX = 10
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


@dataclass(frozen=True)
class EventView:
    """An event as people see it."""

    id: str
    slug: str
    name: str
    status: str
    starts_on: date | None
    has_overlay: bool
    retention_days: int
    photos_per_guest: str
    keep_raw: bool
    extra_styles: int


def view(event: Event) -> EventView:
    """The row as people see it."""
    return EventView(
        event.id,
        event.slug,
        event.name,
        event.status,
        event.starts_on,
        event.overlay_key is not None,
        event.retention_days,
        event.photos_per_guest,
        event.keep_raw,
        event.extra_styles,
    )


async def open_event(db: AsyncSession, event_id: str) -> Event:
    """The open event with this id or slug. Raises NotFound `EVENT_NOT_FOUND`, Gone `EVENT_CLOSED`."""
    event = await db.scalar(select(Event).where(or_(Event.id == event_id, Event.slug == event_id)))
    if event is None:
        raise NotFound("EVENT_NOT_FOUND", "There is no such event.")
    if event.status != "open":
        raise Gone("EVENT_CLOSED", "This event is closed.")
    return event


async def for_kiosk(ports: Ports, event_id: str | None) -> EventView:
    """The named event, also when it is closed, or the newest open one. Raises NotFound."""
    newest = select(Event).where(Event.status == "open").order_by(Event.id.desc()).limit(1)
    named = select(Event).where(or_(Event.id == event_id, Event.slug == event_id))
    async with reading(ports) as db:
        event = await db.scalar(newest if event_id is None else named)
    if event is None:
        raise NotFound("EVENT_NOT_FOUND", "There is no such event.")
    return view(event)


async def list_open(ports: Ports) -> Sequence[EventView]:
    """Every open event, newest first."""
    async with reading(ports) as db:
        rows = await db.scalars(select(Event).where(Event.status == "open").order_by(Event.id.desc()))
    return [view(event) for event in rows]


async def list_for(ports: Ports, principal: Principal) -> Sequence[EventView]:
    """The events an account is given, newest first."""
    async with reading(ports) as db:
        rows = await db.scalars(select(Event).order_by(Event.id.desc()))
    return [view(event) for event in rows if principal.sees(event.id)]


def _clean(name: str | None, slug: str | None) -> None:
    if name is not None and not (1 <= len(name.strip()) <= 120 and is_one_line(name.strip())):
        raise Invalid("NAME_INVALID", "An event's name has 1 to 120 characters in one line.", field="name")
    if slug is not None and not _SLUG.fullmatch(slug):
        raise Invalid(
            "SLUG_INVALID", "The short address has 1 to 40 of a-z, 0-9 and inner hyphens.", field="slug"
        )


def _check_photos(per_guest: str | None) -> None:
    if per_guest not in (None, "one", "many"):
        raise Invalid("PHOTOS_PER_GUEST_INVALID", "A guest gets one photo or many.", field="photosPerGuest")


def _check_styles(extra: int | None) -> None:
    if extra is not None and not 0 <= extra <= EXTRA_STYLES_MAX:
        raise Invalid(
            "EXTRA_STYLES_INVALID",
            f"A guest may ask for 0 to {EXTRA_STYLES_MAX} more styles.",
            field="extraStyles",
        )


async def create(
    ports: Ports,
    principal: Principal,
    *,
    name: str,
    slug: str,
    starts_on: date | None,
    photos_per_guest: str = "many",
    keep_raw: bool = False,
) -> EventView:
    """Make an event. Raises NotAllowed, Invalid, Conflict `SLUG_TAKEN`."""
    principal.require_role("admin")
    _clean(name, slug)
    _check_photos(photos_per_guest)
    event_id = str(ULID())
    async with unit(ports) as work:
        made = await work.db.scalar(
            insert(Event)
            .values(
                id=event_id,
                name=name.strip(),
                slug=slug,
                starts_on=starts_on,
                photos_per_guest=photos_per_guest,
                keep_raw=keep_raw,
            )
            .on_conflict_do_nothing(index_elements=["slug"])
            .returning(Event)
        )
        if made is None:
            raise Conflict("SLUG_TAKEN", "Another event has this short address.")
        work.audit(principal.username, "event_created", event_id, event_id)
        return view(made)


async def change(
    ports: Ports,
    principal: Principal,
    event_id: str,
    *,
    name: str | None = None,
    status: str | None = None,
    starts_on: date | None = None,
    retention_days: int | None = None,
    photos_per_guest: str | None = None,
    keep_raw: bool | None = None,
    extra_styles: int | None = None,
) -> EventView:
    """Change what is given. Raises NotAllowed, NotFound, Invalid."""
    principal.require_role("admin")
    _clean(name, None)
    if status not in (None, "open", "closed"):
        raise Invalid("STATUS_INVALID", "An event is open or closed.", field="status")
    _check_photos(photos_per_guest)
    _check_styles(extra_styles)
    given = {
        "name": name.strip() if name else None,
        "status": status,
        "starts_on": starts_on,
        "retention_days": retention_days,
        "photos_per_guest": photos_per_guest,
        "keep_raw": keep_raw,
        "extra_styles": extra_styles,
    }
    return await _update(ports, principal, event_id, {k: v for k, v in given.items() if v is not None})


async def _update(ports: Ports, principal: Principal, event_id: str, values: dict[str, object]) -> EventView:
    principal.require_event(event_id)
    async with unit(ports) as work:
        if values:
            await work.db.execute(update(Event).where(Event.id == event_id).values(**values))
            work.audit(principal.username, "event_changed", event_id, event_id, fields=sorted(values))
        event = await work.db.get(Event, event_id, populate_existing=True)
        if event is None:
            raise NotFound("EVENT_NOT_FOUND", "There is no such event.")
        return view(event)


async def set_overlay(ports: Ports, principal: Principal, event_id: str, picture: Path | None) -> EventView:
    """Lay this PNG over every picture from now on; None takes the frame away.

    Raises NotAllowed, NotFound, Invalid `OVERLAY_UNSUITABLE`.
    """
    principal.require_role("admin")
    key = None
    if picture is not None:
        await asyncio.to_thread(check_overlay, picture)
        content = await asyncio.to_thread(picture.read_bytes)
        await _update(ports, principal, event_id, {})  # before anything is stored for it
        key = overlay_key(event_id, hashlib.sha256(content).hexdigest())
        await ports.storage.put_file(key, picture, "image/png")
    return await _update(ports, principal, event_id, {"overlay_key": key})
