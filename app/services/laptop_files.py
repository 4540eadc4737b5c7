"""Files that may not stay on a camera laptop: of erased guests, of visits that are over, put away ones."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, true, union_all

from app.db.tables import CameraFile, EndedFile
from app.db.unit import reading
from app.domain.consent import ERASED
from app.ports import Ports

AT_ONCE = 1000
OVERLAP = timedelta(seconds=10)
"""Changes are seen in the order of their commits, not of their times."""
REJECTED_FOR = timedelta(days=14)
"""A laptop that was away for longer is not told of what was merely put away."""
GONE = "GONE"


@dataclass
class PutAways:
    """What one connection of a watcher was told lately, each file as it was then."""

    since: datetime | None = None
    lately: dict[str, datetime] = field(default_factory=dict)


async def put_away_since(ports: Ports, booth_id: str, told: PutAways) -> tuple[list[str], list[str]]:
    """Ids of erased and of rejected files that this connection was not told of, at most some; notes them.

    What retention took away counts as erased.
    """
    erased = func.coalesce(CameraFile.reason == ERASED, False)
    known = CameraFile.updated_at > func.clock_timestamp() - REJECTED_FOR
    here = select(CameraFile.id, CameraFile.updated_at.label("at"), erased.label("erased")).where(
        CameraFile.booth_id == booth_id,
        CameraFile.state == "rejected",
        CameraFile.reason.is_distinct_from(GONE),
        or_(erased, known),
    )
    over = select(EndedFile.id, EndedFile.ended_at, true()).where(EndedFile.booth_id == booth_id)
    if told.since is not None:
        here = here.where(CameraFile.updated_at > told.since - OVERLAP)
        over = over.where(EndedFile.ended_at > told.since - OVERLAP)
    # Those that were told lately come once more: beyond them there must be room for new ones.
    every = union_all(here, over).order_by("at", "id").limit(AT_ONCE + len(told.lately))
    async with reading(ports) as db:
        rows = [row for row in await db.execute(every) if told.lately.get(row[0]) != row[1]][:AT_ONCE]
    if rows:
        told.since = since = rows[-1][1]
        told.lately |= {row[0]: row[1] for row in rows}
        told.lately = {key: at for key, at in told.lately.items() if at > since - OVERLAP}
    return [row[0] for row in rows if row[2]], [row[0] for row in rows if not row[2]]
