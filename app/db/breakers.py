"""Breakers in the database, shared by all workers: read, counted, probed and forced under the row's lock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import incidents, parking
from app.db.tables import Breaker as Row
from app.db.unit import Unit
from app.domain import breaker
from app.domain.breaker import Breaker, Rule

RULE = Rule()
_FIELDS = tuple(
    name for name in Breaker.__dataclass_fields__ if name not in ("open", "forced", "forced_until")
)


def parked_for(name: str) -> str:
    """What a job that waits for this part to work again is parked for."""
    return f"breaker:{name}"


@dataclass(frozen=True)
class Seen:
    """All breakers as they were at one moment of the database's clock; an unknown name works."""

    now: datetime
    breakers: Mapping[str, Breaker]

    def verdict(self, name: str, job_id: str) -> breaker.Verdict:
        """What this job may do with the part."""
        known = self.breakers.get(name)
        return breaker.USE if known is None else breaker.verdict(known, self.now, job_id)


def _state(row: Row) -> Breaker:
    facts = {name: getattr(row, name) for name in _FIELDS}
    return Breaker(open=row.state == "open", forced=row.forced, forced_until=row.forced_until, **facts)  # type: ignore[arg-type]  # the CHECK constraint holds the same words


async def see(db: AsyncSession) -> Seen:
    """Read all."""
    rows = (await db.execute(select(Row, func.clock_timestamp()))).all()
    if not rows:
        return Seen(await db.scalar(select(func.clock_timestamp())), {})  # type: ignore[arg-type]  # never NULL
    return Seen(rows[0][1], {row.id: _state(row) for row, _ in rows})


async def register(unit: Unit, slots: Mapping[str, int]) -> None:
    """Parts there are, with the slots this installation gives them; screens show them from now on."""
    for name, total in slots.items():
        made = await unit.db.scalar(
            insert(Row)
            .values(id=name, slots_total=total)
            .on_conflict_do_update(
                index_elements=["id"], set_={"slots_total": total}, where=Row.slots_total != total
            )
            .returning(Row.id)
        )
        unit.changed("provider", made)


async def _locked(unit: Unit, name: str) -> tuple[Breaker, datetime] | None:
    row = await unit.db.scalar(
        select(Row).where(Row.id == name).with_for_update().execution_options(populate_existing=True)
    )
    if row is None:
        return None
    now: datetime = await unit.db.scalar(select(func.clock_timestamp()))  # type: ignore[assignment]  # never NULL
    return _state(row), now


async def _write(unit: Unit, name: str, before: Breaker, after: Breaker) -> None:
    if before == after:
        return
    values: dict[str, Any] = {field: getattr(after, field) for field in _FIELDS}
    values["state"] = "open" if after.open else "closed"
    if before.open != after.open:
        values["since"] = func.clock_timestamp()
    await unit.db.execute(
        update(Row).where(Row.id == name).values(**values).execution_options(synchronize_session=False)
    )
    if (before.open, before.until, before.probe_by) != (after.open, after.until, after.probe_by):
        unit.changed("provider", name)
    if after.open and not before.open:
        await incidents.begin(unit, "breaker", name, because=after.because)
    if before.open and not after.open:
        await incidents.end(unit, "breaker", name)
        await parking.wake(unit, parked_for(name))


async def probe(unit: Unit, name: str, job_id: str) -> bool:
    """Take the probe of an open breaker whose cool-down is over; False when another job was faster."""
    found = await _locked(unit, name)
    if found is None:
        return True
    state, now = found
    said = breaker.verdict(state, now, job_id)
    if said.kind == "probe":
        await _write(unit, name, state, breaker.probed(state, now, job_id))
    return said.kind != "wait"


async def count(
    unit: Unit,
    name: str,
    job_id: str,
    *,
    good: int = 0,
    bad: int = 0,
    because: str = "",
    account: bool = False,
) -> bool:
    """Count a job's calls; answers whether this opened the breaker."""
    found = await _locked(unit, name)
    if found is None or not (good or bad):
        return False
    state, now = found
    after = breaker.counted(state, now, job_id, RULE, good=good, bad=bad, because=because, account=account)
    await _write(unit, name, state, after)
    return after.open and after.until != state.until


async def release(unit: Unit, job_id: str, names: Iterable[str]) -> None:
    """A job ended without an answer for these parts: its probe, if it had one, is free."""
    for name in sorted(names):
        held = select(Row.id).where(Row.id == name, Row.probe_by == job_id)
        if await unit.db.scalar(held) and (found := await _locked(unit, name)):
            await _write(unit, name, found[0], breaker.released(found[0], job_id))


async def keep_probe(db: AsyncSession, job_id: str, seconds: float) -> None:
    """The probe's job waits for its task: nobody else tries meanwhile."""
    until = func.clock_timestamp() + timedelta(seconds=seconds + breaker.PROBE_SECONDS)
    await db.execute(
        update(Row)
        .where(Row.probe_by == job_id)
        .values(probe_until=until)
        .execution_options(synchronize_session=False)
    )


async def force(unit: Unit, name: str, to: str | None, by: str, because: str, until: datetime | None) -> bool:
    """A person opens or closes it until then; None takes their word back. False for an unknown part."""
    forced = {"forced": to, "forced_by": by, "forced_because": because, "forced_until": until}
    if to is None:
        forced = dict.fromkeys(forced)
    found = await unit.db.scalar(
        update(Row)
        .where(Row.id == name)
        .values(**forced, since=func.clock_timestamp())
        .returning(Row.id)
        .execution_options(synchronize_session=False)
    )
    unit.changed("provider", found)
    if found is not None:
        await incidents.end(unit, "forced", name)
        if to is not None:
            await incidents.begin(unit, "forced", name, because=because, by=by)
    if found is not None and to != "open":
        await parking.wake(unit, parked_for(name))
    return found is not None


async def forget_expired(unit: Unit) -> None:
    """A person's word whose time is over is taken back, so that screens show it and parked jobs go on."""
    over = await unit.db.scalars(
        update(Row)
        .where(Row.forced.is_not(None), or_(Row.forced_until <= func.clock_timestamp()))
        .values(forced=None, forced_by=None, forced_because=None, forced_until=None, since=Row.forced_until)
        .returning(Row.id)
        .execution_options(synchronize_session=False)
    )
    for name in over.all():
        unit.changed("provider", name)
        await incidents.end(unit, "forced", name)
        await parking.wake(unit, parked_for(name))
