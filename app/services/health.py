"""Is everything there? Each part by name, with what is known of it; and the depth of the queue."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select, text

from app.db.tables import Booth, Job, Program
from app.db.unit import reading
from app.ports import Ports

WORKER_LOST_SECONDS = 20


@dataclass(frozen=True)
class Part:
    """One part; `required` parts decide whether the web is ready to serve."""

    name: str
    ok: bool
    detail: str
    required: bool


async def parts(ports: Ports) -> list[Part]:
    """Ask every part, at most a few seconds in all."""
    database, redis, storage = await asyncio.gather(_database(ports), ports.news.healthy(), _storage(ports))
    found = [
        Part("database", database, "answers" if database else "does not answer", True),
        Part("redis", redis, "answers" if redis else "does not answer: screens update every 3 s", False),
        Part("storage", storage, "answers" if storage else "does not answer", True),
    ]
    if database:
        found += [await _workers(ports), await _watchers(ports)]
    return found


async def _database(ports: Ports) -> bool:
    try:
        async with asyncio.timeout(3), reading(ports) as db:
            await db.execute(text("SELECT 1"))
        return True
    except Exception:
        return False


async def _storage(ports: Ports) -> bool:
    try:
        async with asyncio.timeout(5):
            return await ports.storage.healthy()
    except Exception:
        return False


async def _workers(ports: Ports) -> Part:
    async with reading(ports) as db:
        alive = await db.scalar(
            select(func.count())
            .select_from(Program)
            .where(
                Program.role == "worker",
                Program.seen_at > func.clock_timestamp() - timedelta(seconds=WORKER_LOST_SECONDS),
            )
        )
    return Part("workers", bool(alive), f"{alive} alive", False)


async def _watchers(ports: Ports) -> Part:
    async with reading(ports) as db:
        alive = await db.scalar(
            select(func.count())
            .select_from(Booth)
            .where(
                Booth.watcher_id.is_not(None),
                Booth.watcher_seen_at > func.clock_timestamp() - timedelta(seconds=15),
            )
        )
    return Part("watchers", bool(alive), f"{alive} connected", False)


async def queue_depth(ports: Ports) -> int:
    """Jobs that are queued or running."""
    async with reading(ports) as db:
        depth = await db.scalar(
            select(func.count()).select_from(Job).where(Job.status.in_(("queued", "running")))
        )
    return depth or 0
