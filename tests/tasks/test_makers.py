"""A stage that is made outside: paid once, handed on along its chain, waiting where it must, saying why."""

import pytest
from sqlalchemy import update

from app.db import spend
from app.db.parking import outcome_signal
from app.db.tables import Breaker, Event
from app.db.unit import reading, unit
from app.domain.chain import ORIGINAL
from app.domain.errors import AccountFault, Fatal, OutcomeUnknown, Snooze
from app.domain.line import Retry
from app.ports import Ports, ProviderState
from app.services import signals
from tests.fakes.maker import Maker
from tests.fakes.ports import due_now, story
from tests.tasks.outside import engine_of, job_for, ledger, made_by, waits

RUNNING = ProviderState("running", percent=10)


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
