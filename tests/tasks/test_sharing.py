"""What all workers share of a maker: its breaker with one probe at a time, its slots, fair by age."""

import asyncio

from sqlalchemy import select, update

from app.db import breakers, slots
from app.db.tables import Breaker, ProviderSlot
from app.db.unit import reading, unit
from app.domain.errors import AccountFault
from app.ports import Ports
from tasks.lease import Stop
from tests.fakes.maker import Maker
from tests.fakes.ports import story
from tests.tasks.outside import engine_of, job_for, made_by, waits


async def test_an_open_breaker_sends_jobs_to_the_next_maker_and_others_wait(ports: Ports) -> None:
    a, b = Maker("a"), Maker("b")
    a.submits.append(AccountFault("NO_CREDITS", "No."))
    ports = made_by(ports, a, b)
    engine = await engine_of(ports)
    opener, chained, alone = [await job_for(ports, *chain) for chain in ("a", "ab", "a")]

    await engine.run(opener)
    await engine.run(chained)
    await engine.run(alone)

    assert (await story(ports, opener)).job.error_code == "NO_CREDITS"
    assert (await story(ports, chained)).job.best_output_key == "b"
    waiting = await story(ports, alone)
    assert (waiting.job.status, waiting.job.parked_for) == ("queued", "breaker:a")
    assert await waits(ports, alone) == ("breaker", "a")
    assert waiting.job.wait is not None
    assert waiting.job.wait["until"]
    assert waiting.stages["draw"].failures == 0
    assert len(a.asked) == 1


async def test_one_job_probes_a_breaker_and_wakes_the_others_when_it_works(ports: Ports) -> None:
    a = Maker("a", go=asyncio.Event())
    a.submits.append(AccountFault("NO_CREDITS", "No."))
    ports = made_by(ports, a)
    engine = await engine_of(ports)
    opener, prober, other = [await job_for(ports, "a") for _ in range(3)]
    await engine.run(opener)
    async with unit(ports) as work:  # the cool-down is over
        await work.db.execute(update(Breaker).where(Breaker.id == "a").values(until=ports.clock.now()))

    probing = asyncio.create_task(engine.run(prober))
    await a.inside.wait()
    await engine.run(other)
    assert (await story(ports, other)).job.parked_for == "breaker:a"
    assert a.go is not None
    a.go.set()
    await probing

    assert (await story(ports, prober)).job.status == "succeeded"
    assert (await story(ports, other)).job.parked_for is None
    await engine.run(other)
    assert (await story(ports, other)).job.status == "succeeded"


async def test_a_probe_that_is_cancelled_lets_the_next_one_try(ports: Ports) -> None:
    a = Maker("a", go=asyncio.Event())
    a.submits.append(AccountFault("NO_CREDITS", "No."))
    ports = made_by(ports, a)
    engine = await engine_of(ports)
    opener, prober, other = [await job_for(ports, "a") for _ in range(3)]
    await engine.run(opener)
    async with unit(ports) as work:
        await work.db.execute(update(Breaker).where(Breaker.id == "a").values(until=ports.clock.now()))
    probing = asyncio.create_task(engine.run(prober))
    await a.inside.wait()

    engine.leases[prober].interrupt(Stop.CANCEL)
    await probing

    assert (await story(ports, prober)).job.status == "canceled"
    assert a.cancels == ["a-1"]
    async with reading(ports) as db:
        seen = await breakers.see(db)
    assert seen.verdict("a", other).kind == "probe"


async def test_slots_are_shared_and_go_to_who_waits_longest(ports: Ports) -> None:
    a = Maker("a", go=asyncio.Event())
    ports = made_by(ports, a, slots={"a": 1})
    engine, twin = await engine_of(ports), await engine_of(ports, "w2")
    first, second, third = [await job_for(ports, "a") for _ in range(3)]
    holding = asyncio.create_task(engine.run(first))
    await a.inside.wait()

    await twin.run(second)
    await engine.run(third)
    assert await waits(ports, second) == ("slot", "a 1/1")
    assert (await story(ports, second)).stages["draw"].failures == 0
    assert a.go is not None
    a.go.set()
    await holding

    async with reading(ports) as db:
        held = (await db.scalars(select(ProviderSlot.job_id))).all()
    assert held == [second]
    assert (await story(ports, second)).job.parked_for is None
    assert (await story(ports, third)).job.parked_for == slots.parked_for("a")
    late = await job_for(ports, "a")
    await engine.run(late)
    assert (await story(ports, late)).job.parked_for == slots.parked_for("a")
    for job_id in (second, third):
        await engine.run(job_id)
        assert (await story(ports, job_id)).job.status == "succeeded"


async def test_a_dead_jobs_slot_is_free_after_its_lease(ports: Ports) -> None:
    a = Maker("a")
    ports = made_by(ports, a, slots={"a": 1})
    engine = await engine_of(ports)
    dead, waiting = await job_for(ports, "a"), await job_for(ports, "a")
    async with unit(ports) as work:
        assert await slots.take(work, "a", dead, 1, seconds=-1)
        assert await slots.take(work, "a", waiting, 1)
        assert not await slots.take(work, "a", dead, 1)
    await engine.run(waiting)
    assert (await story(ports, waiting)).job.status == "succeeded"


async def test_who_waits_too_long_for_a_turn_goes_to_the_next_maker(ports: Ports) -> None:
    a, b = Maker("a"), Maker("b")
    ports = made_by(ports, a, b, slots={"a": 1}, queue_wait=-1.0)
    engine = await engine_of(ports)
    async with unit(ports) as work:
        assert await slots.take(work, "a", await job_for(ports, "a"), 1)
    job_id = await job_for(ports, "a", "b")

    await engine.run(job_id)

    assert (await story(ports, job_id)).job.best_output_key == "b"
