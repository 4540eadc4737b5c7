"""Programs: that they live, what they see of what they stand on, and what of that goes wrong."""

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.db import incidents, programs
from app.db.unit import reading, unit
from app.domain.house import BoothScreens, ProgramFacts, StagePace
from app.ports import Ports
from app.services import watchers

LOOK_SECONDS = 3.0
PACES_EVERY = 15.0
PARTS = ("redis", "storage")


@dataclass(frozen=True)
class Who:
    """A program: its id, what it is, where, and which version. `folder` is where its data are."""

    id: str
    role: str
    host: str
    version: str
    folder: Path


def disk(folder: Path) -> tuple[int | None, int | None]:
    """Free and total bytes where a folder is, None where that cannot be told."""
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return None, None
    return usage.free, usage.total


async def worker_lives(ports: Ports, who: Who, running: int, slots: int) -> None:
    """A worker's sign of life."""
    free, total = disk(who.folder)
    facts = ProgramFacts(slots=slots, disk_free=free, disk_total=total)
    async with unit(ports) as work:
        await programs.beat(work, who.id, who.role, who.host, who.version, running, facts)


async def says_goodbye(ports: Ports, who: Who) -> None:
    """The program stops as it was asked to."""
    async with unit(ports) as work:
        await programs.ended(work, who.id)


class WebLook:
    """What a web process sees of the house; an outage is an incident from the first look that met it."""

    def __init__(self, ports: Ports, who: Who) -> None:
        self._ports = ports
        self._who = who
        self._head = programs.brought()
        self._stages: list[StagePace] = []
        self._stages_at = 0.0
        self._away_since: datetime | None = None

    async def look(self, screens: list[BoothScreens]) -> None:
        """Look, and tell; never raises for an outage, which is told once the database is back."""
        redis, storage = await asyncio.gather(
            _answers(self._ports.news.healthy), _answers(self._ports.storage.healthy)
        )
        try:
            async with asyncio.timeout(2 * LOOK_SECONDS):
                await self._tell(screens, {"redis": redis, "storage": storage})
        except Exception:
            self._away_since = self._away_since or self._ports.clock.now()
            raise
        self._away_since = None

    async def _tell(self, screens: list[BoothScreens], parts: dict[str, bool]) -> None:
        began = time.monotonic()
        async with reading(self._ports) as db:
            migration = await programs.stands_at(db)
            answered = (time.monotonic() - began) * 1000
            if time.monotonic() - self._stages_at > PACES_EVERY:
                self._stages, self._stages_at = await programs.paces(db), time.monotonic()
        free, total = disk(self._who.folder)
        facts = ProgramFacts(
            **parts,
            disk_free=free,
            disk_total=total,
            database_ms=round(answered, 1),
            migration=migration,
            migration_head=self._head,
            screens=screens,
            stages=self._stages,
        )
        who = self._who
        async with unit(self._ports) as work:
            if self._away_since is not None:
                await incidents.over(work, "database", "database", self._away_since)
            await programs.beat(work, who.id, who.role, who.host, who.version, 0, facts)
            for part in PARTS:
                await (incidents.end if parts[part] else incidents.begin)(work, part, part)
        async with unit(self._ports) as work:
            await programs.note_silent(work)
        await watchers.end_silent(self._ports)


async def _answers(ask: Callable[[], Awaitable[bool]]) -> bool:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return await ask()
    except Exception:  # whatever it is: it does not answer
        return False
