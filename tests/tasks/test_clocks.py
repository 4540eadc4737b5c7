"""A worker whose clock is wrong by a minute: what it writes is due by the database's clock."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.db.runs import after
from app.db.tables import Job
from app.db.unit import reading, unit
from app.domain.errors import Snooze, Transient, Wait
from app.ports import Ports
from app.wiring import SystemClock
from tests.fakes.maker import Maker
from tests.fakes.ports import due_now, queued_job, story
from tests.tasks.lines import LINE, RETRY, Told
from tests.tasks.outside import engine_of, job_for, made_by

OFF = pytest.mark.parametrize("off", [60, -60])


class WrongClock(SystemClock):
    """A clock that is off by some seconds."""

    def __init__(self, off: float) -> None:
        self._off = timedelta(seconds=off)

    def now(self) -> datetime:
        """The wrong time."""
        return super().now() + self._off


async def due_in(ports: Ports, job_id: str) -> float:
    """In how many seconds the job is due, as the database sees it."""
    async with reading(ports) as db:
        left = func.extract("epoch", Job.due_at - func.clock_timestamp())
        return float(await db.scalar(select(left).where(Job.id == job_id)) or 0.0)


@OFF
async def test_what_is_put_off_is_due_by_the_databases_clock(ports: Ports, off: float) -> None:
    wrong = replace(ports, clock=WrongClock(off))
    told = Told(Snooze(500, "so"), Wait("signal:so", 500, "signal", "so"), Transient("BUSY", "No."))
    job_id = await queued_job(ports, LINE.name)
    engine = told.engine(wrong)

    for shortest, longest in ((460, 500), (460, 500), (-40, RETRY.ceiling(1))):
        assert await engine.run(job_id)
        left = await due_in(ports, job_id)
        assert shortest < left <= longest
        if left > 40:
            assert not await told.engine(replace(ports, clock=WrongClock(-off)), "other").run(job_id)
        await due_now(ports, job_id)
    assert (await story(ports, job_id)).stages["second"].failures == 1
    await engine.run(job_id)

    assert (await story(ports, job_id)).job.status == "succeeded"


@OFF
async def test_a_deadline_is_the_databases(ports: Ports, off: float) -> None:
    a, b = Maker("a"), Maker("b")
    ports = made_by(ports, a, b)
    in_time, late = await job_for(ports, "a", "b"), await job_for(ports, "a", "b")
    async with unit(ports) as work:
        (await work.db.get_one(Job, in_time)).deadline_at = after(40)  # type: ignore[assignment]
        (await work.db.get_one(Job, late)).deadline_at = after(-1)  # type: ignore[assignment]
    engine = await engine_of(replace(ports, clock=WrongClock(off)))

    for job_id in (in_time, late):
        await engine.run(job_id)

    made_by_whom = [(await story(ports, job_id)).job.best_output_key for job_id in (in_time, late)]
    assert made_by_whom == ["a", "b"]
