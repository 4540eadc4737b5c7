"""Brings what follows a picture when no picture waits: the original of a small copy, and then RAWs."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import httpx
import structlog

from watcher import parcel
from watcher.answers import MISMATCH, Outcome, read_beside
from watcher.clock import Clock
from watcher.gate import Gate
from watcher.hotfolder import Hotfolder
from watcher.ledger import Ledger, Shot
from watcher.parcel import FileChanged, Parcel
from watcher.settings import WatcherSettings
from watcher.settle import Fingerprint, fingerprint
from watcher.sort import FINISHED, shown_name
from watcher.uploads import STRANGE_SECONDS, UNREACHABLE, Uploads

log = structlog.get_logger()

_LOOK_SECONDS = 1.0
_GIVE_WAY_SECONDS = 20.0
"""So long a transfer stands still for pictures before it is given up and begun anew later."""
_STEP_SECONDS = 0.1
_UNLIKE_TRIES = 5
"""A file that is just being written again looks like another picture until it is whole."""


class GiveWay(Exception):
    """Pictures need the line."""


class Beside:
    """One transfer at a time; `sent` is called with each shot of which nothing more is to be sent."""

    def __init__(
        self,
        settings: WatcherSettings,
        hotfolder: Hotfolder,
        clock: Clock,
        ledger: Ledger,
        uploads: Uploads,
        sent: Callable[[Shot], None],
    ) -> None:
        self._settings = settings
        self._hotfolder = hotfolder
        self._clock = clock
        self._ledger = ledger
        self._uploads = uploads
        self._sent = sent
        self._later: dict[str, Gate] = {}
        self._unlike = 0

    async def run(self) -> None:
        """Send for ever."""
        async with parcel.client(self._settings.server_url, self._settings.trusted()) as http:
            while True:
                shot = None if self._uploads.under_way() else self._next()
                if shot is None:
                    await asyncio.sleep(_LOOK_SECONDS if not self._later else _LOOK_SECONDS / 4)
                    continue
                try:
                    await self._deliver(http, shot)
                except sqlite3.Error:
                    await asyncio.sleep(2)  # the ledger has said it
                except GiveWay:
                    continue
                except Exception:
                    log.exception("an original or RAW cannot be sent; trying again later", shot=shot.shot_id)
                    self._wait(shot, STRANGE_SECONDS)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _wait(self, shot: Shot, seconds: float) -> None:
        gate = self._later.setdefault(shot.shot_id, Gate(self._settings.retry_cap_seconds))
        gate.close(self._now(), seconds)

    def _next(self) -> Shot | None:
        """The oldest original, or else the oldest RAW, that is due."""
        now = self._now()
        if self._uploads.gate.is_closed(now):
            return None
        live = self._ledger.live()
        for shot in sorted(live, key=lambda shot: shot.kind == "raw"):
            if is_owed(shot) and not (
                shot.shot_id in self._later and now < self._later[shot.shot_id].opens_at
            ):
                return shot
        return None

    async def _deliver(self, http: httpx.AsyncClient, shot: Shot) -> None:
        try:
            outcome = await self._exchange(http, shot)
        except (FileChanged, FileNotFoundError):
            await self._outdated(shot)
            return
        except httpx.HTTPError as error:
            outcome = Outcome("hold", code=type(error).__name__, message=UNREACHABLE, trouble="SERVER_AWAY")
        except OSError as error:
            outcome = Outcome("later", code=type(error).__name__, message="The file cannot be read now.")
        if outcome.kind == "hold":
            self._uploads.hold(outcome)
        elif outcome.kind == "later" and not self._hopeless(shot, outcome):
            self._wait(shot, outcome.retry_after)
        else:
            self._uploads.went_well()
            await self._note(shot, outcome.code)

    def _hopeless(self, shot: Shot, outcome: Outcome) -> bool:
        """Whether the server has said often enough that these are not the bytes it waits for."""
        return outcome.code == MISMATCH and self._later.get(shot.shot_id, Gate(0)).failures >= _UNLIKE_TRIES

    async def _exchange(self, http: httpx.AsyncClient, shot: Shot) -> Outcome:
        goods = self._parcel(shot)
        answer = await parcel.send(
            http, goods, self._settings.current_token(), self._uploads.pace, self._give_way
        )
        return read_beside(answer.status, answer.body, answer.headers)

    def _parcel(self, shot: Shot) -> Parcel:
        file = self._settings.folder / shot.path
        sha256 = shot.rewritten or shot.sha256
        fields = {"sha256": sha256, "reducedOf": shot.sha256}
        whose, what = shot.mate or shot.shot_id, "original"
        if shot.kind == "raw":
            fields, what = {"fileName": shown_name(shot.path), "sha256": sha256}, "raw"
        url = f"{self._settings.shots_url}/{whose}/{what}"
        return Parcel(url, fields, file, shot.size, shot.mtime_ns, sha256)

    async def _give_way(self, _: int) -> None:
        deadline = self._now() + _GIVE_WAY_SECONDS
        while self._uploads.under_way():
            if self._now() > deadline:
                raise GiveWay
            await asyncio.sleep(_STEP_SECONDS)

    async def _outdated(self, shot: Shot) -> None:
        """The file was written again or taken away: a RAW is looked at anew, and so is an original here.

        With the same picture in it, it still is the original; with another one it is another shot's.
        """
        if shot.kind == "raw":
            await self._ledger.change(shot, state="receiving")
            return
        try:
            facts, found, after = await asyncio.to_thread(_read_again, self._settings.folder / shot.path)
        except FileNotFoundError:
            if await asyncio.to_thread(self._hotfolder.is_away):
                self._wait(shot, _LOOK_SECONDS)
            else:
                await self._note(shot, "FILE_GONE")
            return
        if after != facts:
            self._wait(shot, _LOOK_SECONDS)
        elif found.pixels and found.pixels == shot.pixels:
            size, mtime_ns = facts
            await self._ledger.change(shot, size=size, mtime_ns=mtime_ns, rewritten=found.sha256)
        elif found.sha256:
            self._unlike += 1
            if self._unlike < _UNLIKE_TRIES:
                self._wait(shot, _LOOK_SECONDS)
                return
            self._unlike = 0
            await self._note(shot, "FILE_CHANGED")

    async def _note(self, shot: Shot, code: str) -> None:
        self._later.pop(shot.shot_id, None)
        what = "raw" if shot.kind == "raw" else "original"
        if code:
            log.warning("not stored by the server", what=what, shot=shot.shot_id, because=code)
        else:
            log.info("sent", what=what, shot=shot.shot_id, file=shown_name(shot.path))
        self._sent(await self._ledger.surely(shot, owed=False, ended=self._clock.now()))


def _read_again(path: Path) -> tuple[tuple[int, int], Fingerprint, tuple[int, int]]:
    """Size and time before, what is in it, size and time after. Blocking. Raises OSError."""
    before, found, after = path.stat(), fingerprint(path), path.stat()
    return (before.st_size, before.st_mtime_ns), found, (after.st_size, after.st_mtime_ns)


def is_owed(shot: Shot) -> bool:
    """Whether an original or a RAW is still to be sent."""
    if shot.kind == "raw":
        return shot.state == "whole" and shot.mate is not None and shot.ended is None
    return shot.owed and shot.state in FINISHED
