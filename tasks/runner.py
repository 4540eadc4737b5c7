"""How many jobs one worker process runs at once, from bells and from the sweeper alike; and how it stops."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import structlog

from app.db import claims
from app.db.unit import reading, unit
from app.ports import Ports
from tasks.engine import Engine
from tasks.lease import Stop

log = structlog.get_logger()

SWEEP_SECONDS = 1.0
SWEEP_GRACE_SECONDS = 1.0
BEAT_SECONDS = 5.0


class Runner:
    """Runs jobs as tasks of their own, at most `slots` at once."""

    def __init__(self, engine: Engine, slots: int) -> None:
        self.engine = engine
        self.slots = slots
        self._free = asyncio.Semaphore(slots)
        self._running: set[asyncio.Task[bool]] = set()
        self._stopping = False

    @property
    def running(self) -> int:
        """Jobs being worked on now."""
        return len(self._running)

    async def run(self, job_id: str) -> None:
        """Work a job when a slot is free; returns when its run has ended."""
        async with self._free:
            if self._stopping:
                return
            task = asyncio.create_task(self.engine.run(job_id), name=f"job-{job_id}")
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            await asyncio.wait({task})

    def full(self) -> bool:
        """Whether every slot is taken."""
        return self._free.locked()

    async def stop(self, grace_seconds: float) -> None:
        """Take nothing new; let runs end within the grace time, then hand their leases back."""
        self._stopping = True
        running = set(self._running)
        if not running:
            return
        _, left = await asyncio.wait(running, timeout=grace_seconds)
        for lease in list(self.engine.leases.values()):
            lease.interrupt(Stop.SHUTDOWN)
        if left:
            await asyncio.wait(left, timeout=5)
        log.info("runner_stopped", handed_back=len(left))


async def sweep(ports: Ports, runner: Runner) -> None:
    """For ever: run whatever nobody works on (a lost ring, a dead worker, a retry that is due).

    It works the job here rather than ringing again, so that jobs go on while Redis is away.
    """
    pending: set[str] = set()

    async def work(job_id: str) -> None:
        try:
            await runner.run(job_id)
        finally:
            pending.discard(job_id)

    async with asyncio.TaskGroup() as group:
        await _sweep(ports, runner, pending, lambda job_id: group.create_task(work(job_id)))


async def _sweep(ports: Ports, runner: Runner, pending: set[str], start: Callable[[str], object]) -> None:
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        if runner.full():
            continue
        try:
            async with asyncio.timeout(5), reading(ports) as db:
                found = await claims.neglected(db, grace_seconds=SWEEP_GRACE_SECONDS, limit=runner.slots * 2)
        except Exception as error:  # the database is away: look again in a second
            log.warning("sweep_failed", error=type(error).__name__)
            continue
        for job_id in found:
            if job_id in pending or job_id in runner.engine.leases:
                continue
            pending.add(job_id)
            start(job_id)


async def beat(ports: Ports, runner: Runner, host: str, version: str) -> None:
    """For ever: write that this worker lives, every five seconds."""
    while True:
        with suppress(Exception):  # the database is away: the next beat tells
            async with asyncio.timeout(5), unit(ports) as work:
                await claims.worker_beat(work, runner.engine.worker_id, host, version, runner.running)
        await asyncio.sleep(BEAT_SECONDS)
