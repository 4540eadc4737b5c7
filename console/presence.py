"""What this web process tells of itself: that it lives, who looks at its screens, what it stands on."""

import asyncio
import os
import socket
from collections import defaultdict
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import structlog
from ulid import ULID

from app.domain.house import BoothScreens
from app.ports import Ports
from app.services import programs
from console.live import Live, Screen

log = structlog.get_logger()

VERSION = version("photobot")
EVERY_SECONDS = 3.0
BOOTHS_MAX = 200
CALM_SECONDS = 0.3
"""A browser that opens five pages is one message."""


class Presence:
    """Tells every three seconds, and at once when a screen comes or goes."""

    def __init__(self, ports: Ports, live: Live, folder: Path) -> None:
        host = socket.gethostname()
        self._live = live
        self._ports = ports
        self._who = programs.Who(
            f"web-{host}-{os.getpid()}-{str(ULID())[-6:].lower()}", "web", host, VERSION, folder
        )
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to tell."""
        self._task = asyncio.create_task(self._tell(), name="presence")

    async def stop(self) -> None:
        """Say goodbye, if there is somebody to hear it."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        with suppress(Exception):
            async with asyncio.timeout(2):
                await programs.says_goodbye(self._ports, self._who)

    async def _tell(self) -> None:
        look = programs.WebLook(self._ports, self._who)
        while True:
            self._live.came_or_went.clear()
            try:
                await look.look(screens_of(self._live))
            except Exception as error:  # the database is away: screens see the age of their data grow
                log.warning("presence_not_told", error=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._live.came_or_went.wait(), EVERY_SECONDS)
            await asyncio.sleep(CALM_SECONDS)


def screens_of(live: Live) -> list[BoothScreens]:
    """The console's screens by booth, the slowest answer of each; guests' phones are none of them.

    A booth's id comes out of an address, where somebody may type anything: with a NUL nothing of all this
    could be written, and the whole web looked dead. One that is no booth's is a screen of no booth.
    """
    by_booth: dict[str, list[Screen]] = defaultdict(list)
    for screen in live.opened:
        if screen.version is not None:
            booth_id = screen.scope.booth_id or ""
            by_booth[booth_id if live.board.get(("booth", booth_id)) else ""].append(screen)
    return [
        BoothScreens(
            booth_id=booth_id,
            screens=len(found),
            lag_ms=max((one.lag_ms for one in found if one.lag_ms is not None), default=None),
            outdated=sum(one.version not in ("", VERSION) for one in found),
        )
        for booth_id, found in sorted(by_booth.items())[:BOOTHS_MAX]
    ]
