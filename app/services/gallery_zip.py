"""Many pictures in one zip file, made while it is sent: memory stays flat, entries are whole, a note tells
what is missing.

Each picture is read before its entry begins. So an entry's size and checksum stand in front of its bytes, as
every unpacker likes it, and a picture that vanishes or breaks off meanwhile leaves no half entry behind.
"""

import asyncio
import re
import unicodedata
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import PurePosixPath
from zipfile import ZIP_STORED, ZipFile, ZipInfo
from zoneinfo import ZoneInfo

from sqlalchemy import and_, select

from app.db.tables import Event, Job, Style
from app.db.unit import reading, unit
from app.domain.access import Principal
from app.domain.errors import Invalid, NotFound, TooMany, Unavailable
from app.ports import Ports
from app.services import gallery
from app.services.gallery import Wish
from app.services.zip_window import Window

PICKED_MAX = 10_000
AT_ONCE = 4
"""So many zips a web process makes at once."""
AHEAD = 3
READ_BYTES = 1024 * 1024
IDS = 500
READ_SECONDS = 120.0
TRIES = 3
PAUSE_SECONDS = 0.5
GIVE_UP = 5
"""So many pictures in a row that storage does not give: it is away, and the download breaks off."""
NOTE = "_TIDAK ADA - MISSING.txt"
_NOTE_HEAD = (
    "Foto berikut sudah tidak ada waktu berkas ini dibuat (dihapus, atau dipindahkan).\r\n"
    "These pictures were gone when this file was made (erased, or moved).\r\n\r\n"
)
_BAD = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u2028\u2029]+')
_slots = asyncio.Semaphore(AT_ONCE)


@dataclass(frozen=True)
class Order:
    """All pictures that a wish finds, but for some; or just those that were picked, of the wish's event."""

    wish: Wish
    picked: Sequence[str] | None = None
    without: frozenset[str] = frozenset()
    zone: str = "UTC"


@dataclass(frozen=True)
class Zip:
    """A zip that is ready to be sent."""

    filename: str
    count: int
    content: AsyncIterator[bytes]


@dataclass(frozen=True)
class _Picture:
    """One picture, read; `data` is None where there is none (any more); `away`: storage did not answer."""

    job_id: str
    name: str
    moment: datetime | None
    data: bytes | None
    away: bool = False


async def open_zip(ports: Ports, principal: Principal, order: Order) -> Zip:
    """Check what is asked for, note it in the audit log, and give the zip.

    Raises NotFound (`NO_PICTURES` where nothing is meant), Invalid, TooMany `ZIP_BUSY`.
    """
    wish = order.wish
    principal.require_event(wish.event_id)
    if order.picked is not None and len(order.picked) > PICKED_MAX:
        raise Invalid("ZIP_TOO_MANY", f"At most {PICKED_MAX} pictures can be picked.", field="jobIds")
    picked = None if order.picked is None else list(dict.fromkeys(order.picked))
    count = len(picked) if picked is not None else await gallery.count(ports, principal, wish)
    if count <= (0 if picked is not None else len(order.without)):
        raise NotFound("NO_PICTURES", "There are no such pictures.")
    if _slots.locked():
        raise TooMany("ZIP_BUSY", "Other downloads are still being made.", retry_after=30)
    async with unit(ports) as work:
        event = await work.db.get(Event, wish.event_id)
        if event is None:
            raise NotFound("EVENT_NOT_FOUND", "There is no such event.")
        told = {"style": wish.style_id, "booth": wish.booth_id, "picked": picked is not None}
        work.audit(
            principal.username, "pictures_downloaded", event.id, event.id, count=count,
            searched=bool(wish.q), **told,
        )  # fmt: skip
    ids = _picked(picked) if picked is not None else _meant(ports, principal, order)
    now = ports.clock.now().astimezone(zone := _zone(order.zone))
    name = f"{event.slug}-{now:%Y-%m-%d-%H%M}.zip"
    return Zip(name, count, _content(ports, wish.event_id, ids, zone))


def _zone(name: str) -> tzinfo:
    """Where the reader is; UTC where that is not known here."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return UTC


async def _picked(ids: Sequence[str]) -> AsyncIterator[str]:
    for job_id in ids:
        yield job_id


async def _meant(ports: Ports, principal: Principal, order: Order) -> AsyncIterator[str]:
    """Ids in pages, newest first: no list of thousands."""
    where = gallery.found(principal, order.wish)
    place = where
    while True:
        async with reading(ports) as db:
            query = select(Job.id, Job.finished_at).where(place)
            rows = (await db.execute(query.order_by(Job.finished_at.desc(), Job.id.desc()).limit(IDS))).all()
        for row in rows:
            if row.id not in order.without:
                yield row.id
        if len(rows) < IDS:
            return
        place = and_(where, gallery.behind(gallery.cursor_of(rows[-1].finished_at, rows[-1].id)))


async def _content(
    ports: Ports, event_id: str, ids: AsyncIterator[str], zone: tzinfo
) -> AsyncIterator[bytes]:
    """The zip's bytes. Raises Unavailable when storage has gone away."""
    window = Window()
    missing: list[str] = []
    away = 0
    async with _slots:
        with ZipFile(window, "w", ZIP_STORED) as zip_file:
            async with aclosing(_read_ahead(ports, event_id, ids, zone)) as pictures:
                async for picture in pictures:
                    away = away + 1 if picture.away else 0
                    if away >= GIVE_UP:
                        raise Unavailable("STORAGE_UNAVAILABLE", "Storage does not answer.")
                    if picture.data is None:
                        missing.append(picture.name)
                        continue
                    entry = _entry(zip_file, picture, zone)
                    await asyncio.to_thread(zip_file.writestr, entry, picture.data)
                    for piece in window.taken():
                        yield piece
            if missing:
                text = "\ufeff" + _NOTE_HEAD + "".join(f"{name}\r\n" for name in missing)
                note = ZipInfo(NOTE, _stamp(ports.clock.now(), zone))
                note.external_attr = 0o644 << 16
                zip_file.writestr(note, text.encode())
            await asyncio.to_thread(zip_file.close)  # a directory of thousands
        for piece in window.taken():
            yield piece


async def _read_ahead(
    ports: Ports, event_id: str, ids: AsyncIterator[str], zone: tzinfo
) -> AsyncGenerator[_Picture]:
    """The pictures in their order, a few of them read while the one before is sent."""
    reads: deque[asyncio.Task[_Picture]] = deque()
    try:
        async for job_id in ids:
            reads.append(asyncio.create_task(_read(ports, event_id, job_id, zone)))
            if len(reads) > AHEAD:
                yield await reads.popleft()
        while reads:
            yield await reads.popleft()
    finally:
        for task in reads:
            task.cancel()
        await asyncio.gather(*reads, return_exceptions=True)


async def _read(ports: Ports, event_id: str, job_id: str, zone: tzinfo) -> _Picture:
    """One picture as it is now: erased, moved or renamed meanwhile, the row says so."""
    key: str | None = None
    name, moment, away = job_id, None, False
    for turn in range(TRIES):
        await asyncio.sleep(PAUSE_SECONDS * turn if away else 0)
        before = key
        key, name, moment = await _row(ports, event_id, job_id, zone)
        if key is None or (key == before and not away):
            break
        try:
            return _Picture(job_id, name, moment, await _bytes(ports, key))
        except NotFound:
            away = False
        except (Unavailable, TimeoutError):
            away = True
    return _Picture(job_id, _nameless(name, job_id), moment, None, away=key is not None and away)


async def _row(
    ports: Ports, event_id: str, job_id: str, zone: tzinfo
) -> tuple[str | None, str, datetime | None]:
    """Where the picture is, what its file is called, and when it was finished."""
    query = select(Job, Style.name_en).join(Style, Style.id == Job.style_id)
    async with reading(ports) as db:
        row = (await db.execute(query.where(Job.id == job_id, gallery.finished(event_id)))).one_or_none()
    if row is None:
        return None, job_id, None
    job, style = row
    if job.finished_at is None or job.best_output_key is None:
        return None, job_id, None
    local = job.finished_at.astimezone(zone)
    words = [f"{local:%Y-%m-%d_%H-%M-%S}", job.code, _plain(job.guest_name)]
    words += [_plain(style)] if job.mode == "style" else []
    suffix = PurePosixPath(job.best_output_key).suffix
    return job.best_output_key, "_".join(word for word in words if word) + suffix, job.finished_at


async def _bytes(ports: Ports, key: str) -> bytes:
    """A picture's bytes. Raises NotFound, also for one over the house's bound; Unavailable, TimeoutError."""
    pieces: list[bytes] = []
    size = 0
    async with asyncio.timeout(READ_SECONDS):
        async for piece in ports.storage.open(key, chunk=READ_BYTES):
            pieces.append(piece)
            size += len(piece)
            if size > ports.policy.max_output_bytes:
                raise NotFound("OBJECT_TOO_LARGE", "No picture of ours is as large as this.")
    return b"".join(pieces)


def _nameless(name: str, job_id: str) -> str:
    """How the note names what is missing: whoever asked to be erased is not named in it."""
    return job_id if name == job_id else f"{'_'.join(name.split('_')[:3])}  ({job_id})"


def _plain(text: str) -> str:
    """A text as part of a file's name, for every system."""
    clean = _BAD.sub(" ", unicodedata.normalize("NFC", text)).replace("_", " ")
    return "-".join(filter(None, (word.strip(".-") for word in clean.split())))[:40].rstrip(".-")


def _stamp(moment: datetime, zone: tzinfo) -> tuple[int, int, int, int, int, int]:
    local = moment.astimezone(zone)
    return max(1980, local.year), local.month, local.day, local.hour, local.minute, local.second


def _entry(zip_file: ZipFile, picture: _Picture, zone: tzinfo) -> ZipInfo:
    """The entry's head, under a name that nothing else in this zip has."""
    name = picture.name
    if name in zip_file.NameToInfo:
        path = PurePosixPath(name)
        name = f"{path.stem}_{picture.job_id[-8:]}{path.suffix}"
    entry = ZipInfo(name, _stamp(picture.moment or datetime.now(zone), zone))
    entry.external_attr = 0o644 << 16
    return entry
