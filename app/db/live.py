"""Rows as screens see them: read by id after a change, by window at a start, by watermark to heal losses."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Row, Table, and_, bindparam, case, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.db import live_house, live_shots
from app.db.tables import (
    Booth,
    BoothSession,
    CameraFile,
    Event,
    Guest,
    GuestSession,
    Job,
    Style,
)
from app.db.watermark import Mark, changed_since, last_sweep
from app.domain.messages import (
    ActiveGuest,
    BoothChanged,
    GuestChanged,
    GuestState,
    JobChanged,
    LiveRow,
    PrinterState,
    WaitReason,
    WatcherHealth,
)
from app.domain.printing import PrintMark
from app.domain.session import phone_tail

JOBS_MAX = 5000
GUESTS_MAX = 3000
WATCHER_LOST_SECONDS = 15
_JOBS = cast(Table, Job.__table__)

__all__ = ["READERS", "LiveRow", "Mark", "changed_since", "last_sweep", "window"]


async def jobs(db: AsyncSession, ids: Sequence[str]) -> list[LiveRow]:
    """The jobs with these ids."""
    return await _jobs(db, Job.id.in_(ids))


# Built once: this runs at every step of every job, and building it costs more than sending it.
_BUMPED = (
    update(_JOBS)
    .where(_JOBS.c.id.in_(bindparam("ids", expanding=True)))
    .values(revision=_JOBS.c.revision + 1, updated_at=func.clock_timestamp())
    .returning(*_JOBS.c)
    .cte("bumped")
)
_CHANGED = select(_BUMPED, Style.name_en).join(Style, Style.id == _BUMPED.c.style_id)


async def changed_jobs(db: AsyncSession, ids: Sequence[str]) -> list[LiveRow]:
    """Bump these jobs' revisions and read them."""
    return [_job(row, row.name_en) for row in await db.execute(_CHANGED, {"ids": ids})]


async def _jobs(
    db: AsyncSession, where: ColumnElement[bool], *more: ColumnElement[bool], limit: int = JOBS_MAX
) -> list[LiveRow]:
    query = (
        select(_JOBS, Style.name_en)
        .join(Style, Style.id == _JOBS.c.style_id)
        .where(where, *more)
        .order_by(_JOBS.c.id.desc())
        .limit(limit)
    )
    return [_job(row, row.name_en) for row in await db.execute(query)]


def _job(job: Row[Any], style_name: str) -> JobChanged:
    return JobChanged(
        id=job.id,
        revision=job.revision,
        event_id=job.event_id,
        booth_id=job.booth_id,
        session_id=job.session_id,
        line=job.line,
        code=job.code,
        guest_name=job.guest_name,
        mode=job.mode,
        style_id=job.style_id,
        style_name=style_name,
        status=job.status,
        stage=job.stage,
        percent=job.percent,
        preview_version=job.preview_version,
        attempts=job.attempts,
        cancel_requested=job.cancel_requested,
        wait=WaitReason.model_validate(job.wait) if job.wait else None,
        error_code=job.error_code,
        error_message=job.error_message,
        parent_id=job.parent_id,
        lane=job.lane,
        provider=job.provider,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        updated_at=job.updated_at,
        has_output=job.best_output_key is not None,
        dismissed=job.dismissed_at is not None,
        printing=PrintMark.model_validate(job.printing) if job.printing else None,
    )


async def guests(db: AsyncSession, ids: Sequence[str]) -> list[LiveRow]:
    """The sessions with these ids."""
    return await _guests(db, GuestSession.id.in_(ids))


def _count(*status: str) -> ColumnElement[int]:
    return func.count(case((Job.status.in_(status), 1)))


async def _guests(
    db: AsyncSession, where: ColumnElement[bool], *more: ColumnElement[bool], limit: int = GUESTS_MAX
) -> list[LiveRow]:
    held = aliased(BoothSession)
    query = (
        select(
            GuestSession,
            Guest.name,
            Guest.whatsapp,
            select(Booth.name).where(Booth.id == GuestSession.sent_to).scalar_subquery(),
            func.max(held.booth_id),
            _count("queued", "running"),
            _count("succeeded"),
            _count("failed"),
        )
        .join(Guest, Guest.id == GuestSession.guest_id)
        .outerjoin(Job, Job.session_id == GuestSession.id)
        .outerjoin(held, and_(held.session_id == GuestSession.id, held.ended_at.is_(None)))
        .where(where, *more)
        .group_by(GuestSession.id, Guest.id)
        .order_by(GuestSession.id.desc())
        .limit(limit)
    )
    return [_guest(*row) for row in await db.execute(query)]


def _guest(
    session: GuestSession,
    name: str,
    whatsapp: str,
    sent_to_name: str | None,
    booth_id: str | None,
    busy: int,
    done: int,
    failed: int,
) -> GuestChanged:
    return GuestChanged(
        id=session.id,
        revision=session.revision,
        event_id=session.event_id,
        booth_id=booth_id,
        code=session.code,
        guest_name=name,
        phone_tail=phone_tail(whatsapp),
        state=_guest_state(booth_id, busy, done, failed),
        jobs_open=busy,
        jobs_done=done,
        jobs_failed=failed,
        sent_to=session.sent_to,
        sent_to_name=sent_to_name,
        created_at=session.created_at,
        expires_at=session.expires_at,
        updated_at=session.updated_at,
    )


def _guest_state(booth_id: str | None, busy: int, done: int, failed: int) -> GuestState:
    if booth_id:
        return "active"
    return "waiting" if busy else "done" if done else "failed" if failed else "registered"


async def booths(db: AsyncSession, ids: Sequence[str]) -> list[LiveRow]:
    """The booths with these ids."""
    return await _booths(db, Booth.id.in_(ids))


async def _booths(db: AsyncSession, where: ColumnElement[bool], *more: ColumnElement[bool]) -> list[LiveRow]:
    fresh = Booth.watcher_seen_at > func.clock_timestamp() - timedelta(seconds=WATCHER_LOST_SECONDS)
    silent = func.coalesce(Booth.watcher_health["silent"].as_boolean(), literal(False))
    online = and_(fresh, ~silent)
    query = (
        select(
            Booth,
            Event.status == "open",
            func.coalesce(online, literal(False)),
            BoothSession,
            GuestSession.code,
            Guest.name,
        )
        .join(Event, Event.id == Booth.event_id)
        .outerjoin(BoothSession, and_(BoothSession.booth_id == Booth.id, BoothSession.ended_at.is_(None)))
        .outerjoin(GuestSession, GuestSession.id == BoothSession.session_id)
        .outerjoin(Guest, Guest.id == GuestSession.guest_id)
        .where(where, *more)
    )
    return [_booth(*row) for row in (await db.execute(query))]


def _booth(
    booth: Booth,
    event_open: bool,
    online: bool,
    held: BoothSession | None,
    code: str | None,
    guest_name: str | None,
) -> BoothChanged:
    return BoothChanged(
        id=booth.id,
        revision=booth.revision,
        event_id=booth.event_id,
        booth_id=booth.id,
        name=booth.name,
        event_open=event_open,
        active=ActiveGuest(
            session_id=held.session_id,
            code=code or "",
            guest_name=guest_name or "",
            mode=held.mode,
            style_id=held.style_id,
            started_at=held.started_at,
            expires_at=held.expires_at,
            by_qr=held.operator_id is None,
        )
        if held
        else None,
        watcher_online=online and booth.watcher_id is not None,
        watcher_seen_at=booth.watcher_seen_at,
        watcher_version=booth.watcher_version,
        watcher_pending=booth.watcher_pending,
        watcher_free_bytes=booth.watcher_free_bytes,
        watcher_health=WatcherHealth.model_validate(booth.watcher_health) if booth.watcher_health else None,
        last_shot_at=booth.last_shot_at,
        printer=booth.printer,
        printer_state=PrinterState.model_validate(booth.printer_state) if booth.printer_state else None,
        updated_at=booth.updated_at,
    )


Reader = Callable[[AsyncSession, Sequence[str]], Awaitable[list[LiveRow]]]
READERS: dict[str, Reader] = {
    "shot": live_shots.shots,
    "job": jobs,
    "guest": guests,
    "booth": booths,
    "provider": live_house.providers,
    "lane": live_house.lanes,
    "program": live_house.programs,
    "incident": live_house.incidents,
}


async def window(db: AsyncSession, now: datetime) -> list[LiveRow]:
    """All a board holds: of open events jobs, valid sessions, newest shots, trays; and every booth."""
    is_open = select(Event.id).where(Event.status == "open")
    day = now - timedelta(hours=24)
    unfinished = Job.status.in_(("queued", "running"))
    rows = await _jobs(db, Job.event_id.in_(is_open), or_(unfinished, Job.created_at > day))
    rows += await _guests(
        db,
        GuestSession.event_id.in_(is_open),
        GuestSession.expires_at > now,
        GuestSession.revoked_at.is_(None),
    )
    rows += await live_shots.found(db, CameraFile.event_id.in_(is_open), CameraFile.created_at > day)
    waiting = CameraFile.state.in_(live_shots.IN_TRAY)
    rows += await live_shots.found(db, CameraFile.event_id.in_(is_open), waiting, limit=live_shots.TRAY_MAX)
    rows += await _booths(db, literal(True))  # at a closed event, too: its screen says so
    rows += await live_house.providers(db)
    rows += await live_house.lanes(db)
    rows += await live_house.programs(db)
    rows += await live_house.incidents(db)
    return rows
