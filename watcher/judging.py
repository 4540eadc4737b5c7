"""Looks at every file that comes in until it is known what it is: whole, damaged, or stalled."""

import asyncio
import base64
import contextlib
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from app.domain.messages import FileGone, PhotoSeen
from app.imaging.background import SLIGHT_NICENESS, step_back
from watcher.endings import Ending, deep_ending
from watcher.flight import Flight
from watcher.following import WORTH_FOLLOWING, Following, follow
from watcher.ledger import Ledger
from watcher.outbox import Outbox
from watcher.pairs import is_another
from watcher.probe import being_written
from watcher.progress import Progress, first_look
from watcher.screen_first import ScreenFirst
from watcher.settings import WatcherSettings
from watcher.settle import UNCHANGED_SECONDS, Finding, Patience, Step, examine, next_step
from watcher.shot import Shot, is_copied
from watcher.slots import Slots
from watcher.sort import Verdict, judge, refusal, shown_name

log = structlog.get_logger()

_STRANGE_SECONDS = 10.0
_PARALLEL = 2
_EXAMINING = ThreadPoolExecutor(
    _PARALLEL + 1, "examining", initializer=step_back, initargs=(SLIGHT_NICENESS,)
)
"""Photos, and a RAW. The camera's own thumbnail of a picture is drawn while the whole picture is decoded."""
_AGAIN_SECONDS = 1.0
"""A write into a mapped file, or one within a disk's coarse clock, changes neither size nor time."""
_HELD_OPEN = 5


class Judging:
    """Judges the files in `flights` and takes out those whose fate is known.

    `whole` and `invalid` are called with each shot that has become so; a stalled one is told as invalid.
    """

    def __init__(
        self,
        settings: WatcherSettings,
        ledger: Ledger,
        outbox: Outbox,
        flights: dict[str, Flight],
        screen_first: ScreenFirst,
        *,
        whole: Callable[[Shot], None],
        invalid: Callable[[Shot], None],
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._outbox = outbox
        self._flights = flights
        self._whole = whole
        self._invalid = invalid
        self.progress = Progress(outbox)
        self._patience = Patience(
            settings.stability_delay_ms / 1000, settings.give_up_seconds, settings.put_away_seconds
        )
        self._screen_first = screen_first
        self._slots = Slots(_PARALLEL)
        self._raw_slot = Slots(1)  # LibRaw is slow, and nobody waits for a RAW

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def look(self, flight: Flight) -> None:
        """One look at a file that is not whole yet; a look that raises is repeated by a later round."""
        try:
            await self._look(flight, self._settings.folder / flight.shot.path)
        except FileNotFoundError:
            pass  # the next round misses it
        except OSError as error:
            await self._cannot_look(flight, error)
        except sqlite3.Error:
            await asyncio.sleep(2)  # the ledger has said it
        except Exception:
            # One strange file must not stop the booth.
            log.exception("a file cannot be judged; looking again later", file=shown_name(flight.shot.path))
            flight.not_before = self._now() - flight.changed_at + _STRANGE_SECONDS
        finally:
            flight.busy = False

    async def _cannot_look(self, flight: Flight, error: OSError) -> None:
        """Another program's lock is gone in a moment; what nobody may read is told like one that stalls."""
        log.debug("cannot look at a file now", file=shown_name(flight.shot.path), error=str(error))
        if flight.stalled or self._now() - flight.changed_at < self._patience.give_up:
            return
        words = f"The file cannot be read ({error.strerror}). Who may read it, and does its disk work?"
        unread = Finding(flight.size, flight.mtime_ns, code="IMAGE_UNREADABLE", message=words)
        with contextlib.suppress(sqlite3.Error):  # the ledger has said it; a later look tells
            await self._stalled(flight, unread)

    async def _look(self, flight: Flight, path: Path) -> None:
        if not flight.stalled:
            # The scan may have met the file in the middle of its last write; judged by that, a sound picture
            # would be decoded a second time.
            facts = await asyncio.to_thread(path.lstat)
            flight.changed(facts.st_size, facts.st_mtime_ns, self._now())
        await self._glance(flight, path)
        quiet = self._now() - flight.changed_at
        seen, told = flight.seen, flight.glance
        if quiet < flight.not_before or told is None:
            return
        hinted = flight.closed == seen and told.ending is Ending.ENDED and told.written == flight.size
        writing = None
        if hinted or quiet >= self._patience.stability:
            writing = await asyncio.to_thread(being_written, path)
        step = next_step(told.ending, quiet, self._patience, being_written=writing, raw=flight.raw)
        if step in (Step.WAIT, Step.LOOK_DEEPER):
            await self._look_deeper(flight, path, step)
            return
        slots = self._raw_slot if flight.raw else self._slots
        async with slots.taken(is_copied(flight.shot, flight.mtime_ns)):
            if flight.seen != seen:
                return
            if not flight.raw:
                self._screen_first.begins(self._now())
            try:
                finding = await self._examined(path, flight.following)
            finally:
                if not flight.raw:
                    self._screen_first.ends(self._now())
        writing = await self._settled(flight, path, finding, hinted=hinted and writing is False)
        facts = await asyncio.to_thread(path.lstat)
        now_there = (facts.st_size, facts.st_mtime_ns)
        if not seen == now_there == (finding.size, finding.mtime_ns) == flight.seen:
            flight.changed(*now_there, self._now())
            return
        await self._conclude(flight, finding, step, writing)

    async def _examined(self, path: Path, following: Following | None) -> Finding:
        bounds = {"max_bytes": self._settings.max_bytes, "max_pixels": self._settings.max_pixels}
        work = partial(examine, path, **bounds, following=following)
        return await asyncio.get_running_loop().run_in_executor(_EXAMINING, work)

    async def _glance(self, flight: Flight, path: Path) -> None:
        now, told = self._now(), flight.glance
        if told is not None and (told.ending is not Ending.OPEN or now - flight.glanced_at < _AGAIN_SECONDS):
            return
        seen = flight.seen
        looked, peeked, preview = await asyncio.to_thread(
            first_look, self._settings.folder / flight.shot.path, flight.peek, raw=flight.raw
        )
        flight.peek = peeked
        flight.preview = preview or flight.preview
        if flight.seen != seen:
            return  # the next round looks at what it has become
        if told is not None and looked.ending is not told.ending:
            flight.not_before = 0.0
        flight.glance, flight.glanced_at, flight.room = looked, now, looked.expected or flight.room
        grows = looked.ending is Ending.OPEN and looked.written >= WORTH_FOLLOWING and not flight.stalled
        if grows and flight.following is None and not flight.raw:
            flight.following = follow(path, max_pixels=self._settings.max_pixels)
        if not flight.stalled:
            self.progress.tell(flight, now)

    async def _look_deeper(self, flight: Flight, path: Path, step: Step) -> None:
        if step is not Step.LOOK_DEEPER or flight.deep or flight.glance is None:
            return
        flight.deep = True
        found = await asyncio.to_thread(deep_ending, path)
        if flight.glance is not None:
            flight.glance = replace(flight.glance, ending=found)

    async def _settled(self, flight: Flight, path: Path, finding: Finding, *, hinted: bool) -> bool | None:
        """Let the time pass in which nothing may change, unless all other evidence is there already."""
        if hinted and finding.code is None and not finding.hole:
            writing = await asyncio.to_thread(being_written, path)
            if writing is False:
                return writing
        await asyncio.sleep(max(0.0, UNCHANGED_SECONDS - (self._now() - flight.changed_at)))
        return await asyncio.to_thread(being_written, path)

    async def _conclude(self, flight: Flight, finding: Finding, step: Step, writing: bool | None) -> None:
        quiet, told = self._now() - flight.changed_at, flight.glance
        if told is None or self._flights.get(flight.shot.path) is not flight:
            return  # it vanished meanwhile
        verdict = judge(finding, told, step, quiet=quiet, patience=self._patience, being_written=writing)
        if verdict is Verdict.LOOK_AGAIN:
            later = self._patience.give_up if quiet >= self._patience.stability else self._patience.stability
            flight.not_before = later
            return
        facts: dict[str, Any] = {
            "size": finding.size,
            "mtime_ns": finding.mtime_ns,
            "sha256": finding.sha256,
            "pixels": finding.pixels,
            "taken_at": finding.taken_at,
            "camera": finding.camera,
        }
        if verdict is Verdict.STALLED:
            patience = self._patience.put_away * (_HELD_OPEN if writing else 1)
            if quiet < patience:
                flight.not_before = patience
                await self._stalled(flight, finding)
                return
        del self._flights[flight.shot.path]
        if verdict is Verdict.ACCEPT:
            await self._accept(flight, finding, facts)
        else:
            await self._refuse(flight, finding, facts)

    async def _stalled(self, flight: Flight, finding: Finding) -> None:
        """Tell that the file is not complete; it stays where it is, for it may grow after all."""
        if flight.stalled:
            return
        flight.stalled = True
        facts = {"state": "stalled", "size": finding.size, "mtime_ns": finding.mtime_ns}
        try:
            await self._tell_invalid(flight, finding, facts)
        except sqlite3.Error:
            flight.stalled, flight.not_before = False, 0.0  # nothing was written: a later look tells it
            raise

    async def _refuse(self, flight: Flight, finding: Finding, facts: dict[str, Any]) -> None:
        await self._tell_invalid(flight, finding, {**facts, "state": "invalid"})

    async def _tell_invalid(self, flight: Flight, finding: Finding, facts: dict[str, Any]) -> None:
        code, message = refusal(finding, flight.end, self._patience)
        shot = await self._ledger.change(flight.shot, **facts, reason=code, message=message, told=False)
        log.warning("no photo", shot=shot.shot_id, file=shown_name(shot.path), reason=code, state=shot.state)
        self._invalid(shot)

    async def _accept(self, flight: Flight, finding: Finding, facts: dict[str, Any]) -> None:
        kind = "raw" if finding.raw else "photo"
        ended = {"state": "whole", "kind": kind, "reason": "", "message": "", "told": True}
        before = self._ledger.get(flight.shot.shot_id) or flight.shot
        if flight.rewritten is not None and is_another(before, finding.pixels, finding.taken_at):
            self._outbox.put(FileGone(shot_id=before.shot_id))
            flight.shot = await self._ledger.renew(before, *flight.rewritten)
            log.info("another picture of the same name", shot=flight.shot.shot_id, instead_of=before.shot_id)
        shot = await self._ledger.change(flight.shot, **facts, **ended)
        log.info("file is whole", shot=shot.shot_id, file=shown_name(shot.path), bytes=shot.size)
        self.progress.whole(shot)
        if shot.kind == "photo":
            await self._announce(shot, finding)
        self._whole(shot)

    async def _announce(self, shot: Shot, finding: Finding) -> None:
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
                camera=finding.camera,
                preview=base64.b64encode(finding.preview).decode("ascii"),
                qr=finding.qr,
            )
        )
