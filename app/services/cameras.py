"""A booth's cameras, and what is known of their clocks: measured from live shots, or set by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.live import WATCHER_LOST_SECONDS
from app.db.tables import Booth, CameraFile, Job
from app.db.tables import CameraClock as ClockRow
from app.db.unit import reading, unit
from app.domain.access import Principal
from app.domain.camera_clock import CameraClock
from app.domain.errors import NotFound
from app.ports import Ports
from app.services.accounts import digest
from app.services.holds import booth_of

KEY_LENGTH = 16


@dataclass(frozen=True)
class CameraView:
    """A camera and its clock. Server time = camera time + offset; None while it is not known.

    `contradiction_seconds`: by so much its live shots speak against an offset set by hand.
    """

    key: str
    camera: str
    source: str
    offset_seconds: float | None
    samples: int
    contradiction_seconds: float | None
    last_shot_at: datetime | None
    updated_at: datetime


def key_of(camera: str) -> str:
    """A camera's name as part of an address."""
    return digest(camera)[:KEY_LENGTH]


async def clock_of(db: AsyncSession, booth_id: str, camera: str | None) -> CameraClock:
    """What is known of a camera's clock at a booth."""
    row = await db.get(ClockRow, (booth_id, camera), populate_existing=True) if camera else None
    return _clock(row) if row else CameraClock()


def _clock(row: ClockRow) -> CameraClock:
    samples = tuple((float(appeared), float(taken)) for appeared, taken in row.samples)
    return CameraClock("hand" if row.source == "hand" else "measured", row.offset_seconds, samples)


async def keep_clock(db: AsyncSession, booth_id: str, camera: str, clock: CameraClock) -> None:
    """Write what is known of a camera's clock now; the caller holds the booth's lock."""
    values = {
        "source": clock.source,
        "offset_seconds": clock.offset,
        "samples": [list(sample) for sample in clock.samples],
        "updated_at": func.clock_timestamp(),
    }
    await db.execute(
        insert(ClockRow)
        .values(booth_id=booth_id, camera=camera, **values)
        .on_conflict_do_update(index_elements=["booth_id", "camera"], set_=values)
    )


async def list_for(ports: Ports, principal: Principal, booth_id: str) -> Sequence[CameraView]:
    """The cameras a booth has seen, the one used last first. Raises NotFound."""
    async with reading(ports) as db:
        await _seen(db, principal, booth_id)
        views = [await _view(db, row) for row in await _rows(db, booth_id)]
    return sorted(views, key=lambda view: view.last_shot_at or view.updated_at, reverse=True)


async def _rows(db: AsyncSession, booth_id: str) -> Sequence[ClockRow]:
    query = select(ClockRow).where(ClockRow.booth_id == booth_id).order_by(ClockRow.updated_at.desc())
    return (await db.scalars(query.limit(50).execution_options(populate_existing=True))).all()


async def _view(db: AsyncSession, row: ClockRow) -> CameraView:
    clock = _clock(row)
    shot_at = await db.scalar(
        select(func.max(CameraFile.appeared_at)).where(
            CameraFile.booth_id == row.booth_id, CameraFile.camera == row.camera
        )
    )
    return CameraView(
        key_of(row.camera),
        row.camera,
        clock.source,
        clock.offset,
        len(clock.samples),
        clock.contradiction,
        shot_at,
        row.updated_at,
    )


async def set_clock(
    ports: Ports, principal: Principal, booth_id: str, camera_key: str, offset_seconds: float
) -> CameraView:
    """Set a camera's offset by hand. Raises NotFound `BOOTH_NOT_FOUND`, `CAMERA_NOT_FOUND`."""
    return await _set(ports, principal, booth_id, camera_key, offset_seconds)


async def forget_clock(ports: Ports, principal: Principal, booth_id: str, camera_key: str) -> CameraView:
    """Measure a camera's clock anew. Raises as `set_clock`."""
    return await _set(ports, principal, booth_id, camera_key, None)


async def _set(
    ports: Ports, principal: Principal, booth_id: str, camera_key: str, offset: float | None
) -> CameraView:
    async with unit(ports) as work:
        event_id = await _seen(work.db, principal, booth_id, lock=True)
        rows = await _rows(work.db, booth_id)
        row = next((row for row in rows if key_of(row.camera) == camera_key), None)
        if row is None:
            raise NotFound("CAMERA_NOT_FOUND", "This booth has seen no such camera.")
        clock = CameraClock() if offset is None else CameraClock("hand", offset, _clock(row).samples)
        await keep_clock(work.db, booth_id, row.camera, clock)
        work.audit(
            principal.username, "camera_clock_set", booth_id, event_id, camera=row.camera, offset=offset
        )
        await work.db.refresh(row)
        return await _view(work.db, row)


async def _seen(db: AsyncSession, principal: Principal, booth_id: str, *, lock: bool = False) -> str:
    booth = await booth_of(db, booth_id, lock=lock)
    if not principal.sees(booth.event_id):
        raise NotFound("BOOTH_NOT_FOUND", "There is no such booth.")
    return booth.event_id


async def shoots_tethered(ports: Ports, booth_id: str) -> bool:
    """Whether a booth uses a tethered camera: its watcher is there, or the last photo came from one."""
    online = Booth.watcher_id.is_not(None) & (
        Booth.watcher_seen_at > func.clock_timestamp() - timedelta(seconds=WATCHER_LOST_SECONDS)
    )
    webcam = (
        select(func.max(Job.created_at))
        .where(Job.booth_id == booth_id, Job.parent_id.is_(None), Job.input_key.not_like("%/shots/%"))
        .scalar_subquery()
    )
    last = and_(Booth.last_shot_at.is_not(None), or_(webcam.is_(None), Booth.last_shot_at > webcam))
    async with reading(ports) as db:
        found = await db.scalar(select(func.coalesce(online, False) | last).where(Booth.id == booth_id))
    return bool(found)
