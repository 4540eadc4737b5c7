"""How providers are, asked without a job: who does not answer is on screens before the first guest waits."""

import asyncio

from app.db import checks
from app.db.unit import unit
from app.ports import Ports, Provider

NEAR_SECONDS = 3.0
PAID_SECONDS = 15.0
"""Those on the internet that we pay are not asked more often: they count our calls."""
ANSWER_SECONDS = 2.0
SILENT = "CHECK_SILENT"


async def look(ports: Ports) -> None:
    """Ask every provider whose turn it is; one worker asks, all screens are told."""
    await asyncio.gather(*(_ask(ports, name, provider) for name, provider in ports.providers.items()))


async def _ask(ports: Ports, name: str, provider: Provider) -> None:
    every = PAID_SECONDS if name in ports.policy.paid_providers else NEAR_SECONDS
    async with unit(ports) as work:
        if not await checks.claim(work, name, every):
            return
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            found = await provider.health()
        because = "" if found.ok else found.because or SILENT
    except TimeoutError:
        because = SILENT
    async with unit(ports) as work:
        await checks.write(work, name, because)
