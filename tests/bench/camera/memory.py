"""The watcher's memory while a card of 500 files of 25 MB comes in.

The server here is a small one that reads every upload and throws it away: the watcher is measured, and the
real server would take most of the minutes for decoding. A file is deleted once the watcher has filed it.
"""

import asyncio
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from starlette.requests import Request
from starlette.responses import Response

from tests.bench.camera.patterns import copied
from tests.bench.camera.pictures import HEAVY, Pictures
from tests.bench.camera.rig import local_folder, start_watcher
from tests.fakes.booth_server import BOOTH, TOKEN, BoothServer
from tests.fakes.stack import Stack, wait_for

SAMPLE_SECONDS = 0.05
DISK_BYTES = 20 * 1024**3
WAITING_MAX = 200
"""Files that may lie in the hotfolder at once; a person with a full disk would wait, too."""
PATIENCE = 600.0


class Sink(BoothServer):
    """Takes every picture, keeps none."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: set[str] = set()

    async def _take(self, request: Request, fault: str) -> Response:
        head, facts = b"", {}
        async for piece in request.stream():
            if len(head) < 4096:
                head += piece[:4096]
                found = re.findall(rb'name="(\w+)"\r\n\r\n([^\r]*)\r\n', head)
                facts = {name.decode(): value.decode() for name, value in found}
        self.taken.add(facts["fileName"])
        answer = {"shotId": facts["shotId"], "state": "orphan", "jobId": None, "reason": None}
        return self._answer(200, answer | {"originalWanted": False, "rawWanted": False})


@contextmanager
def sink() -> Iterator[Sink]:
    """The server, at work in a thread."""
    loop, server = asyncio.new_event_loop(), Sink()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.start(), loop).result(20)
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


class Memory:
    """Samples what a program and its children hold in memory, bytes."""

    def __init__(self, pid: int) -> None:
        self.samples: list[int] = []
        self._process = psutil.Process(pid)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(SAMPLE_SECONDS):
            held = 0
            for process in (self._process, *self._process.children(recursive=True)):
                try:
                    held += process.memory_info().rss
                except psutil.NoSuchProcess:  # a child that has just ended
                    continue
            self.samples.append(held)


def measure_memory(files: int) -> dict[str, Any]:
    """Copy the card; peak and end, MB of 10^6 bytes."""
    with local_folder() as folder, sink() as server:
        free = psutil.disk_usage(str(folder)).free
        if free < DISK_BYTES:
            print(f"memory: left out, only {free / 1e9:.0f} GB free where 20 are needed")
            return {}
        stack = Stack({}, folder)
        try:
            watcher = start_watcher(stack, folder / "hotfolder", server.url, BOOTH, TOKEN)
            wait_for(lambda: server.sockets, 60)
            begun = time.monotonic()
            with Memory(watcher.pid) as memory:
                sizes = _copy_card(folder / "hotfolder", server, files)
            figures = {
                "files": files,
                "file_mb": sum(sizes) / files / 1e6,
                "taken": len(server.taken),
                "seconds": time.monotonic() - begun,
                "start_mb": memory.samples[0] / 1e6,
                "peak_mb": max(memory.samples) / 1e6,
                "end_mb": memory.samples[-1] / 1e6,
                "goal_mb": 150,
            }
            return {name: round(value, 1) for name, value in figures.items()}
        finally:
            stack.close()


def _copy_card(hotfolder: Path, server: Sink, files: int) -> list[int]:
    pictures, sizes = Pictures(HEAVY), []
    for number in range(1, files + 1):
        wait_for(lambda sent=number: sent - len(server.taken) <= WAITING_MAX, PATIENCE)  # type: ignore[misc]
        data = pictures.jpeg(number, datetime.now(UTC))
        copied(hotfolder / f"DSC_{number:04d}.JPG", data)
        sizes.append(len(data))
        _delete_filed(hotfolder)
    wait_for(lambda: _delete_filed(hotfolder) and len(server.taken) >= files, PATIENCE, 0.2)
    return sizes


def _delete_filed(hotfolder: Path) -> bool:
    for tray in ("orphan", "processed"):
        for path in (hotfolder / tray).rglob("*.JPG"):
            path.unlink()
    return True
