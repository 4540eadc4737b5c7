"""Signed uploads: a job id reserved, a link to put the picture under, and the check before it is queued."""

import asyncio
import hashlib
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from ulid import ULID

from app.db.tables import Upload
from app.db.unit import reading, unit
from app.domain.access import Principal
from app.domain.errors import Conflict, NotFound, UnsupportedMedia
from app.domain.keys import input_key, work_key
from app.imaging.inspect import Inspected
from app.ports import Ports
from app.services import idempotency, intake
from app.services.idempotency import Accepted
from app.services.intake import Order, Picture

_EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/heic": "heic"}


@dataclass(frozen=True)
class Reserved:
    """Where to put the picture, and until when."""

    job_id: str
    input_key: str
    url: str
    content_type: str
    expires_at: datetime


async def reserve(ports: Ports, principal: Principal, order: Order, content_type: str) -> Reserved:
    """Reserve a job id and sign a PUT link for its picture. Raises as `intake.submit`."""
    await intake.throttle(ports, principal, order.booth_id)
    extension = _EXTENSIONS.get(content_type)
    if extension is None:
        raise UnsupportedMedia("IMAGE_UNSUPPORTED", "Photobot takes JPEG, PNG, WebP and HEIC.")
    await intake.check_order(ports, principal, order)
    now = ports.clock.now()
    job_id = str(ULID())
    key = work_key(order.event_id, now.date(), job_id, "upload", 0, extension)
    seconds = ports.policy.upload_url_ttl
    expires_at = now + timedelta(seconds=seconds)
    async with unit(ports) as work:
        work.db.add(
            Upload(
                job_id=job_id,
                account=principal.user_id,
                event_id=order.event_id,
                session_id=order.session_id,
                input_key=key,
                content_type=content_type,
                expires_at=expires_at,
            )
        )
    url = await ports.storage.signed_put_url(key, seconds=seconds, content_type=content_type)
    return Reserved(job_id, key, url, content_type, expires_at)


async def submit(
    ports: Ports, principal: Principal, order: Order, key: str, idempotency_key: str | None
) -> Accepted:
    """Queue the job whose picture was put under `key`; the object is fetched, checked, and kept as a copy.

    The copy is what the job works from: the link is good for some minutes yet, and what somebody puts there
    later was never checked. Raises NotFound `UPLOAD_NOT_FOUND` (never reserved, another account's, expired,
    or nothing put yet), Conflict, and as `intake.submit`.
    """
    await intake.throttle(ports, principal, order.booth_id)
    chosen = idempotency.check(idempotency_key) or f"auto:{key}"
    upload = await _reserved(ports, principal, key)
    if (upload.event_id, upload.session_id) != (order.event_id, order.session_id):
        raise Conflict("UPLOAD_FOR_OTHER_GUEST", "This upload was reserved for another guest.")
    if earlier := await idempotency.of_job(ports, upload.job_id, order.body_hash):
        return earlier
    await intake.check_order(ports, principal, order)
    with tempfile.TemporaryDirectory(prefix="photobot-upload-") as folder:
        path = Path(folder) / "picture"
        found, sha256 = await _fetch(ports, key, path)
        body_hash = order.body_hash(sha256)
        if earlier := await idempotency.known(ports, principal.user_id, chosen, body_hash):
            return earlier
        own = input_key(order.event_id, ports.clock.now().date(), upload.job_id, found.extension)
        await ports.storage.put_file(own, path, found.content_type)
    picture = Picture(own, sha256, found.content_type)
    try:
        accepted = await intake.commit(ports, principal, order, picture, upload.job_id, chosen, body_hash)
    except IntegrityError:  # the same upload was queued a moment earlier under another key
        twin = await idempotency.of_job(ports, upload.job_id, order.body_hash)
        if twin is None:
            raise
        return twin
    await intake.discard(ports, key)
    return accepted


async def _fetch(ports: Ports, key: str, path: Path) -> tuple[Inspected, str]:
    """What was put, checked, and its SHA-256."""
    try:
        await ports.storage.get_file(key, path, max_bytes=ports.policy.max_upload_bytes)
    except NotFound:
        raise NotFound("UPLOAD_NOT_FOUND", "The picture has not been uploaded yet.") from None
    return await intake.inspect(ports, path), await asyncio.to_thread(_sha256, path)


async def _reserved(ports: Ports, principal: Principal, key: str) -> Upload:
    async with reading(ports) as db:
        upload = await db.scalar(
            select(Upload).where(Upload.input_key == key, Upload.account == principal.user_id)
        )
    if upload is None or upload.expires_at <= ports.clock.now():
        raise NotFound("UPLOAD_NOT_FOUND", "There is no such upload, or its time is over.")
    return upload


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
