"""What one try of a stage is given: the `Work` of app.domain.line, over the database and the lease."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import structlog
from ulid import ULID

from app.db import parking, runs, spend
from app.db.claims import Claimed
from app.db.runs import Begun
from app.db.unit import Unit, reading, unit
from app.domain.chain import Step, of_job
from app.domain.errors import Snooze, StageError, Wait
from app.domain.job import LEASE_SECONDS
from app.ports import Ports
from tasks.stage import Stage

log = structlog.get_logger()

PROGRESS_EVERY_SECONDS = 0.5
AGAIN_SECONDS = 0.3
FORGOTTEN: Mapping[str, Any] = {"submission": None, "request_id": None, "maker": None, "asked_at": None}
"""What a stage no longer remembers once its task at a provider is settled."""


class StageRun:
    """One run of a job; `begin` gives it the stage it is in."""

    def __init__(self, ports: Ports, job: Claimed, scratch: Path) -> None:
        self.ports = ports
        self.job = job
        self.scratch = scratch
        self.stage = ""
        self.failures = 0
        self.outputs: Mapping[str, Mapping[str, Any]] = job.outputs
        self.memory: Mapping[str, Any] = {}
        self.makers = of_job(job.args)
        self.step = min(job.step, len(self.makers) - 1)
        self.probing: set[str] = set()
        self._span = (0, 100)
        self._told_at = 0.0
        self._since = 0.0
        self._claimed_at = time.monotonic()
        self._seconds_left = job.seconds_left

    def begin(self, stage: Stage, until: int, begun: Begun) -> None:
        """The stage starts, or goes on; when it is done the job is done to `until` percent."""
        self.stage, self.failures, self.memory = stage.name, begun.failures, begun.memory
        self._span = (stage.percent, until)
        self._since = time.monotonic() - begun.seconds

    @property
    def job_id(self) -> str:
        return self.job.id

    @property
    def fence(self) -> int:
        return self.job.fence

    @property
    def args(self) -> Mapping[str, Any]:
        return self.job.args

    @property
    def maker(self) -> Step:
        return self.makers[self.step]

    @property
    def age(self) -> float:
        return time.monotonic() - self._since

    @property
    def under_way(self) -> bool:
        """Whether a task at a provider is, or may be, under way for this stage."""
        return self.memory.get("submission") is not None

    @property
    def submission(self) -> str:
        """Our own id of what was asked for; empty when nothing was."""
        return str(self.memory.get("submission") or "")

    def time_for(self, stage: Stage) -> float:
        """How long the stage may run now: its time, less what its task outside has had, to the deadline."""
        if not stage.outside:
            return stage.timeout
        had = self.age - float(self.memory.get("asked_at") or self.age)
        return max(min(stage.timeout - had, self.seconds_left), 0.0)

    @property
    def unknown(self) -> bool:
        """Whether it is not known if the provider took the task: a person decides, nobody else."""
        return self.under_way and self.memory.get("request_id") is None

    @property
    def waited(self) -> float:
        """How long the job waits for its turn at this maker, in seconds."""
        return self.age - float(self.memory.get("waiting_from") or 0.0)

    @property
    def seconds_left(self) -> float:
        """Until the job's deadline; infinite where it has none."""
        if self._seconds_left is None:
            return float("inf")
        return self._seconds_left - (time.monotonic() - self._claimed_at)

    def new_deadline(self, seconds: float) -> None:
        """The next maker gets time of its own."""
        self._seconds_left, self._claimed_at = seconds, time.monotonic()

    async def remember(self, **facts: Any) -> None:
        await self._surely(facts, self._nothing_more)

    async def _nothing_more(self, work: Unit) -> None:
        return

    async def _surely(self, facts: dict[str, Any], more: Callable[[Unit], Awaitable[None]]) -> None:
        """Write facts, and what belongs to them, while we have the job.

        Tried again while the lease may hold: a paid task whose id got lost in a blip would be paid twice.
        """
        give_up_at = time.monotonic() + LEASE_SECONDS
        while True:
            try:
                async with unit(self.ports) as work:
                    await runs.remember(work, self.job, self.stage, facts)
                    await more(work)
                break
            except StageError:
                raise
            except Exception as error:  # the database is away, in one of the many ways it tells
                if time.monotonic() > give_up_at:
                    raise
                log.warning("not_remembered_yet", stage=self.stage, error=type(error).__name__)
                await asyncio.sleep(AGAIN_SECONDS)
        self.memory = {**self.memory, **facts}

    async def progress(self, fraction: float, preview: bytes | None = None) -> None:
        if preview is None and time.monotonic() - self._told_at < PROGRESS_EVERY_SECONDS:
            return
        self._told_at = time.monotonic()
        begin, end = self._span
        percent = round(begin + (end - begin) * min(max(fraction, 0.0), 1.0))
        async with unit(self.ports) as work:
            await runs.show_progress(work, self.job, percent, preview)

    async def signal(self, name: str) -> Mapping[str, Any] | None:
        async with reading(self.ports) as db:
            return await parking.newest_signal(db, self.job_id, name)

    async def wait_for(self, name: str, seconds: float) -> Mapping[str, Any] | None:
        told = await self.signal(name)
        if told is not None:
            return told
        until = f"until_{name}"
        if until not in self.memory:
            await self.remember(**{until: self.age + seconds})
        left = float(self.memory[until]) - self.age
        if left <= 0:
            return None
        raise Wait(parking.for_signal(name), left, "signal", name)

    async def asking(self) -> str:
        submission = str(ULID())
        paid = self.maker.provider in self.ports.policy.paid_providers

        async def written(work: Unit) -> None:
            budget = await spend.budget(
                work.db, self.job.event_id, self.maker.provider, self.maker.style_id, lock=paid
            )
            if paid and not budget.allows:
                raise Snooze(0.0, "SPEND_LIMIT")  # looked at again at once: then somebody else makes it
            await spend.ask(
                work,
                submission,
                provider=self.maker.provider,
                job_id=self.job_id,
                event_id=self.job.event_id,
                style_id=self.maker.style_id,
                expected=budget.expected,
            )

        facts = {"submission": submission, "request_id": None, "maker": self.step, "asked_at": self.age}
        await self._surely(facts, written)
        return submission

    async def still(self) -> None:
        await self._surely({}, self._nothing_more)

    async def taken(self, task_id: str) -> None:
        submission = str(self.memory["submission"])

        async def written(work: Unit) -> None:
            await spend.taken(work, submission, task_id)

        await self._surely({"request_id": task_id}, written)

    async def settled(self, state: str, cost: float | None = None, *, keep: bool = False) -> None:
        submission = str(self.memory["submission"])

        async def written(work: Unit) -> None:
            await spend.settle(work, submission, state, cost)

        await self._surely({} if keep else dict(FORGOTTEN), written)
