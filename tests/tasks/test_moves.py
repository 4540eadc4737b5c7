"""Any order of moves of a job, of its workers, zombies and people: what is promised holds after each."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from app.db import parking
from app.db.tables import Job as Row
from app.db.tables import JobAttempt, JobEvent, JobStage, ProviderSpend
from app.db.unit import reading
from app.domain.job import FINISHED, may_move
from app.ports import Ports
from tests.fakes.ports import real_ports
from tests.tasks.moves import DEEDS, LOST, Job

EXAMPLES = 40
STEPS = 30


@dataclass
class Known:
    """All that the database knows of the job."""

    job: dict[str, Any] = field(default_factory=dict)
    stages: dict[str, dict[str, Any]] = field(default_factory=dict)
    attempts: list[dict[str, Any]] = field(default_factory=list)
    events: list[tuple[int, str, str | None]] = field(default_factory=list)
    ledger: list[str] = field(default_factory=list)

    @property
    def shown(self) -> tuple[Any, ...]:
        """What screens show of it."""
        names = ("status", "stage", "percent", "wait", "provider", "error_code", "cancel_requested")
        return tuple(self.job[name] for name in names)

    def kinds(self) -> Counter[str]:
        """How often each kind of entry stands in the timeline."""
        return Counter(kind for _, kind, _ in self.events)


def _columns(row: Any) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in row.__table__.columns}


async def known(ports: Ports, job_id: str) -> Known:
    """Read it."""
    async with reading(ports) as db:
        job = await db.get_one(Row, job_id)
        stages = await db.scalars(select(JobStage).where(JobStage.job_id == job_id))
        attempts = select(JobAttempt).where(JobAttempt.job_id == job_id)
        events = select(JobEvent).where(JobEvent.job_id == job_id).order_by(JobEvent.id)
        ledger = select(ProviderSpend.state).where(ProviderSpend.job_id == job_id)
        return Known(
            _columns(job),
            {row.stage: _columns(row) for row in stages},
            [
                _columns(row)
                for row in await db.scalars(attempts.order_by(JobAttempt.stage, JobAttempt.number))
            ],
            [(row.id, row.kind, row.stage) for row in await db.scalars(events)],
            list(await db.scalars(ledger)),
        )


class Moves(RuleBasedStateMachine):
    """The moves, and what holds after each of them."""

    def __init__(self, loop: "asyncio.Runner", ports: Ports) -> None:
        super().__init__()
        self.job = Job(loop, ports)
        self.was = self.read()
        self.by_person = False

    def read(self) -> Known:
        """All that is known of the job now."""
        return self.job.now(known(self.job.ports, self.job.id))

    @rule()
    def claim(self) -> None:
        before = self.was.job
        due = before["status"] == "queued" or before["lease_until"] is not None
        if self.job.claim():
            assert due
            assert before["status"] not in FINISHED

    @rule()
    def time_passes(self) -> None:
        self.job.time_passes()

    @rule(name=st.sampled_from(("go", "stay")), key=st.sampled_from("ab"))
    def signal(self, name: str, key: str) -> None:
        if self.job.tell(name, key):
            assert self.was.job["status"] not in FINISHED

    @rule(deed=st.sampled_from(DEEDS))
    def person(self, deed: str) -> None:
        self.by_person = self.job.person(deed)

    @precondition(lambda self: self.job.player is not None)
    @rule()
    def advance(self) -> None:
        self.job.now(self.player.advance())
        if self.player.inside is None:
            self.job.leave()

    @precondition(lambda self: self.job.player is not None)
    @rule()
    def beat(self) -> None:
        self.job.now(self.player.beat())

    @precondition(lambda self: self.inside)
    @rule(how=st.sampled_from(("failed", "", "signal", "end", "canceled")))
    def stop(self, how: str) -> None:
        player = self.player
        if how == "signal":
            self.job.now(player.park(parking.for_signal("go")))
        elif how in ("end", "canceled"):
            self.job.now(player.end("failed" if how == "end" else "canceled"))
        else:
            self.job.now(player.requeue(how))
        self.job.leave()

    @precondition(lambda self: self.inside and not self.player.run.under_way)
    @rule()
    def ask(self) -> None:
        self.job.now(self.player.run.asking())

    @precondition(lambda self: self.inside and self.player.run.under_way)
    @rule(how=st.sampled_from(("taken", "done", "canceled", "unknown")))
    def told(self, how: str) -> None:
        run = self.player.run
        if how == "taken":
            self.job.now(run.taken("task"))
        elif how != "unknown":
            self.job.now(run.settled(how))
        else:
            self.job.now(run.settled("unknown", keep=True))
            self.job.now(self.player.park(parking.for_signal(parking.outcome_signal(run.submission))))
            self.job.leave()

    @precondition(lambda self: self.job.zombies)
    @rule(which=st.sampled_from(LOST), age=st.integers(0, 3))
    def zombie(self, which: str, age: int) -> None:
        zombie = self.job.zombies[-1 - age % len(self.job.zombies)]
        self.job.now(zombie.lost(which))
        assert self.read() == self.was

    @property
    def player(self) -> Any:
        """The run that has the job."""
        return self.job.player

    @property
    def inside(self) -> bool:
        """Whether a run is in a stage."""
        return self.player is not None and self.player.inside is not None

    @invariant()
    def holds(self) -> None:
        was, now = self.was, self.read()
        self._moved_by_the_table(was, now)
        self._what_is_finished_stays(was, now)
        self._every_try_is_told(was, now)
        assert sum(state in ("asked", "taken") for state in now.ledger) <= 1  # never paid twice
        self.was, self.by_person = now, False
        # a person may have taken the job from its run (a replay)
        if self.player is not None and self.player.job.fence != now.job["fence"]:
            self.job.leave()

    def _moved_by_the_table(self, was: Known, now: Known) -> None:
        before, after = was.job["status"], now.job["status"]
        assert before == after or may_move(before, after)
        if before in FINISHED and after != before:
            assert self.by_person
        assert now.job["fence"] >= was.job["fence"]
        assert now.job["revision"] >= was.job["revision"]
        if now.shown != was.shown:
            assert now.job["revision"] > was.job["revision"]
        assert (after == "running") == (now.job["lease_until"] is not None)
        assert (after in FINISHED) == (now.job["finished_at"] is not None)
        assert (after == "running") == (self.player is not None)

    def _what_is_finished_stays(self, was: Known, now: Known) -> None:
        for name, stage in was.stages.items():
            if stage["finished_at"] is not None:
                assert now.stages[name] == stage
                assert [one for one in now.attempts if one["stage"] == name] == [
                    one for one in was.attempts if one["stage"] == name
                ]

    def _every_try_is_told(self, was: Known, now: Known) -> None:
        assert now.events[: len(was.events)] == was.events
        kinds, outcomes = now.kinds(), Counter(one["outcome"] for one in now.attempts)
        begun = Counter(one["stage"] for one in now.attempts)
        started = Counter(stage for _, kind, stage in now.events if kind == "stage_started")
        done = Counter(stage for _, kind, stage in now.events if kind == "stage_done")
        assert begun == started == Counter({name: row["attempts"] for name, row in now.stages.items()})
        assert done == Counter(
            {name: 1 for name, row in now.stages.items() if row["finished_at"] is not None}
        )
        assert outcomes["done"] == done.total()
        assert kinds["taken_over"] == outcomes["stalled"]
        assert sum(row["failures"] for row in now.stages.values()) <= outcomes["failed"]
        still_open = [one for one in now.attempts if one["ended_at"] is None]
        assert len(still_open) <= 1
        if now.job["status"] in ("succeeded", "failed", "canceled") and now.job["status"] != "queued":
            assert kinds[now.job["status"]] + kinds["dismissed"] >= 1

    def teardown(self) -> None:
        """The next example's workers must not find this one's job."""
        self.job.now(_out_of_the_way(self.job.ports, self.job.id))


async def _out_of_the_way(ports: Ports, job_id: str) -> None:
    async with ports.db() as db:
        await db.delete(await db.get_one(Row, job_id))
        await db.commit()


def test_what_is_promised_holds_after_any_moves(database_url: str, redis_url: str, tmp_path: Path) -> None:
    with asyncio.Runner() as loop:
        opened = real_ports(database_url, redis_url, tmp_path)
        ports = loop.run(opened.__aenter__())
        try:
            run_state_machine_as_test(
                lambda: Moves(loop, ports),
                settings=settings(
                    max_examples=EXAMPLES,
                    stateful_step_count=STEPS,
                    deadline=None,
                    database=None,
                    derandomize=True,
                    phases=[Phase.generate],  # with a database behind each step, shrinking takes minutes
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            loop.run(opened.__aexit__(None, None, None))
