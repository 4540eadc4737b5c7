"""The real worker, whose photo line has five empty stages that end fifty times a second, not faster.

`python -m tests.bench.live.worker`: a stage does no work, so that what is measured is the way of its news.
"""

import asyncio
from typing import Any

from app.domain.line import PHOTO, Retry, Work
from app.ports import Ports
from tasks import worker
from tasks.stage import Stage, StagesOf

PER_SECOND = 50.0


class Pace:
    """Gives out turns, fifty a second; what was not taken in time is not made up for."""

    def __init__(self) -> None:
        self._next = 0.0

    async def turn(self) -> None:
        """Wait for the next turn."""
        loop = asyncio.get_running_loop()
        self._next = max(self._next + 1 / PER_SECOND, loop.time())
        await asyncio.sleep(self._next - loop.time())


def paced() -> tuple[Stage, ...]:
    """The photo line's stages, each waiting for its turn."""
    line, pace = StagesOf(PHOTO), Pace()
    for entry in PHOTO.stages:

        async def stage(work: Work, ports: Ports) -> dict[str, Any]:
            await pace.turn()
            return {}

        stage.__name__ = entry.name
        line.stage(timeout=30, retry=Retry())(stage)
    return line.sealed()


if __name__ == "__main__":
    worker.LINES[PHOTO.name] = paced()
    asyncio.run(worker.main())
