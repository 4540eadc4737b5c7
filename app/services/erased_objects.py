"""Every object that storage may hold of one guest, told by the rows that are left; and deleting them."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from datetime import date, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables import CameraFile, GuestSession, Job, Upload
from app.domain.errors import Invalid
from app.domain.keys import guest_picture_key, made_keys, reduced_key
from app.ports import Ports

AT_ONCE = 8
SHOTS = "/shots/"


async def keys_of(db: AsyncSession, session: GuestSession) -> set[str]:
    """Names of all that may be stored of this visit; some of it never was.

    A job that was taken back stays with the guest it was not of, while its camera file is somebody else's or
    nobody's.
    """
    keys: set[str] = set()
    jobs = await db.execute(
        select(Job.id, Job.event_id, Job.args, Job.fence, Job.input_key, Job.created_at).where(
            Job.session_id == session.id
        )
    )
    for job in jobs.all():
        day = date.fromisoformat(job.args["day"]) if "day" in job.args else job.created_at.date()
        keys |= {job.input_key, guest_picture_key(session.token, job.id)}
        keys |= set(made_keys(job.event_id, day, job.id, job.fence))
    keys -= await _of_others(db, session.id, [key for key in keys if SHOTS in key])
    keys |= await file_keys(db, CameraFile.session_id == session.id)
    uploads = select(Upload.input_key).where(Upload.session_id == session.id)
    return keys | set((await db.scalars(uploads)).all())


async def _of_others(db: AsyncSession, session_id: str, keys: Collection[str]) -> set[str]:
    """Which of these camera files' objects are another guest's by now, or wait in the tray.

    What was put away may show the guest, and goes.
    """
    if not keys:
        return set()
    files = select(CameraFile.storage_key).where(
        CameraFile.storage_key.in_(keys),
        CameraFile.session_id.is_distinct_from(session_id),
        CameraFile.state != "rejected",
    )
    jobs = select(Job.input_key).where(
        Job.input_key.in_(keys), Job.session_id != session_id, Job.status != "canceled"
    )
    return {*(key for key in await db.scalars(files) if key), *await db.scalars(jobs)}


async def file_keys(db: AsyncSession, where: ColumnElement[bool]) -> set[str]:
    """Names of all that may be stored of these camera files."""
    keys: set[str] = set()
    columns = (CameraFile.id, CameraFile.event_id, CameraFile.created_at)
    for file in await db.execute(select(*columns, CameraFile.storage_key, CameraFile.raw_key).where(where)):
        keys |= {key for key in (file.storage_key, file.raw_key) if key}
        for days in (0, 1):  # a copy sent ahead on a slow line, around midnight
            with suppress(Invalid):
                keys.add(reduced_key(file.event_id, file.created_at.date() + timedelta(days), file.id, "jpg"))
    return keys


async def delete_all(ports: Ports, keys: Collection[str]) -> None:
    """Delete these objects, some at once; what is not there is no error. Raises Unavailable."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(key: str) -> None:
        async with room:
            await ports.storage.delete(key)

    async with asyncio.TaskGroup() as group:
        for key in sorted(keys):
            group.create_task(one(key))
