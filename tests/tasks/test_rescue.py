"""What people do to jobs in trouble: what is finished and paid stays, each deed stands in the audit log."""

import asyncio

import pytest
from sqlalchemy import select

from app.db.tables import AuditEntry, Job
from app.db.unit import reading
from app.domain.access import Principal
from app.domain.chain import ORIGINAL
from app.domain.errors import Conflict, Fatal, Invalid, NotAllowed, OutcomeUnknown
from app.ports import Ports, ProviderState
from app.services import attention, house, jobs, rescue
from tests.fakes.maker import Maker
from tests.fakes.ports import due_now, story
from tests.tasks.outside import engine_of, job_for, ledger, made_by, waits

BOSS = Principal("u", "sari", "supervisor", None, "s")
OPERATOR = Principal("v", "budi", "operator", None, "s")
REFUSED = Fatal("REFUSED", "No.")


async def troubles(ports: Ports) -> list[tuple[str, str]]:
    """What needs somebody."""
    found = await attention.needed(ports, BOSS)
    return [(one.kind, one.job.id) for one in found.jobs]


async def deeds(ports: Ports, subject: str) -> list[tuple[str, str]]:
    """Who did what to this, and why."""
    async with reading(ports) as db:
        rows = await db.scalars(
            select(AuditEntry).where(AuditEntry.subject == subject).order_by(AuditEntry.id)
        )
        return [(row.action, row.data.get("because", "")) for row in rows if row.actor != "engine"]


async def test_a_replay_keeps_what_is_finished(ports: Ports) -> None:
    a = Maker("a")
    a.submits.append(REFUSED)
    ports = made_by(ports, a)
    job_id = await job_for(ports, "a")
    engine = await engine_of(ports)
    await engine.run(job_id)
    assert await troubles(ports) == [("dead", job_id)]

    await rescue.replay(ports, BOSS, job_id, "the prompt was mended")
    assert await troubles(ports) == []
    await engine.run(job_id)

    end = await story(ports, job_id)
    assert (end.job.status, end.job.lane, end.job.replays) == ("succeeded", "high", 1)
    assert end.outcomes == [("prepare", "done"), ("draw", "failed"), ("draw", "done"), ("keep", "done")]
    assert await deeds(ports, job_id) == [("job_replayed", "the prompt was mended")]
    with pytest.raises(Conflict, match="JOB_NOT_FAILED"):
        await rescue.replay(ports, BOSS, job_id, "again")


async def test_the_original_is_sent_and_nothing_more_is_paid(ports: Ports) -> None:
    a = Maker("a")
    a.submits.append(REFUSED)
    ports = made_by(ports, a)
    job_id = await job_for(ports, "a")
    engine = await engine_of(ports)
    await engine.run(job_id)

    await rescue.original(ports, BOSS, job_id, "the guest leaves")
    await engine.run(job_id)

    assert (await story(ports, job_id)).job.best_output_key == ORIGINAL
    assert len(a.asked) == 1


async def test_a_running_job_goes_to_another_maker_within_a_heartbeat(ports: Ports) -> None:
    a, b = Maker("a", go=asyncio.Event()), Maker("b")
    ports = made_by(ports, a, b, slots={"a": 1})
    job_id = await job_for(ports, "a", "b")
    engine = await engine_of(ports)
    run = asyncio.create_task(engine.run(job_id))
    await a.inside.wait()

    await rescue.switch(ports, BOSS, job_id, "too slow", maker="b", style_id=None)
    await asyncio.wait_for(run, 20)
    await engine.run(job_id)

    end = await story(ports, job_id)
    assert (end.job.status, end.job.best_output_key) == ("succeeded", "b")
    assert a.cancels == ["a-1"]
    assert await ledger(ports, job_id) == [("a", "canceled", None), ("b", "done", None)]
    assert ("draw", "switched") in end.outcomes


async def test_a_parked_job_goes_to_another_maker_and_its_task_is_stopped(ports: Ports) -> None:
    a, b = Maker("a", always=ProviderState("running", again_seconds=60)), Maker("b")
    ports = made_by(ports, a, b)
    job_id = await job_for(ports, "a", "b")
    engine = await engine_of(ports)
    await engine.run(job_id)

    await rescue.switch(ports, BOSS, job_id, "too slow", maker="b", style_id=None)
    await engine.run(job_id)

    assert (await story(ports, job_id)).job.best_output_key == "b"
    assert a.cancels == ["a-1"]


async def test_a_parked_job_that_is_cancelled_stops_its_task(ports: Ports) -> None:
    a = Maker("a", always=ProviderState("running", again_seconds=60))
    ports = made_by(ports, a)
    job_id = await job_for(ports, "a")
    engine = await engine_of(ports)
    await engine.run(job_id)

    assert await jobs.cancel(ports, OPERATOR, job_id) == "queued"
    await engine.run(job_id)

    assert (await story(ports, job_id)).job.status == "canceled"
    assert a.cancels == ["a-1"]
    assert await ledger(ports, job_id) == [("a", "canceled", None)]


@pytest.mark.parametrize("task_id", ["a-1", None])
async def test_a_person_says_what_became_of_a_lost_request(ports: Ports, task_id: str | None) -> None:
    a = Maker("a", takes_before_failing=task_id is not None, knows=False)
    a.submits.append(OutcomeUnknown("LOST", "The answer was lost."))
    ports = made_by(ports, a)
    job_id = await job_for(ports, "a")
    engine = await engine_of(ports)
    await engine.run(job_id)
    assert await troubles(ports) == [("unknown", job_id)]

    await rescue.resolve(ports, BOSS, job_id, "looked at their log", task_id=task_id)
    await engine.run(job_id)

    assert (await story(ports, job_id)).job.status == "succeeded"
    assert len(a.asked) == (1 if task_id else 2)
    assert await deeds(ports, job_id) == [("job_resolved", "looked at their log")]


async def test_an_unknown_outcome_is_given_up(ports: Ports) -> None:
    a = Maker("a", knows=False)
    a.submits.append(OutcomeUnknown("LOST", "The answer was lost."))
    ports = made_by(ports, a)
    job_id = await job_for(ports, "a")
    engine = await engine_of(ports)
    await engine.run(job_id)

    await rescue.give_up(ports, BOSS, job_id, "nobody wants it")

    end = await story(ports, job_id)
    assert (end.job.status, end.job.error_code) == ("failed", "OUTCOME_UNKNOWN")
    assert await troubles(ports) == []
    assert not await engine.run(job_id)
    assert await ledger(ports, job_id) == [("a", "unknown", None)]


async def test_a_lost_request_is_left_behind_for_another_maker(ports: Ports) -> None:
    a, b = Maker("a", knows=False), Maker("b")
    a.submits.append(OutcomeUnknown("LOST", "The answer was lost."))
    ports = made_by(ports, a, b)
    job_id = await job_for(ports, "a", "b")
    engine = await engine_of(ports)
    await engine.run(job_id)

    await rescue.switch(ports, BOSS, job_id, "the guest waits", maker="b", style_id=None)
    await engine.run(job_id)

    assert (await story(ports, job_id)).job.best_output_key == "b"
    assert [state for _, state, _ in await ledger(ports, job_id)] == ["unknown", "done"]


async def test_what_stands_still_is_told(ports: Ports) -> None:
    job_id = await job_for(ports, "a")
    await due_now(ports, job_id)
    assert await troubles(ports) == []
    async with ports.db() as db:
        job = await db.get_one(Job, job_id)
        job.due_at = ports.clock.now().replace(year=2020)
        await db.commit()
    assert await troubles(ports) == [("stalled", job_id)]


async def test_only_supervisors_and_only_with_a_reason(ports: Ports) -> None:
    job_id = await job_for(ports, "a")
    with pytest.raises(NotAllowed):
        await rescue.replay(ports, OPERATOR, job_id, "because")
    with pytest.raises(NotAllowed):
        await attention.needed(ports, OPERATOR)
    with pytest.raises(Invalid, match="REASON_MISSING"):
        await rescue.replay(ports, BOSS, job_id, "  ")
    with pytest.raises(Conflict, match="NOTHING_TO_RESOLVE"):
        await rescue.resolve(ports, BOSS, job_id, "because", task_id=None)
    with pytest.raises(Conflict, match="JOB_NOT_FAILED"):
        await rescue.give_up(ports, BOSS, job_id, "because")
    with pytest.raises(Invalid, match="MAKER_UNKNOWN"):
        await rescue.switch(ports, BOSS, job_id, "because", maker="nobody", style_id=None)
    assert await deeds(ports, job_id) == []


async def test_a_forced_breaker_is_heeded_and_told_until_it_is_let_go(ports: Ports) -> None:
    a, b = Maker("a"), Maker("b")
    ports = made_by(ports, a, b)
    engine = await engine_of(ports)
    chained, alone = await job_for(ports, "a", "b"), await job_for(ports, "a")

    await house.force(ports, BOSS, "a", "open", 60, "their bill is wrong")
    await engine.run(chained)
    await engine.run(alone)
    parts, _ = await house.state(ports)

    assert (await story(ports, chained)).job.best_output_key == "b"
    assert await waits(ports, alone) == ("breaker", "a")
    told = next(part for part in parts if part.id == "a")
    assert (told.state, told.forced, told.forced_by, told.forced_because) == (
        "open",
        "open",
        "sari",
        "their bill is wrong",
    )
    await house.release(ports, BOSS, "a")
    await engine.run(alone)
    assert (await story(ports, alone)).job.best_output_key == "a"
    assert [deed for deed, _ in await deeds(ports, "a")] == ["breaker_forced_open", "breaker_released"]
