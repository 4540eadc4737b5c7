"""Deleting visits and camera files with all that belongs to them, and noting down their objects."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Delete, Update, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import live
from app.db.tables import (
    BoothSession,
    CameraFile,
    EndedFile,
    EndedLink,
    Guest,
    GuestMove,
    GuestSession,
    Job,
    OldLink,
    Upload,
)
from app.db.unit import Unit
from app.domain.keys import guest_page_key, guest_picture_key
from app.services import errands
from app.services.erased_objects import file_keys, keys_of
from app.services.guest_page import token_hash


async def delete_visits(work: Unit, visits: Sequence[str], loose: Sequence[str]) -> dict[str, int]:
    """Delete these visits, and camera files that are nobody's; gives what went, as counts.

    The caller holds them, their jobs and files. The visit of an erased guest stays: it names nobody, and the
    receipt is behind its link.
    """
    db = work.db
    jobs = list(await db.scalars(select(Job.id).where(Job.session_id.in_(visits))))
    made = select(func.count()).where(Job.id.in_(jobs), Job.best_output_key.is_not(None))
    pictures = await db.scalar(made) or 0
    files = [*await db.scalars(select(CameraFile.id).where(CameraFile.session_id.in_(visits))), *loose]
    every = (await db.scalars(select(GuestSession).where(GuestSession.id.in_(visits)))).all()
    named = select(Guest.id).where(Guest.erased_at.is_(None))
    unerased = set(await db.scalars(named.where(Guest.id.in_([visit.guest_id for visit in every]))))
    going = [visit for visit in every if visit.guest_id in unerased]

    keys = await file_keys(db, CameraFile.id.in_(loose))
    for visit in every:
        keys |= await keys_of(db, visit)
    keys |= await _end_links(db, going)
    await errands.delete_objects(work, keys)
    await _end_files(db, files)
    for kind, ids in (("shot", files), ("job", jobs), ("guest", [visit.id for visit in going])):
        work.leaves(await live.READERS[kind](db, ids) if ids else ())
    for deed in _deeds(visits, jobs, files, [visit.id for visit in going], sorted(unerased)):
        await db.execute(deed.execution_options(synchronize_session=False))
    return {"guests": len(going), "photos": len(jobs), "pictures": pictures, "files": len(files)}


async def _end_files(db: AsyncSession, files: Sequence[str]) -> None:
    """The laptops that brought these files hear that they are over."""
    brought = select(CameraFile.id, CameraFile.booth_id).where(CameraFile.id.in_(files))
    await db.execute(insert(EndedFile).from_select(["id", "booth_id"], brought).on_conflict_do_nothing())


async def _end_links(db: AsyncSession, going: Sequence[GuestSession]) -> set[str]:
    """The links of these visits say from now on that they are over; gives the objects that lay under them."""
    tokens = {visit.token: visit.id for visit in going}
    old = select(OldLink.token, OldLink.session_id).where(OldLink.session_id.in_(tokens.values()))
    tokens |= {row.token: row.session_id for row in await db.execute(old)}
    if tokens:
        ended = insert(EndedLink).values([{"token_hash": token_hash(token)} for token in tokens])
        await db.execute(ended.on_conflict_do_nothing())
    keys = {guest_page_key(token) for token in tokens}
    taken = select(Job.session_id, Job.id).where(Job.session_id.in_(tokens.values()))
    for session_id, job_id in await db.execute(taken):
        keys |= {guest_picture_key(token, job_id) for token, of in tokens.items() if of == session_id}
    return keys


def _deeds(
    visits: Sequence[str],
    jobs: Sequence[str],
    files: Sequence[str],
    going: Sequence[str],
    guests: Sequence[str],
) -> Iterator[Delete | Update]:
    """In the order in which the rows hang on each other; what stays of others lets go of what leaves."""
    turns = select(BoothSession.id).where(BoothSession.session_id.in_(visits))
    yield delete(CameraFile).where(CameraFile.id.in_(files))
    yield update(CameraFile).where(CameraFile.job_id.in_(jobs)).values(job_id=None)
    yield update(CameraFile).where(CameraFile.booth_session_id.in_(turns)).values(booth_session_id=None)
    yield update(Job).where(Job.parent_id.in_(jobs)).values(parent_id=None)
    yield delete(Job).where(Job.id.in_(jobs))
    yield delete(BoothSession).where(BoothSession.session_id.in_(visits))
    yield delete(GuestMove).where(GuestMove.from_session_id.in_(going))
    yield delete(GuestMove).where(GuestMove.to_session_id.in_(going))
    yield delete(OldLink).where(OldLink.session_id.in_(going))
    yield delete(Upload).where(Upload.session_id.in_(going))
    yield delete(GuestSession).where(GuestSession.id.in_(going))
    other = exists().where(GuestSession.guest_id == Guest.id)
    yield delete(Guest).where(Guest.id.in_(guests), ~other)
