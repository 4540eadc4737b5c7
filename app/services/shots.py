"""Camera files as a watcher tells of them on its socket: received, seen, invalid, gone; and their thumbnails.

The watcher's id names a file, its content hash makes it a shot: one shot makes at most one job, whatever is
repeated. Whose it is shows on screens as soon as it is guessed; it is decided when its bytes are here.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import and_, case, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from ulid import ULID

from app.db.tables import Booth, CameraFile
from app.db.unit import Unit, reading, unit
from app.domain.access import Principal
from app.domain.errors import Invalid, NotFound
from app.domain.messages import Appeared, FileGone, FileInvalid, FileReceiving, PhotoSeen, ShotState
from app.ports import FreshThumbnail, Ports
from app.services import attribution, handover
from app.services.booths import BoothView
from app.services.holds import booth_of, prolong
from app.services.shot_news import KNOWN, stands_still, tells_more

PREVIEW_MAX = 96 * 1024
EMBEDDED, VERIFIED = 1, 2
"""Versions of a thumbnail: the camera's own, and the one made of the whole file."""
SETTLED: tuple[ShotState, ...] = ("assigned", "orphan", "invalid", "duplicate", "rejected")
_OPEN = or_(
    CameraFile.state.not_in(SETTLED),
    # It never became complete, and then it grew after all, maybe when it had been put away already.
    and_(
        CameraFile.state.in_(("invalid", "rejected")),
        CameraFile.reason == "INCOMPLETE",
        CameraFile.storage_key.is_(None),
    ),
)
_KEPT = ("taken_at", "camera", "appeared_earliest", "appeared_latest", "bytes_expected")
"""What is known of a file once and not said again stays known."""


@dataclass(frozen=True)
class Received:
    """What became of a shot; `job_id` when it made one, and what is still wanted of its watcher.

    The id of a duplicate is that of the shot it is the same as.
    """

    shot_id: str
    state: str
    job_id: str | None
    reason: str | None
    original_wanted: bool = False
    raw_wanted: bool = False


def shot_id_of(text: str) -> str:
    """The id as we keep it. Raises Invalid."""
    try:
        return str(ULID.from_str(text))
    except ValueError:
        raise Invalid("SHOT_ID_INVALID", "The shot's id is no ULID.", field="shotId") from None


def safe_name(name: str) -> str:
    """A camera's file name as we show it: no folders, no control characters, at most 120 letters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in last if letter.isprintable())[:120] or "unnamed"


def camera_name(name: str | None) -> str | None:
    """A camera's maker, model and serial number as we keep them."""
    return "".join(letter for letter in name or "" if letter.isprintable()).strip()[:200] or None


@dataclass(frozen=True)
class Thumbnail:
    """A small JPEG of a file; a better version is never replaced by a worse one."""

    jpeg: bytes
    version: int


async def note(
    work: Unit,
    ports: Ports,
    booth_id: str,
    shot_id: str,
    values: Mapping[str, Any],
    *,
    thumbnail: Thumbnail | None = None,
    look: bool = True,
) -> None:
    """Write what is known of a file; settled, it stays as it is but for its thumbnail.

    Whose it is is guessed where the file is new, or (`look`) where something that tells it is; the booth is
    locked before it.
    """
    known = (await work.db.execute(select(*KNOWN).where(CameraFile.id == shot_id))).one_or_none()
    more = known is None or tells_more(known, values)
    if known is not None and thumbnail is None and not more and stands_still(known, values):
        return
    if look := known is None or (look and more):
        booth = await booth_of(work.db, booth_id, lock=True)
        _last_shot(booth, ports.clock.now(), values["appeared_at"])
    written = None
    if known is None:
        fresh = {"id": shot_id, "booth_id": booth_id, "event_id": booth.event_id, **values}
        if thumbnail is not None:
            fresh |= {"preview": thumbnail.jpeg, "preview_version": thumbnail.version}
        made = insert(CameraFile).values(**fresh).on_conflict_do_nothing().returning(CameraFile.event_id)
        written = await work.db.scalar(made)
    if written is None:
        written = await _write(work, booth_id, shot_id, values, thumbnail)
    if written is None:
        await _show(work, booth_id, shot_id, thumbnail)
        return
    if thumbnail is not None:
        # What every screen asks for in the next moments.
        fresh_one = FreshThumbnail(written, thumbnail.jpeg)
        work.then.append(partial(ports.thumbnails.setdefault, (shot_id, thumbnail.version), fresh_one))
    work.changed("shot", shot_id)
    if look:
        await attribution.guess(work, ports, shot_id)


async def _write(
    work: Unit, booth_id: str, shot_id: str, values: Mapping[str, Any], thumbnail: Thumbnail | None
) -> str | None:
    """Write into a file's row, unless it is settled; gives its event where it was written."""
    said = {name: value for name, value in values.items() if name not in _KEPT or value is not None}
    return await work.db.scalar(
        update(CameraFile)
        .where(CameraFile.id == shot_id, CameraFile.booth_id == booth_id, _OPEN)
        .values(**said, **_shown(thumbnail))
        .returning(CameraFile.event_id)
    )


def _shown(thumbnail: Thumbnail | None) -> dict[str, Any]:
    """The thumbnail's columns, as part of the same write."""
    if thumbnail is None:
        return {}
    better = CameraFile.preview_version < thumbnail.version
    return {
        "preview": case((better, thumbnail.jpeg), else_=CameraFile.preview),
        "preview_version": func.greatest(CameraFile.preview_version, thumbnail.version),
    }


def _last_shot(booth: Booth, now: datetime, appeared_at: datetime) -> None:
    latest = min(now, appeared_at)
    if booth.last_shot_at is None or booth.last_shot_at < latest:
        booth.last_shot_at = latest


def _thumbnail(text: str | None, version: int) -> Thumbnail | None:
    if text is None:
        return None
    try:
        jpeg = base64.b64decode(text, validate=True)
    except ValueError:  # binascii.Error is one; letters beyond ASCII raise another
        raise Invalid("PREVIEW_INVALID", "The preview is no base64.") from None
    if len(jpeg) > PREVIEW_MAX or not jpeg.startswith(b"\xff\xd8"):
        raise Invalid("PREVIEW_INVALID", "The preview is no JPEG of at most 96 KiB.")
    return Thumbnail(jpeg, version)


async def _show(work: Unit, booth_id: str, shot_id: str, thumbnail: Thumbnail | None) -> None:
    """Keep the thumbnail of a shot that is settled."""
    if thumbnail is None:
        return
    better = CameraFile.preview_version < thumbnail.version
    shown = await work.db.scalar(
        update(CameraFile)
        .where(CameraFile.id == shot_id, CameraFile.booth_id == booth_id, better)
        .values(preview=thumbnail.jpeg, preview_version=thumbnail.version)
        .returning(CameraFile.id)
    )
    work.changed("shot", shown)


def _appeared(message: Appeared) -> dict[str, Any]:
    return {
        "appeared_at": message.appeared_at,
        "appeared_earliest": message.appeared_earliest,
        "appeared_latest": message.appeared_latest,
    }


About = FileReceiving | PhotoSeen | FileInvalid | FileGone


async def heard(ports: Ports, booth: BoothView, messages: Sequence[About]) -> None:
    """Take what a watcher says of its files, all of it in one unit of work. Raises Invalid: nothing is taken.

    The booth is locked once; a burst's thumbnails are on the screens together.
    """
    async with unit(ports) as work:
        if any(isinstance(message, PhotoSeen) for message in messages):
            await prolong(work, ports, booth.id)
        elif len(messages) > 1:
            await booth_of(work.db, booth.id, lock=True)
        for message in messages:
            await _hear(work, ports, booth.id, message)


async def _hear(work: Unit, ports: Ports, booth_id: str, message: About) -> None:
    match message:
        case FileReceiving():
            await _receiving(work, ports, booth_id, message)
        case PhotoSeen():
            await _seen(work, ports, booth_id, message)
        case FileInvalid():
            await _invalid(work, ports, booth_id, message)
        case FileGone():
            await _gone(work, booth_id, message.shot_id)


async def _receiving(work: Unit, ports: Ports, booth_id: str, message: FileReceiving) -> None:
    """A file is being written."""
    shot_id = shot_id_of(message.shot_id)
    values = {
        "file_name": safe_name(message.file_name),
        "state": "receiving",
        "reason": None,
        "bytes_seen": message.bytes_seen,
        "bytes_expected": message.bytes_expected,
        "expected_exact": message.expected_exact,
        "taken_at": message.taken_at,
        "camera": camera_name(message.camera),
        **_appeared(message),
    }
    thumbnail = _thumbnail(message.preview, EMBEDDED)
    await note(work, ports, booth_id, shot_id, values, thumbnail=thumbnail)


async def _seen(work: Unit, ports: Ports, booth_id: str, message: PhotoSeen) -> None:
    """A file is whole: its thumbnail is on screen before its bytes are here."""
    shot_id = shot_id_of(message.shot_id)
    values = {
        "file_name": safe_name(message.file_name),
        "state": "seen",
        "reason": None,
        "bytes_seen": message.bytes_seen,
        "taken_at": message.taken_at,
        "camera": camera_name(message.camera),
        **_appeared(message),
    }
    thumbnail = _thumbnail(message.preview, VERIFIED)
    await note(work, ports, booth_id, shot_id, values, thumbnail=thumbnail)
    if message.qr:
        await handover.by_qr(work, ports, booth_id, shot_id, message.qr, message.sha256)


async def _invalid(work: Unit, ports: Ports, booth_id: str, message: FileInvalid) -> None:
    """A file is no photo; it stays on the strip with its reason, and with what could be rescued of it."""
    shot_id = shot_id_of(message.shot_id)
    values = {
        "file_name": safe_name(message.file_name),
        "state": "invalid",
        "bytes_seen": message.bytes_seen,
        "reason": message.reason[:60],
        **_appeared(message),
    }
    thumbnail = _thumbnail(message.preview, EMBEDDED)
    await note(work, ports, booth_id, shot_id, values, thumbnail=thumbnail, look=False)


async def _gone(work: Unit, booth_id: str, shot_id: str) -> None:
    """A file vanished while it was received."""
    ended = await work.db.scalar(
        update(CameraFile)
        .where(CameraFile.id == shot_id, CameraFile.booth_id == booth_id, _OPEN)
        .values(state="rejected", reason="GONE")
        .returning(CameraFile.id)
    )
    work.changed("shot", ended)


async def preview(ports: Ports, principal: Principal, shot_id: str, version: int | None = None) -> bytes:
    """The watcher's thumbnail (JPEG): this version's where it is at hand, else the best. Raises NotFound."""
    fresh = ports.thumbnails.get((shot_id, version)) if version else None
    if fresh is not None and principal.sees(fresh.event_id):
        return fresh.jpeg
    async with reading(ports) as db:
        row = (
            await db.execute(select(CameraFile.event_id, CameraFile.preview).where(CameraFile.id == shot_id))
        ).one_or_none()
    if row is None or row.preview is None or not principal.sees(row.event_id):
        raise NotFound("SHOT_NOT_FOUND", "There is no such shot.")
    return bytes(row.preview)
