"""Follows the hotfolder, round by round: which files came, grew, were written again or are gone."""

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from watcher.clock import Clock, Moment
from watcher.flight import Flight
from watcher.hotfolder import Found, Hotfolder, HotfolderAway, HotfolderTaken
from watcher.judging import Judging
from watcher.ledger import Ledger, Shot
from watcher.lock import Locks
from watcher.outbox import Outbox, about_end
from watcher.screen_first import ScreenFirst
from watcher.settings import WatcherSettings
from watcher.sort import WAITING, shown_name
from watcher.wakes import Wakes

log = structlog.get_logger()

_ROUND_SECONDS = 0.1
_FIRST_BYTES_SECONDS = 0.03
_BLIND_SECONDS = 1.0
_AWAY_SECONDS = 0.25
_IDLE_SECONDS = 5.0
_LOCK_SECONDS = 0.5
_EVENT_LATE_SECONDS = 0.25  # how long after a file came the system's word of it may have reached us
_OPEN_STATES = frozenset({"receiving", "stalled", *WAITING})
"""States in which a file lies in the hotfolder and belongs to nobody but us."""


class Intake:
    """The hotfolder's rounds; `whole` and `invalid` are called with each shot that has become so."""

    def __init__(
        self,
        settings: WatcherSettings,
        hotfolder: Hotfolder,
        locks: Locks,
        wakes: Wakes,
        clock: Clock,
        ledger: Ledger,
        outbox: Outbox,
        screen_first: ScreenFirst,
        *,
        whole: Callable[[Shot], None],
        invalid: Callable[[Shot], None],
    ) -> None:
        self._settings = settings
        self._hotfolder = hotfolder
        self._locks = locks
        self._wakes = wakes
        self._clock = clock
        self._ledger = ledger
        self._outbox = outbox
        self._flights: dict[str, Flight] = {}
        self._judging = Judging(
            settings, ledger, outbox, self._flights, screen_first, whole=whole, invalid=invalid
        )
        self._first_round = True
        self._looked: Moment | None = None
        self._noted = -_IDLE_SECONDS
        self.away = False
        self.taken = False
        """It is there, and another watcher works on it."""

    async def run(self) -> None:
        """Look for ever; an unplugged disk or a full one is waited out."""
        self._judging.progress.recall(await self._ledger.whole_sizes())
        async with asyncio.TaskGroup() as tasks:
            while True:
                started = self._now()
                try:
                    await self._round(tasks)
                    self._note_away(None)
                except HotfolderAway as error:
                    self._note_away(error)
                except sqlite3.Error:
                    await asyncio.sleep(2)  # the ledger has said it
                # On a slow network share looking must not be all that is done.
                await asyncio.sleep(min(2.0, (self._now() - started) / 4))
                await self._wakes.wait(self._interval())

    def _interval(self) -> float:
        moving = [flight for flight in self._flights.values() if not flight.stalled]
        if any(self._awaits_first_bytes(flight) for flight in moving):
            return _FIRST_BYTES_SECONDS
        if moving:
            return _ROUND_SECONDS
        # What waits for its upload may be taken away or written again, and what stands still may grow.
        if self.away:
            return min(_AWAY_SECONDS, self._settings.scan_seconds)
        if not self._wakes.reliable or self._flights or self._ledger.pending():
            return min(_BLIND_SECONDS, self._settings.scan_seconds)
        return min(_IDLE_SECONDS, self._settings.scan_seconds)

    def _awaits_first_bytes(self, flight: Flight) -> bool:
        """Whether the camera's own thumbnail may be there any moment."""
        return not flight.peek.settled and not flight.raw and self._now() - flight.changed_at < 1.0

    def _note_away(self, error: HotfolderAway | None) -> None:
        taken = isinstance(error, HotfolderTaken)
        if error is not None and (taken, True) != (self.taken, self.away):
            what = "is another watcher's now" if taken else "is away"
            log.error(f"the hotfolder {what}; waiting for it", error=str(error))
        if error is None and self.away:
            log.info("the hotfolder is back")
        self.away, self.taken = error is not None, taken

    async def _take_over(self) -> None:
        """Go on in a folder that was away or made anew: its lock, its ledger and its events went with it.

        Raises HotfolderTaken where another watcher was faster: what lies there is that one's.
        """
        try:
            if not await asyncio.to_thread(self._locks.take, _LOCK_SECONDS):
                raise HotfolderTaken("stop the other one, or give this one a hotfolder of its own")
            await self._ledger.reopen()
        except HotfolderTaken:
            raise
        except OSError as error:
            raise HotfolderAway(str(error)) from error
        self._hotfolder.made_anew = False
        self._wakes.listen_anew()

    def _in_place(self) -> bool:
        """Whether our locks and our ledger are where we left them. Blocking."""
        return self._locks.are_held() and self._ledger.is_there()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def _round(self, tasks: asyncio.TaskGroup) -> None:
        # Before the scan: a file that is moved away while we look must not seem to be a new one.
        at = {shot.path: shot for shot in self._ledger.live()}
        begun, came, closed = self._clock.now(), self._wakes.came(), self._wakes.closed()
        files = await asyncio.to_thread(self._hotfolder.scan)
        came = self._wakes.came() | came
        anew = self.away or self._hotfolder.made_anew
        if anew or not await asyncio.to_thread(self._in_place):
            await self._take_over()
        if self._first_round:
            log.info("looked through the hotfolder", files=len(files), unfinished=self._ledger.pending())
        for file in files:
            await self._see(file, at.get(file.path), came.get(file.path))
            if file.path in closed and file.path in self._flights:
                self._flights[file.path].closed = (file.size, file.mtime_ns)
        self._first_round = False
        await self._note_looked(begun)
        present = {file.path for file in files}
        for path, shot in at.items():
            if path not in present and shot.state in _OPEN_STATES:
                await self._vanished(path, shot)
        for flight in list(self._flights.values()):
            if not flight.busy:
                flight.busy = True
                tasks.create_task(self._judging.look(flight))

    async def _note_looked(self, begun: Moment) -> None:
        """What is found later appeared after `begun`, also when the watcher dies."""
        self._looked = begun
        if self._now() - self._noted >= _IDLE_SECONDS:
            self._noted = self._now()
            await self._ledger.looked(begun)

    async def _see(self, file: Found, shot: Shot | None, came: Moment | None) -> None:
        flight = self._flights.get(file.path)
        if flight is not None:
            if flight.changed(file.size, file.mtime_ns, self._now()) and flight.stalled:
                await self._moves_again(flight)
            return
        if shot is None:
            shot = await self._add(file, came)
            log.info("file appears", shot=shot.shot_id, file=shown_name(file.path))
        elif (now := self._ledger.get(shot.shot_id)) is None:
            return
        elif now.state in WAITING and (now.size, now.mtime_ns) != (file.size, file.mtime_ns):
            log.info("file is written again", shot=shot.shot_id, file=shown_name(file.path))
            shot = await self._ledger.change(now, state="receiving")
        elif now.state not in ("receiving", "stalled"):
            return
        else:
            shot = now
        flight = Flight(shot, file.size, file.mtime_ns, self._now())
        if shot.sha256:
            flight.rewritten = self._clock.now(), self._looked or self._ledger.looked_before
        if shot.state == "stalled":
            flight.stalled, flight.not_before = True, self._settings.put_away_seconds
            if (shot.size, shot.mtime_ns) != flight.seen:
                await self._moves_again(flight)
        self._flights[file.path] = flight

    async def _moves_again(self, flight: Flight) -> None:
        """What was told as incomplete is received after all, under the same shot id."""
        flight.stalled, flight.not_before, flight.told_at = False, 0.0, None
        flight.shot = await self._ledger.change(
            flight.shot, state="receiving", reason="", message="", told=True
        )
        log.info(
            "an incomplete file grows again", shot=flight.shot.shot_id, file=shown_name(flight.shot.path)
        )

    async def _add(self, file: Found, came: Moment | None) -> Shot:
        """A new file: seen when the system told of it, else now; it was not there at the last look."""
        seen, looked = came or self._clock.now(), self._looked or self._ledger.looked_before
        after = came.earlier(_EVENT_LATE_SECONDS) if came else looked
        appeared_at, written = seen.wall, file.mtime_ns / 1e9
        if self._first_round and came is None and 0 < written < appeared_at.timestamp():
            appeared_at = datetime.fromtimestamp(written, UTC)
        return await self._ledger.add(
            file.path, file.size, file.mtime_ns, appeared_at, seen=seen, after=after
        )

    async def _vanished(self, path: str, shot: Shot) -> None:
        if await asyncio.to_thread(self._hotfolder.still_there, path):
            return
        now = self._ledger.get(shot.shot_id)
        if now is None or now.state not in _OPEN_STATES:
            return
        self._flights.pop(path, None)
        gone = await self._ledger.change(now, state="gone", filed=True, told=False)
        self._outbox.put(about_end(gone))
        log.info("file is gone", shot=gone.shot_id, file=shown_name(path))
