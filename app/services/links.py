"""A new link for a guest whose old one is in other hands; and the old one back again."""

from dataclasses import dataclass

from sqlalchemy import select
from ulid import ULID

from app.db.tables import Guest, GuestSession, Job, OldLink
from app.db.unit import Unit, unit
from app.domain.access import Principal
from app.domain.errors import Conflict, Gone, NotFound
from app.domain.session import new_token
from app.ports import Ports
from app.services import errands
from app.services.guest_page import link

REASON_MAX = 500


@dataclass(frozen=True)
class Relinked:
    """`link_id` is what the undo is asked by; `url` is the guest's page now."""

    link_id: str
    session_id: str
    url: str
    undone: bool


async def renew(
    ports: Ports, principal: Principal, session_id: str, *, move_id: str | None = None, reason: str = ""
) -> Relinked:
    """Switch a guest's link off and make another one; asked again for the same move, it is the same link.

    Raises NotFound, Gone `GUEST_ERASED`, `LINK_REVOKED`.
    """
    async with unit(ports) as work:
        session = await _session(work, principal, session_id)
        made = await _of_move(work, session_id, move_id)
        if made is None:
            made = await _replace(work, principal, session, new_token(), move_id, reason, "link_renewed")
        return Relinked(made.id, session_id, link(ports, session.token), undone=False)


async def undo(ports: Ports, principal: Principal, link_id: str) -> Relinked:
    """The old link works again, the new one does not any more. Raises NotFound, Conflict `LINK_REPLACED`."""
    async with unit(ports) as work:
        made = await work.db.get(OldLink, link_id)
        if made is None:
            raise NotFound("LINK_UNKNOWN", "There is no such link.")
        session = await _session(work, principal, made.session_id)
        await work.db.refresh(made)
        if made.restored_at is None and session.token != made.replaced_by:
            raise Conflict("LINK_REPLACED", "This guest has got yet another link since.")
        if made.restored_at is None:
            await _restore(work, ports, principal, session, made)
        return Relinked(made.id, session.id, link(ports, session.token), undone=True)


async def restore_of_move(work: Unit, ports: Ports, principal: Principal, move_id: str) -> None:
    """The link that was replaced because of a move comes back with its undo, unless it was replaced since."""
    made = await work.db.scalar(
        select(OldLink).where(OldLink.move_id == move_id, OldLink.restored_at.is_(None)).limit(1)
    )
    if made is None:
        return
    session = await work.db.get_one(GuestSession, made.session_id, with_for_update=True)
    if session.token == made.replaced_by:
        await _restore(work, ports, principal, session, made)


async def _session(work: Unit, principal: Principal, session_id: str) -> GuestSession:
    session = await work.db.get(GuestSession, session_id, with_for_update=True)
    if session is None or not principal.sees(session.event_id):
        raise NotFound("SESSION_NOT_FOUND", "There is no such guest session.")
    if (await work.db.get_one(Guest, session.guest_id)).erased_at is not None:
        raise Gone("GUEST_ERASED", "This guest's data was erased, as they asked.")
    if session.revoked_at is not None:
        raise Gone("LINK_REVOKED", "This guest's link has been switched off.")
    return session


async def _of_move(work: Unit, session_id: str, move_id: str | None) -> OldLink | None:
    if move_id is None:
        return None
    return await work.db.scalar(
        select(OldLink).where(
            OldLink.move_id == move_id, OldLink.session_id == session_id, OldLink.restored_at.is_(None)
        )
    )


async def _restore(
    work: Unit, ports: Ports, principal: Principal, session: GuestSession, made: OldLink
) -> None:
    made.restored_at = ports.clock.now()
    back = await _replace(work, principal, session, made.token, None, "", "link_restored")
    back.restored_at = made.restored_at


async def _replace(
    work: Unit,
    principal: Principal,
    session: GuestSession,
    token: str,
    move_id: str | None,
    reason: str,
    what: str,
) -> OldLink:
    """Another token for the visit. The copy under the old one goes, the new one gets what is there."""
    made = OldLink(
        id=str(ULID()),
        token=session.token,
        replaced_by=token,
        session_id=session.id,
        move_id=move_id,
        reason=reason.strip()[:REASON_MAX] or None,
        made_by=principal.username,
    )
    jobs = (await work.db.scalars(select(Job.id).where(Job.session_id == session.id))).all()
    for one in (session.token, token):
        await errands.copy_of(work, one, list(jobs))
    session.token = token
    work.db.add(made)
    work.changed("guest", session.id)
    work.audit(
        principal.username,
        what,
        session.id,
        session.event_id,
        link=made.id,
        move=move_id,
        because=made.reason,
    )
    await work.db.flush()
    return made
