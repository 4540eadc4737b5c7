"""Brings what follows a picture when no picture waits: the original of a small copy, and then RAWs."""

import asyncio
import sqlite3
from collections.abc import Callable

import httpx
import structlog

from watcher import parcel
from watcher.answers import Outcome, read_beside
from watcher.clock import Clock
from watcher.gate import Gate
from watcher.ledger import Ledger, Shot
from watcher.parcel import FileChanged, Parcel
from watcher.settings import WatcherSettings
from watcher.sort import FINISHED, shown_name
from watcher.uploads import STRANGE_SECONDS, UNREACHABLE, Uploads

log = structlog.get_logger()

_LOOK_SECONDS = 1.0
_GIVE_WAY_SECONDS = 20.0
"""So long a transfer stands still for pictures before it is given up and begun anew later."""
_STEP_SECONDS = 0.1


class GiveWay(Exception):
    """Pictures need the line."""


class Beside:
    """One transfer at a time; `sent` is called with each shot of which nothing more is to be sent."""

    def __init__(
        self,
        settings: WatcherSettings,
        clock: Clock,
        ledger: Ledger,
        uploads: Uploads,
        sent: Callable[[Shot], None],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._ledger = ledger
        self._uploads = uploads
        self._sent = sent
        self._later: dict[str, Gate] = {}

    async def run(self) -> None:
        """Send for ever."""
        async with parcel.client(self._settings.server_url) as http:
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
        if now < self._uploads.gate.opens_at:
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
        elif outcome.kind == "later":
            self._wait(shot, outcome.retry_after)
        else:
            self._uploads.went_well()
            self._later.pop(shot.shot_id, None)
            await self._note(shot, outcome.code)

    async def _exchange(self, http: httpx.AsyncClient, shot: Shot) -> Outcome:
        goods = self._parcel(shot)
        answer = await parcel.send(
            http, goods, self._settings.current_token(), self._uploads.pace, self._give_way
        )
        return read_beside(answer.status, answer.body, answer.headers)

    def _parcel(self, shot: Shot) -> Parcel:
        file = self._settings.folder / shot.path
        fields = {"sha256": shot.sha256}
        whose, what = shot.mate or shot.shot_id, "original"
        if shot.kind == "raw":
            fields, what = {"fileName": shown_name(shot.path), **fields}, "raw"
        url = f"{self._settings.shots_url}/{whose}/{what}"
        return Parcel(url, fields, file, shot.size, shot.mtime_ns, shot.sha256)

    async def _give_way(self, _: int) -> None:
        deadline = self._now() + _GIVE_WAY_SECONDS
        while self._uploads.under_way():
            if self._now() > deadline:
                raise GiveWay
            await asyncio.sleep(_STEP_SECONDS)

    async def _outdated(self, shot: Shot) -> None:
        """The file was written again or taken away: a RAW is looked at anew, an original is not sent."""
        if shot.kind == "raw":
            await self._ledger.change(shot, state="receiving")
            return
        await self._note(shot, "FILE_CHANGED")

    async def _note(self, shot: Shot, code: str) -> None:
        what = "raw" if shot.kind == "raw" else "original"
        if code:
            log.warning("not stored by the server", what=what, shot=shot.shot_id, because=code)
        else:
            log.info("sent", what=what, shot=shot.shot_id, file=shown_name(shot.path))
        self._sent(await self._ledger.surely(shot, owed=False, ended=self._clock.now()))


def is_owed(shot: Shot) -> bool:
    """Whether an original or a RAW is still to be sent."""
    if shot.kind == "raw":
        return shot.state == "whole" and shot.mate is not None and shot.ended is None
    return shot.owed and shot.state in FINISHED
