"""Booths as administrators keep them: made, renamed, moved; never under the hands of those who work there."""

from sqlalchemy.dialects.postgresql import insert

from app.db import incidents
from app.db.tables import Booth, Event
from app.db.unit import Unit, unit
from app.domain.access import Principal
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.printing import checked_printer
from app.domain.session import is_one_line
from app.ports import Ports
from app.services import in_use, printers
from app.services.booths import BoothView, view
from app.services.editing import mark_of, unchanged
from app.services.events import open_event
from app.services.holds import end_turn


async def put(
    ports: Ports,
    principal: Principal,
    booth_id: str,
    *,
    name: str,
    event_id: str,
    printer: str | None = None,
    expected: str | None = None,
    anyway: bool = False,
) -> BoothView:
    """Make a booth, or change its name and the event it stands at. Raises NotAllowed, Invalid, NotFound.

    Raises Conflict `CHANGED_MEANWHILE` when it is not as `expected` says, `BOOTH_IN_USE` for moving one with
    a guest or jobs under way, unless it is to be moved `anyway`; its guest's turn then ends.
    """
    principal.require_role("admin")
    _check_id(booth_id)
    async with unit(ports) as work:
        event = await open_event(work.db, event_id)
        principal.require_event(event.id)
        known = await work.db.get(Booth, booth_id, with_for_update={"key_share": True})
        if known is None:
            return await make(work, principal, booth_id, name, event, printer or "")
        if not principal.sees(known.event_id):
            raise NotFound("BOOTH_NOT_FOUND", "There is no such booth.")
        checked_name(name)
        now = mark_of(known.name, known.event_id, known.printer)
        await unchanged(work.db, booth_id, now, expected)
        if known.event_id != event.id:
            if not anyway:
                use = await in_use.of_booth(work.db, booth_id, ports.clock.now())
                use.refuse("BOOTH_IN_USE", "A guest or pictures are under way at this booth.")
            await end_turn(work, booth_id, "booth moved", ports.clock.now())
        known.name, known.event_id = name.strip(), event.id
        await _set_printer(work, known, printer)
        work.changed("booth", booth_id)
        work.audit(principal.username, "booth_put", booth_id, event.id)
        return view(known, event.name)


async def create(
    ports: Ports,
    principal: Principal,
    booth_id: str,
    *,
    name: str,
    event_id: str,
    printer: str | None = None,
) -> BoothView:
    """Make a booth that is not there yet. Raises as `put`, and Conflict `BOOTH_EXISTS`."""
    principal.require_role("admin")
    async with unit(ports) as work:
        event = await open_event(work.db, event_id)
        principal.require_event(event.id)
        return await make(work, principal, booth_id, name, event, printer or "")


async def _set_printer(work: Unit, booth: Booth, printer: str | None) -> None:
    """None leaves it as it is: who asks does not know of printers."""
    clean = checked_printer(printer) if printer is not None else booth.printer
    if clean != booth.printer:
        await incidents.end(work, printers.KIND, booth.printer)  # begun anew where another booth has it
        booth.printer, booth.printer_state, booth.printer_asked_at = clean, None, None


async def make(
    work: Unit, principal: Principal, booth_id: str, name: str, event: Event, printer: str = ""
) -> BoothView:
    """As `create`, within a unit of work of the caller's."""
    _check_id(booth_id)
    clean, at = checked_name(name), checked_printer(printer)
    made = await work.db.scalar(
        insert(Booth)
        .values(id=booth_id, name=clean, event_id=event.id, printer=at)
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(Booth.id)
    )
    if made is None:
        raise Conflict("BOOTH_EXISTS", "There is already a booth with this id.", field="id")
    work.changed("booth", booth_id)
    work.audit(principal.username, "booth_created", booth_id, event.id)
    return BoothView(booth_id, clean, event.id, event.name, mark_of(clean, event.id, at), at)


def _check_id(booth_id: str) -> None:
    if not booth_id.replace("-", "").isalnum() or not booth_id.isascii() or len(booth_id) > 40:
        raise Invalid("BOOTH_ID_INVALID", "A booth's id has letters, digits and hyphens.", field="id")


def checked_name(name: str) -> str:
    """A booth's name as it is kept. Raises Invalid `NAME_INVALID`."""
    clean = name.strip()
    if not 1 <= len(clean) <= 60 or not is_one_line(clean):
        raise Invalid("NAME_INVALID", "A booth's name has 1 to 60 characters in one line.", field="name")
    return clean
