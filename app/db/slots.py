"""Slots: how many tasks a provider works on for us at once, over all workers; leased rows, handed on by age.

Whoever takes or frees a slot holds the provider's row, so one comes after the other. A freed slot is given
to the job that waits longest: nobody who comes by later is faster. A slot whose job died is free when its
lease is over.
"""

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import parking
from app.db.tables import Breaker
from app.db.unit import Unit

LEASE_SECONDS = 30.0
"""Longer than the rescue of a dead worker's job, which finds its slot again."""


def parked_for(provider: str) -> str:
    """What a job that waits for a slot is parked for."""
    return f"slot:{provider}"


_TAKE = text("""
WITH live AS (
    SELECT number, job_id FROM provider_slots WHERE provider = :provider AND until > clock_timestamp()
), free AS (
    SELECT number FROM generate_series(1, :total) AS number WHERE number NOT IN (SELECT number FROM live)
), mine AS (
    SELECT number FROM live WHERE job_id = :job
)
INSERT INTO provider_slots (provider, number, job_id, until)
SELECT :provider, number, :job, clock_timestamp() + make_interval(secs => :seconds)
FROM (SELECT number FROM mine UNION ALL (SELECT number FROM free ORDER BY number LIMIT 1)) AS one
LIMIT 1
ON CONFLICT (provider, number) DO UPDATE SET job_id = excluded.job_id, until = excluded.until
RETURNING number
""")


async def take(unit: Unit, provider: str, job_id: str, total: int, seconds: float = LEASE_SECONDS) -> bool:
    """Take a slot, or keep the one that is this job's; False when all are taken."""
    await _hold(unit.db, provider)
    values = {"provider": provider, "job": job_id, "total": total, "seconds": seconds}
    number = await unit.db.scalar(_TAKE, values)
    if number is not None:
        unit.changed("provider", provider)
    return number is not None


async def _hold(db: AsyncSession, provider: str) -> None:
    await db.scalar(select(Breaker.id).where(Breaker.id == provider).with_for_update())


_NEXT = text("""
SELECT id FROM jobs
WHERE parked_for = :parked AND status = 'queued'
  AND lane NOT IN (SELECT id FROM lanes WHERE paused_at IS NOT NULL)
ORDER BY array_position(array['high', 'default', 'bulk'], lane), id LIMIT 1
FOR UPDATE SKIP LOCKED
""")


async def free(unit: Unit, job_id: str) -> None:
    """Give back what this job holds; each slot goes to the job that waits longest for it."""
    held = await unit.db.execute(
        text("SELECT provider, number FROM provider_slots WHERE job_id = :job ORDER BY provider"),
        {"job": job_id},
    )
    for provider, number in held.all():
        await _hand_on(unit, provider, number, job_id)


_GIVE = text("""
UPDATE provider_slots SET job_id = :next, until = clock_timestamp() + make_interval(secs => :lease)
WHERE provider = :provider AND number = :number AND job_id = :job
""")
_DROP = text("DELETE FROM provider_slots WHERE provider = :provider AND number = :number AND job_id = :job")


async def _hand_on(unit: Unit, provider: str, number: int, job_id: str) -> None:
    await _hold(unit.db, provider)
    following = await unit.db.scalar(_NEXT, {"parked": parked_for(provider)})
    values = {"provider": provider, "number": number, "job": job_id}
    if following is None:
        await unit.db.execute(_DROP, values)
    else:
        await unit.db.execute(_GIVE, values | {"next": following, "lease": LEASE_SECONDS})
        await parking.wake(unit, parked_for(provider), following)
    unit.changed("provider", provider)


_EXPIRED = text("""
SELECT provider, number, job_id FROM provider_slots WHERE until <= clock_timestamp() ORDER BY provider, number
""")


async def free_expired(unit: Unit) -> None:
    """Slots whose lease is over (their jobs died or never came) go on to who waits."""
    for provider, number, job_id in (await unit.db.execute(_EXPIRED)).all():
        await _hand_on(unit, provider, number, job_id)


_KEEP = text("""
UPDATE provider_slots SET until = greatest(until, clock_timestamp() + make_interval(secs => :seconds))
WHERE job_id = :job
""")


async def keep(db: AsyncSession, job_id: str, seconds: float = LEASE_SECONDS) -> None:
    """Prolong what this job holds: at each heartbeat, and over the time it is parked."""
    await db.execute(_KEEP, {"job": job_id, "seconds": seconds})


async def taken(db: AsyncSession, provider: str) -> int:
    """How many are taken now."""
    found = await db.scalar(
        text("SELECT count(*) FROM provider_slots WHERE provider = :provider AND until > clock_timestamp()"),
        {"provider": provider},
    )
    return int(found or 0)
