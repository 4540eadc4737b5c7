"""A line between a watcher and its server that carries so many bytes a second upwards, and no more."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from app.adapters.embedded import process

_BUFFER = 16 * 1024
_PIECE = 8 * 1024


@dataclass
class SlowLine:
    """`rate` may be changed while it runs; 0 stands still. `up` counts what has passed."""

    url: str
    rate: float
    up: int = 0
    _free_at: float = 0.0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def carry(self, size: int) -> None:
        """Wait until the line has carried this many bytes."""
        loop = asyncio.get_running_loop()
        async with self._turn:
            while not self.rate:
                await asyncio.sleep(0.02)
            self._free_at = max(self._free_at, loop.time()) + size / self.rate
            await asyncio.sleep(max(0.0, self._free_at - loop.time()))
            self.up += size


@asynccontextmanager
async def slow_line(upstream: str, rate: float) -> AsyncIterator[SlowLine]:
    """Stand before `upstream` as long as the block lasts; all connections share the line."""
    target = urlsplit(upstream)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as who found the port free
    listener.bind(("127.0.0.1", process.free_port()))
    line = SlowLine(f"http://127.0.0.1:{listener.getsockname()[1]}", rate)
    running: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            with suppress(OSError, asyncio.CancelledError):
                await _pass(line, reader, writer, (str(target.hostname), int(target.port or 80)))
        finally:
            running.discard(task)
            writer.close()

    server = await asyncio.start_server(serve, sock=listener, limit=_BUFFER)
    try:
        yield line
    finally:
        server.close()
        for task in list(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _pass(
    line: SlowLine, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: tuple[str, int]
) -> None:
    up_reader, up_writer = await asyncio.open_connection(*target)
    ways = [
        asyncio.create_task(_pump(reader, up_writer, line)),
        asyncio.create_task(_pump(up_reader, writer, None)),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        up_writer.close()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, line: SlowLine | None) -> None:
    while data := await source.read(_PIECE):
        if line is not None:
            await line.carry(len(data))
        sink.write(data)
        await sink.drain()
