"""Follows every camera file from its first byte until it is whole, and then announces it."""

import asyncio
import base64
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from app.domain.messages import FileGone, FileReceiving, PhotoSeen
from watcher.clock import Clock, Moment
from watcher.endings import Ending, deep_ending, ending, is_raw
from watcher.hotfolder import Found, Hotfolder, HotfolderAway, Wakes
from watcher.ledger import Ledger, Shot
from watcher.outbox import Outbox, about_end
from watcher.settings import WatcherSettings
from watcher.settle import UNCHANGED_SECONDS, Finding, Patience, Step, being_written, examine, next_step
from watcher.sort import WAITING, Verdict, judge, refusal, shown_name

log = structlog.get_logger()

_ROUND_SECONDS = 0.1
_BLIND_SECONDS = 1.0
_RECEIVING_SECONDS = 0.5
_STRANGE_SECONDS = 10.0
_PARALLEL = 2
_IDLE_SECONDS = 5.0
_EVENT_LATE_SECONDS = 0.25  # how long after a file came the system's word of it may have reached us


@dataclass
class Flight:
    """A file that is not whole yet; times are the loop's, in seconds."""

    shot: Shot
    size: int
    mtime_ns: int
    changed_at: float
    told_at: float = 0.0
    end: Ending | None = None
    deep: bool = False
    busy: bool = False
    not_before: float = 0.0
    """How many quiet seconds the next examination waits for."""

    def changed(self, size: int, mtime_ns: int, now: float) -> bool:
        """Take in what the disk says; whether it is new."""
        if (size, mtime_ns) == (self.size, self.mtime_ns):
            return False
        self.size, self.mtime_ns, self.changed_at = size, mtime_ns, now
        self.end, self.deep, self.not_before = None, False, 0.0
        return True


class Intake:
    """The hotfolder's rounds; `whole` and `invalid` are called with each shot that has become so."""

    def __init__(
        self,
        settings: WatcherSettings,
        hotfolder: Hotfolder,
        wakes: Wakes,
        clock: Clock,
        ledger: Ledger,
        outbox: Outbox,
        *,
        whole: Callable[[Shot], None],
        invalid: Callable[[Shot], None],
    ) -> None:
        self._settings = settings
        self._hotfolder = hotfolder
        self._wakes = wakes
        self._clock = clock
        self._ledger = ledger
        self._outbox = outbox
        self._whole = whole
        self._invalid = invalid
        self._patience = Patience(settings.stability_delay_ms / 1000, settings.give_up_seconds)
        self._flights: dict[str, Flight] = {}
        self._slots = asyncio.Semaphore(_PARALLEL)
        self._first_round = True
        self._looked: Moment | None = None
        self._noted = -_IDLE_SECONDS
        self.away = False

    async def run(self) -> None:
        """Look for ever; an unplugged disk or a full one is waited out."""
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
        if self._flights:
            return _ROUND_SECONDS
        # What waits for its upload may be taken away or written again.
        if self.away or not self._wakes.reliable or self._ledger.pending():
            return min(_BLIND_SECONDS, self._settings.scan_seconds)
        return min(_IDLE_SECONDS, self._settings.scan_seconds)

    def _note_away(self, error: HotfolderAway | None) -> None:
        if error is not None and not self.away:
            log.error("the hotfolder is away; waiting for it", error=str(error))
        if error is None and self.away:
            log.info("the hotfolder is back")
        self.away = error is not None

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def _round(self, tasks: asyncio.TaskGroup) -> None:
        # Before the scan: a file that is moved away while we look must not seem to be a new one.
        at = {shot.path: shot for shot in self._ledger.live()}
        begun, came = self._clock.now(), self._wakes.came()
        files = await asyncio.to_thread(self._hotfolder.scan)
        came = self._wakes.came() | came
        if self._first_round:
            log.info("looked through the hotfolder", files=len(files), unfinished=self._ledger.pending())
        for file in files:
            await self._see(file, at.get(file.path), came.get(file.path))
        self._first_round = False
        await self._note_looked(begun)
        present = {file.path for file in files}
        for path, shot in at.items():
            if path not in present and shot.state in ("receiving", *WAITING):
                await self._vanished(path, shot)
        for flight in list(self._flights.values()):
            if not flight.busy:
                flight.busy = True
                tasks.create_task(self._look(flight))

    async def _note_looked(self, begun: Moment) -> None:
        """What is found later appeared after `begun`, also when the watcher dies."""
        self._looked = begun
        if self._now() - self._noted >= _IDLE_SECONDS:
            self._noted = self._now()
            await self._ledger.looked(begun)

    async def _see(self, file: Found, shot: Shot | None, came: Moment | None) -> None:
        flight = self._flights.get(file.path)
        if flight is not None:
            if flight.changed(file.size, file.mtime_ns, self._now()):
                self._tell_receiving(flight)
            return
        if shot is None:
            shot = await self._add(file, came)
            log.info("file appears", shot=shot.shot_id, file=shown_name(file.path))
        elif (now := self._ledger.get(shot.shot_id)) is None:
            return
        elif now.state in WAITING and (now.size, now.mtime_ns) != (file.size, file.mtime_ns):
            log.info("file is written again", shot=shot.shot_id, file=shown_name(file.path))
            shot = await self._ledger.change(now, state="receiving")
        elif now.state != "receiving":
            return
        flight = Flight(shot, file.size, file.mtime_ns, self._now())
        self._flights[file.path] = flight
        self._tell_receiving(flight)

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

    def _tell_receiving(self, flight: Flight) -> None:
        if is_raw(flight.shot.path) or flight.shot.mate or self._now() - flight.told_at < _RECEIVING_SECONDS:
            return
        flight.told_at = self._now()
        self._outbox.put(
            FileReceiving(
                shot_id=flight.shot.shot_id,
                file_name=shown_name(flight.shot.path),
                bytes_seen=flight.size,
                appeared_at=flight.shot.appeared_at,
            )
        )

    async def _vanished(self, path: str, shot: Shot) -> None:
        if await asyncio.to_thread(self._hotfolder.still_there, path):
            return
        now = self._ledger.get(shot.shot_id)
        if now is None or now.state not in ("receiving", *WAITING):
            return
        self._flights.pop(path, None)
        gone = await self._ledger.change(now, state="gone", filed=True, told=False)
        self._outbox.put(about_end(gone))
        log.info("file is gone", shot=gone.shot_id, file=shown_name(path))

    async def _look(self, flight: Flight) -> None:
        """One look at a file that is not whole yet; a look that raises is repeated by a later round."""
        try:
            await self._look_once(flight)
        except OSError as error:
            log.debug("cannot look at a file now", file=shown_name(flight.shot.path), error=str(error))
        except sqlite3.Error:
            await asyncio.sleep(2)
        except Exception:
            # One strange file must not stop the booth.
            log.exception("a file cannot be judged; looking again later", file=shown_name(flight.shot.path))
            flight.not_before = self._now() - flight.changed_at + _STRANGE_SECONDS
        finally:
            flight.busy = False

    async def _look_once(self, flight: Flight) -> None:
        path = self._hotfolder.folder / flight.shot.path
        seen = (flight.size, flight.mtime_ns)
        quiet = self._now() - flight.changed_at
        if quiet < flight.not_before:
            return
        if flight.end is None:
            flight.end = await asyncio.to_thread(ending, path)
        writing = None
        if quiet >= self._patience.stability:
            writing = await asyncio.to_thread(being_written, path)
        step = next_step(flight.end, quiet, self._patience, being_written=writing)
        if step is Step.LOOK_DEEPER:
            flight.end = await asyncio.to_thread(deep_ending, path) if not flight.deep else flight.end
            flight.deep = True
        if step in (Step.WAIT, Step.LOOK_DEEPER):
            return
        async with self._slots:
            finding = await asyncio.to_thread(
                examine, path, max_bytes=self._settings.max_bytes, max_pixels=self._settings.max_pixels
            )
        rest = UNCHANGED_SECONDS - (self._now() - flight.changed_at)
        await asyncio.sleep(max(0.0, rest))
        facts = await asyncio.to_thread(path.lstat)
        now_there = (facts.st_size, facts.st_mtime_ns)
        if not seen == now_there == (finding.size, finding.mtime_ns) == (flight.size, flight.mtime_ns):
            flight.changed(*now_there, self._now())
            return
        await self._conclude(flight, finding, step, quiet, writing)

    async def _conclude(
        self, flight: Flight, finding: Finding, step: Step, quiet: float, writing: bool | None
    ) -> None:
        end = flight.end or Ending.UNTOLD
        verdict = judge(finding, end, step, quiet=quiet, patience=self._patience, being_written=writing)
        if verdict is Verdict.LOOK_AGAIN:
            later = self._patience.give_up if quiet >= self._patience.stability else self._patience.stability
            flight.not_before = later
            return
        if self._flights.get(flight.shot.path) is not flight:
            return  # it vanished meanwhile
        facts = {
            "size": finding.size,
            "mtime_ns": finding.mtime_ns,
            "sha256": finding.sha256,
            "taken_at": finding.taken_at,
        }
        del self._flights[flight.shot.path]
        if verdict is Verdict.INVALID:
            code, message = refusal(finding, end, self._patience)
            why = {"state": "invalid", "reason": code, "message": message, "told": False}
            shot = await self._ledger.change(flight.shot, **facts, **why)
            log.warning("no photo", shot=shot.shot_id, file=shown_name(shot.path), reason=code)
            self._invalid(shot)
            return
        kind = "raw" if finding.raw else "photo"
        shot = await self._ledger.change(flight.shot, **facts, state="whole", kind=kind)
        log.info("file is whole", shot=shot.shot_id, file=shown_name(shot.path), bytes=shot.size)
        await self._announce(shot, finding)
        self._whole(shot)

    async def _announce(self, shot: Shot, finding: Finding) -> None:
        if shot.kind == "raw":
            return
        if await self._ledger.known(shot) is not None:
            # The screens get one picture per shot; the uploads will file this one as a duplicate.
            self._outbox.put(FileGone(shot_id=shot.shot_id))
            return
        self._outbox.put(
            PhotoSeen(
                shot_id=shot.shot_id,
                file_name=shown_name(shot.path),
                bytes_seen=shot.size,
                sha256=shot.sha256,
                appeared_at=shot.appeared_at,
                taken_at=finding.taken_at,
                preview=base64.b64encode(finding.preview).decode("ascii"),
            )
        )
