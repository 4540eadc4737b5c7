"""Guests in line sent to another booth by a supervisor, and back; who is photographed there just now, too."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from ulid import ULID

from app.db.tables import Booth, BoothSession, GuestSession
from app.db.unit import Unit, unit
from app.domain.access import Principal
from app.domain.errors import Conflict, Invalid, NotFound
from app.ports import Ports
from app.services import sessions
from app.services.holds import end_turn, held, last

AT_ONCE = 200


@dataclass(frozen=True)
class Place:
    """Where a guest is to wait: at a booth, or (None) wherever it is their turn; `active`: it is their turn
    there.
    """

    session_id: str
    booth_id: str | None
    active: bool = False


async def send(ports: Ports, principal: Principal, places: Sequence[Place]) -> list[Place]:
    """Send these guests there; answers where they were, which sent again undoes it.

    A turn at another booth ends; with `active` one begins, unless that booth has somebody by now. Raises
    NotAllowed, NotFound, Gone, Conflict `BOOTH_AT_OTHER_EVENT`, Invalid `TOO_MANY_GUESTS`.
    """
    principal.require_role("supervisor")
    if not 1 <= len(places) <= AT_ONCE:
        raise Invalid("TOO_MANY_GUESTS", f"Send 1 to {AT_ONCE} guests at once.")
    async with unit(ports) as work:
        booths, turns = await _locked(work, places)
        ordered = sorted(places, key=lambda place: place.session_id)
        return [
            await _send(work, ports, principal, place, booths, turns.get(place.session_id))
            for place in ordered
        ]


async def _locked(work: Unit, places: Sequence[Place]) -> tuple[dict[str, Booth], dict[str, BoothSession]]:
    """The booths that are named or hold one of these guests, locked in their order, and the guests' turns.

    Turns are read again behind the locks: one that ended meanwhile may have made room for another guest,
    whose turn is none of ours. Where one began at a booth that is not locked, all begins anew.
    """
    named = {place.booth_id for place in places if place.booth_id}
    while True:
        named |= {turn.booth_id for turn in (await _turns(work, places)).values()}
        query = select(Booth).where(Booth.id.in_(sorted(named))).order_by(Booth.id)
        locked = await work.db.scalars(query.with_for_update(key_share=True))
        booths = {booth.id: booth for booth in locked}
        turns = await _turns(work, places)
        if all(turn.booth_id in booths for turn in turns.values()):
            return booths, turns
        await work.forget()


async def _turns(work: Unit, places: Sequence[Place]) -> dict[str, BoothSession]:
    ids = [place.session_id for place in places]
    found = await work.db.scalars(
        select(BoothSession).where(BoothSession.session_id.in_(ids), BoothSession.ended_at.is_(None))
    )
    return {turn.session_id: turn for turn in found}


async def _send(
    work: Unit,
    ports: Ports,
    principal: Principal,
    place: Place,
    booths: dict[str, Booth],
    turn: BoothSession | None,
) -> Place:
    session = await work.db.get(GuestSession, place.session_id, with_for_update={"key_share": True})
    if session is None or not principal.sees(session.event_id):
        raise NotFound("SESSION_NOT_FOUND", "There is no such guest session.")
    await sessions.valid(work.db, session.id, session.event_id, ports.clock.now())
    target = booths.get(place.booth_id or "")
    if place.booth_id is not None and (target is None or target.event_id != session.event_id):
        raise Conflict("BOOTH_AT_OTHER_EVENT", "This booth stands at another event.")
    before = Place(session.id, turn.booth_id if turn else session.sent_to, turn is not None)
    if turn is not None and turn.booth_id != place.booth_id:
        await end_turn(work, turn.booth_id, "moved", ports.clock.now())
        work.changed("booth", turn.booth_id)
    session.sent_to = place.booth_id
    if place.active and place.booth_id is not None:
        await _begin_again(work, ports, principal, session, place.booth_id)
    work.changed("guest", session.id)
    data = {"booth": place.booth_id, "before": before.booth_id}
    work.audit(principal.username, "guest_sent", session.id, session.event_id, **data)
    return before


async def _begin_again(
    work: Unit, ports: Ports, principal: Principal, session: GuestSession, booth_id: str
) -> None:
    """The turn that a move ended, as it was; not where somebody else has the booth by now."""
    now = ports.clock.now()
    before = await last(work.db, booth_id, session.id)
    if before is None or await held(work.db, booth_id, now) is not None:
        return
    work.db.add(
        BoothSession(
            id=str(ULID()),
            booth_id=booth_id,
            event_id=session.event_id,
            session_id=session.id,
            mode=before.mode,
            style_id=before.style_id,
            operator_id=principal.user_id,
            started_at=now,
            expires_at=now + timedelta(seconds=ports.policy.active_session_ttl),
        )
    )
    await work.db.flush()
    work.changed("booth", booth_id)
