"""What somebody must do now and then: end visits that are over, erase, put storage right, clear away."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from app.ports import Ports
from app.services import (
    booths,
    checks,
    cleaning,
    credits,
    erasure,
    errands,
    printers,
    printing,
    retention,
    watchers,
)
from tasks.scratch import clear_leftovers

log = structlog.get_logger()

END_EXPIRED_SECONDS = 5.0
ERASE_SECONDS = 3.0
ERRAND_SECONDS = 1.0
RETENTION_SECONDS = 30.0
CLEAR_SECONDS = 3600.0
CREDITS_SECONDS = 30.0
CHECK_SECONDS = 1.0
PRINT_SECONDS = 1.0
CHORE_SECONDS = 60.0


async def chores(ports: Ports) -> None:
    """For ever; every worker does them, each is harmless when done twice."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_every(END_EXPIRED_SECONDS, booths.end_expired, ports))
        group.create_task(_every(END_EXPIRED_SECONDS, watchers.end_silent, ports))
        group.create_task(_every(CHECK_SECONDS, checks.look, ports))
        group.create_task(_every(CHECK_SECONDS, printers.look, ports))
        group.create_task(_every(PRINT_SECONDS, printing.carry_out, ports))
        group.create_task(_every(CREDITS_SECONDS, credits.read, ports))
        group.create_task(_every(ERASE_SECONDS, erasure.carry_out, ports))
        group.create_task(_every(ERRAND_SECONDS, errands.carry_out, ports))
        group.create_task(_every(ERASE_SECONDS, errands.delete_due, ports))
        group.create_task(_every(RETENTION_SECONDS, retention.sweep, ports))
        group.create_task(_every(CLEAR_SECONDS, cleaning.clear, ports))
        group.create_task(_every(CLEAR_SECONDS, clear_leftovers, ports))


async def _every(seconds: float, chore: Callable[[Ports], Awaitable[None]], ports: Ports) -> None:
    while True:
        try:
            async with asyncio.timeout(CHORE_SECONDS):
                await chore(ports)
        except Exception as error:  # a part is away: the next round does it
            log.warning("chore_failed", chore=chore.__name__, error=type(error).__name__)
        await asyncio.sleep(seconds)
