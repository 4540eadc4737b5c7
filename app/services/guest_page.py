"""The guest's own page: what it shows behind its unguessable token, and where it is found."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import live
from app.db.tables import EndedLink, Event, Guest, GuestSession, Job, JobStage, OldLink
from app.db.unit import reading
from app.domain.errors import Gone, NotFound
from app.domain.keys import guest_page_key
from app.domain.line import LINES
from app.domain.messages import GuestChanged, JobChanged
from app.ports import Ports
from app.services import style_quota

__all__ = ["GuestPage", "link", "look_up", "output_key", "scan_link", "share_link", "state", "token_hash"]


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
    styles_left: int


def link(ports: Ports, token: str) -> str:
    """The guest's page, as a phone on the venue's network opens it."""
    return f"{ports.policy.public_url}/r/{token}"


def scan_link(ports: Ports, token: str, code: str) -> str:
    """The link in a QR: a phone opens the page, a booth's scanner reads the code behind the `#`."""
    return f"{link(ports, token)}#{code}"


def share_link(ports: Ports, token: str) -> tuple[str, bool]:
    """The link to send on, and whether it opens anywhere: the copy in the bucket does, an address of the
    venue's network does not.
    """
    if ports.policy.result_base_url is not None:
        return f"{ports.policy.result_base_url}/{guest_page_key(token)}", True
    return link(ports, token), not is_venue_only(ports.policy.public_url)


def is_venue_only(url: str) -> bool:
    """Whether an address is one of a private network or of this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return (
            host == "localhost"
            or host.endswith((".local", ".lan", ".internal", ".home.arpa"))
            or "." not in host
        )


async def look_up(ports: Ports, db: AsyncSession, token: str) -> tuple[GuestSession, Guest, Event]:
    """The visit behind a token.

    Raises NotFound `LINK_UNKNOWN`, Gone `LINK_ERASED`, `LINK_REVOKED`, `LINK_EXPIRED` (after the event's
    retention).
    """
    row = (
        await db.execute(
            select(GuestSession, Guest, Event)
            .join(Guest, Guest.id == GuestSession.guest_id)
            .join(Event, Event.id == GuestSession.event_id)
            .where(GuestSession.token == token)
        )
    ).one_or_none()
    if row is None and await db.scalar(select(OldLink.id).where(OldLink.token == token).limit(1)):
        raise Gone("LINK_REVOKED", "This link has been switched off.")
    if row is None and await db.get(EndedLink, token_hash(token)) is not None:
        raise Gone("LINK_EXPIRED", "The time of this link is over.")
    if row is None:
        raise NotFound("LINK_UNKNOWN", "This link is not known. Please check it, or ask at the booth.")
    session, guest, event = row
    if guest.erased_at is not None:
        raise Gone("LINK_ERASED", "The data behind this link was erased, as its guest asked.")
    if session.revoked_at is not None:
        raise Gone("LINK_REVOKED", "This link has been switched off.")
    if ends_at(session, event) <= ports.clock.now():
        raise Gone("LINK_EXPIRED", "The time of this link is over.")
    return session, guest, event


def token_hash(token: str) -> str:
    """By this a link is known whose visit is gone; it opens nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


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
        more = await style_quota.left(db, session, event)
    me = rows[0]
    if not isinstance(me, GuestChanged):
        raise TypeError("a guest's live row is a GuestChanged")
    shown = [row for row in jobs if isinstance(row, JobChanged) and row.status != "canceled"]
    until = ends_at(session, event)
    return GuestPage(session.id, event.id, event.name, me, shown, guest.language, until, more)


async def output_key(ports: Ports, token: str, job_id: str, kind: str) -> str:
    """The storage key of one of the guest's own pictures; `before` is the photo it was made of, upright.

    Raises NotFound, Gone.
    """
    async with reading(ports) as db:
        session, _, _ = await look_up(ports, db, token)
        job = await db.get(Job, job_id)
        if job is None or job.session_id != session.id or not job.outputs:
            raise NotFound("PICTURE_NOT_FOUND", "There is no such picture.")
        key = await _before(db, job) if kind == "before" else job.outputs.get(kind)
    if key is None:
        raise NotFound("PICTURE_NOT_FOUND", "There is no such picture.")
    return str(key)


async def _before(db: AsyncSession, job: Job) -> str | None:
    """The photo as the line's first stage left it: no browser shows a HEIC, and few turn every JPEG."""
    line = LINES.get(job.line)
    prepared = await db.get(JobStage, (job.id, line.stages[0].name)) if line else None
    return prepared.output["key"] if prepared and prepared.output else None
