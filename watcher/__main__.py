"""`python -m watcher`: watches the camera laptop's hotfolder and brings every shot to the photobot server."""

import asyncio
import signal
import sqlite3
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

import structlog
from pydantic import ValidationError

from app.domain.messages import WatcherTrouble
from app.imaging.memory import tame_allocator
from app.telemetry import setup_logging
from watcher.beside import Beside
from watcher.clock import Clock
from watcher.filing import Filer
from watcher.health import Health
from watcher.hotfolder import Hotfolder, HotfolderTaken
from watcher.intake import Intake
from watcher.ledger import Ledger, Shot
from watcher.lock import Locks
from watcher.outbox import Outbox, about_end
from watcher.pace import Pace
from watcher.put_away import Clearing
from watcher.screen_first import ScreenFirst
from watcher.settings import WatcherSettings
from watcher.uplink import Uplink, own_version
from watcher.uploads import Uploads
from watcher.wakes import Wakes

log = structlog.get_logger()


class Part(Protocol):
    """What runs for ever."""

    async def run(self) -> None: ...


class Watcher:
    """The parts of the program, wired."""

    def __init__(
        self, settings: WatcherSettings, clock: Clock | None = None, ledger: Ledger | None = None
    ) -> None:
        self._settings = settings
        self._clock = clock or Clock()
        self._hotfolder = Hotfolder(settings.folder, settings.trays)
        self._locks = Locks(settings.lock_files)
        self._ledger = ledger or Ledger(settings.ledger_file)
        self._outbox = Outbox()
        screen_first = ScreenFirst()
        self._wakes = Wakes(self._hotfolder, self._clock)
        self._filer = Filer(
            settings,
            self._hotfolder,
            self._ledger,
            invalid=self._ended,
            changed=self._wakes.wake,
            keep_raw=lambda: self._uplink.keep_raw,
        )
        self._uploads = Uploads(
            settings,
            self._clock,
            self._ledger,
            Pace(time.monotonic, limit=settings.upload_kbps * 1000 / 8),
            answered=self._ended,
            changed=self._wakes.wake,
            screen_first=screen_first,
        )
        self._beside = Beside(
            settings, self._hotfolder, self._clock, self._ledger, self._uploads, self._whole
        )
        self._clearing = Clearing(settings, self._hotfolder, self._ledger, self._clock)
        self._uplink = self._make_uplink()
        self._intake = Intake(
            settings,
            self._hotfolder,
            self._locks,
            self._wakes,
            self._clock,
            self._ledger,
            self._outbox,
            screen_first,
            whole=self._whole,
            invalid=self._ended,
        )

    def _make_uplink(self) -> Uplink:
        health = Health(
            self._settings,
            self._clock,
            self._ledger,
            self._uploads,
            folder_away=self._folder_away,
            disk_full=lambda: self._filer.disk_full,
        )
        return Uplink(
            self._settings,
            self._clock,
            self._ledger,
            self._outbox,
            health,
            bar=self._bar,
            welcomed=self._uploads.server_is_back,
            rescan=self._wakes.wake,
            put_away=self._clearing.asked,
        )

    def _folder_away(self) -> WatcherTrouble | None:
        if self._intake.taken:
            return "FOLDER_TAKEN"
        return "FOLDER_AWAY" if self._intake.away else None

    def _bar(self, barred: bool) -> None:
        """Nothing is sent while another watcher is at work at this booth."""
        self._uploads.gate.barred = barred
        self._uploads.wake()

    def _whole(self, shot: Shot) -> None:
        self._uploads.wake()
        self._filer.wake()

    def _ended(self, shot: Shot) -> None:
        if shot.told:
            self._outbox.forget(shot.shot_id)
        else:
            self._outbox.put(about_end(shot))
        self._filer.wake()

    async def goodbye(self) -> None:
        """Tell the server that it is a person who stops this watcher."""
        await self._uplink.goodbye()

    async def run(self) -> None:
        """Work until cancelled. Raises HotfolderTaken, and OSError when the hotfolder cannot be made."""
        await asyncio.to_thread(self._hotfolder.prepare)
        await asyncio.to_thread(self._settings.ledger_file.parent.mkdir, parents=True, exist_ok=True)
        if not await asyncio.to_thread(self._locks.take):
            raise HotfolderTaken("another watcher already works on this hotfolder")
        try:
            await self._work()
        finally:
            await asyncio.to_thread(self._locks.free)

    async def _work(self) -> None:
        await self._ledger.open()
        await self._ledger.recall(self._clock)
        self._introduce()
        try:
            async with asyncio.TaskGroup() as tasks:
                for part in self._parts():
                    tasks.create_task(part.run())
        finally:
            await self._ledger.close()

    def _parts(self) -> Sequence[Part]:
        sending = self._uploads, self._beside, self._uplink
        return self._wakes, self._intake, *sending, self._filer, self._clearing

    def _introduce(self) -> None:
        settings = self._settings
        log.info(
            "watching for camera files",
            hotfolder=str(settings.folder),
            sends_to=settings.server_url,
            booth=settings.booth_id,
            version=own_version(),
            waiting_from_before=self._ledger.pending(),
        )
        if not settings.current_token():
            log.warning(
                "no booth token: set PHOTOBOT_TOKEN or PHOTOBOT_TOKEN_FILE; pictures are kept until then"
            )


async def _until_stopped(settings: WatcherSettings) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    watcher = Watcher(settings)
    work = asyncio.create_task(watcher.run())
    waiting = asyncio.create_task(stop.wait())
    await asyncio.wait({work, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if work.done():
        work.result()
        return
    log.info("stopping; unfinished shots go on at the next start")
    await watcher.goodbye()
    work.cancel()
    with suppress(asyncio.CancelledError):
        await work


def _settings() -> WatcherSettings | None:
    try:
        return WatcherSettings()
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False):
            name = ".".join(str(part) for part in problem["loc"])
            log.error("a setting is not right", setting=name, problem=problem["msg"])
        return None


def main() -> int:
    """The exit status: 0 stopped, 1 could not go on, 2 wrong settings, 3 another watcher is at work here."""
    tame_allocator(heaps=2)
    setup_logging("watcher")
    settings = _settings()
    if settings is None:
        return 2
    try:
        asyncio.run(_until_stopped(settings))
    except HotfolderTaken as taken:
        log.error(str(taken), hotfolder=str(settings.folder))
        return 3
    except OSError as error:
        log.error("the hotfolder cannot be used", hotfolder=str(settings.folder), error=str(error))
        return 1
    except sqlite3.Error as error:
        log.error("the ledger cannot be used", ledger=str(settings.ledger_file), error=str(error))
        return 1
    except Exception:
        log.exception("the watcher cannot go on; start it again")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
