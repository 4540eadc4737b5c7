"""Signals: told once, kept before they are waited for, by those who may; callbacks wake their job at once."""

import pytest
from sqlalchemy import func, select, update
from ulid import ULID

from app.db import parking
from app.db.tables import Job, JobSignal, ProviderHint, ProviderSpend
from app.db.unit import reading, unit
from app.domain.access import Principal
from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.domain.line import Line
from app.ports import Ports
from app.services import signals
from tests.fakes.ports import event_of, queued_job, story

LINES = {"photo": Line("photo", (), signals={"approval": "supervisor"})}
BOSS = Principal("u", "sari", "supervisor", None, "s")
OPERATOR = Principal("v", "budi", "operator", None, "s")
STRANGER = Principal("w", "tono", "supervisor", frozenset(), "s")


async def park(ports: Ports, job_id: str, parked_for: str) -> None:
    """As the engine leaves a job that waits."""
    async with unit(ports) as work:
        await work.db.execute(
            update(Job)
            .where(Job.id == job_id)
            .values(parked_for=parked_for, due_at=func.clock_timestamp() + func.make_interval(0, 0, 0, 1))
        )


async def stored(ports: Ports) -> int:
    """How many signals are kept."""
    async with reading(ports) as db:
        return await db.scalar(select(func.count()).select_from(JobSignal)) or 0


async def test_a_signal_wakes_the_job_that_waits_for_it_and_counts_once(ports: Ports) -> None:
    job_id, other = await queued_job(ports), await queued_job(ports)
    await park(ports, job_id, parking.for_signal("approval"))
    await park(ports, other, parking.for_signal("approval"))

    first = await signals.send(ports, BOSS, job_id, "approval", {"yes": True}, key="k", lines=LINES)
    again = await signals.send(ports, BOSS, job_id, "approval", {"yes": False}, key="k", lines=LINES)

    assert (first, again, await stored(ports)) == (True, False, 1)
    woken, asleep = await story(ports, job_id), await story(ports, other)
    assert woken.job.parked_for is None
    assert woken.job.due_at <= ports.clock.now()
    assert asleep.job.parked_for == "signal:approval"
    assert "signal" in woken.timeline


async def test_a_signal_may_come_before_it_is_waited_for(ports: Ports) -> None:
    job_id = await queued_job(ports)

    assert await signals.told(ports, job_id, "payment", {"paid": 5}, key="a", by="bank")

    async with unit(ports) as work:
        assert await parking.has_come(work, job_id, parking.for_signal("payment"))
        assert not await parking.has_come(work, job_id, parking.for_signal("approval"))
        assert await parking.newest_signal(work.db, job_id, "payment") == {"paid": 5}


async def test_only_those_who_may(ports: Ports) -> None:
    job_id = await queued_job(ports)
    for who, error in ((OPERATOR, NotAllowed), (STRANGER, NotFound)):
        with pytest.raises(error):
            await signals.send(ports, who, job_id, "approval", {}, key="k", lines=LINES)
    with pytest.raises(Invalid, match="SIGNAL_UNKNOWN"):
        await signals.send(ports, BOSS, job_id, "payment", {}, key="k", lines=LINES)
    with pytest.raises(NotFound):
        await signals.told(ports, str(ULID()), "payment", {}, key="k", by="bank")
    async with unit(ports) as work:
        await work.db.execute(update(Job).values(status="canceled"))
    with pytest.raises(Conflict, match="JOB_FINISHED"):
        await signals.told(ports, job_id, "payment", {}, key="k", by="bank")
    assert await stored(ports) == 0


async def test_a_callback_wakes_the_job_of_its_task(ports: Ports) -> None:
    job_id = await queued_job(ports)
    async with unit(ports) as work:
        work.db.add(
            ProviderSpend(
                submission=str(ULID()),
                provider="kie",
                task_id="t-1",
                job_id=job_id,
                event_id=await event_of(ports),
                style_id="pencil",
            )
        )
    await park(ports, job_id, parking.for_task("kie", "t-1"))

    assert await signals.task_ended(ports, "kie", "t-1")
    assert not await signals.task_ended(ports, "kie", "t-1")

    assert (await story(ports, job_id)).job.parked_for is None


async def test_a_callback_before_anything_is_kept_and_used_once(ports: Ports) -> None:
    job_id = await queued_job(ports)

    assert not await signals.task_ended(ports, "kie", "t-2")

    for expected in (True, False):
        async with unit(ports) as work:
            assert await parking.has_come(work, job_id, parking.for_task("kie", "t-2")) is expected
    async with reading(ports) as db:
        assert await db.scalar(select(func.count()).select_from(ProviderHint)) == 0
