"""The fake ComfyUI in a thread of its own, for tests that are not asynchronous."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.fakes.comfy_server import ComfyServer


@contextmanager
def comfy_in_a_thread(folder: Path) -> Iterator[ComfyServer]:
    """A running ComfyUI; only its `faults`, and what it counts, may be touched from outside."""
    server = ComfyServer(folder)
    up, down = threading.Event(), threading.Event()

    async def life() -> None:
        await server.start()
        up.set()
        while not down.is_set():
            await asyncio.sleep(0.02)
        await server.stop()

    thread = threading.Thread(target=lambda: asyncio.run(life()), daemon=True)
    thread.start()
    assert up.wait(20), "the fake ComfyUI did not start"
    try:
        yield server
    finally:
        down.set()
        thread.join(20)
