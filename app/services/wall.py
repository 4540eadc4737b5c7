"""The TV wall of an event: the newest pictures whose guests want theirs to be seen, and nothing else.

A picture has no address of its own: its name on the wall is made from its row and the consent, and is looked
for among the pictures that may be shown at that moment. So what was taken back is not to be had any more.
"""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Row, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.db.tables import Event, Guest, GuestSession, Job
from app.db.unit import reading
from app.domain.errors import NotFound, TooMany, Unavailable
from app.ports import Ports
from app.services import events, gallery

PICTURES_MAX = 40
PICTURE_BYTES_MAX = 8 * 1024 * 1024
PER_IP_PER_MINUTE = 900
READ_SECONDS = 20.0
Size = Literal["thumb", "preview"]
# A hall of phones that open the wall must not fill the memory of the web.
_reads = asyncio.Semaphore(8)


@dataclass(frozen=True)
class WallPicture:
    """A picture on the wall: a name that tells nothing of its guest, and when it was finished."""

    name: str
    finished_at: datetime


async def pictures(ports: Ports, event_id: str) -> Sequence[WallPicture]:
    """What the wall of an event shows, newest first; nothing once the event is closed."""
    async with reading(ports) as db:
        return [WallPicture(_name(ports, row), row.finished_at) for row in await _shown(db, ports, event_id)]


async def is_open(ports: Ports, event_id: str) -> bool:
    """Whether the event still goes on."""
    async with reading(ports) as db:
        return await db.scalar(select(Event.status).where(Event.id == event_id)) == "open"


async def image(ports: Ports, event: str, name: str, size: Size, ip: str) -> bytes:
    """A picture (JPEG), if the wall shows it now. Raises NotFound, TooMany, Unavailable."""
    verdict = await ports.limiter.hit(f"wall-ip:{ip}", limit=PER_IP_PER_MINUTE, per_seconds=60)
    if not verdict.allowed:
        raise TooMany("TOO_MANY", "Please wait a moment and try again.", retry_after=verdict.retry_after)
    event_id = (await events.for_kiosk(ports, event)).id
    async with reading(ports) as db:
        keys = {_name(ports, row): (row.outputs or {}).get(size) for row in await _shown(db, ports, event_id)}
    key = keys.get(name)
    if key is None:
        raise NotFound("PICTURE_NOT_FOUND", "There is no such picture on this wall.")
    async with _reads:
        return await _bytes(ports, str(key))


async def _bytes(ports: Ports, key: str) -> bytes:
    data = bytearray()
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for piece in ports.storage.open(key):
                data += piece
                if len(data) > PICTURE_BYTES_MAX:
                    raise NotFound("PICTURE_NOT_FOUND", "This picture is too large for a wall.")
    except TimeoutError:
        raise Unavailable("STORAGE_UNAVAILABLE", "Storage does not answer.") from None
    return bytes(data)


def _name(ports: Ports, row: Row[tuple[object, ...]]) -> str:
    """What the picture is called on the wall: nobody can guess it, and it changes with the consent."""
    text = f"photobot wall 1\n{row.id}\n{row.wall_consent_at.isoformat()}\n{row.best_output_key}"
    digest = hmac.new(ports.policy.jwt_secret.encode(), text.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:18]).decode()


async def _shown(db: AsyncSession, ports: Ports, event_id: str) -> Sequence[Row[tuple[object, ...]]]:
    """The rule of the wall: consent for this purpose, of whoever the picture belongs to now; nothing of who
    was erased, whose link is over or switched off; of a picture that was made again only the new one.
    """
    event = await db.get(Event, event_id)
    if event is None or event.status != "open":
        return []
    again = aliased(Job)
    made_again = exists().where(
        again.parent_id == Job.id,
        again.status == "succeeded",
        again.style_id == Job.style_id,
        again.session_id == Job.session_id,
    )
    query = (
        select(Job.id, Job.finished_at, Job.best_output_key, Job.outputs, Guest.wall_consent_at)
        .join(GuestSession, GuestSession.id == Job.session_id)
        .join(Guest, Guest.id == GuestSession.guest_id)
        .where(
            gallery.finished(event_id),
            Guest.wall_consent_at.is_not(None),
            Guest.erased_at.is_(None),
            GuestSession.revoked_at.is_(None),
            GuestSession.created_at > ports.clock.now() - timedelta(days=event.retention_days),
            ~made_again,
        )
        .order_by(Job.finished_at.desc(), Job.id.desc())
        .limit(PICTURES_MAX)
    )
    return (await db.execute(query)).all()
