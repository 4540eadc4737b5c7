"""Booths: where they stand, and whose guest they hold now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from ulid import ULID

from app.db.tables import Booth, BoothSession, Event, Guest, GuestSession
from app.db.unit import Unit, reading, unit
from app.domain.access import Principal
from app.domain.errors import Conflict, Invalid, NotFound
from app.ports import Ports
from app.services import sessions, styles
from app.services.editing import mark_of
from app.services.events import open_event
from app.services.holds import booth_of, end_turn, held, prolong
from app.services.intake import MODES


@dataclass(frozen=True)
class BoothView:
    """A booth and the event it stands at."""

    id: str
    name: str
    event_id: str
    event_name: str
    mark: str = ""
    printer: str = ""


def view(booth: Booth, event_name: str) -> BoothView:
    """The row as people see it."""
    mark = mark_of(booth.name, booth.event_id, booth.printer)
    return BoothView(booth.id, booth.name, booth.event_id, event_name, mark, booth.printer)


@dataclass(frozen=True)
class ActiveView:
    """Whose guest a booth's camera files belong to now."""

    booth_id: str
    session_id: str
    event_id: str
    code: str
    guest_name: str
    whatsapp: str
    mode: str
    style_id: str
    operator_id: str | None
    started_at: datetime
    expires_at: datetime


async def list_for(ports: Ports, principal: Principal, event_id: str | None = None) -> Sequence[BoothView]:
    """The booths an account may see."""
    query = select(Booth, Event.name).join(Event, Event.id == Booth.event_id).order_by(Booth.id)
    if event_id is not None:
        query = query.where(Booth.event_id == event_id)
    async with reading(ports) as db:
        rows = await db.execute(query)
    return [view(booth, name) for booth, name in rows if principal.sees(booth.event_id)]


async def get(ports: Ports, principal: Principal, booth_id: str) -> BoothView:
    """One booth. Raises NotFound `BOOTH_NOT_FOUND`, also for one at an event outside the account's."""
    for booth in await list_for(ports, principal):
        if booth.id == booth_id:
            return booth
    raise NotFound("BOOTH_NOT_FOUND", "There is no such booth.")


async def activate(
    ports: Ports,
    principal: Principal,
    booth_id: str,
    *,
    session_id: str,
    event_id: str,
    mode: str,
    style_id: str,
) -> ActiveView:
    """Make a guest the booth's active one. The same guest again: mode and style change, time starts anew.

    Raises NotFound, Gone, Invalid, Conflict `BOOTH_BUSY` with who holds it, `BOOTH_AT_OTHER_EVENT`.
    """
    principal.require_event(event_id)
    if mode not in MODES:
        raise Invalid("MODE_INVALID", "The mode is style or original.", field="mode")
    now = ports.clock.now()
    async with unit(ports) as work:
        booth = await booth_of(work.db, booth_id, lock=True)
        if booth.event_id != event_id:
            raise Conflict("BOOTH_AT_OTHER_EVENT", "This booth stands at another event.")
        await open_event(work.db, event_id)
        session, _ = await sessions.valid(work.db, session_id, event_id, now)
        style = await styles.usable(work.db, style_id)
        now_held = await held(work.db, booth_id, now)
        if now_held is not None and now_held.session_id != session.id:
            raise await _busy(work.db, now_held)
        await end_turn(work, booth_id, "expired" if now_held is None else "renewed", now)
        hold = BoothSession(
            id=str(ULID()),
            booth_id=booth_id,
            event_id=event_id,
            session_id=session.id,
            mode=mode,
            style_id=style.id,
            operator_id=principal.user_id,
            started_at=now_held.started_at if now_held else now,
            expires_at=now + timedelta(seconds=ports.policy.active_session_ttl),
        )
        return await _begin(work, hold, principal, now)


async def _begin(work: Unit, hold: BoothSession, principal: Principal, now: datetime) -> ActiveView:
    work.db.add(hold)
    await work.db.flush()
    work.changed("booth", hold.booth_id)
    work.changed("guest", hold.session_id)
    work.audit(principal.username, "guest_activated", hold.session_id, hold.event_id, booth=hold.booth_id)
    return await _view(work.db, hold.booth_id, now)


async def _busy(db: AsyncSession, other: BoothSession) -> Conflict:
    row = (
        await db.execute(
            select(GuestSession.code, Guest.name)
            .join(Guest, Guest.id == GuestSession.guest_id)
            .where(GuestSession.id == other.session_id)
        )
    ).one()
    holder = {"sessionId": other.session_id, "code": row.code, "name": row.name}
    return Conflict("BOOTH_BUSY", f"This booth is busy with {row.name} ({row.code}).", holder=holder)


async def _view(db: AsyncSession, booth_id: str, now: datetime) -> ActiveView:
    row = (
        await db.execute(
            select(BoothSession, GuestSession.code, Guest)
            .join(GuestSession, GuestSession.id == BoothSession.session_id)
            .join(Guest, Guest.id == GuestSession.guest_id)
            .where(
                BoothSession.booth_id == booth_id,
                BoothSession.ended_at.is_(None),
                BoothSession.expires_at > now,
            )
        )
    ).one_or_none()
    if row is None:
        raise NotFound("NO_ACTIVE_SESSION", "This booth has no active guest.")
    now_held, code, guest = row
    return ActiveView(
        booth_id,
        now_held.session_id,
        now_held.event_id,
        code,
        guest.name,
        guest.whatsapp,
        now_held.mode,
        now_held.style_id,
        now_held.operator_id,
        now_held.started_at,
        now_held.expires_at,
    )


async def active(ports: Ports, principal: Principal, booth_id: str) -> ActiveView:
    """The active guest. Raises NotFound `BOOTH_NOT_FOUND`, `NO_ACTIVE_SESSION`."""
    async with reading(ports) as db:
        principal.require_event((await booth_of(db, booth_id)).event_id)
        return await _view(db, booth_id, ports.clock.now())


async def refresh(ports: Ports, principal: Principal, booth_id: str) -> ActiveView:
    """Start the active guest's time anew. Raises as `active`."""
    async with unit(ports) as work:
        principal.require_event((await booth_of(work.db, booth_id)).event_id)
        await prolong(work, ports, booth_id)
        return await _view(work.db, booth_id, ports.clock.now())


async def end(ports: Ports, principal: Principal, booth_id: str, session_id: str) -> None:
    """End this guest's time at the booth; nobody else's.

    Raises NotFound `NO_ACTIVE_SESSION`, Conflict `NOT_THE_ACTIVE_SESSION` when another guest is active.
    """
    async with unit(ports) as work:
        booth = await booth_of(work.db, booth_id, lock=True)
        principal.require_event(booth.event_id)
        now_held = await held(work.db, booth_id, ports.clock.now())
        if now_held is None:
            raise NotFound("NO_ACTIVE_SESSION", "This booth has no active guest.")
        if now_held.session_id != session_id:
            raise Conflict("NOT_THE_ACTIVE_SESSION", "Another guest is active at this booth now.")
        await end_turn(work, booth_id, "ended", ports.clock.now())
        work.changed("booth", booth_id)
        work.audit(principal.username, "guest_ended", session_id, booth.event_id, booth=booth_id)


async def end_expired(ports: Ports) -> None:
    """End active sessions whose time is over, so that screens see it."""
    now = ports.clock.now()
    over = BoothSession.ended_at.is_(None) & (BoothSession.expires_at <= now)
    async with unit(ports) as work:
        held_by = select(BoothSession.booth_id).where(over)
        locked = await work.db.scalars(
            select(Booth.id).where(Booth.id.in_(held_by)).order_by(Booth.id).with_for_update(key_share=True)
        )
        ended = await work.db.execute(
            update(BoothSession)
            .where(over, BoothSession.booth_id.in_(locked.all()))
            .values(ended_at=now, ended_why="expired")
            .returning(BoothSession.booth_id, BoothSession.session_id)
        )
        for booth_id, session_id in ended:
            work.changed("booth", booth_id)
            work.changed("guest", session_id)
