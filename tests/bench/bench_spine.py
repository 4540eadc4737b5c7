"""Jobs a second through the engine; from Redis to a screen's socket: `python -m tests.bench.bench_spine`."""

import asyncio
import json
import logging
import time
from typing import Any

import structlog
from sqlalchemy import func, select
from websockets.asyncio.client import connect

from app.adapters.redis_bus import RedisNews
from app.db import migrate
from app.db.tables import Job
from app.db.unit import reading
from app.domain.line import PHOTO, Retry, Work
from app.ports import Ports
from tasks.engine import Engine
from tasks.runner import Runner
from tasks.stage import Stage, StagesOf
from tests.bench.report import percentile, report
from tests.fakes import servers
from tests.fakes import stack as stacks
from tests.fakes.board_client import ws
from tests.fakes.ports import event_of, queued_job, real_ports
from tests.fakes.rows import job
from tests.fakes.stack import Stack

JOBS = 200
SLOTS = 6
SCREENS = 10
UPDATES = 300
UPDATES_PER_SECOND = 50


def nothing() -> tuple[Stage, ...]:
    """The photo line's five stages, each doing nothing: what is left is the engine."""
    line = StagesOf(PHOTO)
    for entry in PHOTO.stages:

        async def stage(work: Work, ports: Ports) -> dict[str, Any]:
            return {}

        stage.__name__ = entry.name
        line.stage(timeout=10, retry=Retry())(stage)
    return line.sealed()


async def _open(ports: Ports) -> int:
    async with reading(ports) as db:
        open_ = select(func.count()).select_from(Job).where(Job.status.in_(("queued", "running")))
        return await db.scalar(open_) or 0


async def engine_speed(ports: Ports) -> dict[str, float]:
    """Jobs of five empty stages, six at once, in one process."""
    for _ in range(JOBS):
        await queued_job(ports)
    runner = Runner(Engine(ports, {PHOTO.name: nothing()}, "bench"), SLOTS)
    begun, cpu = time.perf_counter(), time.process_time()
    working = asyncio.create_task(runner.work())
    while await _open(ports):
        await asyncio.sleep(0.1)
    await runner.stop(1)
    await working
    seconds = time.perf_counter() - begun
    return {
        "engine: jobs per second": JOBS / seconds,
        "engine: CPU ms per job of five stages": (time.process_time() - cpu) / JOBS * 1000,
    }


async def socket_speed(stack: Stack, token: str, redis_url: str, event_id: str) -> dict[str, float]:
    """From publish to each of ten sockets, fifty changes a second."""
    sent: dict[int, float] = {}
    taken: list[float] = []
    ready = asyncio.Semaphore(0)
    news = RedisNews(redis_url)

    async def listen() -> None:
        async with connect(ws(stack, f"/ws/news?token={token}"), max_size=2**24) as socket:
            ready.release()
            last = 0
            async for text in socket:
                now = time.perf_counter()
                for row in json.loads(text).get("rows", []):
                    if row["id"] == "bench" and row["revision"] > last:
                        last = row["revision"]
                        taken.append(now - sent[last])
                        if last == UPDATES:
                            return

    async with asyncio.timeout(120), asyncio.TaskGroup() as group:
        for _ in range(SCREENS):
            group.create_task(listen())
        for _ in range(SCREENS):
            await ready.acquire()
        for revision in range(1, UPDATES + 1):
            sent[revision] = time.perf_counter()
            await news.publish([job("bench", revision, event_id=event_id)])
            await asyncio.sleep(1 / UPDATES_PER_SECOND)
    await news.close()
    return {
        "socket: p50 ms": percentile(taken, 0.5) * 1000,
        "socket: p95 ms": percentile(taken, 0.95) * 1000,
        "socket: max ms": max(taken) * 1000,
    }


async def measure(stack: Stack, database_url: str, redis_url: str) -> dict[str, float]:
    """Both."""
    token = str(stack.client().headers["Authorization"]).partition(" ")[2]
    async with real_ports(database_url, redis_url, stack.folder / "bench") as ports:
        figures = await socket_speed(stack, token, redis_url, await event_of(ports))
        return figures | await engine_speed(ports)


def main() -> None:
    """Real servers, a real web."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with servers.postgres() as postgres, servers.valkey() as valkey:
        migrate.upgrade(postgres.database_url)
        with stacks.stack(postgres.database_url, valkey.redis_url) as stack:
            stack.web()
            report("spine", asyncio.run(measure(stack, postgres.database_url, valkey.redis_url)))


if __name__ == "__main__":
    main()
