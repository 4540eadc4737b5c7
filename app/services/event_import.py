"""A configuration file put into this house: first what it would do, then just that; done again, nothing."""

import base64
import binascii
import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import select, text

from app.db.tables import Booth, Event, Style
from app.db.unit import Unit, unit
from app.domain.access import Principal
from app.domain.errors import Invalid, NotAllowed
from app.domain.event_file import EventFile, FileBooth, FileStyle
from app.domain.keys import overlay_key
from app.imaging.background import in_background
from app.imaging.frame import check_overlay
from app.ports import Ports
from app.services import booth_setup, events, styles

Does = Literal["make", "change", "keep", "skip"]
_LOCK = 0x696D706F7274


@dataclass(frozen=True)
class Step:
    """What the file does to one thing; `because` is a code where it is left alone.

    `name_id` is a style's name in Indonesian; other things have one name.
    """

    what: Literal["event", "overlay", "booth", "style"]
    name: str
    does: Does
    fields: tuple[str, ...] = ()
    because: str = ""
    name_id: str = ""


@dataclass(frozen=True)
class Plan:
    """All steps; `event_id` of the event they are for, once it is there."""

    steps: tuple[Step, ...]
    event_id: str | None
    applied: bool


async def put(
    ports: Ports, principal: Principal, file: EventFile, *, apply: bool, change_styles: bool
) -> Plan:
    """What the file would do, and with `apply` that it is done, all or nothing.

    The event is found by its short address. Styles belong to the whole house: those that are here stay as
    they are unless `change_styles`. Raises NotAllowed, Invalid, Conflict.
    """
    principal.require_house()
    frame = await in_background(_frame_of, file.overlay)
    async with unit(ports) as work:
        await work.db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        steps, event = await _event(work, ports, principal, file)
        steps.append(await _overlay(work, ports, event, frame, store=apply))
        for booth in file.booths:
            steps.append(await _booth(work, principal, event, booth))
        for style in file.styles:
            steps.append(await _style(work, ports, principal, style, change_styles))
        await work.db.flush()
        event_id = event.id
        if apply:
            told = sum(step.does in ("make", "change") for step in steps)
            work.audit(principal.username, "event_imported", event.id, event.id, changes=told)
        else:
            made = steps[0].does == "make"
            await work.forget()
            event_id = "" if made else event_id
    return Plan(tuple(steps), event_id or None, apply)


async def _event(work: Unit, ports: Ports, principal: Principal, file: EventFile) -> tuple[list[Step], Event]:
    values: dict[str, Any] = file.event.model_dump(exclude={"slug"})
    known = await work.db.scalar(select(Event).where(Event.slug == file.event.slug))
    if known is None:
        made = await events.make(work, principal, {**values, "slug": file.event.slug})
        return [Step("event", file.event.name, "make")], made
    if not principal.sees(known.id):
        raise NotAllowed("WHOLE_HOUSE_ONLY", "This needs an administrator of all events.")
    fields = tuple(field for field, value in values.items() if getattr(known, field) != value)
    await events.put(work, ports, principal, known.id, values)
    return [Step("event", file.event.name, "change" if fields else "keep", fields)], known


def _frame_of(overlay: str | None) -> bytes | None:
    """The frame's PNG, checked as one that is uploaded. Raises Invalid."""
    if overlay is None:
        return None
    try:
        content = base64.b64decode(overlay, validate=True)
    except (binascii.Error, ValueError):
        raise Invalid("FILE_DAMAGED", "The file is not right at “overlay”.", place="overlay") from None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "frame.png"
        path.write_bytes(content)
        check_overlay(path)
    return content


async def _overlay(work: Unit, ports: Ports, event: Event, frame: bytes | None, *, store: bool) -> Step:
    """A file without a frame leaves the event's own alone: taking away is not its business."""
    if frame is None:
        return Step("overlay", "", "keep")
    key = overlay_key(event.id, hashlib.sha256(frame).hexdigest())
    if event.overlay_key == key:
        return Step("overlay", "", "keep")
    does: Does = "make" if event.overlay_key is None else "change"
    if store:
        await ports.storage.put_bytes(key, frame, "image/png")
    event.overlay_key = key
    return Step("overlay", "", does)


async def _booth(work: Unit, principal: Principal, event: Event, booth: FileBooth) -> Step:
    known = await work.db.get(Booth, booth.id, with_for_update={"key_share": True})
    if known is None:
        if event.status != "open":
            return Step("booth", booth.name, "skip", because="event_closed")
        await booth_setup.make(work, principal, booth.id, booth.name, event)
        return Step("booth", booth.name, "make")
    if known.event_id != event.id:
        return Step("booth", booth.name, "skip", because="at_other_event")
    name = booth_setup.checked_name(booth.name)
    if known.name == name:
        return Step("booth", booth.name, "keep")
    known.name = name
    work.changed("booth", booth.id)
    work.audit(principal.username, "booth_put", booth.id, event.id)
    return Step("booth", booth.name, "change", ("name",))


async def _style(work: Unit, ports: Ports, principal: Principal, style: FileStyle, change: bool) -> Step:
    named = partial(Step, "style", style.name.en, name_id=style.name.id)
    if style.provider not in ports.providers:
        return named("skip", because="no_provider")
    known = await work.db.get(Style, style.id, with_for_update=True)
    values = _values(style)
    if known is None:
        values = styles.checked_new(ports, style.id, style.provider, values)
        work.db.add(Style(id=style.id, provider=style.provider, **values))
        work.audit(principal.username, "style_created", style.id)
        return named("make", because="needs_workflow" if style.needs_workflow else "")
    fields = tuple(field for field, value in values.items() if styles.value_of(known, field) != value)
    if not fields:
        return named("keep")
    if not change or known.provider != style.provider:
        return named("skip", fields, because="style_stays")
    await styles.put(work, ports, principal, style.id, {field: values[field] for field in fields})
    return named("change", fields)


def _values(style: FileStyle) -> Mapping[str, Any]:
    return {
        "name_en": style.name.en.strip(),
        "name_id": style.name.id.strip(),
        "params": style.params,
        "chain": style.chain,
        "enabled": style.enabled,
        "position": style.position,
    }
