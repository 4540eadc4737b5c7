"""What each event's wall shows, read once for all screens that show it; and how many screens there are."""

import asyncio
import time
from collections.abc import Sequence

from app.services import wall
from app.services.wall import WallPicture
from console.live import Live
from console.room import Room

AT_ONCE, PER_ADDRESS = 64, 8
"""Open walls in this process: a phone that opens many must not keep the hall's TV out."""
PAUSE_SECONDS = 0.25
"""An event's wall is read that often at most, however much happens."""
EVENTS_MAX = 50


class Walls:
    """The walls of this web process."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self._known: dict[str, tuple[float, Sequence[WallPicture] | None]] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self.room = Room(at_once=AT_ONCE, each=PER_ADDRESS)

    async def of(self, event_id: str, since: float) -> Sequence[WallPicture] | None:
        """The pictures as they were at `since` (monotonic) or later; None when the event is over."""
        if len(self._locks) >= EVENTS_MAX and event_id not in self._locks:
            self._locks.clear()
            self._known.clear()
        async with self._locks.setdefault(event_id, asyncio.Lock()):
            read_at, known = self._known.get(event_id, (float("-inf"), None))
            if read_at >= since:
                return known
            await asyncio.sleep(max(0.0, read_at + PAUSE_SECONDS - time.monotonic()))
            read_at = time.monotonic()
            found: Sequence[WallPicture] | None = await wall.pictures(self.live.ports, event_id)
            if not found and not await wall.is_open(self.live.ports, event_id):
                found = None
            self._known[event_id] = (read_at, found)
            return found
