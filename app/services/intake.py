"""Pictures in: from a checked file or a stored object to a queued job, once per key whatever is repeated."""

import hashlib
import json
import random
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from ulid import ULID

from app.db import runs
from app.db.tables import Booth, Event, Guest, GuestSession, Job, Style
from app.db.unit import Unit, reading, unit
from app.domain.access import Principal
from app.domain.chain import stored
from app.domain.errors import Conflict, Gone, Invalid, NotFound, PhotobotError, TooMany
from app.domain.keys import input_key
from app.domain.line import PHOTO
from app.imaging.background import in_background
from app.imaging.inspect import Inspected, inspect_image
from app.ports import Ports
from app.services import idempotency, sessions, styles
from app.services.events import open_event
from app.services.idempotency import Accepted

MODES = ("style", "original")
JOBS_PER_MINUTE = 120
SEED_MAX = 2**31 - 1


@dataclass(frozen=True)
class Order:
    """What somebody wants made of a picture."""

    event_id: str
    session_id: str
    booth_id: str | None
    mode: str
    style_id: str
    seed: int | None

    def body_hash(self, image_sha256: str) -> str:
        """The identity of a request: the picture's hash and all fields."""
        fields = json.dumps({**self.__dict__, "image": image_sha256}, sort_keys=True)
        return hashlib.sha256(fields.encode()).hexdigest()


@dataclass(frozen=True)
class Picture:
    """A picture that is in storage: its key and what its content says."""

    key: str
    sha256: str
    content_type: str


async def inspect(ports: Ports, path: Path) -> Inspected:
    """Check a file by its content, in the background.

    Raises Invalid, TooLarge, UnsupportedMedia (`IMAGE_…`).
    """
    return await in_background(
        inspect_image, path, max_bytes=ports.policy.max_upload_bytes, max_pixels=ports.policy.max_pixels
    )


async def submit(
    ports: Ports, principal: Principal, order: Order, path: Path, sha256: str, key: str | None
) -> Accepted:
    """Take a picture from a request. The key, its job and the ring are one transaction.

    Raises Invalid, NotFound, Gone, Conflict (`IDEMPOTENCY_CONFLICT` for a used key with another content),
    TooLarge, UnsupportedMedia, TooMany, Unavailable. A refused request leaves nothing behind.
    """
    await throttle(ports, principal, order.booth_id)
    body_hash = order.body_hash(sha256)
    key = idempotency.check(key) or f"auto:{body_hash}"
    principal.require_event(order.event_id)
    if earlier := await idempotency.known(ports, principal.user_id, key, body_hash):
        return earlier
    await check_order(ports, principal, order)
    found = await inspect(ports, path)
    job_id = str(ULID())
    day = ports.clock.now().date()
    picture = Picture(input_key(order.event_id, day, job_id, found.extension), sha256, found.content_type)
    await ports.storage.put_file(picture.key, path, found.content_type)
    return await commit(ports, principal, order, picture, job_id, key, body_hash)


async def throttle(ports: Ports, principal: Principal, booth_id: str | None) -> None:
    """At most 120 pictures a minute by one account at one booth."""
    verdict = await ports.limiter.hit(
        f"jobs:{principal.user_id}:{booth_id or '-'}", limit=JOBS_PER_MINUTE, per_seconds=60
    )
    if not verdict.allowed:
        raise TooMany("TOO_MANY", "Too many pictures at once. Wait.", retry_after=verdict.retry_after)


async def check_order(ports: Ports, principal: Principal, order: Order) -> None:
    """Refuse what cannot be made before any byte is stored. Raises as `submit`."""
    principal.require_event(order.event_id)
    if order.mode not in MODES:
        raise Invalid("MODE_INVALID", "The mode is style or original.", field="mode")
    if order.seed is not None and not 0 <= order.seed <= SEED_MAX:
        raise Invalid("SEED_INVALID", f"The seed is a whole number from 0 to {SEED_MAX}.", field="seed")
    async with reading(ports) as db:
        await open_event(db, order.event_id)
        await sessions.valid(db, order.session_id, order.event_id, ports.clock.now())
        await styles.usable(db, order.style_id)
        if order.booth_id is not None:
            await _booth_at(db, order.booth_id, order.event_id)


async def _booth_at(db: AsyncSession, booth_id: str, event_id: str) -> None:
    booth = await db.get(Booth, booth_id)
    if booth is None:
        raise NotFound("BOOTH_NOT_FOUND", "There is no such booth.")
    if booth.event_id != event_id:
        raise Conflict("BOOTH_AT_OTHER_EVENT", "This booth stands at another event.")


async def commit(
    ports: Ports,
    principal: Principal,
    order: Order,
    picture: Picture,
    job_id: str,
    key: str,
    body_hash: str,
) -> Accepted:
    """Write key and job in one transaction; a twin that was faster wins and our copy is removed."""
    try:
        async with unit(ports) as work:
            if await _take_key(work, ports, principal.user_id, key, body_hash, order, picture, job_id):
                return Accepted(job_id, "queued", False)
            twin = await idempotency.same_job(work.db, ports, principal.user_id, key, body_hash)
    except PhotobotError:
        await discard(ports, picture.key)
        raise
    await discard(ports, picture.key)
    if twin is None:
        raise Conflict("IDEMPOTENCY_CONFLICT", "The same request is under way. Please try again.")
    return twin


async def discard(ports: Ports, key: str) -> None:
    """Remove an input that got no job; a storage that is away keeps it until retention."""
    with suppress(PhotobotError):
        await ports.storage.delete(key)


async def _take_key(
    work: Unit,
    ports: Ports,
    account: str,
    key: str,
    body_hash: str,
    order: Order,
    picture: Picture,
    job_id: str,
) -> bool:
    await add_job(work, ports, order, picture, job_id)
    taken = await idempotency.take(work, ports, account, key, body_hash, job_id)
    if not taken:
        await work.forget()
    return taken


async def _wished(
    db: AsyncSession, order: Order, now: datetime, *, again: bool
) -> tuple[Event, GuestSession, Guest, Style]:
    """The rows an order speaks of; made again, it may be of a closed event, a past visit, a retired style."""
    if not again:
        event = await open_event(db, order.event_id)
        session, guest = await sessions.valid(db, order.session_id, order.event_id, now)
        return event, session, guest, await styles.usable(db, order.style_id)
    row = await db.execute(
        select(Event, GuestSession, Guest, Style)
        .join(GuestSession, GuestSession.event_id == Event.id)
        .join(Guest, Guest.id == GuestSession.guest_id)
        .join(Style, Style.id == order.style_id)
        .where(GuestSession.id == order.session_id, Event.id == order.event_id)
    )
    found = row.one()
    if found.Guest.erased_at is not None:
        raise Gone("GUEST_ERASED", "This guest's data was erased, as they asked.")
    return found._tuple()


async def add_job(
    work: Unit,
    ports: Ports,
    order: Order,
    picture: Picture,
    job_id: str,
    parent_id: str | None = None,
    *,
    again: bool = False,
) -> Job:
    """Queue a job of the photo line with the guest as they are now, inside the caller's transaction."""
    now = ports.clock.now()
    event, session, guest, style = await _wished(work.db, order, now, again=again)
    chain = await styles.chain_of(work.db, style)
    job = Job(
        id=job_id,
        line=PHOTO.name,
        event_id=event.id,
        booth_id=order.booth_id,
        session_id=session.id,
        parent_id=parent_id,
        guest_name=guest.name,
        guest_whatsapp=guest.whatsapp,
        code=session.code,
        mode=order.mode,
        style_id=style.id,
        provider=style.provider,
        args=_args(order, picture, style, event.overlay_key, now.date().isoformat())
        | {"chain": stored(chain)},
        lane="high" if again else "default",
        deadline_at=func.clock_timestamp() + timedelta(seconds=ports.policy.job_deadline),
        input_key=picture.key,
        input_sha256=picture.sha256,
        wait={"code": "queue"},
    )
    work.db.add(job)
    await work.db.flush()
    runs.note(work, job_id, "queued", parent=parent_id)
    work.changed("job", job_id)
    work.changed("guest", session.id)
    work.ring(job_id)
    return job


def _args(order: Order, picture: Picture, style: Style, overlay_key: str | None, day: str) -> dict[str, Any]:
    return {
        "event_id": order.event_id,
        "day": day,
        "mode": order.mode,
        "style_id": style.id,
        "style_params": style.params,
        "provider": style.provider,
        "seed": order.seed if order.seed is not None else random.randint(0, SEED_MAX),
        "overlay_key": overlay_key,
        "input_key": picture.key,
        "input_type": picture.content_type,
    }
