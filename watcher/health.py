"""How the watcher and its laptop are: the words of a heartbeat."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from app.domain.messages import Heartbeat, WatcherTrouble
from watcher.clock import Clock
from watcher.ledger import Ledger, Shot
from watcher.settings import WatcherSettings
from watcher.shot import is_waiting
from watcher.uploads import Uploads


class Health:
    """Asked by the uplink; `folder_away` and `disk_full` say what the other parts met."""

    def __init__(
        self,
        settings: WatcherSettings,
        clock: Clock,
        ledger: Ledger,
        uploads: Uploads,
        *,
        folder_away: Callable[[], WatcherTrouble | None],
        disk_full: Callable[[], bool],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._ledger = ledger
        self._uploads = uploads
        self._folder_away = folder_away
        self._disk_full = disk_full

    def trouble(self) -> WatcherTrouble | None:
        """The one reason for waiting that a person should know, the nearest to the camera first."""
        if away := self._folder_away():
            return away
        if self._ledger.failing or self._disk_full():
            return "DISK_FULL"
        if self._uploads.trouble is not None:
            return self._uploads.trouble
        return "SLOW_LINE" if self._uploads.slow and self._ledger.pending() else None

    async def beat(self) -> Heartbeat:
        """A heartbeat as of now."""
        # A file that the camera still writes waits for the camera, not for the line.
        waiting = [shot for shot in self._ledger.live() if is_waiting(shot) and shot.state != "receiving"]
        last = None
        with suppress(sqlite3.Error):  # on a disk that is away: that is just what this beat has to tell
            last = await self._ledger.last_photo()
        rate = self._uploads.pace.rate()
        return Heartbeat(
            pending=len(waiting),
            free_bytes=await asyncio.to_thread(self._free_bytes),
            last_shot_at=self._appeared(last) if last else None,
            bytes_waiting=sum(shot.size for shot in waiting),
            oldest_waiting_at=self._appeared(waiting[0]) if waiting else None,
            bytes_per_second=round(rate) if rate else None,
            trouble=self.trouble(),
            sent=self._clock.seconds(),
        )

    def _appeared(self, shot: Shot) -> datetime:
        return self._clock.appearance(shot.appeared_at, shot.seen, shot.after).appeared_at

    def _free_bytes(self) -> int | None:
        """The room on the fullest of the disks that pictures and the ledger lie on. Blocking."""
        places = {self._settings.folder, self._settings.ledger_file.parent, self._settings.processed_folder}
        free = []
        for place in places:
            try:
                free.append(shutil.disk_usage(place).free)
            except OSError:
                continue
        return min(free, default=None)
