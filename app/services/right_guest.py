"""Whose picture it may be instead: who held the booth around it, and whoever is searched for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables import BoothSession, CameraFile, Guest, GuestSession, Job
from app.db.unit import reading
from app.domain.access import Principal
from app.domain.errors import NotFound
from app.domain.session import phone_tail, read_code
from app.ports import Ports

FOUND_MAX = 8
AROUND_MAX = 4
Because = Literal["before", "after", "found"]


@dataclass(frozen=True)
class Candidate:
    """A guest, and why they are told: they held the booth before or after, or they were searched for."""

    session_id: str
    code: str
    name: str
    phone_tail: str
    because: Because


async def candidates(ports: Ports, principal: Principal, job_id: str, q: str = "") -> list[Candidate]:
    """With nothing typed, who held the booth right before and after the photo; else who fits what was typed:
    a code, a name, the last digits of a number. Never who has it now. Raises NotFound.
    """
    async with reading(ports) as db:
        job = await db.get(Job, job_id)
        if job is None or not principal.sees(job.event_id):
            raise NotFound("JOB_NOT_FOUND", "There is no such job.")
        if typed := q.strip():
            return await _found(db, job, typed)
        near = await _around(db, job)
        people = await _people(db, job, list(near))
    return [_candidate(*people[one], near[one]) for one in near if one in people]


async def _around(db: AsyncSession, job: Job) -> dict[str, Because]:
    """Sessions by how near their turn was, each once."""
    if job.booth_id is None:
        return {}
    at = await _moment(db, job)
    turns = select(BoothSession.session_id, BoothSession.started_at).where(
        BoothSession.booth_id == job.booth_id,
        BoothSession.event_id == job.event_id,
        BoothSession.session_id != job.session_id,
    )
    before = turns.where(BoothSession.started_at <= at).order_by(BoothSession.started_at.desc())
    after = turns.where(BoothSession.started_at > at).order_by(BoothSession.started_at)
    near: list[tuple[float, str, Because]] = []
    sides: tuple[tuple[Because, Sequence[tuple[str, datetime]]], ...] = (
        ("before", [row._tuple() for row in await db.execute(before.limit(AROUND_MAX))]),
        ("after", [row._tuple() for row in await db.execute(after.limit(AROUND_MAX))]),
    )
    for because, rows in sides:
        near += [(abs((started - at).total_seconds()), one, because) for one, started in rows]
    told: dict[str, Because] = {}
    for _, one, because in sorted(near):
        told.setdefault(one, because)
    return dict(list(told.items())[:AROUND_MAX])


async def _moment(db: AsyncSession, job: Job) -> datetime:
    """When the photo appeared; a webcam's is sent at once."""
    came = func.coalesce(CameraFile.appeared_latest, CameraFile.created_at)
    return await db.scalar(select(came).where(CameraFile.job_id == job.id).limit(1)) or job.created_at


async def _people(
    db: AsyncSession, job: Job, session_ids: Sequence[str]
) -> dict[str, tuple[GuestSession, Guest]]:
    rows = await db.execute(
        select(GuestSession, Guest)
        .join(Guest, Guest.id == GuestSession.guest_id)
        .where(
            GuestSession.id.in_(session_ids),
            GuestSession.event_id == job.event_id,
            GuestSession.revoked_at.is_(None),
            Guest.erased_at.is_(None),
        )
    )
    return {session.id: (session, guest) for session, guest in rows}


async def _found(db: AsyncSession, job: Job, typed: str) -> list[Candidate]:
    text = typed[:100].replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    code = read_code(typed)
    fits: list[ColumnElement[bool]] = [Guest.name.ilike(f"%{text}%")]
    if code:
        fits.append(GuestSession.code == code)
    digits = typed.replace(" ", "")
    if len(digits) >= 3 and digits.isascii() and digits.isdecimal():
        fits.append(Guest.whatsapp.like(f"%{digits}"))
    exact = func.coalesce(GuestSession.code == code, False)
    rows = await db.execute(
        select(GuestSession, Guest)
        .join(Guest, Guest.id == GuestSession.guest_id)
        .where(
            GuestSession.event_id == job.event_id,
            GuestSession.id != job.session_id,
            GuestSession.revoked_at.is_(None),
            Guest.erased_at.is_(None),
            or_(*fits),
        )
        .order_by(exact.desc(), GuestSession.id.desc())
        .limit(FOUND_MAX)
    )
    return [_candidate(session, guest, "found") for session, guest in rows]


def _candidate(session: GuestSession, guest: Guest, because: Because) -> Candidate:
    return Candidate(session.id, session.code, guest.name, phone_tail(guest.whatsapp), because)
