"""Camera files: seen on a watcher's socket, received over HTTP, given to whoever held the booth at the time.

The watcher's id names a file, its content hash makes it a shot: one shot makes at most one job, whatever is
repeated. Whose it is was decided when the server first heard of the file, not when its bytes arrived.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from ulid import ULID

from app.db.tables import BoothSession, CameraFile
from app.db.unit import Unit, reading, unit
from app.domain.access import Principal
from app.domain.errors import Conflict, Gone, Invalid, NotFound, PhotobotError
from app.domain.keys import shot_key
from app.domain.messages import FileInvalid, FileReceiving, PhotoSeen, ShotState
from app.ports import Ports
from app.services import booths, intake
from app.services.booths import BoothView
from app.services.intake import Order, Picture

PREVIEW_MAX = 96 * 1024
SETTLED: tuple[ShotState, ...] = ("assigned", "orphan", "invalid", "duplicate", "rejected")


@dataclass(frozen=True)
class Received:
    """What became of a shot; `job_id` when it made one."""

    shot_id: str
    state: str
    job_id: str | None
    reason: str | None


@dataclass(frozen=True)
class Sent:
    """What a watcher says of the file it sends."""

    shot_id: str
    file_name: str
    sha256: str
    appeared_at: datetime
    taken_at: datetime | None


def _id(text: str) -> str:
    try:
        return str(ULID.from_str(text))
    except ValueError:
        raise Invalid("SHOT_ID_INVALID", "The shot's id is no ULID.", field="shotId") from None


def safe_name(name: str) -> str:
    """A camera's file name as we show it: no folders, no control characters, at most 120 letters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in last if letter.isprintable())[:120] or "unnamed"


async def _heard(work: Unit, ports: Ports, booth: BoothView, shot_id: str, values: Mapping[str, Any]) -> None:
    """Write what is known of a file. First heard of, it gets whoever holds the booth; settled, it stays."""
    holder = await booths.held(work.db, booth.id, ports.clock.now())
    fresh = {
        "id": _id(shot_id),
        "booth_id": booth.id,
        "event_id": booth.event_id,
        "booth_session_id": holder.id if holder else None,
        "session_id": holder.session_id if holder else None,
        **values,
    }
    await work.db.execute(
        insert(CameraFile)
        .values(**fresh)
        .on_conflict_do_update(
            index_elements=["id"],
            set_=dict(values),
            where=CameraFile.state.not_in(SETTLED) & (CameraFile.booth_id == booth.id),
        )
    )
    work.changed("shot", shot_id)


async def receiving(ports: Ports, booth: BoothView, message: FileReceiving) -> None:
    """A file is being written."""
    async with unit(ports) as work:
        await _heard(
            work,
            ports,
            booth,
            message.shot_id,
            {
                "file_name": safe_name(message.file_name),
                "state": "receiving",
                "bytes_seen": message.bytes_seen,
                "appeared_at": message.appeared_at,
            },
        )


async def seen(ports: Ports, booth: BoothView, message: PhotoSeen) -> None:
    """A file is whole: its thumbnail is on screen before its bytes are here. Raises Invalid."""
    try:
        preview = base64.b64decode(message.preview, validate=True)
    except ValueError:  # binascii.Error is one; letters beyond ASCII raise another
        raise Invalid("PREVIEW_INVALID", "The preview is no base64.") from None
    if len(preview) > PREVIEW_MAX or not preview.startswith(b"\xff\xd8"):
        raise Invalid("PREVIEW_INVALID", "The preview is no JPEG of at most 96 KiB.")
    async with unit(ports) as work:
        await _heard(
            work,
            ports,
            booth,
            message.shot_id,
            {
                "file_name": safe_name(message.file_name),
                "state": "seen",
                "bytes_seen": message.bytes_seen,
                "appeared_at": message.appeared_at,
                "taken_at": message.taken_at,
                "preview": preview,
                "preview_version": 2,
            },
        )
        late = CameraFile.id == message.shot_id, CameraFile.booth_id == booth.id, CameraFile.preview.is_(None)
        await work.db.execute(update(CameraFile).where(*late).values(preview=preview, preview_version=2))
        await booths.prolong(work, ports, booth.id)


async def invalid(ports: Ports, booth: BoothView, message: FileInvalid) -> None:
    """A file is no photo; it stays on the strip with its reason."""
    async with unit(ports) as work:
        await _heard(
            work,
            ports,
            booth,
            message.shot_id,
            {
                "file_name": safe_name(message.file_name),
                "state": "invalid",
                "bytes_seen": message.bytes_seen,
                "appeared_at": message.appeared_at,
                "reason": message.reason[:60],
            },
        )


async def gone(ports: Ports, booth: BoothView, shot_id: str) -> None:
    """A file vanished while it was received."""
    async with unit(ports) as work:
        ended = await work.db.scalar(
            update(CameraFile)
            .where(
                CameraFile.id == shot_id,
                CameraFile.booth_id == booth.id,
                CameraFile.state.not_in(SETTLED),
            )
            .values(state="rejected", reason="GONE")
            .returning(CameraFile.id)
        )
        work.changed("shot", ended)


async def receive(ports: Ports, booth: BoothView, sent: Sent, path: Path, sha256: str) -> Received:
    """Take a shot's bytes: a job for its guest, or an orphan. Repeats get the first answer.

    Raises Conflict `SHA256_MISMATCH`, Invalid, TooLarge, UnsupportedMedia (`IMAGE_…`), Unavailable.
    """
    shot_id = _id(sent.shot_id)
    if sha256 != sent.sha256.lower():
        raise Conflict("SHA256_MISMATCH", "The file changed on its way. Please send it again.")
    if known := await _known(ports, booth, shot_id, sha256):
        return known
    try:
        found = await intake.inspect(ports, path)
    except PhotobotError as refusal:
        await _refused(ports, booth, sent, refusal.code)
        raise
    day = ports.clock.now().date()
    picture = Picture(shot_key(booth.event_id, day, shot_id, found.extension), sha256, found.content_type)
    await ports.storage.put_file(picture.key, path, found.content_type)
    try:
        async with unit(ports) as work:
            await _heard(work, ports, booth, shot_id, _facts(sent, path.stat().st_size))
            return await _place(work, ports, booth, shot_id, picture)
    except IntegrityError:  # the same content came a moment earlier under another id
        twin = await _known(ports, booth, shot_id, sha256)
        if twin is None:
            raise
        await intake.discard(ports, picture.key)
        return twin


def _facts(sent: Sent, size: int) -> dict[str, Any]:
    return {
        "file_name": safe_name(sent.file_name),
        "state": "stored",
        "bytes_seen": size,
        "appeared_at": sent.appeared_at,
        "taken_at": sent.taken_at,
    }


async def _refused(ports: Ports, booth: BoothView, sent: Sent, code: str) -> None:
    async with unit(ports) as work:
        await _heard(work, ports, booth, sent.shot_id, _facts(sent, 0) | {"state": "invalid", "reason": code})


async def _known(ports: Ports, booth: BoothView, shot_id: str, sha256: str) -> Received | None:
    """The answer that this shot, or another file with its content, got before.

    Raises Conflict `SHOT_ID_TAKEN` for an id under which another file is kept: its picture stays.
    """
    async with unit(ports) as work:
        first = await _first(work.db, booth.id, sha256)
        if first is None:
            same = await work.db.get(CameraFile, shot_id)
            if same is not None and (same.booth_id != booth.id or same.storage_key is not None):
                raise Conflict("SHOT_ID_TAKEN", "This shot's id stands for another file.")
            return None
        if first.id == shot_id:
            return Received(shot_id, first.state, first.job_id, first.reason)
        await work.db.execute(
            delete(CameraFile).where(
                CameraFile.id == shot_id, CameraFile.booth_id == booth.id, CameraFile.job_id.is_(None)
            )
        )
        return Received(shot_id, "duplicate", first.job_id, None)


async def _first(db: AsyncSession, booth_id: str, sha256: str) -> CameraFile | None:
    return await db.scalar(
        select(CameraFile).where(
            CameraFile.booth_id == booth_id,
            CameraFile.sha256 == sha256,
            CameraFile.storage_key.is_not(None),
        )
    )


async def _place(work: Unit, ports: Ports, booth: BoothView, shot_id: str, picture: Picture) -> Received:
    """Give the shot to the guest it belongs to, or to the tray. One shot of two twins gets through here."""
    shot = await work.db.get(CameraFile, shot_id, populate_existing=True, with_for_update=True)
    if shot is None or shot.booth_id != booth.id:
        raise Conflict("SHOT_ID_TAKEN", "This shot's id belongs to another booth.")
    if shot.storage_key is not None:
        return Received(shot_id, shot.state, shot.job_id, shot.reason)
    shot.sha256, shot.storage_key, shot.content_type = picture.sha256, picture.key, picture.content_type
    shot.state = "orphan"
    await work.db.flush()
    holder = await work.db.get(BoothSession, shot.booth_session_id) if shot.booth_session_id else None
    if holder is not None:
        order = Order(booth.event_id, holder.session_id, booth.id, holder.mode, holder.style_id, None)
        await _try_job(work, ports, shot, order, picture)
    work.changed("shot", shot_id)
    await booths.prolong(work, ports, booth.id)
    return Received(shot_id, shot.state, shot.job_id, shot.reason)


async def _try_job(work: Unit, ports: Ports, shot: CameraFile, order: Order, picture: Picture) -> None:
    """Queue the shot's job; a guest whose time is over leaves it in the tray, with the reason."""
    try:
        job = await intake.add_job(work, ports, order, picture, str(ULID()))
    except (NotFound, Conflict, Gone) as why:
        shot.reason, shot.session_id = why.code, None
        return
    shot.state, shot.reason = "assigned", None
    shot.job_id, shot.session_id = job.id, job.session_id


async def preview(ports: Ports, principal: Principal, shot_id: str) -> bytes:
    """The watcher's thumbnail (JPEG). Raises NotFound."""
    async with reading(ports) as db:
        row = (
            await db.execute(select(CameraFile.event_id, CameraFile.preview).where(CameraFile.id == shot_id))
        ).one_or_none()
    if row is None or row.preview is None or not principal.sees(row.event_id):
        raise NotFound("SHOT_NOT_FOUND", "There is no such shot.")
    return bytes(row.preview)
