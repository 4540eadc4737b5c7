"""Is everything there? Each part by name, with what is known of it; and the depth of the queue."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select, text

from app.db.live import WATCHER_LOST_SECONDS
from app.db.tables import Booth, Job, Program
from app.db.unit import reading
from app.ports import Ports

WORKER_LOST_SECONDS = 20
SAID_MAX = 5
_STUCK = {
    "FOLDER_AWAY": "its camera folder is missing",
    "FOLDER_TAKEN": "another watcher works on its camera folder",
    "DISK_FULL": "its laptop's disk is full",
}
"""What keeps a laptop from taking new pictures until somebody goes there."""


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
    """How many are connected, and which of them cannot work, in words."""
    async with reading(ports) as db:
        connected = await db.execute(
            select(Booth.id, Booth.watcher_health["trouble"].as_string())
            .where(
                Booth.watcher_id.is_not(None),
                Booth.watcher_seen_at > func.clock_timestamp() - timedelta(seconds=WATCHER_LOST_SECONDS),
            )
            .order_by(Booth.id)
        )
        troubles: dict[str, str | None] = dict(connected.tuples().all())
    stuck = [f"{booth}: {_STUCK[why]}" for booth, why in troubles.items() if why in _STUCK]
    words = "; ".join([f"{len(troubles)} connected", *stuck[:SAID_MAX]])
    return Part("watchers", bool(troubles) and not stuck, words, False)


async def queue_depth(ports: Ports) -> int:
    """Jobs that are queued or running."""
    async with reading(ports) as db:
        depth = await db.scalar(
            select(func.count()).select_from(Job).where(Job.status.in_(("queued", "running")))
        )
    return depth or 0
