"""Finished pictures of an event: found by guest, style, booth and time, newest first, page by page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, select, tuple_

from app.db.tables import Booth, Job, Style
from app.db.unit import reading
from app.domain.access import Principal
from app.domain.errors import Invalid, NotFound
from app.ports import Ports
from app.services import jobs

PAGE_MAX = 500
ORIGINAL, NO_BOOTH = "original", "-"
"""What the filters call pictures without a style, and those of no booth."""
_CURSOR = re.compile(r"(\d{1,17})-([0-9A-Z]{26})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Wish:
    """Which pictures of an event are meant; what is empty leaves all. `since` is in, `before` is out."""

    event_id: str
    q: str | None = None
    style_id: str | None = None
    booth_id: str | None = None
    since: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True)
class PictureView:
    """A finished picture as the gallery shows it."""

    id: str
    revision: int
    event_id: str
    booth_id: str | None
    session_id: str
    code: str
    guest_name: str
    mode: str
    style_id: str
    style_name: str
    finished_at: datetime


@dataclass(frozen=True)
class Facet:
    """A value one may filter by, its name where it has one, and how many pictures have it."""

    value: str
    name: str | None
    count: int


@dataclass(frozen=True)
class Summary:
    """How many pictures a wish finds, and what the event's pictures may be filtered by."""

    total: int
    styles: Sequence[Facet]
    booths: Sequence[Facet]
    days: Sequence[Facet]


def finished(event_id: str) -> ColumnElement[bool]:
    """Jobs of an event that have a picture to show."""
    return and_(
        Job.event_id == event_id,
        Job.status == "succeeded",
        Job.best_output_key.is_not(None),
        Job.outputs.is_not(None),
        Job.finished_at.is_not(None),
    )


def found(principal: Principal, wish: Wish) -> ColumnElement[bool]:
    """The jobs whose pictures are meant. Raises NotFound for an event outside the account's."""
    principal.require_event(wish.event_id)
    parts = [finished(wish.event_id)]
    if wish.q and wish.q.strip():
        parts.append(jobs.matching(wish.q))
    if wish.style_id == ORIGINAL:
        parts.append(Job.mode == ORIGINAL)
    elif wish.style_id:
        parts.append(and_(Job.style_id == wish.style_id, Job.mode != ORIGINAL))
    if wish.booth_id:
        parts.append(Job.booth_id.is_(None) if wish.booth_id == NO_BOOTH else Job.booth_id == wish.booth_id)
    for moment in (wish.since, wish.before):
        if moment is not None and moment.tzinfo is None:
            raise Invalid("TIME_INVALID", "A time needs its offset, like 2026-05-01T00:00:00+07:00.")
    if wish.since:
        parts.append(Job.finished_at >= wish.since)
    if wish.before:
        parts.append(Job.finished_at < wish.before)
    return and_(*parts)


def cursor_of(finished_at: datetime, job_id: str) -> str:
    """Where a page ended: its last picture's moment, to the microsecond, and id."""
    return f"{(finished_at - _EPOCH) // timedelta(microseconds=1)}-{job_id}"


def behind(cursor: str) -> ColumnElement[bool]:
    """What comes after a cursor, newest first. Raises Invalid."""
    parts = _CURSOR.fullmatch(cursor)
    if parts is None:
        raise Invalid("CURSOR_INVALID", "This is no cursor of the gallery.", field="cursor")
    moment = _EPOCH + timedelta(microseconds=int(parts[1]))
    return tuple_(Job.finished_at, Job.id) < (moment, parts[2])


def newest_first(where: ColumnElement[bool], limit: int) -> Select[Job, str]:
    """Jobs with the name of their style."""
    return (
        select(Job, Style.name_en)
        .join(Style, Style.id == Job.style_id)
        .where(where)
        .order_by(Job.finished_at.desc(), Job.id.desc())
        .limit(limit)
    )


def _view(job: Job, style_name: str) -> PictureView:
    if job.finished_at is None:
        raise TypeError("a finished job has ended")
    return PictureView(
        job.id,
        job.revision,
        job.event_id,
        job.booth_id,
        job.session_id,
        job.code,
        job.guest_name,
        job.mode,
        job.style_id,
        style_name,
        job.finished_at,
    )


async def listing(
    ports: Ports, principal: Principal, wish: Wish, *, cursor: str | None = None, limit: int = 200
) -> tuple[Sequence[PictureView], str | None]:
    """A page of pictures and the cursor of the next one. Raises NotFound, Invalid."""
    where = found(principal, wish)
    if cursor is not None:
        where = and_(where, behind(cursor))
    most = min(max(limit, 1), PAGE_MAX)
    async with reading(ports) as db:
        rows = (await db.execute(newest_first(where, most + 1))).all()
    page = [_view(job, name) for job, name in rows[:most]]
    return page, cursor_of(page[-1].finished_at, page[-1].id) if len(rows) > most else None


async def one(ports: Ports, principal: Principal, job_id: str) -> PictureView:
    """One picture. Raises NotFound `PICTURE_NOT_FOUND`."""
    async with reading(ports) as db:
        query = select(Job, Style.name_en).join(Style, Style.id == Job.style_id).where(Job.id == job_id)
        row = (await db.execute(query)).one_or_none()
    if row is None or not principal.sees(row[0].event_id) or row[0].best_output_key is None:
        raise NotFound("PICTURE_NOT_FOUND", "There is no such picture.")
    return _view(*row)


async def count(ports: Ports, principal: Principal, wish: Wish) -> int:
    """How many pictures a wish finds. Raises NotFound, Invalid."""
    async with reading(ports) as db:
        return await db.scalar(select(func.count()).select_from(Job).where(found(principal, wish))) or 0


async def summary(ports: Ports, principal: Principal, wish: Wish, zone: str = "UTC") -> Summary:
    """The numbers beside the pictures; days are those of `zone`. Raises NotFound, Invalid."""
    total = await count(ports, principal, wish)
    of_event = finished(wish.event_id)
    style = func.coalesce(func.nullif(Job.mode, "style"), Job.style_id).label("value")
    day = func.to_char(func.timezone(zone, Job.finished_at), "YYYY-MM-DD").label("value")
    booth = func.coalesce(Job.booth_id, NO_BOOTH).label("value")
    facets: list[list[Facet]] = []
    async with reading(ports) as db:
        names: dict[str, str] = dict((await db.execute(select(Booth.id, Booth.name))).tuples().all())
        for value in (style, booth, day):
            query = select(value, func.count()).where(of_event).group_by("value").order_by("value")
            rows = await db.execute(query)
            facets.append([Facet(known, names.get(known), number) for known, number in rows])
    styles, booths, days = facets
    return Summary(total, styles, booths, days[::-1])
