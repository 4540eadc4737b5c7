"""A job in a machine of random moves: what each move does, through the product's own functions."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
from ulid import ULID

from app.db import claims, halts, parking, runs
from app.db.claims import Claimed
from app.db.unit import Unit, unit
from app.domain.access import Principal
from app.domain.errors import Conflict, LeaseLost
from app.domain.job import LANES
from app.domain.messages import WaitReason
from app.ports import Ports
from app.services import jobs, rescue, signals
from tasks.engine import Engine
from tasks.stage import Stage
from tasks.work import StageRun
from tests.fakes.ports import due_now
from tests.tasks.lines import DRAWN, drawn
from tests.tasks.outside import job_for

T = TypeVar("T")

BOSS = Principal("u", "sari", "supervisor", None, "s")
OPERATOR = Principal("v", "budi", "operator", None, "s")
STAGES = drawn()


class Player:
    """One worker's run of the job, step by step, as the engine makes it."""

    def __init__(self, ports: Ports, job: Claimed, worker: str) -> None:
        self.ports = ports
        self.job = job
        self.worker = worker
        self.run = StageRun(ports, job, Path())
        self.outputs = dict(job.outputs)
        self.inside: Stage | None = None

    @property
    def following(self) -> Stage | None:
        """The first stage without a finished row, after the one it is in."""
        left = [stage for stage in STAGES if stage.name not in self.outputs and stage is not self.inside]
        return left[0] if left else None

    async def advance(self) -> None:
        """The stage it is in is done; the next begins, or the job succeeds."""
        done = (self.inside.name, {"fence": self.job.fence}) if self.inside is not None else None
        following = self.following
        async with unit(self.ports) as work:
            if following is None:
                await runs.succeed(work, self.job, done=done, result={"best_output_key": "best"})
            else:
                begun = await runs.advance(
                    work, self.job, done=done, stage=following.name, percent=0, worker=self.worker
                )
        if done is not None:
            self.outputs[done[0]] = done[1]
        self.inside = following
        if following is not None:
            self.run.begin(following, 100, begun)

    async def written(self, write: Callable[[Unit, str], Awaitable[object]]) -> None:
        """One write of this run, of its stage."""
        stage = self.inside.name if self.inside is not None else STAGES[0].name
        async with unit(self.ports) as work:
            await write(work, stage)

    async def beat(self) -> None:
        """A sign of life."""
        async with unit(self.ports) as work:
            await claims.heartbeat(work.db, self.job.id, self.job.fence)

    async def requeue(self, outcome: str) -> None:
        """Later: a try that failed, or one that was not ready."""
        wait = WaitReason(code="retry" if outcome else "snooze")
        await self.written(
            lambda work, stage: halts.requeue(work, self.job, stage, wait=wait, seconds=60, outcome=outcome)
        )

    async def park(self, parked_for: str) -> None:
        """Until something happens."""
        wait = WaitReason(code="signal")
        await self.written(
            lambda work, stage: halts.park(
                work, self.job, stage, parked_for=parked_for, seconds=None, wait=wait
            )
        )

    async def end(self, status: str) -> None:
        """A bad end."""
        await self.written(
            lambda work, stage: halts.end(work, self.job, status, stage=stage, error=("BAD", "Bad."))  # type: ignore[arg-type]
        )

    async def lost(self, which: str) -> None:
        """A write of a run that has the job no more: LeaseLost, whatever it is."""
        writes: dict[str, Callable[[], Awaitable[None]]] = {
            "advance": self.advance,
            "beat": self.beat,
            "fail": lambda: self.requeue("failed"),
            "snooze": lambda: self.requeue(""),
            "park": lambda: self.park(parking.for_signal("go")),
            "end": lambda: self.end("failed"),
            "remember": lambda: self.run.remember(of="a zombie"),
            "progress": lambda: self.run.progress(0.9, b"preview"),
            "ask": self._asked,
            "still": self.run.still,
        }
        with pytest.raises(LeaseLost):
            await writes[which]()

    async def _asked(self) -> None:
        await self.run.asking()


LOST = ("advance", "beat", "fail", "snooze", "park", "end", "remember", "progress", "ask", "still")


class Job:
    """One job, who has it, who had it, and what people do to it."""

    def __init__(self, loop: "asyncio.Runner", ports: Ports) -> None:
        self._loop = loop
        self.ports = ports
        self.engine = Engine(ports, {DRAWN.name: STAGES}, "w")
        self.id = self.now(job_for(ports, "a", "b"))
        self.player: Player | None = None
        self.zombies: list[Player] = []

    def now(self, doing: Coroutine[Any, Any, T]) -> T:
        """Do it."""
        return self._loop.run(doing)

    def claim(self) -> bool:
        """A worker looks for work; whoever had the job has it no more."""
        ready = self.now(self.engine.take(LANES))
        if ready is None:
            return False
        assert ready.job.id == self.id
        self.leave()
        self.player = Player(self.ports, ready.job, f"w{ready.job.fence}")
        return True

    def leave(self) -> None:
        """The run is over; what it still writes must not show."""
        if self.player is not None:
            self.zombies.append(self.player)
        self.player = None

    def time_passes(self) -> None:
        """Whatever it waits for by time is over: its due time, or its lease."""
        self.now(due_now(self.ports, self.id))

    def tell(self, name: str, key: str) -> bool:
        """A signal; False when the job has ended, or this key was told before."""
        try:
            return self.now(signals.told(self.ports, self.id, name, {"yes": True}, key=key, by="bank"))
        except Conflict:
            return False

    def person(self, deed: str) -> bool:
        """What somebody does to it; False when it is not in the state that this needs."""
        deeds: dict[str, Callable[[], Coroutine[Any, Any, object]]] = {
            "cancel": lambda: jobs.cancel(self.ports, OPERATOR, self.id),
            "replay": lambda: rescue.replay(self.ports, BOSS, self.id, "because"),
            "switch": lambda: rescue.switch(self.ports, BOSS, self.id, "because", maker="b", style_id=None),
            "original": lambda: rescue.original(self.ports, BOSS, self.id, "because"),
            "give_up": lambda: rescue.give_up(self.ports, BOSS, self.id, "because"),
            "resolve": lambda: rescue.resolve(self.ports, BOSS, self.id, "because", task_id=str(ULID())),
        }
        try:
            self.now(deeds[deed]())
        except Conflict:
            return False
        return True


DEEDS = ("cancel", "replay", "switch", "original", "give_up", "resolve")
