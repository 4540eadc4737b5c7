"""What is under way at an event or a booth: asked before an administrator changes it under people's hands."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables import Booth, BoothSession, Guest, GuestSession, Job
from app.domain.errors import Conflict
from app.domain.job import OPEN


@dataclass(frozen=True)
class Busy:
    """A booth with its active guest."""

    booth: str
    guest: str


@dataclass(frozen=True)
class Use:
    """Booths with an active guest, and jobs that are not over."""

    booths: tuple[Busy, ...]
    jobs: int

    def refuse(self, code: str, message: str) -> None:
        """Raise Conflict with these facts, if there is anything under way."""
        if self.booths or self.jobs:
            told = [{"booth": one.booth, "guest": one.guest} for one in self.booths]
            raise Conflict(code, message, booths=told, jobs=self.jobs)


async def of_event(db: AsyncSession, event_id: str, now: datetime) -> Use:
    """What is under way at an event."""
    return Use(await _held(db, Booth.event_id == event_id, now), await _open(db, Job.event_id == event_id))


async def of_booth(db: AsyncSession, booth_id: str, now: datetime) -> Use:
    """What is under way at a booth."""
    return Use(await _held(db, Booth.id == booth_id, now), await _open(db, Job.booth_id == booth_id))


async def of_style(db: AsyncSession, style_id: str, now: datetime) -> Use:
    """Booths whose active guest gets this style. Jobs under way are no hindrance: they finish with it."""
    return Use(await _held(db, BoothSession.style_id == style_id, now), 0)


async def _held(db: AsyncSession, where: ColumnElement[bool], now: datetime) -> tuple[Busy, ...]:
    rows = await db.execute(
        select(Booth.name, Guest.name)
        .join(BoothSession, BoothSession.booth_id == Booth.id)
        .join(GuestSession, GuestSession.id == BoothSession.session_id)
        .join(Guest, Guest.id == GuestSession.guest_id)
        .where(where, BoothSession.ended_at.is_(None), BoothSession.expires_at > now)
        .order_by(Booth.id)
        .limit(20)
    )
    return tuple(Busy(booth, guest) for booth, guest in rows)


async def _open(db: AsyncSession, where: ColumnElement[bool]) -> int:
    return await db.scalar(select(func.count()).select_from(Job).where(where, Job.status.in_(OPEN))) or 0
