"""What is over is cleared away: used-up keys, unused uploads, old sign-ins, workers that are gone."""

from datetime import timedelta

from sqlalchemy import delete, exists, func, select

from app.db import incidents
from app.db.tables import (
    EndedFile,
    EndedLink,
    IdempotencyKey,
    Incident,
    Job,
    JobPreview,
    Program,
    SignIn,
    Upload,
)
from app.db.unit import reading, unit
from app.ports import Ports
from app.services import callbacks

KEEP = timedelta(days=1)
KEEP_INCIDENTS = timedelta(days=60)
KEEP_LINKS = timedelta(days=400)
KEEP_FILES = timedelta(days=400)
"""So long a camera laptop may lie in a cupboard and still hear which of its files are over."""
UPLOADS_AT_ONCE = 200


async def clear(ports: Ports) -> None:
    """Clear once; harmless when several workers do it at the same time."""
    now = ports.clock.now()
    async with unit(ports) as work:
        await work.db.execute(delete(IdempotencyKey).where(IdempotencyKey.expires_at <= now))
        await work.db.execute(delete(SignIn).where(SignIn.expires_at < now - KEEP))
        await callbacks.forget_old(work, ports)
        await work.db.execute(delete(Program).where(Program.seen_at < func.clock_timestamp() - KEEP))
        await work.db.execute(delete(Incident).where(Incident.ended_at < now - KEEP_INCIDENTS))
        await work.db.execute(delete(EndedLink).where(EndedLink.ended_at < now - KEEP_LINKS))
        await work.db.execute(delete(EndedFile).where(EndedFile.ended_at < now - KEEP_FILES))
        await incidents.give_up(work, "watcher", KEEP / 2)
        over = select(Job.id).where(Job.status.not_in(("queued", "running")))
        await work.db.execute(delete(JobPreview).where(JobPreview.job_id.in_(over)))
    await _uploads(ports)


async def _uploads(ports: Ports) -> None:
    """Reserved uploads whose time is over; the object goes too, unless a job works from it."""
    over = Upload.expires_at < ports.clock.now() - timedelta(hours=1)
    used = exists().where(Job.id == Upload.job_id, Job.input_key == Upload.input_key)
    async with reading(ports) as db:
        rows = await db.execute(
            select(Upload.job_id, Upload.input_key, used).where(over).limit(UPLOADS_AT_ONCE)
        )
        found = rows.all()
    for _, key, has_job in found:
        if not has_job:
            await ports.storage.delete(key)
    async with unit(ports) as work:
        await work.db.execute(delete(Upload).where(Upload.job_id.in_([job_id for job_id, _, _ in found])))
