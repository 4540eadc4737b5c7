"""Credits at paid providers: read now and then by one worker, shown as news, and told to be low in time."""

import asyncio
from dataclasses import replace

from ulid import ULID

from app.db import breakers, spend
from app.db.tables import Breaker
from app.db.unit import unit
from app.domain.house import ProviderChanged
from app.ports import Ports
from app.services import credits, house
from tests.contract.kie_stands import provider_of
from tests.fakes.kie_server import Trouble, kie_server
from tests.fakes.ports import event_of


async def shown(ports: Ports) -> ProviderChanged:
    """The provider as screens see it."""
    parts, _ = await house.state(ports)
    return next(part for part in parts if part.id == "kie")


async def a_while_later(ports: Ports) -> None:
    """The time passes for which nobody asks again."""
    async with unit(ports) as work:
        (await work.db.get_one(Breaker, "kie")).credits_asked_at = None


async def paid(ports: Ports, *costs: float) -> None:
    """Tasks that cost this."""
    event_id = await event_of(ports)
    async with unit(ports) as work:
        for cost in costs:
            task, job_id = str(ULID()), str(ULID())
            await spend.ask(
                work, task, provider="kie", job_id=job_id, event_id=event_id, style_id="pencil", expected=cost
            )
            await spend.settle(work, task, "done", cost)


async def test_credits_are_read_by_one_worker_and_told_to_be_low(ports: Ports) -> None:
    with kie_server(b"") as kie_ai:
        async with provider_of(kie_ai) as kie:
            ports = replace(ports, providers={"kie": kie})
            async with unit(ports) as work:
                await breakers.register(work, {"kie": 5})
            kie_ai.credits = 250.0

            await asyncio.gather(*(credits.read(ports) for _ in range(3)))
            assert kie_ai.asked["credit"] == 1
            row = await shown(ports)
            assert (row.credits, row.credits_tasks, row.credits_low) == (250.0, None, False)
            assert row.credits_at is not None

            await paid(ports, *[4.0] * 10)
            await a_while_later(ports)
            await credits.read(ports)
            again = await shown(ports)
            assert (again.credits_tasks, again.credits_low) == (62, False)
            assert again.revision > row.revision

            await a_while_later(ports)
            kie_ai.credits = 199.0
            await credits.read(ports)
            row = await shown(ports)
            assert (row.credits_tasks, row.credits_low) == (49, True)

            await a_while_later(ports)
            kie_ai.trouble("/credit", Trouble("code", 500))
            await credits.read(ports)
            assert await shown(ports) == row, "what was read last stands, with its time"
