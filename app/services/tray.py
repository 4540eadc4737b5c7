"""The tray of shots that are nobody's: given to a guest, or put away with a reason."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from ulid import ULID

from app.db.tables import BoothSession, CameraFile, GuestSession
from app.db.unit import Unit, unit
from app.domain.access import Principal
from app.domain.errors import Conflict, NotFound
from app.ports import Ports
from app.services import intake
from app.services.intake import Order, Picture
from app.services.shots import Received


async def assign(ports: Ports, principal: Principal, shot_id: str, session_id: str) -> Received:
    """Give a shot from the tray to a guest. Raises NotFound, Conflict `SHOT_NOT_IN_TRAY`, Gone."""
    async with unit(ports) as work:
        shot = await _in_tray(work, principal, shot_id)
        session = await work.db.get(GuestSession, session_id)
        if session is None:
            raise NotFound("SESSION_NOT_FOUND", "There is no such guest session.")
        if session.event_id != shot.event_id:
            raise Conflict("SESSION_OF_OTHER_EVENT", "This guest is registered for another event.")
        mode, style_id = await _taste(work.db, shot.booth_id)
        order = Order(shot.event_id, session.id, shot.booth_id, mode, style_id, None)
        picture = Picture(shot.storage_key or "", shot.sha256 or "", shot.content_type or "")
        job = await intake.add_job(work, ports, order, picture, str(ULID()), again=True)
        shot.state, shot.reason = "assigned", None
        shot.job_id, shot.session_id = job.id, session.id
        work.changed("shot", shot_id)
        work.audit(principal.username, "shot_assigned", shot_id, shot.event_id, session=session.id)
        return Received(shot_id, shot.state, shot.job_id, None)


async def _in_tray(work: Unit, principal: Principal, shot_id: str) -> CameraFile:
    shot = await work.db.get(CameraFile, shot_id, with_for_update=True)
    if shot is None or not principal.sees(shot.event_id):
        raise NotFound("SHOT_NOT_FOUND", "There is no such shot.")
    if shot.state != "orphan":
        raise Conflict("SHOT_NOT_IN_TRAY", "This shot is not in the tray any more.", job_id=shot.job_id)
    return shot


async def _taste(db: AsyncSession, booth_id: str) -> tuple[str, str]:
    """Mode and style the booth used last; a booth that never had a guest makes originals."""
    last = await db.scalar(
        select(BoothSession)
        .where(BoothSession.booth_id == booth_id)
        .order_by(BoothSession.id.desc())
        .limit(1)
    )
    if last is not None:
        return last.mode, last.style_id
    raise Conflict("NO_STYLE_CHOSEN", "Activate the guest first, so that mode and style are known.")


async def reject(ports: Ports, principal: Principal, shot_id: str, reason: str) -> Received:
    """Put a shot from the tray away for good, with the reason. Raises NotFound, Conflict."""
    async with unit(ports) as work:
        shot = await _in_tray(work, principal, shot_id)
        shot.state, shot.reason = "rejected", reason.strip()[:120] or None
        work.changed("shot", shot_id)
        work.audit(principal.username, "shot_rejected", shot_id, shot.event_id, reason=shot.reason)
        return Received(shot_id, shot.state, None, shot.reason)
