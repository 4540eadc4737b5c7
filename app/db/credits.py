"""What is left at paid providers: whose turn it is to ask, and the answer in the provider's row."""

from datetime import timedelta

from sqlalchemy import func, or_, select, update

from app.db.tables import Breaker, ProviderSpend
from app.db.unit import Unit

LAST_TASKS = 50


async def claim(unit: Unit, provider: str, every: float) -> bool:
    """Take the turn to ask a provider, at most once in `every` seconds, whichever worker it is."""
    now = func.clock_timestamp()
    due = or_(Breaker.credits_asked_at.is_(None), Breaker.credits_asked_at < now - timedelta(seconds=every))
    taken = await unit.db.scalar(
        update(Breaker).where(Breaker.id == provider, due).values(credits_asked_at=now).returning(Breaker.id)
    )
    return taken is not None


async def write(unit: Unit, provider: str, credits: float) -> None:
    """What is left now, and what one task cost on average lately; screens hear of it."""
    last = (
        select(ProviderSpend.cost)
        .where(ProviderSpend.provider == provider, ProviderSpend.cost > 0)
        .order_by(ProviderSpend.at.desc())
        .limit(LAST_TASKS)
        .subquery()
    )
    await unit.db.execute(
        update(Breaker)
        .where(Breaker.id == provider)
        .values(
            credits=credits,
            credits_at=func.clock_timestamp(),
            task_cost=select(func.avg(last.c.cost)).scalar_subquery(),
        )
        .execution_options(synchronize_session=False)
    )
    unit.changed("provider", provider)
