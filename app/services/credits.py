"""Credits at paid providers: read in the background, so that screens show them and nobody's page asks."""

from app.db import credits
from app.db.unit import unit
from app.ports import Ports

EVERY_SECONDS = 120.0


async def read(ports: Ports) -> None:
    """Ask each provider whose turn it is; one that counts no credits, or does not answer, changes nothing."""
    for name in sorted(ports.providers.keys() & ports.policy.paid_providers):
        async with unit(ports) as work:
            due = await credits.claim(work, name, EVERY_SECONDS)
        if not due:
            continue
        left = (await ports.providers[name].health()).credits
        if left is not None:
            async with unit(ports) as work:
                await credits.write(work, name, left)
