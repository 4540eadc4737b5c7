"""How many jobs one worker process runs at once, which one is next, and how it stops.

A bell only wakes the runner; the database says whose turn it is. So a lost bell costs a second, bells that
ring ten times change nothing, and jobs go on while Redis is away.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import structlog

from app.db import breakers, claims, slots
from app.db.unit import unit
from app.domain.job import LANES
from app.ports import Ports
from app.services import programs
from tasks.engine import Engine, Ready

log = structlog.get_logger()

LOOK_SECONDS = 1.0
BEAT_SECONDS = 5.0
HOUSE_SECONDS = 2.0
EXPLAIN_AFTER_SECONDS = 3.0


class Runner:
    """Runs jobs as tasks of their own, at most `slots` at once; one of these is kept for the high lane."""

    def __init__(self, engine: Engine, slots: int) -> None:
        self.engine = engine
        self.slots = slots
        self._running: dict[asyncio.Task[None], str] = {}
        self._wake = asyncio.Event()
        self._taking = asyncio.Lock()
        self._stopping = False

    @property
    def running(self) -> int:
        """Jobs being worked on now."""
        return len(self._running)

    def wake(self) -> None:
        """There may be work: look now."""
        self._wake.set()

    def lanes(self) -> Sequence[str]:
        """The lanes there is room for."""
        if self._stopping or self.running >= self.slots:
            return ()
        others = sum(lane != "high" for lane in self._running.values())
        return LANES if self.slots == 1 or others < self.slots - 1 else ("high",)

    async def work(self) -> None:
        """For ever: whenever there is room, take the job whose turn it is."""
        while not self._stopping:
            self._wake.clear()
            try:
                while await self._taken():
                    pass
            except Exception as error:  # the database is away: look again in a second
                log.warning("no_job_taken", error=type(error).__name__)
                await asyncio.sleep(LOOK_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._wake.wait()

    async def _taken(self) -> bool:
        """Take one job and run it; False when there is none, or no room."""
        async with self._taking:
            lanes = self.lanes()
            ready = await self.engine.take(lanes) if lanes else None
            if ready is not None:
                self._start(ready)
        return ready is not None

    def _start(self, ready: Ready) -> None:
        task = asyncio.create_task(self.engine.work(ready), name=f"job-{ready.job.id}")
        self._running[task] = ready.job.lane
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self._wake.set()

    async def stop(self, grace_seconds: float) -> None:
        """Take nothing new; let runs end within the grace time, then hand their leases back."""
        self._stopping = True
        self._wake.set()
        with suppress(TimeoutError):  # a job that is being taken is ours as soon as that is written
            async with asyncio.timeout(grace_seconds), self._taking:
                pass
        running = set(self._running)
        if not running:
            return
        _, left = await asyncio.wait(running, timeout=grace_seconds)
        self.engine.stop()
        if left:
            await asyncio.wait(left, timeout=5)
        log.info("runner_stopped", handed_back=len(left))


async def beat(ports: Ports, runner: Runner, who: programs.Who) -> None:
    """For ever: write that this worker lives, every five seconds."""
    while True:
        with suppress(Exception):  # the database is away: the next beat tells
            async with asyncio.timeout(5):
                await programs.worker_lives(ports, who, runner.running, runner.slots)
            await runner.engine.outside.flush()
        await asyncio.sleep(BEAT_SECONDS)


async def keep_house(ports: Ports, runner: Runner) -> None:
    """For ever: free what the dead held, end what a person's word forced, tell why jobs wait."""
    while True:
        with suppress(Exception):  # the database is away: the next round does it
            async with asyncio.timeout(10):
                async with unit(ports) as work:
                    await slots.free_expired(work)
                async with unit(ports) as work:
                    await breakers.forget_expired(work)
                async with unit(ports) as work:
                    await claims.explain_waiting(
                        work, runner.engine.known, grace_seconds=EXPLAIN_AFTER_SECONDS
                    )
        await asyncio.sleep(HOUSE_SECONDS)
