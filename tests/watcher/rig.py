"""A watcher on a real folder against a fake server over real sockets, and waiting on conditions."""

import asyncio
import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.fakes.booth_server import BOOTH, TOKEN, BoothServer
from watcher.__main__ import Watcher
from watcher.clock import Clock
from watcher.ledger import Ledger
from watcher.settings import WatcherSettings

ROOT = Path(__file__).parents[2]


async def eventually(condition: Callable[[], Any], what: str = "", seconds: float = 30.0) -> None:
    """Until the condition holds; fails the test after the deadline."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, f"never came: {what or condition}"
        await asyncio.sleep(0.02)


class Rig:
    """One booth: a hotfolder, a server, and the watcher in between (in this process or as a real one)."""

    def __init__(self, folder: Path, server: BoothServer, **settings: Any) -> None:
        self.folder = folder
        self.server = server
        self.values: dict[str, Any] = {
            "server_url": server.url,
            "booth_id": BOOTH,
            "token": TOKEN,
            "hotfolder": folder,
            "retry_cap_seconds": 0.3,
            "filing_grace_seconds": 0.05,
            **settings,
        }
        self._task: asyncio.Task[None] | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self.clock: Clock | None = None
        self.make_ledger: Callable[[Path], Ledger] = Ledger
        folder.mkdir(exist_ok=True)

    async def start(self) -> None:
        """Start the watcher in this process, with the test's own clock and ledger where it has some."""
        settings = WatcherSettings(**self.values)
        self.ledger = self.make_ledger(settings.ledger_file)
        self._task = asyncio.create_task(Watcher(settings, self.clock, self.ledger).run())

    async def stop(self) -> None:
        """Stop it; what it raised is raised."""
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    def spawn(self, *program: str) -> None:
        """Start a real `python -m watcher`, or what is to be run instead."""
        fields = WatcherSettings.model_fields
        environment = {str(fields[name].validation_alias): str(value) for name, value in self.values.items()}
        with (self.folder.parent / "watcher.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *(program or ("-m", "watcher"))],
                cwd=ROOT,
                env={**os.environ, **environment},
                stderr=log,
            )

    def end(self, number: signal.Signals) -> int:
        """Send the real process a signal and wait for its exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        status = self.process.wait(20)
        self.process = None
        return status

    def waiting(self) -> list[str]:
        """Names still in the hotfolder, without our own folders."""
        return sorted(entry.name for entry in self.folder.iterdir() if entry.is_file())

    def tray(self, name: str) -> list[Path]:
        """The files in a tray, whatever their date."""
        return sorted(path for path in (self.folder / name).rglob("*") if path.is_file())

    def rows(self) -> list[dict[str, Any]]:
        """The ledger as it is on disk; nothing while there is none."""
        file = self.folder / ".photobot" / "ledger.sqlite3"
        if not file.exists():
            return []
        with contextlib.closing(sqlite3.connect(file)) as db:
            db.row_factory = sqlite3.Row
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'shots'").fetchone():
                return []
            return [dict(row) for row in db.execute("SELECT * FROM shots ORDER BY seq")]

    async def filed(self, count: int, tray: str = "processed", seconds: float = 30.0) -> list[Path]:
        """Wait until a tray holds that many files and the hotfolder none; the tray's files."""
        await eventually(
            lambda: len(self.tray(tray)) >= count and not self.waiting(), f"{count} files in {tray}", seconds
        )
        await eventually(lambda: all(row["filed"] for row in self.rows()), "all filed")
        assert len(self.tray(tray)) == count
        return self.tray(tray)
