"""What providers said when they were asked how they are: whose turn it is to ask, and the answer."""

from datetime import timedelta

from sqlalchemy import func, or_, select, update

from app.db import incidents
from app.db.tables import Breaker
from app.db.unit import Unit

TOLD_EVERY = timedelta(seconds=10)
"""How old what screens say of a part that works may be."""


async def claim(unit: Unit, provider: str, every: float) -> bool:
    """Take the turn to ask a provider, at most once in `every` seconds, whichever worker it is."""
    now = func.clock_timestamp()
    due = or_(Breaker.check_asked_at.is_(None), Breaker.check_asked_at < now - timedelta(seconds=every))
    taken = await unit.db.scalar(
        update(Breaker)
        .where(Breaker.id == provider, due)
        .values(check_asked_at=now)
        .returning(Breaker.id)
        .execution_options(synchronize_session=False)
    )
    return taken is not None


async def write(unit: Unit, provider: str, because: str) -> None:
    """What it said; screens hear of it when it is another answer, else now and then."""
    due = (Breaker.updated_at < func.clock_timestamp() - TOLD_EVERY).label("due")
    found = await unit.db.execute(
        select(Breaker.check_because, due).where(Breaker.id == provider).with_for_update()
    )
    before = found.one_or_none()
    if before is None:
        return
    await unit.db.execute(
        update(Breaker)
        .where(Breaker.id == provider)
        .values(checked_at=func.clock_timestamp(), check_because=because)
        .execution_options(synchronize_session=False)
    )
    if because:
        await incidents.begin(unit, "check", provider, because=because)
    else:
        await incidents.end(unit, "check", provider)
    if before.due or before.check_because != because:
        unit.changed("provider", provider)
