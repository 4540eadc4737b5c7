"""A TCP proxy that spoils chosen connections: cuts an answer short, answers by itself, or says nothing."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from app.adapters.embedded import process


@dataclass(frozen=True)
class Cut:
    """Pass this many bytes of the answer, then hang up."""

    after: int


@dataclass(frozen=True)
class Answer:
    """Read what is asked, give this instead of the server's answer and hang up."""

    raw: bytes


@dataclass(frozen=True)
class Silence:
    """Take the connection and never answer."""


@dataclass(frozen=True)
class CutUpload:
    """Pass this many bytes of the request, then hang up."""

    after: int


Fault = Cut | Answer | Silence | CutUpload | None


@dataclass
class Meddler:
    """`plan` spoils the first connections in turn (None: leave it alone), `ever` all that come after."""

    address: str
    plan: list[Fault] = field(default_factory=list)
    ever: Fault = None
    connections: int = 0
    bytes_up: int = 0

    def take(self) -> Fault:
        """What happens to the next connection."""
        self.connections += 1
        return self.plan.pop(0) if self.plan else self.ever


@asynccontextmanager
async def meddling_proxy(
    upstream: str, plan: Sequence[Fault] = (), ever: Fault = None
) -> AsyncIterator[Meddler]:
    """Stand before `upstream` (an http address) as long as the block lasts."""
    target = urlsplit(upstream)
    port = process.free_port()
    meddler = Meddler(f"http://127.0.0.1:{port}", list(plan), ever)
    running: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            with suppress(OSError, asyncio.CancelledError):
                await _treat(meddler, reader, writer, (str(target.hostname), int(target.port or 80)))
        finally:
            running.discard(task)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    try:
        yield meddler
    finally:
        server.close()
        for task in list(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _treat(
    meddler: Meddler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: tuple[str, int]
) -> None:
    fault = meddler.take()
    if isinstance(fault, Silence):
        await asyncio.Event().wait()
    if isinstance(fault, Answer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(fault.raw)
        await writer.drain()
        return
    up_reader, up_writer = await asyncio.open_connection(*target)
    down_limit = fault.after if isinstance(fault, Cut) else None
    up_limit = fault.after if isinstance(fault, CutUpload) else None
    try:
        ways = {
            asyncio.create_task(_pump(reader, up_writer, up_limit, meddler)),
            asyncio.create_task(_pump(up_reader, writer, down_limit, None)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
    finally:
        up_writer.close()


async def _pump(
    source: asyncio.StreamReader, sink: asyncio.StreamWriter, limit: int | None, count: Meddler | None
) -> None:
    passed = 0
    while data := await source.read(64 * 1024):
        if limit is not None:
            data = data[: limit - passed]
        sink.write(data)
        await sink.drain()
        passed += len(data)
        if count is not None:
            count.bytes_up += len(data)
        if limit is not None and passed >= limit:
            return
