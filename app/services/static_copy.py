"""The static copy of a guest's page in the bucket: published with each picture, renewed, or taken away."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import ScalarSelect, select

from app.db.tables import Event, Guest, GuestSession, Job, JobStage
from app.db.unit import reading
from app.domain.keys import guest_page_key, guest_picture_key
from app.domain.static_page import StaticPage, erased_page, picture_page
from app.ports import Ports
from app.services.guest_page import ends_at, share_link

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class _Visit:
    """Whose copy it is."""

    session: GuestSession
    guest: Guest
    event: Event


async def publish(ports: Ports, job_id: str, picture: Path) -> None:
    """Write a static copy of the guest's page and this picture into the bucket, where RESULT_BASE_URL points.

    Everything lies under `r/{token}/` and the page's links are relative: only that prefix has to be public,
    and a phone opens it also when the laptop is off. A picture that is given to another guest meanwhile, or
    whose guest gets another link, is published there too; what lies at the old place is an errand's.
    """
    token = None
    while True:
        visit = await _visit(ports, select(Job.session_id).where(Job.id == job_id).scalar_subquery())
        if visit is None or visit.session.token == token:
            return
        token = visit.session.token
        await ports.storage.put_file(guest_picture_key(token, job_id), picture, "image/jpeg")
        await _write_page(ports, visit)


async def renew(ports: Ports, token: str, job_ids: Collection[str], folder: Path) -> None:
    """Bring the copy under a token in line with the rows, as to these jobs; an old link's goes."""
    of_token = select(GuestSession.id).where(GuestSession.token == token).scalar_subquery()
    visit = await _visit(ports, of_token)
    stored: Sequence[str] = ()
    if visit is not None:
        stored = await _stored(ports, visit.session.id)
        if stored and ports.policy.result_base_url is not None:
            await _fetch_missing(ports, token, set(job_ids).intersection(stored), folder)
            await _write_page(ports, visit)
    if not stored and not await _is_erased(ports, token):
        await ports.storage.delete(guest_page_key(token))
    for job_id in sorted(set(job_ids).difference(stored)):
        await ports.storage.delete(guest_picture_key(token, job_id))


async def _visit(ports: Ports, session_id: ScalarSelect[str]) -> _Visit | None:
    """The visit; None where its link is switched off or its guest erased."""
    async with reading(ports) as db:
        row = await db.execute(
            select(GuestSession, Guest, Event)
            .join(Guest, Guest.id == GuestSession.guest_id)
            .join(Event, Event.id == GuestSession.event_id)
            .where(
                GuestSession.id == session_id, GuestSession.revoked_at.is_(None), Guest.erased_at.is_(None)
            )
        )
        found = row.one_or_none()
    return None if found is None else _Visit(*found)


async def _is_erased(ports: Ports, token: str) -> bool:
    """Whether the receipt of an erased guest stands where the copy was."""
    async with reading(ports) as db:
        erased = (
            select(Guest.id)
            .join(GuestSession, GuestSession.guest_id == Guest.id)
            .where(GuestSession.token == token, Guest.erased_at.is_not(None))
        )
        return await db.scalar(erased) is not None


async def _fetch_missing(ports: Ports, token: str, job_ids: Collection[str], folder: Path) -> None:
    """Pictures of these jobs that the copy has not; what is still being made comes with its own job."""
    async with reading(ports) as db:
        made = select(Job.id, Job.best_output_key).where(
            Job.id.in_(job_ids), Job.best_output_key.is_not(None)
        )
        rows = (await db.execute(made)).all()
    for job_id, full in rows:
        key = guest_picture_key(token, job_id)
        if await ports.storage.head(key) is None:
            picture = folder / f"{job_id}.jpg"
            await ports.storage.get_file(str(full), picture, max_bytes=ports.policy.max_output_bytes)
            await ports.storage.put_file(key, picture, "image/jpeg")


async def _write_page(ports: Ports, visit: _Visit) -> None:
    """The page with all pictures of the visit."""
    session, guest, event = visit.session, visit.guest, visit.event
    written: Sequence[str] = ()
    # Two jobs of a guest may publish at once, each unaware of the other: whoever sees more afterwards
    # writes again, so the last page holds them all.
    while (stored := await _stored(ports, session.id)) != written:
        page = picture_page(
            StaticPage(
                event_name=event.name,
                guest_name=guest.name,
                language=guest.language,
                pictures=[f"{picture_id}.jpg" for picture_id in stored],
                link=share_link(ports, session.token)[0],
                until=ends_at(session, event).date(),
            )
        )
        await ports.storage.put_bytes(guest_page_key(session.token), page.encode(), HTML)
        written = stored


async def replace_by_receipt(ports: Ports, token: str, event_name: str, number: str) -> None:
    """Where the copy was, say that the data is erased: a bucket's own error page says nothing to a guest."""
    key = guest_page_key(token)
    if ports.policy.result_base_url is None and await ports.storage.head(key) is None:
        return
    await ports.storage.put_bytes(key, erased_page(event_name, number).encode(), HTML)


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
