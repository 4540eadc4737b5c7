"""Whose turn it is: lanes and age, one place kept for high, paused lanes, what is not known here."""

import asyncio

import pytest
from sqlalchemy import update

from app.db import claims
from app.db.tables import Job, JobStage
from app.db.unit import unit
from app.domain.access import Principal
from app.domain.job import LANES
from app.ports import Ports
from app.services import house
from tasks.runner import Runner
from tests.fakes.ports import due_now, queued_job, story
from tests.tasks.lines import LINE, Told, for_ever

BOSS = Principal("u", "sari", "supervisor", None, "s")


async def next_of(ports: Ports, told: Told, lanes: tuple[str, ...] = LANES) -> str | None:
    """The job that is taken now."""
    ready = await told.engine(ports).take(lanes)
    return ready.job.id if ready else None


async def test_by_lane_then_by_age(ports: Ports) -> None:
    told = Told()
    made = {}
    for lane in ("bulk", "default", "high", "default"):
        made.setdefault(lane, []).append(await queued_job(ports, LINE.name, lane=lane))

    order = [await next_of(ports, told) for _ in range(5)]

    assert order == [*made["high"], *made["default"], *made["bulk"], None]


async def test_one_place_is_kept_for_the_high_lane(ports: Ports) -> None:
    told = Told(*[for_ever] * 9)
    for _ in range(3):
        await queued_job(ports, LINE.name)
    runner = Runner(told.engine(ports), slots=3)
    working = asyncio.create_task(runner.work())
    async with asyncio.timeout(20):
        while told.runs["second"] < 2:
            await asyncio.sleep(0.02)
        assert (runner.running, runner.lanes()) == (2, ("high",))
        await queued_job(ports, LINE.name, lane="high")
        runner.wake()
        while told.runs["second"] < 3:
            await asyncio.sleep(0.02)
    assert (runner.running, runner.lanes()) == (3, ())
    await runner.stop(0)
    await asyncio.wait_for(working, 10)


async def test_a_paused_lane_is_left_alone_and_says_so_until_it_goes_on(ports: Ports) -> None:
    told = Told()
    job_id = await queued_job(ports, LINE.name, lane="bulk")
    await due_now(ports, job_id)

    await house.pause(ports, BOSS, "bulk", "guests first")
    assert await next_of(ports, told) is None
    await explain(ports, told)
    waiting = await story(ports, job_id)
    assert waiting.job.wait is not None
    assert (waiting.job.wait["code"], waiting.job.wait["because"]) == ("lane", "bulk")
    _, lanes = await house.state(ports)
    assert [(lane.id, lane.paused, lane.paused_by) for lane in lanes] == [
        ("high", False, None),
        ("default", False, None),
        ("bulk", True, "sari"),
    ]
    await house.resume(ports, BOSS, "bulk")
    assert await next_of(ports, told) == job_id


async def explain(ports: Ports, told: Told) -> None:
    """As the worker's housekeeping does."""
    async with unit(ports) as work:
        await claims.explain_waiting(work, told.engine(ports).known, grace_seconds=0)


@pytest.mark.parametrize("unknown", ["line", "stage"])
async def test_what_a_newer_version_began_waits_for_it_and_says_so(ports: Ports, unknown: str) -> None:
    told = Told()
    job_id = await queued_job(ports, LINE.name if unknown == "stage" else "of-tomorrow")
    if unknown == "stage":
        async with unit(ports) as work:
            work.db.add(JobStage(job_id=job_id, stage="of-tomorrow"))
    await due_now(ports, job_id)

    assert await next_of(ports, told) is None
    await explain(ports, told)
    before = await story(ports, job_id)
    await explain(ports, told)
    after = await story(ports, job_id)

    assert before.job.wait is not None
    assert before.job.wait["code"] == "no_worker"
    assert after.job.revision == before.job.revision
    assert before.job.fence == 0
    if unknown == "stage":
        assert await told.engine(ports).run(job_id)  # asked by name, it is handed back unharmed
        assert (await story(ports, job_id)).job.status == "queued"
        assert told.runs == {"first": 0, "second": 0}


async def test_a_job_whose_worker_died_is_taken_over(ports: Ports) -> None:
    told = Told()
    job_id = await queued_job(ports, LINE.name)
    assert await next_of(ports, told) == job_id
    assert await next_of(ports, told) is None
    async with unit(ports) as work:
        await work.db.execute(update(Job).values(lease_until=ports.clock.now().replace(year=2020)))
    assert await next_of(ports, told) == job_id
    assert (await story(ports, job_id)).job.stalls == 1
