"""A picture given to another guest, with all that was made of it; also after it was delivered; and undone.

Rows change at once, so that the one page shows it and the other does not any more. What lies in storage
under names that were given out follows as errands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from ulid import ULID

from app.db import runs
from app.db.tables import CameraFile, Guest, GuestMove, GuestSession, Job, Upload
from app.db.unit import Unit, reading, unit
from app.domain.access import Principal
from app.domain.errors import Conflict, Gone, NotFound
from app.ports import Ports
from app.services import errands, links
from app.services.job_family import lock_family

REASON_MAX = 500


@dataclass(frozen=True)
class Moved:
    """What became of it. `offer_link`: the guest it was taken from has no other picture, so their link may
    have been handed over with this one.
    """

    move_id: str
    job_ids: Sequence[str]
    from_session_id: str
    from_name: str
    to_session_id: str
    to_name: str
    offer_link: bool
    undone: bool


async def move(
    ports: Ports, principal: Principal, job_id: str, to: str, *, seen: str | None = None, reason: str = ""
) -> Moved:
    """Give a job, with its family, to another guest of its event; the same again is the same move.

    `seen` is whose it was on the screen that asks. Raises NotFound, Conflict `MOVED_MEANWHILE`,
    `ALREADY_THEIRS`, `SESSION_OF_OTHER_EVENT`, Gone `GUEST_ERASED`, `LINK_REVOKED`.
    """
    async with unit(ports) as work:
        job = await _job(work.db, principal, job_id)
        shots, family = await lock_family(work.db, job)
        first = family[0]
        owner = first.session_id
        if owner == to:
            last = await _last(work.db, [one.id for one in family])
            if last is None or last.to_session_id != to:
                raise Conflict("ALREADY_THEIRS", "This picture belongs to this guest already.")
            return await _told(work.db, last, family)
        if seen not in (None, owner):
            raise Conflict("MOVED_MEANWHILE", "Somebody has moved this picture meanwhile.")
        made = GuestMove(
            id=str(ULID()),
            job_id=first.id,
            event_id=first.event_id,
            from_session_id=owner,
            to_session_id=to,
            shots=[[shot.id, shot.booth_session_id] for shot in shots],
            reason=reason.strip()[:REASON_MAX] or None,
            moved_by=principal.username,
        )
        giver, taker = await _hand_over(work, family, owner, to)
        for shot in shots:  # a hand has decided: no rule takes it back
            shot.session_id, shot.booth_session_id = to, None
            work.changed("shot", shot.id)
        work.db.add(made)
        _note(work, principal, made, family, "moved", giver, taker)
        await work.db.flush()
        return await _told(work.db, made, family)


async def move_shot(
    ports: Ports, principal: Principal, shot_id: str, to: str, *, seen: str | None = None, reason: str = ""
) -> Moved:
    """The same for the job of a camera file. Raises also Conflict `SHOT_NOT_ASSIGNED`."""
    async with reading(ports) as db:
        shot = await db.get(CameraFile, shot_id)
    if shot is None or not principal.sees(shot.event_id):
        raise NotFound("SHOT_NOT_FOUND", "There is no such shot.")
    if shot.state != "assigned" or shot.job_id is None:
        raise Conflict("SHOT_NOT_ASSIGNED", "This shot belongs to nobody.")
    return await move(ports, principal, shot.job_id, to, seen=seen, reason=reason)


async def undo(ports: Ports, principal: Principal, move_id: str) -> Moved:
    """Put all of it back: the family, its shots, and the link that was replaced because of it.

    Undone already, it says the same. Raises NotFound, Conflict `MOVED_MEANWHILE`, Gone `GUEST_ERASED`.
    """
    async with unit(ports) as work:
        known = await work.db.get(GuestMove, move_id)
        if known is None or not principal.sees(known.event_id):
            raise NotFound("MOVE_NOT_FOUND", "There is no such move.")
        shots, family = await lock_family(work.db, await work.db.get_one(Job, known.job_id))
        made = await work.db.get_one(GuestMove, move_id, with_for_update=True, populate_existing=True)
        if made.undone_at is not None:
            return await _told(work.db, made, family)
        last = await _last(work.db, [one.id for one in family])
        if last is None or last.id != move_id or family[0].session_id != made.to_session_id:
            raise Conflict("MOVED_MEANWHILE", "Somebody has moved this picture meanwhile.")
        giver, taker = await _hand_over(work, family, made.to_session_id, made.from_session_id)
        turns = dict(made.shots)
        for shot in shots:
            shot.session_id, shot.booth_session_id = made.from_session_id, turns.get(shot.id)
            work.changed("shot", shot.id)
        made.undone_at, made.undone_by = ports.clock.now(), principal.username
        await links.restore_of_move(work, ports, principal, move_id)
        _note(work, principal, made, family, "move_undone", giver, taker)
        await work.db.flush()
        return await _told(work.db, made, family)


async def _job(db: AsyncSession, principal: Principal, job_id: str) -> Job:
    job = await db.get(Job, job_id)
    if job is None or not principal.sees(job.event_id):
        raise NotFound("JOB_NOT_FOUND", "There is no such job.")
    return job


async def _last(db: AsyncSession, job_ids: Sequence[str]) -> GuestMove | None:
    """The newest move of the family that stands."""
    standing = select(GuestMove).where(GuestMove.job_id.in_(job_ids), GuestMove.undone_at.is_(None))
    return await db.scalar(standing.order_by(GuestMove.id.desc()).limit(1))


async def _hand_over(
    work: Unit, family: Sequence[Job], owner: str, to: str
) -> tuple[GuestSession, GuestSession]:
    """Write the new guest into the family's rows. A run under way reads its guest when it publishes.

    Visits are locked whole: an undo may change a token, which is a key.
    """
    rows = await work.db.execute(
        select(GuestSession, Guest)
        .join(Guest, Guest.id == GuestSession.guest_id)
        .where(GuestSession.id.in_((owner, to)))
        .order_by(GuestSession.id)
        .with_for_update(of=GuestSession)
        .execution_options(populate_existing=True)
    )
    found = {session.id: (session, guest) for session, guest in rows}
    if to not in found:
        raise NotFound("SESSION_NOT_FOUND", "There is no such guest session.")
    (giver, before), (taker, guest) = found[owner], found[to]
    if taker.event_id != family[0].event_id:
        raise Conflict("SESSION_OF_OTHER_EVENT", "This guest is registered for another event.")
    if before.erased_at is not None or guest.erased_at is not None:
        raise Gone("GUEST_ERASED", "This guest's data was erased, as they asked.")
    if taker.revoked_at is not None:
        raise Gone("LINK_REVOKED", "This guest's link has been switched off.")
    ids = [job.id for job in family]
    mine: dict[str, Any] = {"session_id": to, "code": taker.code}
    mine |= {"guest_name": guest.name, "guest_whatsapp": guest.whatsapp}
    for table, values in ((Job, mine), (Upload, {"session_id": to})):
        key = table.id if table is Job else Upload.job_id
        written = update(table).where(key.in_(ids)).values(**values)
        await work.db.execute(written.execution_options(synchronize_session=False))
    for job in family:
        await errands.rename(work, job)
        work.changed("job", job.id)
    for session in (giver, taker):
        await errands.copy_of(work, session.token, ids)
        work.changed("guest", session.id)
    return giver, taker


def _note(
    work: Unit,
    principal: Principal,
    made: GuestMove,
    family: Sequence[Job],
    what: str,
    giver: GuestSession,
    taker: GuestSession,
) -> None:
    """Codes and ids only: names would stay after their guest was erased."""
    for job in family:
        told = {"by": principal.username, "from": giver.code, "to": taker.code, "move": made.id}
        runs.note(work, job.id, what, **told, **({"because": made.reason} if made.reason else {}))
    work.audit(
        principal.username,
        f"job_{what}",
        made.job_id,
        made.event_id,
        move=made.id,
        jobs=[job.id for job in family],
        shots=[shot_id for shot_id, _ in made.shots],
        came_from=giver.id,
        went_to=taker.id,
        because=made.reason,
    )


async def _told(db: AsyncSession, made: GuestMove, family: Sequence[Job]) -> Moved:
    people = await db.execute(
        select(GuestSession.id, Guest.name)
        .join(Guest, Guest.id == GuestSession.guest_id)
        .where(GuestSession.id.in_((made.from_session_id, made.to_session_id)))
    )
    names = {row.id: row.name for row in people}
    left = select(func.count()).where(Job.session_id == made.from_session_id, Job.status != "canceled")
    seen = any(job.best_output_key for job in family)
    return Moved(
        move_id=made.id,
        job_ids=[job.id for job in family],
        from_session_id=made.from_session_id,
        from_name=names[made.from_session_id],
        to_session_id=made.to_session_id,
        to_name=names[made.to_session_id],
        offer_link=made.undone_at is None and seen and not await db.scalar(left),
        undone=made.undone_at is not None,
    )
