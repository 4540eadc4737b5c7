"""What people do to jobs that need attention: replay, another maker, the original, a decision, giving up.

All by supervisors and up, with a reason that stands in the audit log. What is finished, and paid, stays.
"""

import asyncio
from typing import Any

from sqlalchemy import select, update

from app.db import parking, runs, slots
from app.db.tables import Guest, GuestSession, Job, JobStage, ProviderSpend
from app.db.unit import Unit, reading, unit
from app.domain.access import Principal
from app.domain.chain import ORIGINAL, Step, of_job, stored
from app.domain.errors import Conflict, Gone, Invalid, NotFound, StageError, Unavailable
from app.domain.line import LINES
from app.ports import Ports
from app.services import job_family, styles

REASON_MAX = 500
LOOK_SECONDS = 8.0


def reason_of(because: str) -> str:
    """A reason as it is kept. Raises Invalid `REASON_MISSING`."""
    text = because.strip()
    if not 1 <= len(text) <= REASON_MAX:
        raise Invalid("REASON_MISSING", f"Say why, in 1 to {REASON_MAX} characters.", field="reason")
    return text


async def _job(work: Unit, principal: Principal, job_id: str) -> Job:
    principal.require_role("supervisor")
    job = await work.db.get(Job, job_id, with_for_update={"key_share": True})
    if job is None or not principal.sees(job.event_id):
        raise NotFound("JOB_NOT_FOUND", "There is no such job.")
    return job


def _told(work: Unit, principal: Principal, job: Job, kind: str, because: str, **data: Any) -> None:
    runs.note(work, job.id, kind, by=principal.username, because=because, **data)
    work.audit(principal.username, f"job_{kind}", job.id, job.event_id, because=because, **data)
    work.changed("job", job.id)
    work.changed("guest", job.session_id)


async def replay(ports: Ports, principal: Principal, job_id: str, because: str) -> None:
    """Take a failed job up again at the stage that failed.

    Raises NotFound, NotAllowed, Invalid, Conflict, Gone `GUEST_ERASED`.
    """
    text = reason_of(because)
    async with unit(ports) as work:
        job = await _job(work, principal, job_id)
        if job.status != "failed":
            raise Conflict("JOB_NOT_FAILED", "Only a job that failed can be replayed.")
        await _again(work, ports, job)
        _told(work, principal, job, "replayed", text)


async def _again(work: Unit, ports: Ports, job: Job, **values: Any) -> None:
    """failed → queued, with fresh patience; a worker that still thinks it has the job has it no more.

    Raises Gone `GUEST_ERASED`, Conflict `JOB_MADE_AGAIN`.
    """
    await job_family.still_stands(work.db, job)
    guest = select(Guest.erased_at).join(GuestSession, GuestSession.guest_id == Guest.id)
    if await work.db.scalar(guest.where(GuestSession.id == job.session_id)) is not None:
        raise Gone("GUEST_ERASED", "This guest's data was erased, as they asked.")
    fresh: dict[str, Any] = {
        "status": "queued",
        "fence": Job.fence + 1,
        "lane": "high",
        "due_at": runs.after(0),
        "deadline_at": runs.after(ports.policy.job_deadline),
        "replays": Job.replays + 1,
        "stalls": 0,
        "wait": parking.QUEUED,
        "cancel_requested": False,
    }
    empty = ("error_code", "error_message", "finished_at", "dismissed_at", "parked_for", "lease_until")
    await _write(work, job, **fresh, **dict.fromkeys(empty), **values)
    await work.db.execute(
        update(JobStage)
        .where(JobStage.job_id == job.id, JobStage.finished_at.is_(None))
        .values(failures=0)
        .execution_options(synchronize_session=False)
    )
    work.ring(job.id)


async def _write(work: Unit, job: Job, **values: Any) -> None:
    await work.db.execute(
        update(Job).where(Job.id == job.id).values(**values).execution_options(synchronize_session=False)
    )


async def switch(
    ports: Ports, principal: Principal, job_id: str, because: str, *, maker: str | None, style_id: str | None
) -> None:
    """Give a job to another maker: one of its chain by name, or another style's own.

    What is under way at the maker it leaves is stopped there. Raises NotFound, NotAllowed, Invalid
    `MAKER_UNKNOWN`, Conflict `JOB_FINISHED`, Gone `GUEST_ERASED`.
    """
    text = reason_of(because)
    async with unit(ports) as work:
        job = await _job(work, principal, job_id)
        steps = of_job(job.args)
        if style_id is not None:
            style = await styles.usable(work.db, style_id)
            step = Step(style.provider, style.id, dict(style.params))
        else:
            found = [step for step in steps if step.provider == maker]
            if not found:
                raise Invalid("MAKER_UNKNOWN", "This job's chain has no such maker.", field="maker")
            step = found[0]
        await _to(work, ports, job, steps, step)
        _told(work, principal, job, "switch_asked", text, to=step.provider, style=step.style_id)


async def original(ports: Ports, principal: Principal, job_id: str, because: str) -> None:
    """Send the framed original instead of the style. Raises as `switch`."""
    text = reason_of(because)
    async with unit(ports) as work:
        job = await _job(work, principal, job_id)
        await _to(work, ports, job, of_job(job.args), Step(ORIGINAL, job.style_id))
        _told(work, principal, job, "switch_asked", text, to=ORIGINAL)


async def _to(work: Unit, ports: Ports, job: Job, steps: list[Step], step: Step) -> None:
    """Put a maker at the end of the job's chain and go there; a failed job starts again where it failed."""
    if await _is_made(work, job):
        raise Conflict("STAGE_FINISHED", "This picture is made already.")
    chain = stored([*steps, step])
    args = {**job.args, "chain": chain}
    values: dict[str, Any] = {"args": args, "step": len(chain) - 1, "provider": step.provider}
    if job.status == "failed":
        await _again(work, ports, job, **values)
    elif job.status == "queued":
        await _write(work, job, **values, due_at=runs.after(0), parked_for=None, wait=parking.QUEUED)
        work.ring(job.id)
    elif job.status == "running":
        await _write(work, job, **values, switch_requested=True)
    else:
        raise Conflict("JOB_FINISHED", "This job has ended already.")


async def _is_made(work: Unit, job: Job) -> bool:
    """Whether the stage that a maker makes is finished: then another maker changes nothing."""
    line = LINES.get(job.line)
    if line is None or line.made_by is None:
        return False
    finished = select(JobStage.finished_at).where(JobStage.job_id == job.id, JobStage.stage == line.made_by)
    return await work.db.scalar(finished) is not None


async def resolve(
    ports: Ports, principal: Principal, job_id: str, because: str, *, task_id: str | None
) -> None:
    """Say what became of a request whose answer was lost: the task's id at the maker, or None: not taken.

    A task that nobody there knows would be paid for again: it is looked up first, where that can be done.
    Raises NotFound, NotAllowed, Invalid `TASK_UNKNOWN` or `TASK_OF_ANOTHER`, Unavailable, Conflict
    `NOTHING_TO_RESOLVE`.
    """
    text = reason_of(because)
    if task_id is not None:
        await _looked_up(ports, principal, job_id, task_id)
    async with unit(ports) as work:
        job = await _job(work, principal, job_id)
        prefix = parking.for_signal(parking.OUTCOME)
        if job.status != "queued" or not (job.parked_for or "").startswith(prefix):
            raise Conflict("NOTHING_TO_RESOLVE", "There is nothing to decide about this job.")
        name = str(job.parked_for).removeprefix(parking.for_signal(""))
        told = {} if task_id is None else {"taskId": task_id}
        await parking.store_signal(work, job.id, name, "decided", told, principal.username)
        _told(work, principal, job, "resolved", text, task=task_id)


async def _looked_up(ports: Ports, principal: Principal, job_id: str, task_id: str) -> None:
    """Whether the maker knows this task, and nobody else's picture is made by it."""
    principal.require_role("supervisor")
    async with reading(ports) as db:
        job = await db.get(Job, job_id)
        if job is None or not principal.sees(job.event_id):
            raise NotFound("JOB_NOT_FOUND", "There is no such job.")
        known = (ProviderSpend.provider == job.provider, ProviderSpend.task_id == task_id)
        owner = await db.scalar(select(ProviderSpend.job_id).where(*known))
    records = ports.records.get(job.provider)
    made_for, status = None, ""
    if records is not None and owner in (None, job_id):
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                status = (await ports.providers[job.provider].poll(task_id)).status
                made_for = await records.submission_of(task_id)
        except (StageError, TimeoutError):
            raise Unavailable("PROVIDER_AWAY", "The maker does not answer; try again in a moment.") from None
    if status == "lost":
        raise Invalid("TASK_UNKNOWN", "The maker knows no task with this id; check it.", field="taskId")
    if owner not in (None, job_id) or (made_for and not str(job.parked_for).endswith(made_for)):
        raise Invalid("TASK_OF_ANOTHER", "This task makes another guest's picture.", field="taskId")


async def give_up(ports: Ports, principal: Principal, job_id: str, because: str) -> None:
    """Nothing more is wanted of a job that failed, or whose outcome nobody knows.

    Raises NotFound, NotAllowed, Invalid, Conflict `JOB_NOT_FAILED` (what still goes on is cancelled instead).
    """
    text = reason_of(because)
    async with unit(ports) as work:
        job = await _job(work, principal, job_id)
        unknown = (job.parked_for or "").startswith(parking.for_signal(parking.OUTCOME))
        values: dict[str, Any] = {"dismissed_at": runs.after(0)}
        if job.status == "queued" and unknown:
            message = "It is not known whether this picture was ordered; it was given up."
            values |= {"status": "failed", "error_code": "OUTCOME_UNKNOWN", "error_message": message}
            values |= {"finished_at": runs.after(0), "parked_for": None, "wait": None}
        elif job.status != "failed":
            raise Conflict("JOB_NOT_FAILED", "This job still goes on; cancel it instead.")
        await _write(work, job, **values)
        await slots.free(work, job.id)
        _told(work, principal, job, "dismissed", text)
