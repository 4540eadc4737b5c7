"""What retention will take away from an event, and when; what it took so far, and what holds it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Date, Integer, SQLColumnExpression, and_, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables import AuditEntry, CameraFile, Event, Guest, GuestSession, Job
from app.db.unit import reading
from app.domain.access import Principal
from app.domain.errors import Conflict, NotFound
from app.ports import Ports
from app.services import retention

DAYS_MAX = 10


@dataclass(frozen=True)
class Day:
    """What is over on one day."""

    on: date
    guests: int
    photos: int
    files: int


@dataclass(frozen=True)
class Plan:
    """`held`: guests whose time is over, with a photo under way. `next_at`: when the next guest's is.

    `gone_*`: what was taken away so far, the last of it at `last_at`.
    """

    days: int
    next_at: datetime | None
    coming: Sequence[Day]
    more_days: int
    held: int
    gone_guests: int
    gone_photos: int
    last_at: datetime | None


async def of_event(ports: Ports, principal: Principal, event_id: str, zone: str = "UTC") -> Plan:
    """The plan of an event, its days those of `zone`. Raises NotAllowed, NotFound, Invalid."""
    principal.require_role("admin")
    principal.require_event(event_id)
    async with reading(ports) as db:
        kept = await db.scalar(select(Event.retention_days).where(Event.id == event_id))
        if kept is None:
            raise NotFound("EVENT_NOT_FOUND", "There is no such event.")
        coming = await _coming(db, event_id, zone)
        first = select(func.min(GuestSession.created_at + retention.kept())).join(*_EVENT).join(*_GUEST)
        next_at = await db.scalar(first.where(GuestSession.event_id == event_id, _NAMED))
        over = and_(GuestSession.event_id == event_id, retention.visit_over(), ~retention.visit_idle())
        held = select(func.count(GuestSession.id)).join(*_EVENT).join(*_GUEST).where(over)
        gone = await db.execute(
            select(_sum("guests"), _sum("photos"), func.max(AuditEntry.at)).where(
                AuditEntry.action == retention.DELETED, AuditEntry.subject == event_id
            )
        )
        guests, photos, last_at = gone.one()
        return Plan(
            kept,
            next_at,
            coming[:DAYS_MAX],
            max(0, len(coming) - DAYS_MAX),
            await db.scalar(held) or 0,
            guests,
            photos,
            last_at,
        )


_EVENT = (Event, Event.id == GuestSession.event_id)
_GUEST = (Guest, Guest.id == GuestSession.guest_id)
_NAMED = Guest.erased_at.is_(None)


def _sum(fact: str) -> ColumnElement[int]:
    return func.coalesce(func.sum(cast(AuditEntry.data[fact].astext, Integer)), 0)


async def _coming(db: AsyncSession, event_id: str, zone: str) -> list[Day]:
    """Day by day, the first one first."""

    def on(began: SQLColumnExpression[datetime]) -> ColumnElement[date]:
        return cast(func.timezone(zone, began + retention.kept()), Date).label("on")

    days: dict[date, list[int]] = {}
    visits = (
        select(on(GuestSession.created_at), func.count(func.distinct(GuestSession.id)), func.count(Job.id))
        .join(*_EVENT)
        .join(*_GUEST)
        .outerjoin(Job, Job.session_id == GuestSession.id)
        .where(GuestSession.event_id == event_id, _NAMED)
        .group_by("on")
    )
    for day, guests, photos in await db.execute(visits):
        days[day] = [guests, photos, 0]
    files = (
        select(on(CameraFile.created_at), func.count())
        .join(Event, Event.id == CameraFile.event_id)
        .where(CameraFile.event_id == event_id, CameraFile.session_id.is_(None), CameraFile.job_id.is_(None))
        .group_by("on")
    )
    for day, count in await db.execute(files):
        days.setdefault(day, [0, 0, 0])[2] = count
    return [Day(day, *days[day]) for day in sorted(days)]


async def refuse_shorter(db: AsyncSession, event_id: str, days: int) -> None:
    """Raise Conflict `RETENTION_IN_USE` when so many days are over at once for guests who are still kept."""
    began = func.clock_timestamp() - func.make_interval(0, 0, 0, days)
    over = and_(GuestSession.event_id == event_id, GuestSession.created_at <= began, _NAMED)
    guests = await db.scalar(select(func.count(GuestSession.id)).join(*_GUEST).where(over)) or 0
    mine = select(GuestSession.id).join(*_GUEST).where(over)
    photos = await db.scalar(select(func.count(Job.id)).where(Job.session_id.in_(mine))) or 0
    if guests:
        raise Conflict(
            "RETENTION_IN_USE",
            "With so few days, guests and photos are deleted at once.",
            guests=guests,
            photos=photos,
        )
