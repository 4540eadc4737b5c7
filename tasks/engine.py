"""The engine: run, from the top, every stage that has no finished row. It knows no line."""

import asyncio
import random
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.db import claims, runs
from app.db.claims import Claimed
from app.db.unit import Unit, unit
from app.domain.errors import Fatal, LeaseLost, PhotobotError, Snooze, Transient, Unavailable
from app.domain.job import LEASE_SECONDS, MAX_STALLS
from app.domain.line import LINES
from app.domain.messages import WaitReason
from app.ports import Ports
from tasks.lease import Lease, Stop, held
from tasks.stage import Stage

log = structlog.get_logger()

PROGRESS_EVERY_SECONDS = 0.5
REMEMBER_AGAIN_SECONDS = 0.3
HANDED_BACK_SECONDS = 0.0
UNKNOWN_LINE_SECONDS = 30.0


class StageRun:
    """What one try of a stage is given (the `Work` of app.domain.line)."""

    def __init__(
        self, ports: Ports, job: Claimed, lease: Lease, outputs: dict[str, dict[str, Any]], scratch: Path
    ) -> None:
        self._ports = ports
        self._job = job
        self._lease = lease
        self._told_at = 0.0
        self.stage = ""
        self.outputs: Mapping[str, Mapping[str, Any]] = outputs
        self.memory: Mapping[str, Any] = {}
        self.scratch = scratch

    @property
    def job_id(self) -> str:
        return self._job.id

    @property
    def fence(self) -> int:
        return self._job.fence

    @property
    def args(self) -> Mapping[str, Any]:
        return self._job.args

    @property
    def handed_on(self) -> bool:
        return self._lease.stop in (Stop.LOST, Stop.SHUTDOWN)

    async def remember(self, **facts: Any) -> None:
        """Write facts into the stage's row now. Raises LeaseLost.

        Tried again while the lease may hold: a paid task whose id got lost in a blip would be paid twice.
        """
        give_up_at = time.monotonic() + LEASE_SECONDS
        while True:
            try:
                async with unit(self._ports) as work:
                    await runs.remember(work, self.job_id, self.fence, self.stage, facts)
                break
            except LeaseLost:
                raise
            except Exception as error:  # the database is away, in one of the many ways it tells
                if time.monotonic() > give_up_at:
                    raise
                log.warning("not_remembered_yet", stage=self.stage, error=type(error).__name__)
                await asyncio.sleep(REMEMBER_AGAIN_SECONDS)
        self.memory = {**self.memory, **facts}

    async def progress(self, fraction: float) -> None:
        """Show how far this stage is; at most two writes a second. Raises LeaseLost."""
        if time.monotonic() - self._told_at < PROGRESS_EVERY_SECONDS:
            return
        self._told_at = time.monotonic()
        percent = LINES[self._job.line].span(self.stage, fraction)
        async with unit(self._ports) as work:
            await runs.show_progress(work, self.job_id, self.fence, percent)


class Engine:
    """Runs jobs of the given lines; one per worker process."""

    def __init__(self, ports: Ports, lines: Mapping[str, tuple[Stage, ...]], worker_id: str) -> None:
        self.ports = ports
        self.lines = lines
        self.worker_id = worker_id
        self.leases: dict[str, Lease] = {}

    async def run(self, job_id: str) -> bool:
        """Work a job to its next end; False when there was nothing to claim. Raises for no job's fault."""
        with structlog.contextvars.bound_contextvars(jobId=job_id):
            try:
                return await self._run(job_id)
            except LeaseLost:
                log.warning("lease_lost")
            except Exception:  # the database is away: the lease ends by itself and a sweeper rings again
                log.exception("run_abandoned")
            return True

    async def _run(self, job_id: str) -> bool:
        async with unit(self.ports) as work:
            job = await claims.claim(work, job_id, self.worker_id)
            if job is None:
                return False
            stages = self.lines.get(job.line)
            if stages is None:
                await self._no_line(work, job)
                return True
            if job.cancel_requested:
                await runs.end_job(work, job.id, job.fence, "canceled", stage=job.stage)
                return True
            if job.stalls >= MAX_STALLS:
                await runs.end_job(work, job.id, job.fence, "failed", stage=job.stage, error=_STALLED)
                return True
        scratch = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="photobot-run-"))
        try:
            async with held(self.ports, job.id, job.fence) as lease:
                self.leases[job.id] = lease
                await self._stages(lease, job, stages, scratch)
        finally:
            self.leases.pop(job.id, None)
            await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)
        return True

    async def _no_line(self, work: Unit, job: Claimed) -> None:
        wait = WaitReason(code="snooze", because="no worker for it")
        await runs.requeue(
            work,
            job.id,
            job.fence,
            job.stage or "",
            seconds=UNKNOWN_LINE_SECONDS,
            outcome="snoozed",
            wait=wait,
        )

    async def _stages(
        self,
        lease: Lease,
        job: Claimed,
        stages: tuple[Stage, ...],
        scratch: Path,
    ) -> None:
        outputs = job.outputs
        run = StageRun(self.ports, job, lease, outputs, scratch)
        finished: Stage | None = None
        current = stages[0]
        failures = 0
        try:
            for current in (stage for stage in stages if stage.name not in outputs):
                async with unit(self.ports) as work:
                    begun = await runs.advance(
                        work,
                        job.id,
                        job.fence,
                        finished=finished.name if finished else None,
                        output=outputs[finished.name] if finished else None,
                        stage=current.name,
                        percent=current.percent,
                        worker=self.worker_id,
                    )
                run.stage, run.memory, failures = current.name, begun.memory, begun.failures
                async with asyncio.timeout(current.timeout):
                    outputs[current.name] = await current.run(run, self.ports)
                finished = current
            lease.rest()
            async with unit(self.ports) as work:
                status = await runs.succeed(
                    work,
                    job.id,
                    job.fence,
                    finished=finished.name if finished else None,
                    output=outputs[finished.name] if finished else None,
                    result=outputs[stages[-1].name],
                )
            log.info(f"job_{status}")
        except SQLAlchemyError:
            raise  # the database's fault, not the stage's: the lease ends and the job goes on elsewhere
        except (Exception, asyncio.CancelledError) as error:
            await asyncio.shield(self._ended_badly(lease, job, current, failures, error))

    async def _ended_badly(
        self, lease: Lease, job: Claimed, stage: Stage, failures: int, error: BaseException
    ) -> None:
        """The one place that decides how a try ends that did not return."""
        if lease.stop is Stop.LOST or isinstance(error, LeaseLost):
            log.warning("lease_lost", stage=stage.name)
            return
        lease.rest()
        async with unit(self.ports) as work:
            if lease.stop is Stop.CANCEL:
                await runs.end_job(work, job.id, job.fence, "canceled", stage=stage.name)
                return
            if isinstance(error, asyncio.CancelledError):
                await self._later(work, job, stage, HANDED_BACK_SECONDS, "handed_back")
                work.ring(job.id)
                return
            if isinstance(error, Snooze):
                await self._later(work, job, stage, error.seconds, "snooze", because=error.because)
                return
            code, message = _describe(error)
            log.warning("stage_failed", stage=stage.name, code=code, attempt=failures + 1)
            if not isinstance(error, _TOLD):
                log.error("stage_error", stage=stage.name, exc_info=error)
            if _hopeless(error) or failures + 1 >= stage.retry.attempts:
                await runs.end_job(work, job.id, job.fence, "failed", stage=stage.name, error=(code, message))
                return
            wait = WaitReason(code="retry", attempt=failures + 2, attempts=stage.retry.attempts, because=code)
            seconds = random.uniform(0, stage.retry.ceiling(failures + 1))
            await runs.requeue(
                work,
                job.id,
                job.fence,
                stage.name,
                seconds=seconds,
                outcome="failed",
                wait=wait,
                error=(code, message),
            )

    async def _later(
        self, work: Unit, job: Claimed, stage: Stage, seconds: float, code: str, because: str = ""
    ) -> None:
        wait = WaitReason.model_validate({"code": code, "because": because})
        await runs.requeue(work, job.id, job.fence, stage.name, seconds=seconds, outcome=code, wait=wait)


_STALLED = ("STALLED", "The worker died on this job again and again; it was stopped.")


_TOLD = (Fatal, Transient, PhotobotError, TimeoutError)


def _hopeless(error: BaseException) -> bool:
    """Whether another try cannot help: all that we refuse ourselves, bar a part that is away for a while."""
    return isinstance(error, Fatal) or (
        isinstance(error, PhotobotError) and not isinstance(error, Unavailable)
    )


def _describe(error: BaseException) -> tuple[str, str]:
    """A stable code and a sentence; of an unknown error only its kind, never its text (paths, secrets)."""
    if isinstance(error, Fatal | Transient | PhotobotError):
        return error.code, error.message
    if isinstance(error, TimeoutError):
        return "STAGE_TIMEOUT", "This step took too long."
    return "INTERNAL", f"Unexpected error ({type(error).__name__})."
