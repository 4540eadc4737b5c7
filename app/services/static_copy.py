"""The static copy of a guest's page in the bucket: published with each picture, replaced after erasing."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from app.db.tables import Event, Guest, GuestSession, Job, JobStage
from app.db.unit import reading
from app.domain.keys import guest_page_key, guest_picture_key
from app.domain.static_page import StaticPage, erased_page, picture_page
from app.ports import Ports
from app.services.guest_page import ends_at, share_link

HTML = "text/html; charset=utf-8"


async def publish(ports: Ports, job_id: str, picture: Path) -> None:
    """Write a static copy of the guest's page and this picture into the bucket, where RESULT_BASE_URL points.

    Everything lies under `r/{token}/` and the page's links are relative: only that prefix has to be public,
    and a phone opens it also when the laptop is off.
    """
    async with reading(ports) as db:
        job = await db.get_one(Job, job_id)
        session = await db.get_one(GuestSession, job.session_id)
        guest = await db.get_one(Guest, session.guest_id)
        event = await db.get_one(Event, job.event_id)
    if guest.erased_at is not None:
        return
    await ports.storage.put_file(guest_picture_key(session.token, job_id), picture, "image/jpeg")
    key = guest_page_key(session.token)
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
        await ports.storage.put_bytes(key, page.encode(), HTML)
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
