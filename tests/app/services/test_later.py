"""The guest has the framed original now; the styled picture follows by itself, once, when it can be made."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from app.db.tables import Job
from app.db.unit import reading, unit
from app.domain.chain import ORIGINAL, Step, of_job, stored
from app.ports import Ports
from app.services import later
from tasks import photo
from tasks.engine import Engine
from tests.fakes.maker import Maker
from tests.fakes.ports import due_now, queued_job, real_ports, story
from tests.fakes.stack import picture

CHAIN = [Step("a", "pencil"), Step(ORIGINAL, "pencil", later=True)]


@pytest.fixture
async def ports(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Ports]:
    """Real database, Redis and folder, seeded."""
    async with real_ports(database_url, redis_url, tmp_path) as made:
        yield made


async def job_of(ports: Ports, chain: list[Step]) -> str:
    """A queued job of the photo line with a stored picture and this chain."""
    job_id = await queued_job(ports)
    async with unit(ports) as work:
        job = await work.db.get_one(Job, job_id)
        job.args = {**job.args, "chain": stored(chain), "input_key": job.input_key}
        job.provider = chain[0].provider
    await ports.storage.put_bytes(job.input_key, picture(120, 90), "image/jpeg")
    return job_id


async def children(ports: Ports, job_id: str) -> list[Job]:
    """The jobs made again from this one."""
    async with reading(ports) as db:
        return list((await db.scalars(select(Job).where(Job.parent_id == job_id).order_by(Job.id))).all())


def engine(ports: Ports, *makers: Maker) -> Engine:
    """A worker of the photo line with these makers."""
    mine = replace(ports, providers={maker.name: maker for maker in makers})
    return Engine(mine, {"photo": photo.STAGES}, "w")


async def test_the_original_goes_out_now_and_the_style_follows(ports: Ports) -> None:
    job_id = await job_of(ports, CHAIN)
    await engine(ports).run(job_id)
    now = await story(ports, job_id)
    [child] = await children(ports, job_id)
    assert now.job.status == "succeeded"
    assert now.stages["ai_processing"].output == {
        "key": now.stages["preprocessing"].output["key"],  # type: ignore[index]
        "provider": None,
    }
    assert "later" in now.timeline
    assert (child.status, child.lane, child.deadline_at) == ("queued", "bulk", None)
    assert child.due_at > now.job.finished_at  # type: ignore[operator]
    assert not await engine(ports).run(child.id)  # not yet

    maker = Maker("a")
    await due_now(ports, child.id)
    assert await engine(ports, maker).run(child.id)

    end = await story(ports, child.id)
    assert (end.job.status, end.job.session_id) == ("succeeded", now.job.session_id)
    assert end.stages["ai_processing"].output["provider"] == "a"  # type: ignore[index]
    assert len(maker.asked) == 1
    assert (await story(ports, job_id)).job.best_output_key == now.job.best_output_key


async def test_it_is_ordered_once_however_often_the_stage_runs(ports: Ports) -> None:
    job_id = await job_of(ports, CHAIN)

    ordered = {await later.order(ports, job_id) for _ in range(3)}
    await engine(ports).run(job_id)

    assert [child.id for child in await children(ports, job_id)] == list(ordered)
    assert (await story(ports, job_id)).timeline.count("later") == 1


async def test_it_hands_out_no_original_again(ports: Ports) -> None:
    job_id = await job_of(ports, CHAIN)
    child_id = await later.order(ports, job_id)
    assert child_id is not None
    assert [step.provider for step in of_job((await story(ports, child_id)).job.args)] == ["a"]
    await due_now(ports, child_id)

    await engine(ports).run(child_id)  # nobody can make it yet

    assert (await story(ports, child_id)).job.best_output_key is None
    assert await children(ports, child_id) == []


async def test_where_nobody_makes_the_style_nothing_is_ordered(ports: Ports) -> None:
    job_id = await job_of(ports, CHAIN[1:])

    assert await later.order(ports, job_id) is None

    assert await children(ports, job_id) == []
