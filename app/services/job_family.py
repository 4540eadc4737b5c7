"""A job and those made again from it: taken back together, and made again from the best picture there is."""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import runs, slots, spend
from app.db.tables import CameraFile, Job
from app.db.unit import Unit
from app.domain.errors import Conflict
from app.ports import Ports
from app.services.intake import Picture

TAKEN_BACK = ("TAKEN_BACK", "The photo was taken back.")
_GENERATIONS = 50


async def take_back(work: Unit, ports: Ports, job_id: str, by: str) -> bool:
    """Stop a job and all made again from it, for good; False, and nothing is done, when one has succeeded.

    One that runs is asked to stop, and can only end as canceled from now on.
    """
    family: list[Job] = []
    ids = [job_id]
    while ids and len(family) < _GENERATIONS:
        rows = await work.db.scalars(
            select(Job)
            .where(Job.id.in_(ids))
            .order_by(Job.id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
        family += (found := rows.all())
        children = select(Job.id).where(Job.parent_id.in_([job.id for job in found]))
        ids = list((await work.db.scalars(children)).all())
    if any(job.status == "succeeded" for job in family):
        return False
    for job in family:
        await stop(work, ports, job, by, why=TAKEN_BACK)
    return True


async def still_stands(db: AsyncSession, job: Job) -> None:
    """Raises Conflict `JOB_MADE_AGAIN` for a failed job that was made again: nothing is made and paid twice.

    The caller holds the job's row. A child that was cancelled does not count, nor one that brings the style
    later.
    """
    again = select(Job.id).where(
        Job.parent_id == job.id, Job.status != "canceled", Job.args["later"].is_(None)
    )
    if job.status == "failed" and await db.scalar(again.limit(1)) is not None:
        raise Conflict("JOB_MADE_AGAIN", "This photo was made again already.")


async def stop(work: Unit, ports: Ports, job: Job, by: str, why: tuple[str, str] | None = None) -> str:
    """Stop a job whose row the caller holds: at once, or, where it runs, here or at a maker, soon.

    `why`, as code and words, stays with the job. Gives its status now; what has ended stays as it is.
    """
    if job.status not in ("queued", "running"):
        return job.status
    asked = update(Job).where(Job.id == job.id).values(cancel_requested=True)
    if why is not None:
        asked = asked.values(error_code=why[0], error_message=why[1])
    at_once = job.status == "queued" and not await spend.is_open(work.db, job.id)
    if at_once:
        now = ports.clock.now()
        asked = asked.values(status="canceled", finished_at=now, wait=None, parked_for=None)
    elif job.status == "queued":  # a worker first stops what is under way at the maker
        asked = asked.values(due_at=runs.after(0), parked_for=None)
        work.ring(job.id)
    await work.db.execute(asked.execution_options(synchronize_session=False))
    if at_once:
        await slots.free(work, job.id)
    runs.note(work, job.id, "canceled" if at_once else "cancel_asked", by=by)
    work.changed("job", job.id)
    work.changed("guest", job.session_id)
    return "canceled" if at_once else job.status


async def lock_family(db: AsyncSession, job: Job) -> tuple[list[CameraFile], list[Job]]:
    """Lock the camera files and jobs that show the same photo of the same guest; the first one leads.

    Files are locked before jobs, as everywhere. Whoever makes a picture again holds the row of the one it is
    made from, so no job joins the family while it is held.
    """
    first = job
    for _ in range(_GENERATIONS):
        if first.parent_id is None:
            break
        first = await db.get_one(Job, first.parent_id)
    files = (
        await db.scalars(
            select(CameraFile)
            .where(CameraFile.job_id.in_(await _descent(db, first)))
            .order_by(CameraFile.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).all()
    held: dict[str, Job] = {}
    while missing := (await _descent(db, first)) - held.keys():
        rows = await db.scalars(
            select(Job)
            .where(Job.id.in_(missing))
            .order_by(Job.id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
        held |= {row.id: row for row in rows}
    rest = [held[one] for one in sorted(held) if one != first.id]
    mine = [held[first.id], *rest]
    return list(files), [one for one in mine if one.session_id == held[first.id].session_id]


async def _descent(db: AsyncSession, first: Job) -> set[str]:
    """Ids of a job, of those of its guest from the same photo, and of all made again from any of them."""
    same = select(Job.id).where(
        Job.session_id == first.session_id, Job.event_id == first.event_id, Job.input_key == first.input_key
    )
    found = {first.id, *(await db.scalars(same)).all()}
    young = found
    for _ in range(_GENERATIONS):
        children = (await db.scalars(select(Job.id).where(Job.parent_id.in_(young)))).all()
        young = set(children) - found
        if not young:
            break
        found |= young
    return found


async def best_input(db: AsyncSession, job: Job) -> Picture:
    """What a job is made again from: its shot's original, once that has followed a reduced copy."""
    picture = Picture(job.input_key, job.input_sha256, job.args.get("input_type", "image/jpeg"))
    root: Job | None = job
    for _ in range(_GENERATIONS):
        if root is None or root.parent_id is None:
            break
        root = await db.get(Job, root.parent_id)
    shot = await db.scalar(select(CameraFile).where(CameraFile.job_id == (root.id if root else job.id)))
    if shot is None or shot.original_pending or not (shot.storage_key and shot.sha256 and shot.content_type):
        return picture
    return Picture(shot.storage_key, shot.sha256, shot.content_type)
