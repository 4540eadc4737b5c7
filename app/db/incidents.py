"""Incidents: begun and ended where it is noticed, once whoever else notices it too; the log people read."""

from datetime import datetime, timedelta

from sqlalchemy import func, text, update
from sqlalchemy.dialects.postgresql import insert
from ulid import ULID

from app.db.tables import Incident
from app.db.unit import Unit

BECAUSE_MAX = 500


async def begin(
    unit: Unit, kind: str, subject: str, *, event_id: str | None = None, because: str = "", by: str = ""
) -> bool:
    """It does not work from now on; False where that is known already."""
    made = await unit.db.scalar(
        insert(Incident)
        .values(
            id=str(ULID()),
            kind=kind,
            subject=subject,
            event_id=event_id,
            because=because[:BECAUSE_MAX],
            by=by,
        )
        .on_conflict_do_nothing(index_elements=["kind", "subject"], index_where=text("ended_at IS NULL"))
        .returning(Incident.id)
    )
    unit.changed("incident", made)
    return made is not None


async def end(unit: Unit, kind: str, subject: str) -> None:
    """It works again."""
    ended = await unit.db.scalars(
        update(Incident)
        .where(Incident.kind == kind, Incident.subject == subject, Incident.ended_at.is_(None))
        .values(ended_at=func.clock_timestamp())
        .returning(Incident.id)
        .execution_options(synchronize_session=False)
    )
    for incident_id in ended.all():
        unit.changed("incident", incident_id)


async def over(
    unit: Unit, kind: str, subject: str, started_at: datetime, ended_at: datetime | None = None
) -> None:
    """It did not work from then until then (now): told afterwards, because nobody could tell it meanwhile."""
    made = str(ULID())
    told = ended_at or await unit.db.scalar(func.clock_timestamp())
    unit.db.add(Incident(id=made, kind=kind, subject=subject, started_at=started_at, ended_at=told))
    unit.changed("incident", made)


async def give_up(unit: Unit, kind: str, after: timedelta) -> None:
    """Nobody waits any more for what is away for so long (a laptop that was packed up)."""
    old = Incident.started_at < func.clock_timestamp() - after
    ended = await unit.db.scalars(
        update(Incident)
        .where(Incident.kind == kind, Incident.ended_at.is_(None), old)
        .values(ended_at=func.clock_timestamp())
        .returning(Incident.id)
        .execution_options(synchronize_session=False)
    )
    for incident_id in ended.all():
        unit.changed("incident", incident_id)
