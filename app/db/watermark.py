"""The watermark: which live rows were written lately, to find those whose news never came."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables import Booth, Breaker, CameraFile, Event, GuestSession, Incident, Job, Lane, Program

_Table = type[Job | GuestSession | CameraFile | Booth | Breaker | Lane | Program | Incident]
_WATCHED: tuple[tuple[str, _Table], ...] = (
    ("job", Job),
    ("guest", GuestSession),
    ("shot", CameraFile),
    ("booth", Booth),
    ("provider", Breaker),
    ("lane", Lane),
    ("program", Program),
    ("incident", Incident),
)


@dataclass(frozen=True)
class Mark:
    """What the watermark query saw of one row."""

    kind: str
    id: str
    revision: int


async def changed_since(db: AsyncSession, seconds: float) -> list[Mark]:
    """(id, revision) of all live rows written in the last `seconds` by the database's clock.

    By time with a wide overlap and not by a serial: commit order is not sequence order.
    """
    marks: list[Mark] = []
    for kind, table in _WATCHED:
        query = select(table.id, table.revision).where(
            table.updated_at > func.clock_timestamp() - timedelta(seconds=seconds)
        )
        marks += [Mark(kind, row_id, revision) for row_id, revision in await db.execute(query)]
    return marks


async def last_sweep(db: AsyncSession) -> datetime | None:
    """When retention last took rows away: of these no mark is left, so whoever missed it reads all anew."""
    return await db.scalar(select(func.max(Event.swept_at)))
