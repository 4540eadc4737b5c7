"""A job and those made again from it: taken back together, and made again from the best picture there is."""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import runs, slots, spend
from app.db.tables import CameraFile, Job
from app.db.unit import Unit
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
            .with_for_update()
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
