"""The engine: run, from the top, every stage that has no finished row. It knows no line.

The life of a job: it is queued (`services/intake`); a worker claims it under a new fence (`run`), which ends
the right of whoever had it before; its stages run one after the other (`_stages`), each let in by `gate`,
which sees to breakers, makers and slots; each finished one is written and never runs again. A run ends well
(`runs.succeed`), or in one of the ways of `_stopped` and `_failed`: taken from us, stopped by a person,
handed back, put aside until something happens, tried again later, given to the next maker, failed.
"""

import asyncio
import random
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.db import claims, halts, runs
from app.db.claims import Claimed, Known
from app.db.parking import for_signal, outcome_signal
from app.db.unit import Unit, unit
from app.domain.errors import LeaseLost, OutcomeUnknown, Snooze, Wait
from app.domain.job import MAX_STALLS
from app.domain.messages import WaitReason
from app.ports import Ports
from tasks import gate
from tasks.faults import Fault, fault_of
from tasks.lease import Lease, Stop, held
from tasks.outside import Outside
from tasks.stage import Stage
from tasks.work import StageRun

log = structlog.get_logger()

NO_WORKER_SECONDS = 30.0
HOUSE_SECONDS = 5.0
"""While the storage is away, and until its breaker says so, a job tries it this often at most."""
DEADLINE_SECONDS = 0.2
"""A job that waits outside is looked at this long after its deadline."""


@dataclass(frozen=True)
class Ready:
    """A job that is ours, and the stages of its line."""

    job: Claimed
    stages: tuple[Stage, ...]


class Engine:
    """Runs jobs of the given lines; one per worker process."""

    def __init__(self, ports: Ports, lines: Mapping[str, tuple[Stage, ...]], worker_id: str) -> None:
        self.ports = ports
        self.lines = lines
        self.worker_id = worker_id
        names = [f"{line}/{stage.name}" for line, stages in lines.items() for stage in stages]
        self.known = Known(list(lines), names)
        self.outside = Outside(ports)
        self.leases: dict[str, Lease] = {}
        self._stopping = False

    def stop(self) -> None:
        """Hand back every job that is held, also one whose run is only just beginning."""
        self._stopping = True
        for lease in list(self.leases.values()):
            lease.interrupt(Stop.SHUTDOWN)

    async def take(self, lanes: Sequence[str]) -> Ready | None:
        """Claim the job whose turn it is; None when there is none in these lanes."""
        while True:
            async with unit(self.ports) as work:
                job = await claims.claim_next(work, self.worker_id, self.known, lanes)
                stages = await self._ready(work, job) if job is not None else None
            if job is None:
                return None
            if stages is not None:
                return Ready(job, stages)

    async def run(self, job_id: str) -> bool:
        """Claim this job and work it; False when there was nothing to claim."""
        async with unit(self.ports) as work:
            job = await claims.claim(work, job_id, self.worker_id)
            stages = await self._ready(work, job) if job is not None else None
        if job is not None and stages is not None:
            await self.work(Ready(job, stages))
        return job is not None

    async def work(self, ready: Ready) -> None:
        """Work a claimed job to its next end. Raises for no job's fault."""
        with structlog.contextvars.bound_contextvars(jobId=ready.job.id):
            try:
                await self._work(ready.job, ready.stages)
            except LeaseLost:
                log.warning("lease_lost")
            except (
                Exception
            ):  # the database is away: the lease ends by itself and somebody takes the job over
                log.exception("run_abandoned")

    async def _ready(self, work: Unit, job: Claimed) -> tuple[Stage, ...] | None:
        """The stages of a job that is to run; None when it ended with its claim."""
        stages = self.lines.get(job.line)
        if stages is None or not job.begun <= {stage.name for stage in stages}:
            # a newer version made this job or began a stage of its own: it is left to newer workers
            wait = WaitReason(code="no_worker")
            await halts.requeue(work, job, job.stage or "", seconds=NO_WORKER_SECONDS, wait=wait)
            return None
        if job.cancel_requested and not job.owes:
            await halts.end(work, job, "canceled", stage=job.stage)
            return None
        if job.stalls >= MAX_STALLS:
            await halts.end(work, job, "failed", stage=job.stage, error=STALLED)
            return None
        return stages

    async def _work(self, job: Claimed, stages: tuple[Stage, ...]) -> None:
        scratch = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="photobot-run-"))
        try:
            async with held(self.ports, job.id, job.fence) as lease:
                self.leases[job.id] = lease
                if self._stopping:
                    lease.interrupt(Stop.SHUTDOWN)
                await self._stages(lease, StageRun(self.ports, job, scratch), stages)
        finally:
            self.leases.pop(job.id, None)
            await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)

    async def _stages(self, lease: Lease, run: StageRun, stages: tuple[Stage, ...]) -> None:
        """Every stage without a finished row, in order; its row is written with the next one's start."""
        outputs: dict[str, Any] = {**run.outputs}
        run.outputs = outputs
        done: Stage | None = None
        current = stages[0]
        try:
            for current in (stage for stage in stages if stage.name not in outputs):
                async with unit(self.ports) as work:
                    begun = await runs.advance(
                        work,
                        run.job,
                        done=_row(done, outputs),
                        stage=current.name,
                        percent=current.percent,
                        worker=self.worker_id,
                    )
                    await self.outside.worked(work, run, done)
                run.begin(current, _until(current, stages), begun)
                done = None
                if run.job.cancel_requested:
                    lease.interrupt(Stop.CANCEL)
                await gate.enter(self.ports, run, current)
                async with self.outside.core(current), asyncio.timeout(run.time_for(current)):
                    outputs[current.name] = await current.run(run, self.ports)
                done = current
            lease.rest()
            async with unit(self.ports) as work:
                status = await runs.succeed(
                    work, run.job, done=_row(done, outputs), result=outputs[stages[-1].name]
                )
                await self.outside.worked(work, run, done)
            log.info(f"job_{status}")
        except SQLAlchemyError:
            raise  # the database's fault, not the stage's: the lease ends and the job goes on elsewhere
        except (Exception, asyncio.CancelledError) as error:
            lease.ending = True
            await asyncio.shield(self._stopped(lease, run, current, error))

    async def _stopped(self, lease: Lease, run: StageRun, stage: Stage, error: BaseException) -> None:
        """The run did not reach the end: taken away, stopped by a person, handed back, waiting, or failed."""
        if lease.stop is Stop.LOST or isinstance(error, LeaseLost):
            log.warning("lease_lost", stage=stage.name)
            return
        if lease.stop in (Stop.CANCEL, Stop.SWITCH):
            await self._abandon(run, stage)
            lease.rest()
            async with unit(self.ports) as work:
                if lease.stop is Stop.CANCEL:
                    await halts.end(work, run.job, "canceled", stage=stage.name)
                else:
                    wait = WaitReason(code="queue")
                    await halts.requeue(work, run.job, stage.name, wait=wait, outcome="switched")
                    work.ring(run.job_id)
                await self.outside.left(work, run)
        elif isinstance(error, asyncio.CancelledError):
            lease.rest()
            async with unit(self.ports) as work:
                await halts.requeue(work, run.job, stage.name, wait=WaitReason(code="handed_back"))
                await self.outside.put_aside(work, run, 0.0)
                work.ring(run.job_id)
        elif isinstance(error, Wait | Snooze | OutcomeUnknown):
            lease.rest()
            await self._waits(run, stage, error)
        else:
            await self._failed(lease, run, stage, fault_of(error, run, stage))

    async def _waits(self, run: StageRun, stage: Stage, error: Wait | Snooze | OutcomeUnknown) -> None:
        """Put the job aside: for a while, until something happens, or until a person says what happened."""
        async with unit(self.ports) as work:
            if isinstance(error, Snooze):
                wait = WaitReason(code="snooze", because=error.because)
                await halts.requeue(work, run.job, stage.name, seconds=error.seconds, wait=wait)
                await self.outside.put_aside(work, run, error.seconds)
                return
            fault = None
            if isinstance(error, OutcomeUnknown):
                fault = fault_of(error, run, stage)
                error = Wait(for_signal(outcome_signal(run.submission)), None, "outcome", error.code)
            seconds = error.seconds
            if stage.outside and seconds is not None:
                seconds = min(seconds, max(run.seconds_left, 0.0) + DEADLINE_SECONDS)
            wait = WaitReason.model_validate({"code": error.code, "because": error.because})
            await halts.park(
                work, run.job, stage.name, parked_for=error.parked_for, seconds=seconds, wait=wait
            )
            if fault is not None:
                await self.outside.failed(work, run, stage, fault)
            await self.outside.put_aside(work, run, seconds)

    async def _failed(self, lease: Lease, run: StageRun, stage: Stage, fault: Fault) -> None:
        """A try that failed: again later, by the next maker, or for good."""
        if fault.house:
            lease.rest()
            await self._house_away(run, stage, fault)
            return
        again = fault.passes and run.failures + 1 < stage.retry.attempts
        following = (
            run.step + 1 if stage.outside and fault.of_maker and run.step + 1 < len(run.makers) else None
        )
        if fault.over or (not again and following is not None):
            await self._abandon(run, stage)
        lease.rest()
        log.warning("stage_failed", stage=stage.name, code=fault.code, attempt=run.failures + 1)
        error = (fault.code, fault.message)
        async with unit(self.ports) as work:
            if again:
                wait = WaitReason(
                    code="retry", attempt=run.failures + 2, attempts=stage.retry.attempts, because=fault.code
                )
                seconds = random.uniform(0, stage.retry.ceiling(run.failures + 1))
                await halts.requeue(
                    work, run.job, stage.name, seconds=seconds, wait=wait, outcome="failed", error=error
                )
                await self.outside.failed(work, run, stage, fault)
                await self.outside.put_aside(work, run, seconds)
            elif following is not None:
                wait = WaitReason(code="queue")
                await halts.requeue(work, run.job, stage.name, wait=wait, outcome="failed", error=error)
                await self.outside.failed(work, run, stage, fault)
                await gate.moved(work, run, following, fault.code)
                work.ring(run.job_id)
            else:
                await halts.end(work, run.job, "failed", stage=stage.name, error=error)
                await self.outside.failed(work, run, stage, fault)
                await self.outside.left(work, run)

    async def _house_away(self, run: StageRun, stage: Stage, fault: Fault) -> None:
        """The storage is away: no job's fault, so none fails of it, however long that lasts."""
        seconds = random.uniform(HOUSE_SECONDS / 2, HOUSE_SECONDS)
        wait = WaitReason(code="breaker", because=fault.part or "")
        log.warning("put_off", stage=stage.name, code=fault.code)
        async with unit(self.ports) as work:
            error = (fault.code, fault.message)
            await halts.requeue(work, run.job, stage.name, seconds=seconds, wait=wait, error=error)
            await self.outside.failed(work, run, stage, fault)
            await self.outside.put_aside(work, run, seconds)

    async def _abandon(self, run: StageRun, stage: Stage) -> None:
        """Stop what is under way outside: nobody waits for it any more."""
        if stage.abandon is not None and run.under_way:
            await stage.abandon(run, self.ports)


def _row(done: Stage | None, outputs: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    """What is written of a stage that is done: its name and its output."""
    return (done.name, outputs[done.name]) if done is not None else None


def _until(stage: Stage, stages: tuple[Stage, ...]) -> int:
    """How far the job is when this stage is done, in percent."""
    following = stages[stages.index(stage) + 1 :]
    return following[0].percent if following else 100


STALLED = ("STALLED", "The worker died on this job again and again; it was stopped.")
