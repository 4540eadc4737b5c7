"""A stage that is made outside: paid once, handed on along its chain, waiting where it must, and saying why."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from app.db import breakers, slots, spend
from app.db.tables import Breaker, Event, Job, ProviderSlot, ProviderSpend
from app.db.unit import reading, unit
from app.domain.chain import ORIGINAL, Step, stored
from app.domain.errors import AccountFault, Fatal, OutcomeUnknown, Snooze, Transient
from app.domain.line import Retry
from app.ports import Ports, ProviderState
from app.services import signals
from tasks.engine import Engine
from tasks.lease import Stop
from tasks.making import outcome_signal
from tests.fakes.maker import Maker
from tests.fakes.ports import due_now, queued_job, story
from tests.tasks.lines import DRAWN, drawn

BUSY = Transient("BUSY", "Come back later.")
RUNNING = ProviderState("running", percent=10)


def made_by(ports: Ports, *makers: Maker, slots: dict[str, int] | None = None, **policy: Any) -> Ports:
    """Ports with these makers."""
    numbers = replace(ports.policy, provider_slots=slots or {}, paid_providers=frozenset({"a"}), **policy)
    return replace(ports, providers={maker.name: maker for maker in makers}, policy=numbers)


async def engine_of(ports: Ports, worker: str = "w", **line: Any) -> Engine:
    """An engine for the drawn line whose outside parts are written down."""
    engine = Engine(ports, {DRAWN.name: drawn(**line)}, worker)
    await engine.outside.register()
    return engine


async def job_for(ports: Ports, *makers: str, **columns: Any) -> str:
    """A queued job whose chain is these makers."""
    job_id = await queued_job(ports, DRAWN.name)
    async with unit(ports) as work:
        job = await work.db.get_one(Job, job_id)
        job.args = {**job.args, "chain": stored([Step(maker, "pencil") for maker in makers])}
        job.provider = makers[0]
        for name, value in columns.items():
            setattr(job, name, value)
    return job_id


async def ledger(ports: Ports, job_id: str) -> Sequence[tuple[str, str, float | None]]:
    """Each task the job asked for: who, how it ended, what it cost."""
    async with reading(ports) as db:
        rows = await db.scalars(
            select(ProviderSpend).where(ProviderSpend.job_id == job_id).order_by(ProviderSpend.submission)
        )
        return [(row.provider, row.state, row.cost) for row in rows]


async def waits(ports: Ports, job_id: str) -> tuple[str, str]:
    """Why the job waits."""
    wait = (await story(ports, job_id)).job.wait or {}
    return wait.get("code", ""), wait.get("because", "")


async def test_a_picture_is_asked_for_once_and_its_cost_is_known(ports: Ports) -> None:
    a = Maker("a", always=ProviderState("done", percent=100, cost=4.5))
    ports = made_by(ports, a)
    job_id = await job_for(ports, "a")

    await (await engine_of(ports)).run(job_id)

    end = await story(ports, job_id)
    assert (end.job.status, end.job.best_output_key) == ("succeeded", "a")
    assert await ledger(ports, job_id) == [("a", "done", 4.5)]
    assert len(a.asked) == 1


async def test_a_long_task_holds_no_worker_and_its_callback_wakes_the_job(ports: Ports) -> None:
    a = Maker("a")
    a.polls.extend([ProviderState("running", again_seconds=15)] * 2)
    ports = made_by(ports, a)
    job_id = await job_for(ports, "a")
    engine = await engine_of(ports)

    await engine.run(job_id)
    parked = await story(ports, job_id)
    assert (parked.job.status, parked.job.parked_for) == ("queued", "provider:a:a-1")
    assert await waits(ports, job_id) == ("provider", "a")
    assert not await engine.run(job_id)
    assert await signals.task_ended(ports, "a", "a-1")
    await engine.run(job_id)
    await due_now(ports, job_id)
    await engine.run(job_id)

    end = await story(ports, job_id)
    assert end.job.status == "succeeded"
    assert end.outcomes == [("prepare", "done"), ("draw", "done"), ("keep", "done")]
    assert end.timeline.count("provider") == 1
    assert len(a.asked) == 1


async def test_a_callback_that_comes_before_the_job_is_parked_is_not_lost(ports: Ports) -> None:
    a = Maker("a")
    a.polls.append(ProviderState("running", again_seconds=60))
    ports = made_by(ports, a)
    job_id = await job_for(ports, "a")
    await signals.task_ended(ports, "a", "a-1")
    engine = await engine_of(ports)

    await engine.run(job_id)
    await engine.run(job_id)

    assert (await story(ports, job_id)).job.status == "succeeded"


@pytest.mark.parametrize("error", [Fatal("REFUSED", "No."), AccountFault("NO_CREDITS", "No.")])
async def test_who_refuses_is_followed_by_the_next_maker(ports: Ports, error: Fatal) -> None:
    a, b = Maker("a"), Maker("b")
    a.submits.append(error)
    ports = made_by(ports, a, b)
    job_id = await job_for(ports, "a", "b")
    engine = await engine_of(ports)

    await engine.run(job_id)
    await engine.run(job_id)

    end = await story(ports, job_id)
    assert (end.job.status, end.job.best_output_key, end.job.provider) == ("succeeded", "b", "b")
    assert "switched" in end.timeline
    assert await ledger(ports, job_id) == [("a", "refused", None), ("b", "done", None)]
    async with reading(ports) as db:
        broken = (await db.get_one(Breaker, "a")).state
    assert broken == ("open" if isinstance(error, AccountFault) else "closed")


async def test_who_fails_again_and_again_is_followed_by_the_next_maker(ports: Ports) -> None:
    a, b = Maker("a", always=ProviderState("failed", transient=True, error_code="TIRED")), Maker("b")
    ports = made_by(ports, a, b)
    job_id = await job_for(
        ports,
        "a",
        "b",
    )
    engine = await engine_of(ports, retry=Retry(attempts=2, base_seconds=50))

    for _ in range(3):
        await engine.run(job_id)
        await due_now(ports, job_id)

    end = await story(ports, job_id)
    assert (end.job.status, end.job.best_output_key) == ("succeeded", "b")
    assert await ledger(ports, job_id) == [("a", "failed", None), ("a", "failed", None), ("b", "done", None)]


async def test_the_last_of_the_chain_fails_the_job(ports: Ports) -> None:
    a, b = Maker("a"), Maker("b")
    a.submits.append(Fatal("REFUSED", "No."))
    b.submits.append(Fatal("REFUSED_TOO", "No."))
    ports = made_by(ports, a, b)
    job_id = await job_for(ports, "a", "b")
    engine = await engine_of(ports)

    await engine.run(job_id)
    await engine.run(job_id)

    end = await story(ports, job_id)
    assert (end.job.status, end.job.error_code) == ("failed", "REFUSED_TOO")


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


async def test_after_the_deadline_the_next_maker_has_it_and_then_it_fails(ports: Ports) -> None:
    a, b = Maker("a", always=RUNNING), Maker("b", always=RUNNING)
    ports = made_by(ports, a, b, fallback_seconds=0.3)
    engine = await engine_of(ports)
    soon = ports.clock.now()
    job_id = await job_for(ports, "a", "b", deadline_at=soon)
    a.polls.append(RUNNING)

    await engine.run(job_id)
    end = await story(ports, job_id)

    assert (end.job.status, end.job.error_code) == ("failed", "JOB_DEADLINE")
    assert end.job.provider == "b"
    assert (len(a.asked), b.cancels) == (0, ["b-1"])
    assert await ledger(ports, job_id) == [("b", "canceled", None)]


async def test_a_lost_answer_is_looked_up_and_never_paid_twice(ports: Ports) -> None:
    a = Maker("a", takes_before_failing=True)
    a.submits.append(OutcomeUnknown("LOST", "The answer was lost."))
    ports = made_by(ports, a)
    job_id = await job_for(ports, "a")

    await (await engine_of(ports)).run(job_id)

    assert (await story(ports, job_id)).job.status == "succeeded"
    assert len(a.asked) == 1


@pytest.mark.parametrize("taken", [True, False])
async def test_where_nobody_can_tell_a_person_decides(ports: Ports, taken: bool) -> None:
    a = Maker("a", takes_before_failing=taken, knows=False)
    a.submits.append(OutcomeUnknown("LOST", "The answer was lost."))
    ports = made_by(ports, a)
    job_id = await job_for(ports, "a")
    engine = await engine_of(ports)

    await engine.run(job_id)
    unknown = await story(ports, job_id)
    submission = unknown.stages["draw"].memory["submission"]
    assert await waits(ports, job_id) == ("outcome", "MAKER_SILENT")
    assert unknown.job.parked_for == f"signal:{outcome_signal(submission)}"
    assert unknown.job.wait is not None
    assert unknown.job.wait["until"] is None
    assert not await engine.run(job_id)
    answer = {"taskId": "a-1"} if taken else {}
    await signals.told(ports, job_id, outcome_signal(submission), answer, key="1", by="sari")
    await engine.run(job_id)

    assert (await story(ports, job_id)).job.status == "succeeded"
    assert len(a.asked) == (1 if taken else 2)
    assert (
        [state for _, state, _ in await ledger(ports, job_id)] == ["done"] if taken else ["refused", "done"]
    )


async def test_a_maker_that_cannot_be_asked_now_is_not_given_up(ports: Ports) -> None:
    a = Maker("a")
    a.polls.append(Snooze(30, "MAKER_AWAY"))
    ports = made_by(ports, a)
    job_id = await job_for(ports, "a")
    engine = await engine_of(ports)

    await engine.run(job_id)
    assert await waits(ports, job_id) == ("snooze", "MAKER_AWAY")
    await due_now(ports, job_id)
    await engine.run(job_id)

    assert (await story(ports, job_id)).job.status == "succeeded"
    assert len(a.asked) == 1


async def test_at_the_events_limit_paid_makers_are_left_alone(ports: Ports) -> None:
    a, b = Maker("a", always=ProviderState("done", percent=100, cost=5)), Maker("b")
    ports = made_by(ports, a, b)
    engine = await engine_of(ports)
    async with unit(ports) as work:
        await work.db.execute(update(Event).values(spend_limit=9))
    jobs = [await job_for(ports, "a", "b") for _ in range(2)] + [await job_for(ports, "a")]

    for job_id in jobs:
        await engine.run(job_id)

    ends = [await story(ports, job_id) for job_id in jobs]
    assert [end.job.best_output_key for end in ends] == ["a", "b", None]
    assert await waits(ports, jobs[2]) == ("spend_limit", "")
    async with unit(ports) as work:
        assert await spend.set_limit(work, ends[2].job.event_id, 100)
    await engine.run(jobs[2])
    assert (await story(ports, jobs[2])).job.best_output_key == "a"
    assert len(a.asked) == 2


async def test_the_original_at_the_end_of_a_chain(ports: Ports) -> None:
    a = Maker("a")
    a.submits.append(Fatal("REFUSED", "No."))
    ports = made_by(ports, a)
    job_id = await job_for(ports, "a", ORIGINAL)
    engine = await engine_of(ports)

    await engine.run(job_id)
    await engine.run(job_id)

    assert (await story(ports, job_id)).job.best_output_key == ORIGINAL
