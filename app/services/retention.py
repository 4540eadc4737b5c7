"""Retention: what an event kept long enough is deleted, rows and names of objects in one step.

A visit is over so many days after its guest registered, which is what their page promises; a camera file
that is nobody's, after it came. Rows go together with a note of every object they may have left in storage
(`errands`), so a kill loses neither half, and a storage that is away is waited for.
"""

from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import ColumnElement, Interval, and_, cast, exists, func, or_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables import BoothSession, CameraFile, Erasure, Event, Guest, GuestSession, Job, Upload
from app.db.unit import reading, unit
from app.domain.job import OPEN
from app.ports import Ports
from app.services import errands, retention_rows

log = structlog.get_logger()

BY, DELETED = "retention", "retention_deleted"
VISITS_AT_ONCE, FILES_AT_ONCE, ROUNDS = 25, 100, 20
WAITING_MAX = 100
"""So many notes for storage may wait; rows stay until there is room."""
EVERY = timedelta(hours=1)
"""Visits end one by one and are taken away together: the audit log is no list of single guests."""
QUIET = timedelta(hours=1)
"""What was written lately may have somebody at it: a worker that lost its lease, a form, a slow upload."""
_LOCK_NOT_AVAILABLE, _DEADLOCK = "55P03", "40P01"


def _now() -> ColumnElement[object]:
    return func.clock_timestamp()


def kept() -> ColumnElement[object]:
    """How long the event of a query keeps what it has."""
    return cast(func.make_interval(0, 0, 0, Event.retention_days), Interval)


def visit_over() -> ColumnElement[bool]:
    """The visit's time is over, and there is something of it to be taken away.

    Of a guest who was erased the visit stays, because the receipt is behind its link; it names nobody.
    """
    left = or_(
        exists().where(Job.session_id == GuestSession.id),
        exists().where(CameraFile.session_id == GuestSession.id),
    )
    return and_(GuestSession.created_at + kept() <= _now(), or_(Guest.erased_at.is_(None), left))


def visit_idle() -> ColumnElement[bool]:
    """Nobody is at it: no booth, no job under way, no upload, no erasing; nothing was written lately."""
    lately = _now() - QUIET
    busy = (
        exists().where(BoothSession.session_id == GuestSession.id, BoothSession.ended_at.is_(None)),
        exists().where(Job.session_id == GuestSession.id, or_(Job.status.in_(OPEN), Job.updated_at > lately)),
        exists().where(CameraFile.session_id == GuestSession.id, CameraFile.updated_at > lately),
        exists().where(Upload.session_id == GuestSession.id),
        exists().where(Erasure.session_id == GuestSession.id, Erasure.next_at.is_not(None)),
    )
    at_rest = (GuestSession.expires_at <= _now(), GuestSession.updated_at <= lately)
    return and_(*at_rest, ~or_(*busy))


def file_over() -> ColumnElement[bool]:
    """A camera file without a guest whose time is over, and that nothing is being done with."""
    return and_(
        CameraFile.session_id.is_(None),
        CameraFile.job_id.is_(None),
        CameraFile.created_at + kept() <= _now(),
        CameraFile.updated_at <= _now() - QUIET,
    )


@dataclass(frozen=True)
class _Batch:
    """What one transaction takes away."""

    visits: list[str]
    files: list[str]


async def sweep(ports: Ports) -> None:
    """Take away what is over, a batch at a time; several workers at once take different ones."""
    for event_id in await _due_events(ports):
        for _ in range(ROUNDS):
            if not await _take(ports, event_id):
                break


async def _due_events(ports: Ports) -> list[str]:
    """Events with something over, longest untouched first; an hour passes between two of their sweeps."""
    rested = or_(Event.swept_at.is_(None), Event.swept_at <= _now() - EVERY)
    visits = exists().where(
        GuestSession.event_id == Event.id, Guest.id == GuestSession.guest_id, visit_over(), visit_idle()
    )
    files = exists().where(CameraFile.event_id == Event.id, file_over())
    query = select(Event.id).where(rested, or_(visits, files)).order_by(Event.swept_at.nulls_first())
    async with reading(ports) as db:
        return list(await db.scalars(query))


async def _take(ports: Ports, event_id: str) -> bool:
    """One batch; whether there may be more. A row that somebody holds is left for another time."""
    try:
        async with unit(ports) as work:
            if await errands.waiting(work.db, errands.DELETE) >= WAITING_MAX:
                log.info("retention_waits_for_storage")
                return False
            batch = await _lock(work.db, event_id)
            if not batch.visits and not batch.files:
                return False
            count = await retention_rows.delete_visits(work, batch.visits, batch.files)
            more = len(batch.visits) == VISITS_AT_ONCE or len(batch.files) == FILES_AT_ONCE
            if not more:  # until then the event is due at once again, for whichever worker
                await work.db.execute(update(Event).where(Event.id == event_id).values(swept_at=_now()))
            work.audit(BY, DELETED, event_id, event_id, **count)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", "") not in (_LOCK_NOT_AVAILABLE, _DEADLOCK):
            raise
        log.info("retention_comes_again", event_id=event_id)
        return False
    log.info("retention_deleted", event_id=event_id, **count)
    return more


async def _lock(db: AsyncSession, event_id: str) -> _Batch:
    """Lock what is due: visits that are free, with all their jobs and files. Waits for nobody."""
    visits = await db.scalars(
        select(GuestSession.id)
        .join(Event, Event.id == GuestSession.event_id)
        .join(Guest, Guest.id == GuestSession.guest_id)
        .where(GuestSession.event_id == event_id, visit_over(), visit_idle())
        .order_by(GuestSession.id)
        .limit(VISITS_AT_ONCE)
        .with_for_update(of=GuestSession, skip_locked=True)
    )
    ids = list(visits)
    free = CameraFile.id.in_(
        select(CameraFile.id)
        .join(Event, Event.id == CameraFile.event_id)
        .where(CameraFile.event_id == event_id, file_over())
        .order_by(CameraFile.id)
        .limit(FILES_AT_ONCE)
    )
    files = list(await db.scalars(select(CameraFile.id).where(free).with_for_update(skip_locked=True)))
    for table in (CameraFile, Job):
        await db.execute(select(table.id).where(table.session_id.in_(ids)).with_for_update(nowait=True))
    # A job may have come between the look and the locks; whoever comes now waits for us.
    still = select(GuestSession.id).where(GuestSession.id.in_(ids), visit_idle())
    return _Batch(list(await db.scalars(still)), files)
