"""Holding a job: a heartbeat prolongs the lease and stops the run when it is lost or a person asks for it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum

import structlog

from app.db import claims
from app.db.unit import unit
from app.domain.errors import LeaseLost
from app.domain.job import HEARTBEAT_SECONDS, LEASE_SECONDS
from app.ports import Ports

log = structlog.get_logger()

INSIST_SECONDS = 15.0
"""A run that is stopped may wait so long for the answer to what it has just paid for; then it must go."""


class Stop(Enum):
    """Why a run was stopped from outside."""

    LOST = "lost"
    CANCEL = "cancel"
    SWITCH = "switch"
    SHUTDOWN = "shutdown"


class Lease:
    """The right to work one job; `stop` says why the run was interrupted, when it was."""

    def __init__(self, job_id: str, fence: int, run: asyncio.Task[None]) -> None:
        self.job_id = job_id
        self.fence = fence
        self.stop: Stop | None = None
        self.beat: asyncio.Task[None] | None = None
        self.ending = False
        """The run knows that it ends: what it does from now on is not disturbed."""
        self._run = run
        self._asked_at = 0.0

    def interrupt(self, why: Stop) -> None:
        """Cancel the run's task, once, with its reason."""
        if self.stop is None:
            self.stop, self._asked_at = why, time.monotonic()
            self._run.cancel()

    def insist(self) -> None:
        """Cancel it again where it goes on: a library at its own clearing up may swallow a cancellation."""
        if self.stop is None or self.ending or time.monotonic() - self._asked_at < INSIST_SECONDS:
            return
        log.warning("run_did_not_stop", job_id=self.job_id, why=self.stop.value)
        self._run.cancel()

    def rest(self) -> None:
        """The run writes its end now: a beat that came after it would take the end for a lost lease."""
        if self.beat is not None:
            self.beat.cancel()


async def _beat(ports: Ports, lease: Lease) -> None:
    good_until = time.monotonic() + LEASE_SECONDS
    while True:
        await asyncio.sleep(HEARTBEAT_SECONDS)
        lease.insist()
        if lease.stop is Stop.LOST:
            continue
        asked_at = time.monotonic()
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS), unit(ports) as work:
                asked = await claims.heartbeat(work.db, lease.job_id, lease.fence)
            good_until = asked_at + LEASE_SECONDS
        except LeaseLost:
            lease.interrupt(Stop.LOST)
            continue
        except Exception as error:  # the database may be away for a moment: the lease's own end decides
            log.warning("heartbeat_failed", job_id=lease.job_id, error=type(error).__name__)
            if time.monotonic() >= good_until - HEARTBEAT_SECONDS:
                lease.interrupt(Stop.LOST)
            continue
        if asked.cancel or asked.switch:  # the run still stops what it has outside, under this lease
            lease.interrupt(Stop.CANCEL if asked.cancel else Stop.SWITCH)


@asynccontextmanager
async def held(ports: Ports, job_id: str, fence: int) -> AsyncIterator[Lease]:
    """Keep the lease alive while the block runs in the current task."""
    run = asyncio.current_task()
    if run is None:
        raise RuntimeError("a lease is held by a task")
    lease = Lease(job_id, fence, run)
    lease.beat = beat = asyncio.create_task(_beat(ports, lease), name=f"lease-{job_id}")
    try:
        yield lease
    finally:
        beat.cancel()
        with suppress(asyncio.CancelledError):
            await beat
