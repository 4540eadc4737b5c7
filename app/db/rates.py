"""The Rate port over PostgreSQL: one row per key, one conditional statement per call, the database's clock.

Not in Redis: that may be away, and then every worker would believe it is the only one.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Interval, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import array, insert
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db.tables import ProviderRate

_SOON_SECONDS = 0.05


class SharedRate:
    """Counts exactly: no stretch of `per_seconds`, wherever it begins, holds more than `limit` calls."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def take(self, key: str, *, limit: int, per_seconds: float) -> float:
        """0.0 when the call is taken, else how long until one is free. Raises SQLAlchemyError."""
        async with self._engine.connect() as connection:
            if await connection.scalar(_take(key, limit, per_seconds)) is not None:
                return 0.0
            free_in = await connection.scalar(_free_in(key, limit, per_seconds))
        seconds = free_in.total_seconds() if free_in is not None else 0.0
        return min(max(float(seconds), _SOON_SECONDS), per_seconds)


def _first_of_window(limit: int) -> ColumnElement[Any]:
    """The moment `limit` calls ago; NULL while there were fewer."""
    return ProviderRate.taken[func.cardinality(ProviderRate.taken) - (limit - 1)]


def _take(key: str, limit: int, per_seconds: float) -> Any:
    """One statement: the row is locked before the clock is read, so callers come one after the other."""
    now, window, first = func.clock_timestamp(), timedelta(seconds=per_seconds), _first_of_window(limit)
    kept = ProviderRate.taken[
        func.greatest(1, func.cardinality(ProviderRate.taken) - (limit - 2)) : func.cardinality(
            ProviderRate.taken
        )
    ]
    statement = insert(ProviderRate).values(key=key, taken=array([now]))
    return statement.on_conflict_do_update(
        index_elements=["key"],
        set_={"taken": func.array_append(kept, now)},
        # A moment far ahead was written before the database's clock was put back: it holds nobody up.
        where=or_(first.is_(None), first <= now - window, first > now + window),
    ).returning(ProviderRate.key)


def _free_in(key: str, limit: int, per_seconds: float) -> Any:
    window = cast(literal(timedelta(seconds=per_seconds)), Interval)
    left = _first_of_window(limit) + window - func.clock_timestamp()
    return select(left).where(ProviderRate.key == key)
