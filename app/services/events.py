"""Events: list, find, make, change, and the frame laid over every picture."""

import asyncio
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from ulid import ULID

from app.db import spend
from app.db.tables import Booth, Event, UserEvent
from app.db.unit import Unit, reading, unit
from app.domain.access import Principal
from app.domain.errors import Conflict, Gone, Invalid, NotFound
from app.domain.keys import overlay_key
from app.domain.session import is_one_line
from app.imaging.background import in_background
from app.imaging.frame import check_overlay
from app.ports import Ports
from app.services import holds, in_use, retention_plan
from app.services.editing import mark_of, unchanged

EXTRA_STYLES_MAX = 10
RETENTION_MAX_DAYS = 3650
SPEND_MAX = 1e9
_EMPTIED = ("starts_on", "spend_limit")
_CHANGEABLE = ("name", "status", "retention_days", "photos_per_guest", "keep_raw", "extra_styles", *_EMPTIED)
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
    spend_limit: float | None
    mark: str


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
        event.spend_limit,
        mark_of(*(getattr(event, field) for field in _CHANGEABLE), event.overlay_key),
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


def _check(values: Mapping[str, Any]) -> None:
    """Whatever came by whichever door: what an event cannot be. Raises Invalid with the field."""
    if values.get("status", "open") not in ("open", "closed"):
        raise Invalid("STATUS_INVALID", "An event is open or closed.", field="status")
    if values.get("photos_per_guest", "one") not in ("one", "many"):
        raise Invalid("PHOTOS_PER_GUEST_INVALID", "A guest gets one photo or many.", field="photosPerGuest")
    if not 0 <= values.get("extra_styles", 0) <= EXTRA_STYLES_MAX:
        raise Invalid(
            "EXTRA_STYLES_INVALID",
            f"A guest may ask for 0 to {EXTRA_STYLES_MAX} more styles.",
            field="extraStyles",
        )
    if not 1 <= values.get("retention_days", 1) <= RETENTION_MAX_DAYS:
        raise Invalid("RETENTION_INVALID", "Pictures are kept for 1 to 3650 days.", field="retentionDays")
    limit = values.get("spend_limit")
    if limit is not None and not 0 <= limit < SPEND_MAX:
        raise Invalid("LIMIT_INVALID", "A limit is a number of credits, 0 or more.", field="spendLimit")


async def create(ports: Ports, principal: Principal, values: Mapping[str, Any]) -> EventView:
    """Make an event: `name`, `slug` and what else is given; who has some events only is given it, too.

    Raises NotAllowed, Invalid, Conflict `SLUG_TAKEN`.
    """
    principal.require_role("admin")
    async with unit(ports) as work:
        event = await make(work, principal, values)
        return view(event)


async def make(work: Unit, principal: Principal, values: Mapping[str, Any]) -> Event:
    """As `create`, within a unit of work of the caller's."""
    _clean(values["name"], values["slug"])
    _check(values)
    event_id = str(ULID())
    known = {field: values[field] for field in _CHANGEABLE if values.get(field) is not None}
    made: Event | None = await work.db.scalar(
        insert(Event)
        .values(**{**known, "id": event_id, "name": values["name"].strip(), "slug": values["slug"]})
        .on_conflict_do_nothing(index_elements=["slug"])
        .returning(Event)
    )
    if made is None:
        raise Conflict("SLUG_TAKEN", "Another event has this short address.", field="slug")
    if principal.events is not None:
        work.db.add(UserEvent(user_id=principal.user_id, event_id=event_id))
    work.audit(principal.username, "event_created", event_id, event_id)
    return made


async def change(
    ports: Ports,
    principal: Principal,
    event_id: str,
    values: Mapping[str, Any],
    *,
    expected: str | None = None,
    anyway: bool = False,
) -> EventView:
    """Change what is given; None empties `starts_on` and `spend_limit` and leaves all else as it is.

    Raises NotAllowed, NotFound, Invalid, Conflict `CHANGED_MEANWHILE` when the event is not as `expected`
    says; unless it is to be done `anyway`: `EVENT_IN_USE` for closing one with guests or jobs under way,
    `RETENTION_IN_USE` for so few days that guests are deleted at once.
    """
    principal.require_role("admin")
    principal.require_event(event_id)
    async with unit(ports) as work:
        event = await put(work, ports, principal, event_id, values, expected=expected, anyway=anyway)
        return view(event)


async def put(
    work: Unit,
    ports: Ports,
    principal: Principal,
    event_id: str,
    values: Mapping[str, Any],
    *,
    expected: str | None = None,
    anyway: bool = False,
) -> Event:
    """As `change`, within a unit of work of the caller's."""
    given = {k: v for k, v in values.items() if v is not None or k in _EMPTIED}
    _clean(given.get("name"), None)
    _check(given)
    if "name" in given:
        given["name"] = given["name"].strip()
    # Not to be deleted, but a guest may be brought to a booth meanwhile: that one is waited for below.
    event = await work.db.get(Event, event_id, with_for_update={"key_share": True}, populate_existing=True)
    if event is None:
        raise NotFound("EVENT_NOT_FOUND", "There is no such event.")
    await unchanged(work.db, event_id, view(event).mark, expected)
    new = {field: value for field, value in given.items() if getattr(event, field) != value}
    if new.get("status") == "closed" and not anyway:
        use = await in_use.of_event(work.db, event_id, ports.clock.now())
        use.refuse("EVENT_IN_USE", "Guests or pictures are under way at this event.")
    if new.get("retention_days", event.retention_days) < event.retention_days and not anyway:
        await retention_plan.refuse_shorter(work.db, event_id, new["retention_days"])
    if not new:
        return event
    if "spend_limit" in new:
        await spend.set_limit(work, event_id, new["spend_limit"])
        work.audit(principal.username, spend.LIFTED, event_id, event_id, limit=new["spend_limit"])
    for field, value in new.items():
        setattr(event, field, value)
    await work.db.flush()
    if "status" in new:
        await _tell_booths(work, event_id, None if new["status"] == "open" else ports.clock.now())
    if set(new) != {"spend_limit"}:
        told = {field: new[field] for field in ("status",) if field in new}
        work.audit(principal.username, "event_changed", event_id, event_id, fields=sorted(new), **told)
    return event


async def _tell_booths(work: Unit, event_id: str, closed_at: datetime | None) -> None:
    """The screens of its booths say that the event is closed, or open again; closed, nobody stays active."""
    query = select(Booth.id).where(Booth.event_id == event_id).order_by(Booth.id)
    for booth_id in (await work.db.scalars(query.with_for_update(key_share=True))).all():
        if closed_at is not None:
            await holds.end_turn(work, booth_id, "event_closed", closed_at)
        work.changed("booth", booth_id)


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
        await in_background(check_overlay, picture)
        content = await asyncio.to_thread(picture.read_bytes)
        await _update(ports, principal, event_id, {})  # before anything is stored for it
        key = overlay_key(event_id, hashlib.sha256(content).hexdigest())
        await ports.storage.put_file(key, picture, "image/png")
    return await _update(ports, principal, event_id, {"overlay_key": key})
