"""Idempotency keys: written in the transaction of their job, so that a refused upload leaves none behind."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables import IdempotencyKey, Job
from app.db.unit import Unit, reading
from app.domain.errors import Conflict, Invalid
from app.ports import Ports

MAX_KEY = 200
PHOTO = "photo-"
"""Begins a key that names one photo for ever: it is sent again also after another operator signed in."""


@dataclass(frozen=True)
class Accepted:
    """A job that is queued; `repeated` when the same request had made it before."""

    job_id: str
    status: str
    repeated: bool


def check(key: str | None) -> str | None:
    """The Idempotency-Key as given. Raises Invalid `IDEMPOTENCY_KEY_INVALID`."""
    if key is None or key == "":
        return None
    if len(key) > MAX_KEY or not key.isprintable() or key.startswith("auto:"):
        raise Invalid("IDEMPOTENCY_KEY_INVALID", "The Idempotency-Key has 1 to 200 printable characters.")
    return key


async def known(ports: Ports, account: str, key: str, body_hash: str) -> Accepted | None:
    """The job that this key made before. Raises Conflict when it was for another body."""
    async with reading(ports) as db:
        return await same_job(db, ports, account, key, body_hash)


async def same_job(db: AsyncSession, ports: Ports, account: str, key: str, body_hash: str) -> Accepted | None:
    """The job this key stands for; None when it is free. Raises Conflict `IDEMPOTENCY_CONFLICT`."""
    mine = IdempotencyKey.account == account
    same_photo = IdempotencyKey.body_hash == body_hash
    row = (
        await db.execute(
            select(IdempotencyKey.body_hash, Job.id, Job.status)
            .join(Job, Job.id == IdempotencyKey.job_id)
            .where(
                or_(mine, same_photo) if key.startswith(PHOTO) else mine,
                IdempotencyKey.key == key,
                IdempotencyKey.expires_at > ports.clock.now(),
            )
            .order_by(mine.desc())
            .limit(1)
        )
    ).one_or_none()
    if row is None:
        return None
    if row.body_hash != body_hash:
        raise Conflict(
            "IDEMPOTENCY_CONFLICT", "This key was used for another picture or other fields.", job_id=row.id
        )
    return Accepted(row.id, row.status, True)


async def of_job(ports: Ports, job_id: str, body_hash: Callable[[str], str]) -> Accepted | None:
    """The job of a reserved id, whatever key made it; `body_hash` gets the job's picture's hash.

    Raises Conflict `IDEMPOTENCY_CONFLICT` when it was made with other fields.
    """
    async with reading(ports) as db:
        row = (
            await db.execute(
                select(IdempotencyKey.body_hash, Job.status, Job.input_sha256)
                .join(Job, Job.id == IdempotencyKey.job_id)
                .where(Job.id == job_id)
            )
        ).first()
    if row is None:
        return None
    if row.body_hash != body_hash(row.input_sha256):
        raise Conflict("IDEMPOTENCY_CONFLICT", "This upload was queued with other fields.", job_id=job_id)
    return Accepted(job_id, row.status, True)


async def take(work: Unit, ports: Ports, account: str, key: str, body_hash: str, job_id: str) -> bool:
    """Write the key in the caller's transaction; False when a twin was faster."""
    now = ports.clock.now()
    await work.db.execute(
        delete(IdempotencyKey).where(
            IdempotencyKey.account == account, IdempotencyKey.key == key, IdempotencyKey.expires_at <= now
        )
    )
    taken = await work.db.scalar(
        insert(IdempotencyKey)
        .values(
            account=account,
            key=key,
            body_hash=body_hash,
            job_id=job_id,
            expires_at=now + timedelta(seconds=ports.policy.idempotency_ttl),
        )
        .on_conflict_do_nothing()
        .returning(IdempotencyKey.key)
    )
    return taken is not None
