"""The measure to compare with: a bare Starlette page with one WebSocket, fed by the same news.

`python -m tests.bench.live.raw`, with RAW_PORT, DATABASE_URL and REDIS_URL. Each row from Redis goes to
each socket as it is, at once: no accounts, no scopes, no snapshots after a gap, no healing, no batches.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from redis.asyncio import Redis
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.db import live
from app.db.connect import connect, sessions
from app.db.tables import Job
from console import lag

PAGE = Path(__file__).with_name("raw.html")
REGISTRY = CollectorRegistry()
LAG = lag.histogram(REGISTRY)
rows: dict[str, str] = {}
sockets: set[WebSocket] = set()


async def _feed() -> None:
    async with Redis.from_url(os.environ["REDIS_URL"]).pubsub() as pubsub:
        await pubsub.psubscribe("live:*")
        async for message in pubsub.listen():
            if message["type"] != "pmessage":
                continue
            text = message["data"].decode()
            row = json.loads(text)
            if row["kind"] != "job":
                continue
            rows[row["id"]] = text
            for socket in list(sockets):
                with suppress(RuntimeError, WebSocketDisconnect):
                    await socket.send_text(text)


@asynccontextmanager
async def _open(_: Starlette) -> AsyncIterator[None]:
    engine = connect(os.environ["DATABASE_URL"])
    async with sessions(engine)() as db:
        ids = list(await db.scalars(select(Job.id)))
        for row in await live.READERS["job"](db, ids):
            rows[row.id] = row.model_dump_json(by_alias=True)
    await engine.dispose()
    tasks = [asyncio.create_task(_feed()), asyncio.create_task(lag.watch(LAG))]
    yield
    for task in tasks:
        task.cancel()


async def board(socket: WebSocket) -> None:
    """All rows, then each change."""
    await socket.accept()
    await socket.send_text(f"[{','.join(rows.values())}]")
    sockets.add(socket)
    try:
        async for _ in socket.iter_text():
            pass
    finally:
        sockets.discard(socket)


async def page(_: Request) -> Response:
    """A plain list."""
    return FileResponse(PAGE)


async def metrics(_: Request) -> Response:
    """The loop's lag."""
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


routes = [Route("/", page), Route("/metrics", metrics), WebSocketRoute("/ws", board)]
app = Starlette(routes=routes, lifespan=_open)

if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(os.environ["RAW_PORT"]),
        access_log=False,
        ws="websockets-sansio",
        ws_ping_interval=10,
        ws_ping_timeout=20,
        timeout_graceful_shutdown=2,
        log_level="warning",
    )
