"""How a stage may end, and what becomes of the job: every ending through the engine and a real database."""

import asyncio
from contextlib import suppress

import pytest
from sqlalchemy import update

from app.db.tables import Job
from app.db.unit import unit
from app.domain.access import Principal
from app.domain.errors import Fatal, Invalid, NotFound, Snooze, Transient, Unavailable
from app.domain.job import MAX_STALLS
from app.domain.line import Work
from app.ports import Ports
from app.services import jobs
from tasks import lease
from tasks.lease import Stop
from tests.fakes.ports import due_now, queued_job, story
from tests.tasks.lines import LINE, Told, for_ever

OPERATOR = Principal("v", "budi", "operator", None, "s")
BUSY = Transient("BUSY", "Come back later.")


async def test_a_job_runs_through(ports: Ports) -> None:
    told = Told()
    job_id = await queued_job(ports, LINE.name)

    assert await told.engine(ports).run(job_id)

    end = await story(ports, job_id)
    assert (end.job.status, end.job.percent, end.job.best_output_key) == ("succeeded", 100, "made-1")
    assert end.outcomes == [("first", "done"), ("second", "done")]
    assert end.job.wait is None
    assert end.job.lease_until is None
    assert not await told.engine(ports).run(job_id)
    assert told.runs == {"first": 1, "second": 1}


async def test_a_cancellation_that_a_library_swallows_is_repeated(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "HEARTBEAT_SECONDS", 0.2)
    monkeypatch.setattr(lease, "INSIST_SECONDS", 0.2)

    async def deaf_once(work: Work) -> dict[str, object]:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return await for_ever(work)

    told = Told(deaf_once)
    job_id = await queued_job(ports, LINE.name)
    run = asyncio.create_task(told.engine(ports).run(job_id))
    await told.inside.wait()
    await jobs.cancel(ports, OPERATOR, job_id)

    ended, _ = await asyncio.wait({run}, timeout=15)
    run.cancel()

    assert ended, "it went on"
    assert (await story(ports, job_id)).job.status == "canceled"


async def test_every_ring_ten_times_is_one_run(ports: Ports) -> None:
    told = Told()
    job_id = await queued_job(ports, LINE.name)
    engines = [told.engine(ports, f"worker-{number}") for number in range(3)]

    ran = await asyncio.gather(*(engines[n % 3].run(job_id) for n in range(10)))

    assert sum(ran) == 1
    assert told.runs == {"first": 1, "second": 1}


@pytest.mark.parametrize("error", [BUSY, Unavailable("STORAGE_AWAY", "No."), KeyError("x"), TimeoutError()])
async def test_what_may_pass_is_tried_again_and_never_looks_failed(ports: Ports, error: Exception) -> None:
    told = Told(error, error)
    job_id = await queued_job(ports, LINE.name)
    engine = told.engine(ports)

    for attempt in (2, 3):
        await engine.run(job_id)
        between = await story(ports, job_id)
        assert between.job.status == "queued"
        assert between.job.error_code is None
        assert between.job.wait is not None
        assert (between.job.wait["code"], between.job.wait["attempt"]) == ("retry", attempt)
        assert between.job.wait["attempts"] == 3
        assert between.job.wait["because"]
        assert between.job.wait["until"]
        await due_now(ports, job_id)
    await engine.run(job_id)

    end = await story(ports, job_id)
    assert end.job.status == "succeeded"
    assert end.outcomes == [("first", "done"), ("second", "failed"), ("second", "failed"), ("second", "done")]
    assert told.runs == {"first": 1, "second": 3}


async def test_while_the_storage_is_away_no_try_is_counted(ports: Ports) -> None:
    """Twenty seconds without storage were four quick tries, and a picture that was paid for was lost."""
    told = Told(*[Unavailable("STORAGE_UNAVAILABLE", "It does not answer.")] * 9, uses=("storage",))
    job_id = await queued_job(ports, LINE.name)

    for _ in range(9):
        await told.engine(ports).run(job_id)
        away = await story(ports, job_id)
        assert (away.job.status, away.stages["second"].failures) == ("queued", 0)
        assert away.job.wait is not None
        assert (away.job.wait["code"], away.job.wait["because"]) == ("breaker", "storage")
        await due_now(ports, job_id)
    await told.engine(ports).run(job_id)

    assert (await story(ports, job_id)).job.status == "succeeded"


async def test_after_the_last_attempt_the_job_fails_with_the_code(ports: Ports) -> None:
    told = Told(BUSY, BUSY, BUSY)
    job_id = await queued_job(ports, LINE.name)

    for _ in range(3):
        await told.engine(ports).run(job_id)
        await due_now(ports, job_id)

    end = await story(ports, job_id)
    assert (end.job.status, end.job.error_code) == ("failed", "BUSY")
    assert not await told.engine(ports).run(job_id)


@pytest.mark.parametrize("error", [Fatal("NO", "Never."), Invalid("BAD", "No."), NotFound("GONE", "No.")])
async def test_what_cannot_pass_is_not_tried_again(ports: Ports, error: Exception) -> None:
    told = Told(error)
    job_id = await queued_job(ports, LINE.name)

    await told.engine(ports).run(job_id)

    end = await story(ports, job_id)
    assert (end.job.status, end.job.error_code) == ("failed", error.code)  # type: ignore[attr-defined]
    assert told.runs["second"] == 1


async def test_the_text_of_an_unknown_error_is_not_shown(ports: Ports) -> None:
    told = Told(*(OSError("/secret/path") for _ in range(3)))
    job_id = await queued_job(ports, LINE.name)
    for _ in range(3):
        await told.engine(ports).run(job_id)
        await due_now(ports, job_id)

    end = await story(ports, job_id)
    assert (end.job.status, end.job.error_code) == ("failed", "INTERNAL")
    assert "secret" not in (end.job.error_message or "")


async def test_snooze_costs_no_attempt(ports: Ports) -> None:
    told = Told(*(Snooze(50, "slot kie 5/5") for _ in range(5)), BUSY)
    job_id = await queued_job(ports, LINE.name)

    for _ in range(5):
        await told.engine(ports).run(job_id)
        asleep = await story(ports, job_id)
        assert asleep.job.status == "queued"
        assert asleep.job.wait is not None
        assert (asleep.job.wait["code"], asleep.job.wait["because"]) == ("snooze", "slot kie 5/5")
        await due_now(ports, job_id)
    await told.engine(ports).run(job_id)
    await due_now(ports, job_id)
    await told.engine(ports).run(job_id)

    end = await story(ports, job_id)
    assert end.job.status == "succeeded"
    assert end.stages["second"].failures == 1


async def test_a_stage_has_its_time(ports: Ports) -> None:
    told = Told(for_ever, timeout=0.2)
    job_id = await queued_job(ports, LINE.name)

    await told.engine(ports).run(job_id)

    late = await story(ports, job_id)
    assert late.job.status == "queued"
    assert late.job.wait is not None
    assert late.job.wait["because"] == "STAGE_TIMEOUT"
    await due_now(ports, job_id)
    await told.engine(ports).run(job_id)
    assert (await story(ports, job_id)).job.status == "succeeded"


async def test_a_line_nobody_here_knows_waits_with_its_reason(ports: Ports) -> None:
    told = Told()
    job_id = await queued_job(ports, "line-of-tomorrow")

    for _ in range(8):
        await told.engine(ports).run(job_id)
        waiting = await story(ports, job_id)
        assert waiting.job.status == "queued"
        assert waiting.job.wait is not None
        assert waiting.job.wait["code"] == "no_worker"
        await due_now(ports, job_id)
    page = await jobs.detail(ports, Principal("u", "u", "operator", None, "s"), job_id)
    assert page.row.line == "line-of-tomorrow"


async def test_poison_ends_visibly(ports: Ports) -> None:
    """A worker that dies leaves a running job with a lease that ends: told here by the row alone."""
    told = Told(*([for_ever] * MAX_STALLS))
    job_id = await queued_job(ports, LINE.name)

    for _ in range(MAX_STALLS):
        told.inside.clear()
        run = asyncio.create_task(told.engine(ports).run(job_id))
        await told.inside.wait()
        await due_now(ports, job_id)
        async with unit(ports) as work:  # the dead write nothing more
            await work.db.execute(update(Job).where(Job.id == job_id).values(fence=Job.fence + 1))
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
    await told.engine(ports).run(job_id)

    end = await story(ports, job_id)
    assert (end.job.status, end.job.error_code) == ("failed", "STALLED")
    assert told.runs == {"first": 1, "second": MAX_STALLS}
    assert [outcome for _, outcome in end.outcomes].count("stalled") == MAX_STALLS


async def test_a_lease_handed_back_burns_no_attempt_and_is_due_at_once(ports: Ports) -> None:
    told = Told(for_ever)
    job_id = await queued_job(ports, LINE.name)
    engine = told.engine(ports)
    run = asyncio.create_task(engine.run(job_id))
    await told.inside.wait()

    engine.leases[job_id].interrupt(Stop.SHUTDOWN)
    await run
    back = await story(ports, job_id)
    await told.engine(ports, "worker-b").run(job_id)

    assert back.job.status == "queued"
    assert back.job.wait is not None
    assert back.job.wait["code"] == "handed_back"
    end = await story(ports, job_id)
    assert end.job.status == "succeeded"
    assert end.job.stalls == 0
    assert end.stages["second"].failures == 0
    assert end.outcomes == [("first", "done"), ("second", "handed_back"), ("second", "done")]


async def test_a_run_that_lost_its_lease_writes_nothing(ports: Ports) -> None:
    go = asyncio.Event()

    async def slow(work: Work) -> dict[str, object]:
        await go.wait()
        return {"best_output_key": "of-the-zombie"}

    zombie = Told(slow)
    job_id = await queued_job(ports, LINE.name)
    run = asyncio.create_task(zombie.engine(ports).run(job_id))
    await zombie.inside.wait()
    await due_now(ports, job_id)
    await Told().engine(ports, "worker-b").run(job_id)
    taken = await story(ports, job_id)

    go.set()
    await run

    after = await story(ports, job_id)
    assert (taken.job.status, taken.job.best_output_key) == ("succeeded", "made-2")
    assert after.job.revision == taken.job.revision
    assert after.timeline == taken.timeline
    assert after.job.outputs == taken.job.outputs
