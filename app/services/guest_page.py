"""The guest's own page: what it shows behind its unguessable token, and its static copy in the bucket."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import live
from app.db.tables import Event, Guest, GuestSession, Job, JobStage
from app.db.unit import reading
from app.domain.errors import Gone, NotFound
from app.domain.keys import guest_page_key, guest_picture_key
from app.domain.messages import GuestChanged, JobChanged
from app.ports import Ports

__all__ = ["GuestPage", "link", "look_up", "output_key", "publish", "scan_link", "state"]


@dataclass(frozen=True)
class GuestPage:
    """What a guest sees: themselves, their event, their pictures (newest first)."""

    session_id: str
    event_id: str
    event_name: str
    guest: GuestChanged
    jobs: Sequence[JobChanged]
    language: str
    expires_at: datetime


def link(ports: Ports, token: str) -> str:
    """The guest's page, as a phone on the venue's network opens it."""
    return f"{ports.policy.public_url}/r/{token}"


def scan_link(ports: Ports, token: str, code: str) -> str:
    """The link in a QR: a phone opens the page, a booth's scanner reads the code behind the `#`."""
    return f"{link(ports, token)}#{code}"


async def look_up(ports: Ports, db: AsyncSession, token: str) -> tuple[GuestSession, Guest, Event]:
    """The visit behind a token.

    Raises NotFound `LINK_UNKNOWN`, Gone `LINK_REVOKED`, `LINK_EXPIRED` (after the event's retention).
    """
    row = (
        await db.execute(
            select(GuestSession, Guest, Event)
            .join(Guest, Guest.id == GuestSession.guest_id)
            .join(Event, Event.id == GuestSession.event_id)
            .where(GuestSession.token == token)
        )
    ).one_or_none()
    if row is None:
        raise NotFound("LINK_UNKNOWN", "This link is not known. Please check it, or ask at the booth.")
    session, guest, event = row
    if session.revoked_at is not None or guest.erased_at is not None:
        raise Gone("LINK_REVOKED", "This link has been switched off.")
    if ends_at(session, event) <= ports.clock.now():
        raise Gone("LINK_EXPIRED", "The time of this link is over.")
    return session, guest, event


def ends_at(session: GuestSession, event: Event) -> datetime:
    """When the guest's link is over: with the event's retention, long after the code at the booth."""
    return session.created_at + timedelta(days=event.retention_days)


async def state(ports: Ports, token: str) -> GuestPage:
    """All the page shows. Raises NotFound, Gone."""
    async with reading(ports) as db:
        session, guest, event = await look_up(ports, db, token)
        rows = await live.READERS["guest"](db, [session.id])
        ids = (await db.scalars(select(Job.id).where(Job.session_id == session.id).limit(100))).all()
        jobs = await live.READERS["job"](db, ids) if ids else []
    me = rows[0]
    if not isinstance(me, GuestChanged):
        raise TypeError("a guest's live row is a GuestChanged")
    shown = [row for row in jobs if isinstance(row, JobChanged) and row.status != "canceled"]
    return GuestPage(session.id, event.id, event.name, me, shown, guest.language, ends_at(session, event))


async def output_key(ports: Ports, token: str, job_id: str, kind: str) -> str:
    """The storage key of one of the guest's own pictures. Raises NotFound, Gone."""
    async with reading(ports) as db:
        session, _, _ = await look_up(ports, db, token)
        job = await db.get(Job, job_id)
    if job is None or job.session_id != session.id or not job.outputs or kind not in job.outputs:
        raise NotFound("PICTURE_NOT_FOUND", "There is no such picture.")
    return str(job.outputs[kind])


async def publish(ports: Ports, job_id: str, picture: Path) -> None:
    """Write a static copy of the guest's page and this picture into the bucket, where RESULT_BASE_URL points.

    Everything lies under `r/{token}/` and the page's links are relative: only that prefix has to be public,
    and a phone opens it also when the laptop is off.
    """
    async with reading(ports) as db:
        job = await db.get_one(Job, job_id)
        session = await db.get_one(GuestSession, job.session_id)
        event = await db.get_one(Event, job.event_id)
    await ports.storage.put_file(guest_picture_key(session.token, job_id), picture, "image/jpeg")
    key = guest_page_key(session.token)
    written: Sequence[str] = ()
    # Two jobs of a guest may publish at once, each unaware of the other: whoever sees more afterwards
    # writes again, so the last page holds them all.
    while (stored := await _stored(ports, session.id)) != written:
        page = _static_page(event.name, job.guest_name, [f"{picture_id}.jpg" for picture_id in stored])
        await ports.storage.put_bytes(key, page.encode(), "text/html; charset=utf-8")
        written = stored


async def _stored(ports: Ports, session_id: str) -> Sequence[str]:
    """The guest's jobs whose picture is made, newest first."""
    async with reading(ports) as db:
        found = await db.scalars(
            select(Job.id)
            .join(JobStage, (JobStage.job_id == Job.id) & (JobStage.stage == "uploading_output"))
            .where(
                Job.session_id == session_id,
                Job.status.in_(("running", "queued", "succeeded")),
                JobStage.finished_at.is_not(None),
            )
            .order_by(Job.id.desc())
            .limit(100)
        )
    return found.all()


def _static_page(event_name: str, guest_name: str, pictures: Sequence[str]) -> str:
    images = "\n".join(
        f'<p><a href="{escape(url)}" download><img src="{escape(url)}" alt=""></a></p>' for url in pictures
    )
    return (
        '<!doctype html><html lang="id"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex">'
        f"<title>{escape(event_name)}</title>"
        "<style>body{margin:0;padding:1.5rem;font:1.1rem/1.5 system-ui,sans-serif;background:#fbfaf7;"
        "color:#16202e;text-align:center}img{max-width:100%;border-radius:1rem}</style></head>"
        f"<body><h1>{escape(guest_name)}</h1><p>{escape(event_name)}</p>{images}</body></html>"
    )
