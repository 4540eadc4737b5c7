"""A test shot: a guest who is nobody, to try a booth from its camera to the picture, and cleared away."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from ulid import ULID

from app.db.tables import Booth, BoothSession, Guest, GuestSession, Job
from app.db.unit import reading, unit
from app.domain.access import Principal
from app.domain.errors import Gone, NotFound
from app.ports import Ports
from app.services import booths, erasure, sessions
from app.services.holds import taste

NAME = "Foto uji"
NUMBER = "+000"
"""No telephone has it: by it everything of a test shot is found again."""


@dataclass(frozen=True)
class Trial:
    """Test guests of an event that are still there; the newest visit, and how many pictures there are."""

    session_id: str | None
    code: str
    booth_id: str | None
    guests: int
    jobs: int


async def start(ports: Ports, principal: Principal, booth_id: str) -> Trial:
    """Make a test guest and let them hold the booth.

    Raises NotAllowed, NotFound, Gone, Conflict `BOOTH_BUSY` while somebody else holds it.
    """
    principal.require_role("supervisor")
    async with reading(ports) as db:
        booth = await db.get(Booth, booth_id)
        if booth is None or not principal.sees(booth.event_id):
            raise NotFound("BOOTH_NOT_FOUND", "There is no such booth.")
        wish = await taste(db, booth_id)
    if wish is None:
        raise NotFound("STYLE_NOT_FOUND", "No style is switched on.")
    session_id = await _newest(ports, booth.event_id) or await _guest(ports, principal, booth.event_id)
    mode, style_id = wish
    await booths.activate(
        ports,
        principal,
        booth_id,
        session_id=session_id,
        event_id=booth.event_id,
        mode=mode,
        style_id=style_id,
    )
    return await state(ports, principal, booth.event_id)


async def _newest(ports: Ports, event_id: str) -> str | None:
    async with reading(ports) as db:
        visits = await _visits(db, event_id)
        newest = await db.get(GuestSession, visits[0]) if visits else None
        return newest.id if newest and newest.expires_at > ports.clock.now() else None


async def _guest(ports: Ports, principal: Principal, event_id: str) -> str:
    async with unit(ports) as work:
        now = ports.clock.now()
        guest = Guest(id=str(ULID()), event_id=event_id, name=NAME, whatsapp=NUMBER, consent_at=now)
        work.db.add(guest)
        await work.db.flush()
        made = await sessions.open_visit(work, ports, guest)
        work.audit(principal.username, "trial_started", made.session_id, event_id)
        return made.session_id


async def state(ports: Ports, principal: Principal, event_id: str) -> Trial:
    """What there is of test shots at an event. Raises NotFound."""
    principal.require_event(event_id)
    async with reading(ports) as db:
        visits = await _visits(db, event_id)
        newest = await db.get(GuestSession, visits[0]) if visits else None
        held = await _held_by(db, visits[0]) if visits else None
        jobs = await db.scalar(select(func.count()).where(Job.session_id.in_(visits))) or 0
    return Trial(newest.id if newest else None, newest.code if newest else "", held, len(visits), jobs)


async def clear(ports: Ports, principal: Principal, event_id: str) -> int:
    """Erase the test guests of an event with all their pictures. Raises NotAllowed, NotFound."""
    principal.require_role("supervisor")
    principal.require_event(event_id)
    async with reading(ports) as db:
        visits = await _visits(db, event_id)
        found = (await db.scalars(select(GuestSession.token).where(GuestSession.id.in_(visits)))).all()
    for token in found:
        with suppress(Gone):  # its time is over: retention takes it
            await erasure.ask(ports, token, True)
    async with unit(ports) as work:
        work.audit(principal.username, "trial_cleared", event_id, event_id, count=len(found))
    return len(found)


async def _visits(db: AsyncSession, event_id: str) -> Sequence[str]:
    """Test guests' visits, newest first."""
    rows = await db.scalars(
        select(GuestSession.id)
        .join(Guest, Guest.id == GuestSession.guest_id)
        .where(GuestSession.event_id == event_id, Guest.whatsapp == NUMBER, Guest.erased_at.is_(None))
        .order_by(GuestSession.id.desc())
    )
    return rows.all()


async def _held_by(db: AsyncSession, session_id: str) -> str | None:
    return await db.scalar(
        select(BoothSession.booth_id).where(
            BoothSession.session_id == session_id, BoothSession.ended_at.is_(None)
        )
    )
