"""The bytes of camera files: received over HTTP, stored, and given to their guest; originals and RAWs follow.

On a slow line a reduced copy comes first: it makes the job, and the shot's identity is its original's hash.
"""

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables import CameraFile, Event
from app.db.unit import Unit, reading, unit
from app.domain.consent import ERASED
from app.domain.errors import Conflict, Invalid, NotFound, PhotobotError
from app.domain.keys import raw_key, reduced_key, shot_key
from app.imaging.background import in_background
from app.imaging.decode import decode_upright
from app.imaging.prove import fitting_jpeg
from app.imaging.raw_head import raw_ending
from app.ports import Ports
from app.services import attribution, handover, intake
from app.services.booths import BoothView
from app.services.holds import booth_of, prolong
from app.services.intake import Picture
from app.services.shots import (
    EMBEDDED,
    Received,
    Thumbnail,
    camera_name,
    note,
    safe_name,
    shot_id_of,
)

_SHA256 = re.compile(r"[0-9a-f]{64}")
PREVIEW_EDGE = 512


@dataclass(frozen=True)
class Sent:
    """What a watcher says of the file it sends; times in the server's clock, `taken_at` in the camera's."""

    shot_id: str
    file_name: str
    sha256: str
    appeared_at: datetime
    taken_at: datetime | None = None
    appeared_earliest: datetime | None = None
    appeared_latest: datetime | None = None
    camera: str | None = None
    reduced_of: str | None = None
    qr: str | None = None

    @property
    def identity(self) -> str:
        """The hash that makes it one shot: its original's. Raises Invalid."""
        claimed = (self.reduced_of or self.sha256).lower()
        if not _SHA256.fullmatch(claimed):
            raise Invalid("SHA256_INVALID", "A SHA-256 has 64 hexadecimal digits.", field="reducedOf")
        return claimed


async def receive(ports: Ports, booth: BoothView, sent: Sent, path: Path, sha256: str) -> Received:
    """Take a shot's bytes: a job for its guest, or an orphan. Repeats get the first answer.

    Raises Conflict `SHA256_MISMATCH`, Invalid, TooLarge, UnsupportedMedia (`IMAGE_…`), Unavailable.
    """
    shot_id = shot_id_of(sent.shot_id)
    _same(sent.sha256, sha256)
    identity = sent.identity
    if known := await _known(ports, booth, shot_id, identity):
        if known.original_wanted and sent.reduced_of is None:
            return await original(ports, booth, shot_id, sha256, path, sha256)
        return known
    try:
        found = await intake.inspect(ports, path)
    except PhotobotError as refusal:
        await _refused(ports, booth, shot_id, sent, refusal.code)
        raise
    make_key = shot_key if sent.reduced_of is None else reduced_key
    key = make_key(booth.event_id, ports.clock.now().date(), shot_id, found.extension)
    picture = Picture(key, identity, found.content_type)
    await ports.storage.put_file(key, path, found.content_type)
    thumbnail = await _untold(ports, shot_id, path)
    async with unit(ports) as work:
        await booth_of(work.db, booth.id, lock=True)
        twin = await _first(work.db, booth.id, identity)
        if twin is None:
            facts = _facts(sent, path.stat().st_size)
            await note(work, ports, booth.id, shot_id, facts, thumbnail=thumbnail, look=False)
            return await _place(work, ports, booth, shot_id, sent, picture)
    # The same content came a moment earlier.
    if twin.storage_key != key:
        await intake.discard(ports, key)
    return await _known(ports, booth, shot_id, identity) or _answer(twin, raw_kept=False)


async def _untold(ports: Ports, shot_id: str, path: Path) -> Thumbnail | None:
    """A thumbnail where the watcher has told none: its socket was away, or there were too many to tell."""
    async with reading(ports) as db:
        version = await db.scalar(select(CameraFile.preview_version).where(CameraFile.id == shot_id))
    if version:
        return None
    with suppress(PhotobotError):
        return Thumbnail(await in_background(_small, path), EMBEDDED)
    return None


def _small(path: Path) -> bytes:
    return fitting_jpeg(decode_upright(path, at_least=PREVIEW_EDGE))


def _same(claimed: str, sha256: str) -> None:
    if sha256 != claimed.lower():
        raise Conflict("SHA256_MISMATCH", "The file changed on its way. Please send it again.")


def _facts(sent: Sent, size: int) -> dict[str, Any]:
    return {
        "file_name": safe_name(sent.file_name),
        "state": "stored",
        "bytes_seen": size,
        "appeared_at": sent.appeared_at,
        "appeared_earliest": sent.appeared_earliest,
        "appeared_latest": sent.appeared_latest,
        "taken_at": sent.taken_at,
        "camera": camera_name(sent.camera),
    }


async def _refused(ports: Ports, booth: BoothView, shot_id: str, sent: Sent, code: str) -> None:
    values = _facts(sent, 0) | {"state": "invalid", "reason": code}
    async with unit(ports) as work:
        await note(work, ports, booth.id, shot_id, values, look=False)


async def _known(ports: Ports, booth: BoothView, shot_id: str, identity: str) -> Received | None:
    """The answer that this shot, or another file with its content, got before.

    Raises Conflict `SHOT_ID_TAKEN` for an id under which another file is kept: its picture stays.
    """
    async with unit(ports) as work:
        first = await _first(work.db, booth.id, identity)
        if first is None:
            same = await work.db.get(CameraFile, shot_id)
            if same is not None and (same.booth_id != booth.id or same.storage_key is not None):
                raise Conflict("SHOT_ID_TAKEN", "This shot's id stands for another file.")
            return None
        if first.id == shot_id:
            return _answer(first, raw_kept=await _keeps_raw(work.db, first.event_id))
        await work.db.execute(
            delete(CameraFile).where(
                CameraFile.id == shot_id, CameraFile.booth_id == booth.id, CameraFile.storage_key.is_(None)
            )
        )
        known = _answer(first, raw_kept=await _keeps_raw(work.db, first.event_id))
        return replace(known, state="duplicate", reason=None)


async def _first(db: AsyncSession, booth_id: str, identity: str) -> CameraFile | None:
    return await db.scalar(
        select(CameraFile)
        .where(
            CameraFile.booth_id == booth_id,
            CameraFile.sha256 == identity,
            CameraFile.storage_key.is_not(None),
        )
        .execution_options(populate_existing=True)
    )


async def _keeps_raw(db: AsyncSession, event_id: str) -> bool:
    return bool(await db.scalar(select(Event.keep_raw).where(Event.id == event_id)))


def _answer(shot: CameraFile, *, raw_kept: bool) -> Received:
    raw_wanted = raw_kept and shot.raw_key is None and shot.reason != ERASED
    return Received(shot.id, shot.state, shot.job_id, shot.reason, shot.original_pending, raw_wanted)


async def _place(
    work: Unit, ports: Ports, booth: BoothView, shot_id: str, sent: Sent, picture: Picture
) -> Received:
    """Keep the bytes and decide whose they are. The booth is locked: one shot of two twins gets through."""
    shot = await _locked(work.db, booth, shot_id)
    if shot.storage_key is None:
        shot.sha256, shot.storage_key, shot.content_type = picture.sha256, picture.key, picture.content_type
        shot.original_pending = sent.reduced_of is not None
        await work.db.flush()
        await _put(work, ports, shot, sent.qr)
        await prolong(work, ports, booth.id)
        work.changed("shot", shot_id)
    await work.db.refresh(shot)
    return _answer(shot, raw_kept=await _keeps_raw(work.db, shot.event_id))


async def _put(work: Unit, ports: Ports, shot: CameraFile, qr: str | None) -> None:
    """Give a stored shot to whom it belongs, and what shows a guest's QR to nobody."""
    read = handover.Reading(handover.Shown.PHOTO)
    if qr:
        read = await handover.by_qr(work, ports, shot.booth_id, shot.id, qr, shot.sha256 or "")
    else:
        await handover.recall(work, ports, shot.booth_id, shot)
    if read.shown is handover.Shown.NOBODY:
        await attribution.set_aside(work, ports, shot, attribution.QR_UNKNOWN)
    elif read.shown is handover.Shown.OLD:
        await attribution.set_aside(work, ports, shot, attribution.QR_OLD, read.session_id)
    elif read.shown is handover.Shown.PHOTO and shot.reason != attribution.QR_CODE:
        await attribution.decide(work, ports, shot)


async def _locked(db: AsyncSession, booth: BoothView, shot_id: str) -> CameraFile:
    shot = await db.get(CameraFile, shot_id, populate_existing=True, with_for_update=True)
    if shot is None or shot.booth_id != booth.id:
        raise Conflict("SHOT_ID_TAKEN", "This shot's id belongs to another booth.")
    return shot


async def _of(db: AsyncSession, booth: BoothView, shot_id: str, sha256: str | None = None) -> CameraFile:
    """The stored shot with this id, or with this content; locked. Raises NotFound."""
    same = CameraFile.id == shot_id
    query = select(CameraFile).where(
        CameraFile.booth_id == booth.id,
        CameraFile.storage_key.is_not(None),
        same if sha256 is None else or_(same, CameraFile.sha256 == sha256),
    )
    shot = await db.scalar(query.with_for_update().execution_options(populate_existing=True))
    if shot is None:
        raise NotFound("SHOT_NOT_FOUND", "There is no such shot.")
    return shot


async def original(
    ports: Ports,
    booth: BoothView,
    shot_id: str,
    claimed: str,
    path: Path,
    sha256: str,
    *,
    announced: str | None = None,
) -> Received:
    """Take the camera's file after its reduced copy: the shot's picture, and what later retries start from.

    `announced` is the hash it had when the copy was sent, where its metadata were written anew since then.
    The running job goes on with the copy. Repeats change nothing. Raises as `receive`, NotFound, and Conflict
    `NOT_THE_ORIGINAL`.
    """
    _same(claimed, sha256)
    async with unit(ports) as work:
        shot = await _of(work.db, booth, shot_id, sha256)
        if shot.sha256 not in (sha256, announced):
            raise Conflict("NOT_THE_ORIGINAL", "This is not the original that was announced.")
        if not shot.original_pending:
            return _answer(shot, raw_kept=await _keeps_raw(work.db, shot.event_id))
        name, event_id, day = shot.id, shot.event_id, shot.created_at.date()
    found = await intake.inspect(ports, path)
    key = shot_key(event_id, day, name, found.extension)
    await ports.storage.put_file(key, path, found.content_type)
    async with unit(ports) as work:
        shot = await _of(work.db, booth, name)
        if shot.original_pending:
            shot.storage_key, shot.content_type, shot.original_pending = key, found.content_type, False
            shot.bytes_seen = (await asyncio.to_thread(path.stat)).st_size
            work.changed("shot", name)
        return _answer(shot, raw_kept=await _keeps_raw(work.db, event_id))


async def raw(
    ports: Ports, booth: BoothView, shot_id: str, file_name: str, claimed: str, path: Path, sha256: str
) -> bool:
    """Keep a RAW beside its shot, where the event wants it; tells whether it is kept. Repeats are harmless.

    Raises Conflict, NotFound, Unavailable, UnsupportedMedia `RAW_UNKNOWN`.
    """
    _same(claimed, sha256)
    async with unit(ports) as work:
        shot = await _of(work.db, booth, shot_id)
        if shot.raw_key is not None:
            return True
        if shot.reason == ERASED or not await _keeps_raw(work.db, shot.event_id):
            return False
        event_id, day = shot.event_id, shot.created_at.date()
    ending = await asyncio.to_thread(raw_ending, path, file_name)
    key = raw_key(event_id, day, shot_id, ending)
    await ports.storage.put_file(key, path, "application/octet-stream")
    async with unit(ports) as work:
        shot = await _of(work.db, booth, shot_id)
        if shot.raw_key is None:
            shot.raw_key, shot.raw_sha256 = key, sha256
            work.changed("shot", shot_id)
    return True
