"""Rows are locked in one order by all: nobody waits in a circle, whatever foreign keys lock beside them."""

import asyncio

from sqlalchemy import text

from app.db import runs
from app.db.claims import claim
from app.db.unit import reading, unit
from app.domain.access import Principal
from app.ports import Ports
from app.services import links, moving
from tests.fakes import ports as fakes

_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ILIKE :query")


async def _waits(ports: Ports, query: str) -> None:
    """Until a statement like this one waits for a row."""
    async with asyncio.timeout(10):
        while True:
            async with reading(ports) as db:
                if await db.scalar(_WAITING, {"query": query}):
                    return
            await asyncio.sleep(0.01)


async def test_a_picture_made_again_may_end_while_it_is_moved(ports: Ports, admin: Principal) -> None:
    """Its run writes its row twice, and PostgreSQL then locks what the row's foreign keys name, too: the
    picture it was made from, which whoever moves both of them holds while waiting for this one."""
    first = await fakes.queued_job(ports, status="failed")
    mine = (await fakes.story(ports, first)).job
    again = await fakes.queued_job(ports, parent_id=first, session_id=mine.session_id)
    other = await fakes.guest(ports, await fakes.event_of(ports), "Bima Sakti")
    async with unit(ports) as work:
        run = await claim(work, again, "w")
    assert run is not None

    async with unit(ports) as work:
        await runs.ours(work, run, "running", percent=50)
        mover = asyncio.create_task(moving.move(ports, admin, first, other.session_id))
        await _waits(ports, "%FROM jobs%FOR%UPDATE%")
    moved = await mover

    assert moved.job_ids == [first, again]
    now = await fakes.story(ports, again)
    assert (now.job.percent, now.job.session_id) == (50, other.session_id)


async def test_a_new_link_while_a_picture_goes_on(ports: Ports, admin: Principal) -> None:
    """A token is a key of its row: whoever changes it waits for all who only refer to the row, and must hold
    nothing of it meanwhile."""
    job_id = await fakes.queued_job(ports)
    async with unit(ports) as work:
        run = await claim(work, job_id, "w")
    assert run is not None

    async with unit(ports) as work:
        await runs.ours(work, run, "running", percent=50)
        await runs.ours(work, run, "running", percent=60)
        renewed = asyncio.create_task(links.renew(ports, admin, run.session_id))
        await _waits(ports, "%sessions%")
        work.changed("guest", run.session_id)
    assert (await renewed).session_id == run.session_id
