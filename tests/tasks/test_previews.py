"""What a maker shows while it works: on the job's card, anew each time, and gone when the job is over."""

import pytest

from app.db import live
from app.db.unit import reading
from app.domain.access import Principal
from app.domain.errors import NotFound
from app.domain.messages import JobChanged
from app.ports import Ports, ProviderState
from app.services import cleaning, jobs
from tests.fakes.maker import Maker
from tests.tasks.outside import engine_of, job_for, made_by

OPERATOR = Principal("u", "u", "operator", None, "s")
STRANGER = Principal("v", "v", "supervisor", frozenset(), "s")


async def card(ports: Ports, job_id: str) -> JobChanged:
    async with reading(ports) as db:
        row = (await live.jobs(db, [job_id]))[0]
    assert isinstance(row, JobChanged)
    return row


async def test_each_preview_is_shown_and_the_last_is_cleared_away(ports: Ports) -> None:
    maker = Maker("a")
    maker.polls.extend(ProviderState("running", percent=n, preview=b"frame %d" % n) for n in (10, 20, 30))
    maker.polls.append(ProviderState("running", percent=40))
    ports = made_by(ports, maker)
    job_id = await job_for(ports, "a")
    assert (await card(ports, job_id)).preview_version == 0
    with pytest.raises(NotFound):
        await jobs.live_preview(ports, OPERATOR, job_id)

    await (await engine_of(ports)).run(job_id)

    assert (await card(ports, job_id)).preview_version == 3  # none was held back, however fast they came
    assert await jobs.live_preview(ports, OPERATOR, job_id) == b"frame 30"
    with pytest.raises(NotFound):
        await jobs.live_preview(ports, STRANGER, job_id)
    await cleaning.clear(ports)
    with pytest.raises(NotFound):
        await jobs.live_preview(ports, OPERATOR, job_id)
