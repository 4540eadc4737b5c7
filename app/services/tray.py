"""The tray of shots that are nobody's: given to a guest or put away, and both undone again."""

from ulid import ULID

from app.db.tables import CameraFile, GuestSession
from app.db.unit import Unit, unit
from app.domain.access import Principal
from app.domain.consent import ERASED
from app.domain.errors import Conflict, NotFound
from app.ports import Ports
from app.services import holds, intake
from app.services.attribution import QR_CODE
from app.services.intake import Order, Picture
from app.services.job_family import take_back
from app.services.shots import Received

GONE = "GONE"
"""A file that vanished while it was received."""


async def assign(ports: Ports, principal: Principal, shot_id: str, session_id: str) -> Received:
    """Give a shot from the tray, or a photographed QR, to any guest of its event.

    Raises NotFound, Conflict `SHOT_NOT_IN_TRAY`, `SESSION_OF_OTHER_EVENT`, `NO_STYLE_CHOSEN`.
    """
    async with unit(ports) as work:
        shot = await _in_tray(work, principal, shot_id, also=QR_CODE)
        session = await work.db.get(GuestSession, session_id)
        if session is None:
            raise NotFound("SESSION_NOT_FOUND", "There is no such guest session.")
        if session.event_id != shot.event_id:
            raise Conflict("SESSION_OF_OTHER_EVENT", "This guest is registered for another event.")
        taste = await holds.taste(work.db, shot.booth_id, session.id)
        if taste is None:
            raise Conflict("NO_STYLE_CHOSEN", "There is no style that may be used.")
        order = Order(shot.event_id, session.id, shot.booth_id, *taste, None)
        picture = Picture(shot.storage_key or "", shot.sha256 or "", shot.content_type or "")
        job = await intake.add_job(work, ports, order, picture, str(ULID()), again=True)
        shot.tray_reason = shot.reason if shot.state == "orphan" else None
        shot.state, shot.reason = "assigned", None
        # A hand has decided: no rule takes it back.
        shot.job_id, shot.session_id, shot.booth_session_id = job.id, session.id, None
        return _done(work, principal, shot, "shot_assigned", session=session.id)


async def unassign(ports: Ports, principal: Principal, shot_id: str) -> Received:
    """Take a shot back from its guest into the tray, as it lay there if it did; its job is stopped.

    Raises NotFound, Conflict `SHOT_NOT_ASSIGNED`, `ALREADY_DELIVERED` once the guest has the picture.
    """
    async with unit(ports) as work:
        shot = await _shot(work, principal, shot_id)
        if shot.state != "assigned" or shot.job_id is None:
            raise Conflict("SHOT_NOT_ASSIGNED", "This shot belongs to nobody.")
        if not await take_back(work, ports, shot.job_id, principal.username):
            raise Conflict("ALREADY_DELIVERED", "The guest has this picture already.", job_id=shot.job_id)
        given, job_id = shot.session_id, shot.job_id
        if shot.booth_session_id is not None or not shot.suggested:  # it was the rule's guess
            shot.suggested = [given]
        _into_tray(shot)
        shot.job_id = None
        return _done(work, principal, shot, "shot_unassigned", session=given, job=job_id)


async def reject(ports: Ports, principal: Principal, shot_id: str, reason: str) -> Received:
    """Put a shot from the tray away, with the reason; or a file that is no photo, which keeps its own.

    Raises NotFound, Conflict.
    """
    said = reason.strip()[:120] or None
    async with unit(ports) as work:
        shot = await _shot(work, principal, shot_id)
        if shot.state == "invalid":
            shot.state = "rejected"
            return _done(work, principal, shot, "shot_rejected", reason=said)
        shot = await _in_tray(work, principal, shot_id)
        shot.state, shot.reason, shot.tray_reason = "rejected", said, shot.reason
        return _done(work, principal, shot, "shot_rejected", reason=said)


async def restore(ports: Ports, principal: Principal, shot_id: str) -> Received:
    """Put what was put away back to where it lay. Raises NotFound, Conflict `SHOT_NOT_REJECTED`."""
    async with unit(ports) as work:
        shot = await _shot(work, principal, shot_id)
        gone = shot.reason == ERASED or (shot.storage_key is None and shot.reason in (GONE, QR_CODE))
        if shot.state != "rejected" or gone:
            raise Conflict("SHOT_NOT_REJECTED", "This shot was not put away.")
        if shot.storage_key is None:
            shot.state = "invalid"
            return _done(work, principal, shot, "shot_restored")
        _into_tray(shot)
        return _done(work, principal, shot, "shot_restored")


def _into_tray(shot: CameraFile) -> None:
    """Nobody's again, for the reason it had in the tray before; None where a hand brings it there first."""
    shot.state, shot.reason, shot.tray_reason = "orphan", shot.tray_reason, None
    shot.session_id = shot.booth_session_id = None


def _done(work: Unit, principal: Principal, shot: CameraFile, what: str, **data: object) -> Received:
    work.changed("shot", shot.id)
    work.audit(principal.username, what, shot.id, shot.event_id, **data)
    return Received(shot.id, shot.state, shot.job_id, shot.reason, shot.original_pending)


async def _shot(work: Unit, principal: Principal, shot_id: str) -> CameraFile:
    shot = await work.db.get(CameraFile, shot_id, with_for_update=True)
    if shot is None or not principal.sees(shot.event_id):
        raise NotFound("SHOT_NOT_FOUND", "There is no such shot.")
    return shot


async def _in_tray(work: Unit, principal: Principal, shot_id: str, *, also: str = "") -> CameraFile:
    shot = await _shot(work, principal, shot_id)
    put_away = shot.state == "rejected" and shot.reason == also and shot.storage_key is not None
    if shot.state != "orphan" and not put_away:
        raise Conflict("SHOT_NOT_IN_TRAY", "This shot is not in the tray any more.", job_id=shot.job_id)
    return shot
