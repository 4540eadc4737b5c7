"""A screen that does not read: it is bounded, closed, and does not hurt the others."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope
from websockets.asyncio.client import connect

from app.adapters.embedded import process
from app.domain.access import Principal
from app.domain.messages import JobChanged
from app.ports import Ports
from app.wiring import SystemClock
from console import socket as sockets
from console.live import Live
from tests.fakes.rows import job

ROWS = 400


class NothingBut:
    """Ports of which only the clock is there; a sign-in that cannot be checked holds."""

    clock = SystemClock()


def rows(revision: int) -> list[JobChanged]:
    """Many large rows."""
    return [job(f"{number:04}", revision, guest_name="x" * 2000) for number in range(ROWS)]


@asynccontextmanager
async def served(live: Live) -> AsyncIterator[str]:
    """The sockets on a real server in this loop."""
    app = FastAPI()
    app.state.live = live
    app.include_router(sockets.router)

    async def signed_in(scope: AsgiScope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["principal"] = Principal("u", "u", "operator", None, "s")
        await app(scope, receive, send)

    port = process.free_port()
    server = uvicorn.Server(
        uvicorn.Config(
            signed_in,
            host="127.0.0.1",
            port=port,
            lifespan="off",
            log_level="critical",
            ws="websockets-sansio",
            ws_ping_interval=None,
            timeout_graceful_shutdown=1,
        )
    )
    running = asyncio.create_task(server.serve())
    serving = [asyncio.create_task(live._pulse()), asyncio.create_task(live._tick())]
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        yield f"ws://127.0.0.1:{port}/ws/board"
    finally:
        server.should_exit = True
        await running
        for task in serving:
            task.cancel()


async def test_a_slow_client_is_bounded_and_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "SEND_SECONDS", 3.0)  # both clients live in this busy loop
    live = Live(cast(Ports, NothingBut()))
    live.read.set()
    live._apply(rows(1))
    async with served(live) as url, connect(url, max_size=2**24, compression=None) as good:
        async with connect(url, max_queue=1, max_size=2**24, compression=None, close_timeout=0.1) as slow:
            await asyncio.wait_for(good.recv(), 5)
            revision = 1
            async with asyncio.timeout(30):
                while live.screens == 2:
                    revision += 1
                    live._apply(
                        [job(f"{number:04}", revision, guest_name="x" * 2000) for number in range(ROWS)]
                    )
                    assert all(len(screen.changed) <= ROWS for screen in live._screens)
                    await asyncio.wait_for(good.recv(), 5)
            slow.transport.abort()
        assert live.screens == 1
        live._apply([job("last", 1)])
        async with asyncio.timeout(5):
            while '"last"' not in str(await good.recv()):
                pass


async def test_a_snapshot_in_parts_says_how_many_are_to_come() -> None:
    live = Live(cast(Ports, NothingBut()))
    live.read.set()
    live._apply([job(f"{number:04}", 1, guest_name="x" * 2000) for number in range(ROWS)])
    async with served(live) as url, connect(url, max_size=2**24) as screen, asyncio.timeout(10):
        first = json.loads(await screen.recv())
        assert (first["type"], first["seq"]) == ("snapshot", 0)
        assert first["more"] > 0
        parts = [first] + [json.loads(await screen.recv()) for _ in range(first["more"])]
    assert [part["seq"] for part in parts] == list(range(len(parts)))
    assert sum(len(part["rows"]) for part in parts) == ROWS


async def test_a_board_that_was_not_read_yet_is_not_told_as_empty() -> None:
    """After a restart of the server every row left the screens for a moment, and came again."""
    live = Live(cast(Ports, NothingBut()))
    async with served(live) as url, connect(url, max_size=2**24) as screen, asyncio.timeout(10):
        waiting = [json.loads(await screen.recv()) for _ in range(2)]
        assert [(frame["type"], frame["seq"], frame["fresh"]) for frame in waiting] == [
            ("tick", 0, False)
        ] * 2
        live._apply([job("0001", 1)])
        live.read.set()
        first = json.loads(await screen.recv())
        assert (first["type"], [row["id"] for row in first["rows"]]) == ("snapshot", ["0001"])
