"""Takes the files of erased guests off this laptop, and keeps those that were put away for some days only."""

import asyncio
import contextlib
import os
import re
import shutil
import sqlite3
from datetime import date, timedelta
from pathlib import Path

import structlog

from app.domain.messages import PutAway
from watcher.clock import Clock
from watcher.filing import move_to
from watcher.hotfolder import Hotfolder
from watcher.ledger import Ledger, Shot
from watcher.settings import WatcherSettings
from watcher.shot import SELECT, from_row

log = structlog.get_logger()

_LOOK_SECONDS = 10.0
_CLOCK_SECONDS = 1.0
"""How often it is looked again while the server's clock is not known."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TABLE = "CREATE TABLE IF NOT EXISTS put_away (shot_id TEXT PRIMARY KEY, how TEXT NOT NULL)"
_ASK = (
    "INSERT INTO put_away (shot_id, how) SELECT shot_id, ? FROM shots WHERE shot_id = ? "
    "ON CONFLICT (shot_id) DO UPDATE SET how = excluded.how WHERE put_away.how <> 'erase'"
)
_WISHED = "(SELECT shot_id FROM put_away WHERE how = ?)"
_FAMILY = (
    f"WHERE filed = 1 AND target IS NOT NULL AND (shot_id IN {_WISHED} OR mate IN {_WISHED} OR "  # noqa: S608
    f"(sha256 <> '' AND sha256 IN (SELECT sha256 FROM shots WHERE shot_id IN {_WISHED})))"
)
"""A shot, the RAW beside it and its duplicates, as far as they were filed; what is not yet, is so soon."""
_DONE = (
    "DELETE FROM put_away WHERE how = 'keep' "
    "AND shot_id IN (SELECT shot_id FROM shots WHERE filed = 1 AND target IS NOT NULL)"
)


class Clearing:
    """Works off what the server asks for, also what it asked before a restart.

    A wish to erase is kept for ever: a copy of the same card may bring the file again.
    """

    def __init__(self, settings: WatcherSettings, hotfolder: Hotfolder, ledger: Ledger, clock: Clock) -> None:
        self._settings = settings
        self._hotfolder = hotfolder
        self._ledger = ledger
        self._clock = clock
        self._flag = asyncio.Event()
        self._cleaned: date | None = None
        self._troubled: set[str] = set()

    async def asked(self, wish: PutAway) -> None:
        """Write down what the server wants; raises sqlite3.Error, and the server says it again later."""
        wishes = [("erase", one) for one in wish.erased] + [("keep", one) for one in wish.rejected]

        def write(db: sqlite3.Connection) -> None:
            db.execute(_TABLE)
            db.executemany(_ASK, wishes)

        await self._ledger.work(write)
        self._flag.set()

    async def run(self) -> None:
        """Clear for ever."""
        while True:
            self._flag.clear()
            try:
                if not await asyncio.to_thread(self._hotfolder.is_away):
                    await self._round()
            except sqlite3.Error:
                pass  # the ledger has said it
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS if self._clock.knows() else _CLOCK_SECONDS):
                    await self._flag.wait()

    async def _round(self) -> None:
        for shot in await self._due("erase"):
            await self._surely(shot, None)
        today = self._today()
        if today is None:
            return
        waits = False
        for shot in await self._due("keep"):
            place = self._settings.rejected_folder / today.isoformat() / Path(shot.target or "").name
            waits = not await self._surely(shot, place) or waits
        if not waits:
            await self._ledger.work(lambda db: db.execute(_DONE))
        if self._cleaned != today:
            await asyncio.to_thread(self._forget_old, today)
            self._cleaned = today

    def _today(self) -> date | None:
        """The server's day, as this laptop's zone counts it; None until the server's clock is known.

        By the laptop's own, a clock a week ahead would delete what was put away a moment ago.
        """
        now = self._clock.server_time(self._clock.now())
        return now.astimezone().date() if now else None

    async def _due(self, how: str) -> list[Shot]:
        def read(db: sqlite3.Connection) -> list[Shot]:
            db.execute(_TABLE)
            return [from_row(row) for row in db.execute(SELECT + _FAMILY, (how, how, how))]

        return await self._ledger.work(read)

    async def _surely(self, shot: Shot, to: Path | None) -> bool:
        """Remove or move a shot's file; False where that cannot be done yet (another program holds it)."""
        place = Path(shot.target or "")
        if to is not None and self._settings.rejected_folder in place.parents:
            return True
        try:
            await asyncio.to_thread(_take_away, place, to)
        except OSError as error:
            if shot.shot_id not in self._troubled:
                log.warning("cannot put a file away yet; trying again", shot=shot.shot_id, error=str(error))
            self._troubled.add(shot.shot_id)
            return False
        self._troubled.discard(shot.shot_id)
        await self._ledger.change(shot, target=None if to is None else str(to))
        log.info("erased" if to is None else "put away", shot=shot.shot_id)
        return True

    def _forget_old(self, today: date) -> None:
        """Delete the days of the rejected tray that are over. Blocking."""
        last = today - timedelta(days=self._settings.rejected_days)
        with contextlib.suppress(OSError):
            for day in list(self._settings.rejected_folder.iterdir()):
                if _DAY.fullmatch(day.name) and day.name < last.isoformat() and not day.is_symlink():
                    shutil.rmtree(day, ignore_errors=True)
                    log.info("rejected files deleted", day=day.name)


def _take_away(place: Path, to: Path | None) -> None:
    """Blocking. Raises OSError; a file that is not there any more needs nothing."""
    reason = place.with_name(place.name + ".reason.txt")
    if to is not None and os.path.lexists(place):
        move_to(place, to)
    place.unlink(missing_ok=True)
    reason.unlink(missing_ok=True)
