"""The ledger of tasks at providers: written before a provider is asked, told its end, summed up per event."""

from dataclasses import dataclass

from sqlalchemy import case, exists, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import incidents, parking
from app.db.tables import AuditEntry, Event, ProviderSpend
from app.db.unit import Unit

REACHED = "spend_limit_reached"
LIFTED = "spend_limit_set"


def parked_for(event_id: str) -> str:
    """What a job that waits for its event's limit to be lifted is parked for."""
    return f"spend:{event_id}"


@dataclass(frozen=True)
class Budget:
    """What an event may spend and has spent, in the providers' credits; `expected` of one more task."""

    limit: float | None
    spent: float
    expected: float = 0.0

    @property
    def allows(self) -> bool:
        """Whether one more task fits."""
        return self.limit is None or (self.spent < self.limit and self.spent + self.expected <= self.limit)


# A task whose cost is not told yet counts with what the last one of its kind cost.
_SPENT = text("""
SELECT coalesce(sum(coalesce(
    cost, CASE WHEN state IN ('asked', 'taken', 'unknown', 'done') THEN expected ELSE 0 END)), 0)
FROM provider_spend WHERE event_id = :event
""")
_EXPECTED = text("""
SELECT coalesce((
    SELECT cost FROM provider_spend WHERE provider = :provider AND cost IS NOT NULL
    ORDER BY style_id = :style DESC, at DESC LIMIT 1), 0)
""")


async def spent(db: AsyncSession, event_id: str) -> float:
    """What an event's tasks have cost so far, those under way with what they are expected to cost."""
    return float(await db.scalar(_SPENT, {"event": event_id}) or 0.0)


async def budget(
    db: AsyncSession, event_id: str, provider: str, style_id: str, *, lock: bool = False
) -> Budget:
    """Whether one more task of this kind fits; `lock` holds the event until the end of the transaction."""
    query = select(Event.spend_limit).where(Event.id == event_id)
    limit = await db.scalar(query.with_for_update(key_share=True) if lock else query)
    expected = float(await db.scalar(_EXPECTED, {"provider": provider, "style": style_id}) or 0.0)
    return Budget(limit, 0.0 if limit is None else await spent(db, event_id), expected)


async def is_open(db: AsyncSession, job_id: str) -> bool:
    """Whether a task at a provider is, or may be, under way for a job."""
    asked = exists().where(
        ProviderSpend.job_id == job_id, ProviderSpend.state.in_(("asked", "taken", "unknown"))
    )
    return bool(await db.scalar(select(asked)))


async def ask(
    unit: Unit,
    submission: str,
    *,
    provider: str,
    job_id: str,
    event_id: str,
    style_id: str,
    expected: float,
) -> None:
    """A provider is about to be asked for a task; written again after a blip it is one row."""
    await unit.db.execute(
        insert(ProviderSpend)
        .values(
            submission=submission,
            provider=provider,
            job_id=job_id,
            event_id=event_id,
            style_id=style_id,
            expected=expected,
        )
        .on_conflict_do_nothing()
    )


async def taken(unit: Unit, submission: str, task_id: str) -> None:
    """The provider took it under this id."""
    await unit.db.execute(
        update(ProviderSpend)
        .where(ProviderSpend.submission == submission)
        .values(task_id=task_id, state="taken", ended_at=None)
    )


async def settle(unit: Unit, submission: str, state: str, cost: float | None = None) -> None:
    """How a task ended, and what it cost; an end that is written stays."""
    is_open = ProviderSpend.state.in_(("asked", "taken", "unknown"))
    await unit.db.execute(
        update(ProviderSpend)
        .where(ProviderSpend.submission == submission)
        .values(
            state=case((is_open, state), else_=ProviderSpend.state),
            cost=func.coalesce(ProviderSpend.cost, cost),
            ended_at=func.coalesce(ProviderSpend.ended_at, func.clock_timestamp()),
        )
    )


async def alert(unit: Unit, event_id: str, reached: Budget) -> None:
    """Note once per limit that it is reached: people find it among what needs attention."""
    told = await unit.db.scalar(
        select(AuditEntry.action)
        .where(AuditEntry.subject == event_id, AuditEntry.action.in_((REACHED, LIFTED)))
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    if told != REACHED:
        await incidents.begin(unit, "spend", event_id, event_id=event_id)
        unit.audit("engine", REACHED, event_id, event_id, limit=reached.limit, spent=reached.spent)


async def set_limit(unit: Unit, event_id: str, limit: float | None) -> bool:
    """Change what an event may spend; jobs that waited for it look again. False: there is no such event."""
    found = await unit.db.scalar(
        update(Event).where(Event.id == event_id).values(spend_limit=limit).returning(Event.id)
    )
    if found is not None:
        await incidents.end(unit, "spend", event_id)
        await parking.wake(unit, parked_for(event_id))
    return found is not None
