"""A line that waits: for payment, approval, a ten-minute stage, confirmations. Time is simulated."""

from typing import Any

import pytest
from sqlalchemy import text

from app.domain.access import Principal
from app.domain.errors import Fatal, NotAllowed, Snooze, Wait
from app.domain.line import Line, Retry, StageEntry, Work
from app.ports import Ports
from app.services import signals
from tasks.engine import Engine
from tasks.runner import Runner
from tasks.stage import StagesOf
from tests.fakes.ports import queued_job, story

PAID = Line(
    "paid",
    (
        StageEntry("payment", 1),
        StageEntry("render", 20),
        StageEntry("approval", 60),
        StageEntry("confirm", 80),
    ),
    signals={"approval": "supervisor"},
)
LINES = {PAID.name: PAID}
DAY = 86400.0
BOSS = Principal("u", "sari", "supervisor", None, "s")
OPERATOR = Principal("v", "budi", "operator", None, "s")


class World:
    """The line, and the chain of blocks outside that confirms now and then."""

    def __init__(self) -> None:
        self.confirmations = 0
        self.asked = 0
        self.renders = 0

    def engine(self, ports: Ports) -> Engine:
        """An engine that knows only this line."""
        line = StagesOf(PAID)
        once = Retry(attempts=1)

        @line.stage(timeout=5, retry=once)
        async def payment(work: Work, ports: Ports) -> dict[str, Any]:
            told = await work.wait_for("payment", DAY)
            if told is None:
                raise Fatal("NOT_PAID", "Nobody paid within a day.")
            return {"paid": told["amount"]}

        @line.stage(timeout=5, retry=once)
        async def render(work: Work, ports: Ports) -> dict[str, Any]:
            if "begun" not in work.memory:
                self.renders += 1
                await work.remember(begun=True)
            if work.age < 600:
                raise Wait(f"render:{work.job_id}", 600 - work.age, "provider", "renderer")
            return {"pages": 12}

        @line.stage(timeout=5, retry=once)
        async def approval(work: Work, ports: Ports) -> dict[str, Any]:
            told = await work.wait_for("approval", 7 * DAY)
            if told is None or not told["yes"]:
                raise Fatal("NOT_APPROVED", "The report was not approved.")
            return {}

        @line.stage(timeout=5, retry=once)
        async def confirm(work: Work, ports: Ports) -> dict[str, Any]:
            self.asked += 1
            if self.confirmations < 3:
                raise Snooze(20, "confirmations")
            return {"best_output_key": f"paid {work.outputs['payment']['paid']}"}

        return Engine(ports, {PAID.name: line.sealed()}, "w")


async def later(ports: Ports, job_id: str, seconds: float) -> None:
    """Let time pass: all moments of the job lie that much further back."""
    async with ports.db() as db:
        for table, column, key in (
            ("jobs", "due_at", "id"),
            ("job_attempts", "started_at", "job_id"),
            ("job_stages", "started_at", "job_id"),
        ):
            shift = f"UPDATE {table} SET {column} = {column} - make_interval(secs => :s) WHERE {key} = :job"
            await db.execute(text(shift), {"s": seconds, "job": job_id})
        await db.commit()


async def test_the_whole_way(ports: Ports) -> None:
    world = World()
    engine = world.engine(ports)
    job_id = await queued_job(ports, PAID.name)

    assert await engine.run(job_id)
    waiting = await story(ports, job_id)
    assert (waiting.job.status, waiting.job.parked_for) == ("queued", "signal:payment")
    assert not await engine.run(job_id)
    assert await signals.told(ports, job_id, "payment", {"amount": 5}, key="tx-1", by="bank")
    assert not await signals.told(ports, job_id, "payment", {"amount": 9}, key="tx-1", by="bank")

    assert await engine.run(job_id)
    assert (await story(ports, job_id)).job.stage == "render"
    await later(ports, job_id, 300)
    assert not await engine.run(job_id)
    with pytest.raises(NotAllowed):
        await signals.send(ports, OPERATOR, job_id, "approval", {"yes": True}, key="1", lines=LINES)
    # approved before anybody waits for it
    assert await signals.send(ports, BOSS, job_id, "approval", {"yes": True}, key="1", lines=LINES)
    await later(ports, job_id, 301)
    assert await engine.run(job_id)

    for _ in range(3):
        assert (await story(ports, job_id)).job.wait == {
            "code": "snooze",
            "attempt": 0,
            "attempts": 0,
            "because": "confirmations",
            "until": (await story(ports, job_id)).job.due_at.isoformat().replace("+00:00", "Z"),
        }
        assert not await engine.run(job_id)
        world.confirmations += 1
        await later(ports, job_id, 21)
        assert await engine.run(job_id)

    end = await story(ports, job_id)
    assert (end.job.status, end.job.best_output_key) == ("succeeded", "paid 5")
    assert (world.asked, world.renders) == (4, 1)
    assert [row.attempts for row in end.stages.values()][:3] == [1, 1, 1]
    assert all(row.failures == 0 for row in end.stages.values())


async def test_who_waits_holds_no_worker(ports: Ports) -> None:
    world = World()
    engine = world.engine(ports)
    jobs = [await queued_job(ports, PAID.name) for _ in range(3)]
    runner = Runner(engine, slots=1)

    for _ in jobs:
        ready = await engine.take(runner.lanes())
        assert ready is not None
        await engine.work(ready)

    assert await engine.take(runner.lanes()) is None
    assert {(await story(ports, job)).job.parked_for for job in jobs} == {"signal:payment"}


async def test_what_is_waited_for_in_vain_ends(ports: Ports) -> None:
    world = World()
    engine = world.engine(ports)
    job_id = await queued_job(ports, PAID.name)
    await engine.run(job_id)
    await later(ports, job_id, DAY / 2)
    assert not await engine.run(job_id)
    await later(ports, job_id, DAY / 2 + 1)
    assert await engine.run(job_id)

    end = await story(ports, job_id)
    assert (end.job.status, end.job.error_code) == ("failed", "NOT_PAID")


async def test_a_signal_in_the_middle_of_a_run_is_not_missed(ports: Ports) -> None:
    world = World()
    engine = world.engine(ports)
    job_id = await queued_job(ports, PAID.name)
    ready = await engine.take(("default",))
    assert ready is not None
    await signals.told(ports, job_id, "payment", {"amount": 5}, key="tx-1", by="bank")
    await engine.work(ready)

    assert (await story(ports, job_id)).job.stage == "render"
