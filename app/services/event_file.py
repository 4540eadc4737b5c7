"""An event's configuration out of the house and in again: exported as a file, copied within it."""

import base64
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables import Booth, Event, Style
from app.db.unit import reading, unit
from app.domain import event_file
from app.domain.access import Principal
from app.domain.errors import NotFound
from app.domain.event_file import EventFile, FileBooth, FileEvent, FileNames, FileStyle
from app.domain.keys import overlay_key
from app.domain.workflow import PARAM
from app.ports import Ports
from app.services import events
from app.services.events import EventView

_COPIED = ("retention_days", "photos_per_guest", "keep_raw", "extra_styles", "spend_limit")


async def export(ports: Ports, principal: Principal, event_id: str) -> EventFile:
    """The whole configuration of an event, without anybody's secrets. Raises NotAllowed, NotFound."""
    principal.require_role("admin")
    principal.require_event(event_id)
    async with reading(ports) as db:
        event = await _event(db, event_id)
        booths = await db.scalars(select(Booth).where(Booth.event_id == event_id).order_by(Booth.id))
        styles = await db.scalars(select(Style).order_by(Style.position, Style.id))
        file = EventFile(
            version=event_file.VERSION,
            made_at=ports.clock.now().isoformat(timespec="seconds"),
            event=FileEvent.model_validate(event, from_attributes=True),
            booths=[FileBooth(id=booth.id, name=booth.name) for booth in booths],
            styles=[style_of(style) for style in styles],
        )
        key = event.overlay_key
    async with unit(ports) as work:
        work.audit(principal.username, "event_exported", event_id, event_id)
    if key is None:
        return file
    return file.model_copy(update={"overlay": base64.b64encode(await content(ports, key)).decode()})


def style_of(style: Style) -> FileStyle:
    """A style as a file holds it: without the key of a workflow that is stored in this house only."""
    return FileStyle(
        id=style.id,
        name=FileNames(en=style.name_en, id=style.name_id),
        provider=style.provider,
        params={name: value for name, value in style.params.items() if name != PARAM},
        chain=style.chain,
        enabled=style.enabled,
        position=style.position,
        needs_workflow=PARAM in style.params,
    )


async def copy(ports: Ports, principal: Principal, event_id: str, *, name: str, slug: str) -> EventView:
    """A new event with the settings and the frame of this one; its booths stay where they are.

    Raises NotAllowed, NotFound, Invalid, Conflict `SLUG_TAKEN`.
    """
    principal.require_role("admin")
    principal.require_event(event_id)
    async with reading(ports) as db:
        event = await _event(db, event_id)
        values: dict[str, Any] = {field: getattr(event, field) for field in _COPIED}
        key = event.overlay_key
    frame = None if key is None else await content(ports, key)
    async with unit(ports) as work:
        made = await events.make(work, principal, {**values, "name": name, "slug": slug})
        if frame is not None and key is not None:
            made.overlay_key = overlay_key(made.id, key.rsplit("/", 1)[1].removesuffix(".png"))
            await ports.storage.put_bytes(made.overlay_key, frame, "image/png")
        work.audit(principal.username, "event_copied", made.id, made.id, source=event_id)
        await work.db.flush()
        return events.view(made)


async def content(ports: Ports, key: str) -> bytes:
    """A frame's bytes: bounded when it was set. Raises NotFound, Unavailable."""
    return b"".join([chunk async for chunk in ports.storage.open(key)])


async def _event(db: AsyncSession, event_id: str) -> Event:
    event = await db.get(Event, event_id)
    if event is None:
        raise NotFound("EVENT_NOT_FOUND", "There is no such event.")
    return event
