"""The fake ComfyUI in a thread of its own, for tests that are not asynchronous."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.comfy_server import ComfyServer


@dataclass
class Apart:
    """The server, whose `faults` and counts may be touched from outside, and its power switch."""

    server: ComfyServer
    loop: asyncio.AbstractEventLoop

    def kill(self) -> None:
        """It is gone, with its queue and its history."""
        asyncio.run_coroutine_threadsafe(self.server.stop(), self.loop).result(20)

    def start(self) -> None:
        """It is back."""
        asyncio.run_coroutine_threadsafe(self.server.start(), self.loop).result(20)


@contextmanager
def comfy_in_a_thread(folder: Path) -> Iterator[Apart]:
    """A running ComfyUI."""
    server = ComfyServer(folder)
    up, down = threading.Event(), threading.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def life() -> None:
        await server.start()
        loops.append(asyncio.get_running_loop())
        up.set()
        while not down.is_set():
            await asyncio.sleep(0.02)
        await server.stop()

    thread = threading.Thread(target=lambda: asyncio.run(life()), daemon=True)
    thread.start()
    assert up.wait(20), "the fake ComfyUI did not start"
    try:
        yield Apart(server, loops[0])
    finally:
        down.set()
        thread.join(20)
