"""Jobs as people see them: list, detail, download; and what people do to them: again, stop."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from ulid import ULID

from app.db import live, runs
from app.db.tables import GuestSession, Job, JobAttempt, JobEvent, JobPreview, JobStage
from app.db.unit import reading, unit
from app.domain.access import Principal
from app.domain.chain import of_job
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.job import FINISHED, MOVES
from app.domain.line import LINES
from app.domain.messages import JobChanged
from app.ports import Ports
from app.services import intake, job_family
from app.services.intake import Order
from app.services.job_family import best_input

PAGE_MAX = 200


@dataclass(frozen=True)
class StageView:
    """One stage on the rail."""

    name: str
    status: str
    attempts: int
    started_at: datetime | None
    finished_at: datetime | None
    error_code: str | None


@dataclass(frozen=True)
class TimelineEntry:
    """One line of the timeline."""

    at: datetime
    kind: str
    stage: str | None
    data: dict[str, Any]


@dataclass(frozen=True)
class JobView:
    """A job with all that its page shows; keys are for links, the token is the guest's."""

    row: JobChanged
    provider: str
    makers: Sequence[str]
    provider_request_id: str | None
    seed: int | None
    input_key: str
    outputs: dict[str, str]
    guest_token: str
    children: Sequence[str]
    stages: Sequence[StageView]
    timeline: Sequence[TimelineEntry]


async def _get(db: AsyncSession, principal: Principal, job_id: str) -> Job:
    job = await db.get(Job, job_id)
    if job is None or not principal.sees(job.event_id):
        raise NotFound("JOB_NOT_FOUND", "There is no such job.")
    return job


async def detail(ports: Ports, principal: Principal, job_id: str) -> JobView:
    """Everything about a job. Raises NotFound `JOB_NOT_FOUND`."""
    async with reading(ports) as db:
        # First what it says of itself, then what it has: the other way round a job that ends in between
        # would have succeeded without a picture.
        rows = await live.READERS["job"](db, [job_id])
        job = await _get(db, principal, job_id)
        row = rows[0]
        if not isinstance(row, JobChanged):
            raise TypeError("a job's live row is a JobChanged")
        token = await db.scalar(select(GuestSession.token).where(GuestSession.id == job.session_id))
        children = (await db.scalars(select(Job.id).where(Job.parent_id == job_id).order_by(Job.id))).all()
        stages = await _stages(db, job)
        return JobView(
            row=row,
            provider=job.provider,
            makers=_makers(job, stages),
            provider_request_id=job.provider_request_id,
            seed=job.args.get("seed"),
            input_key=job.input_key,
            outputs=job.outputs or {},
            guest_token=token or "",
            children=children,
            stages=stages,
            timeline=await _timeline(db, job_id),
        )


def _makers(job: Job, stages: Sequence[StageView]) -> list[str]:
    """Who may make the picture, each once, in the chain's order; nobody once it is made."""
    line = LINES.get(job.line)
    if line is None or any(stage.name == line.made_by and stage.status == "done" for stage in stages):
        return []
    return list(dict.fromkeys(step.provider for step in of_job(job.args)))


async def _stages(db: AsyncSession, job: Job) -> list[StageView]:
    known = {row.stage: row for row in await db.scalars(select(JobStage).where(JobStage.job_id == job.id))}
    tries = await db.scalars(
        select(JobAttempt).where(JobAttempt.job_id == job.id).order_by(JobAttempt.number)
    )
    errors = {attempt.stage: attempt.error_code for attempt in tries}
    views = []
    line = LINES.get(job.line)  # None while a newer version's job meets this one
    for entry in line.stages if line else ():
        row = known.get(entry.name)
        views.append(
            StageView(
                entry.name,
                _stage_status(job, row, entry.name),
                row.attempts if row else 0,
                row.started_at if row else None,
                row.finished_at if row else None,
                errors.get(entry.name),
            )
        )
    return views


def _stage_status(job: Job, row: JobStage | None, name: str) -> str:
    if row is not None and row.finished_at is not None:
        return "done"
    if job.stage == name and job.status in ("failed", "canceled"):
        return job.status
    if job.stage == name and job.status == "running":
        return "running"
    return "pending"


async def _timeline(db: AsyncSession, job_id: str) -> list[TimelineEntry]:
    rows = await db.scalars(
        select(JobEvent).where(JobEvent.job_id == job_id).order_by(JobEvent.id).limit(500)
    )
    return [TimelineEntry(row.at, row.kind, row.stage, row.data) for row in rows]


def matching(q: str) -> ColumnElement[bool]:
    """Jobs with this code, this in their guest's name, or these last digits of the number."""
    text = q.strip().replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return or_(
        Job.code == text.upper(),
        Job.id == text,
        Job.guest_name.ilike(f"%{text}%"),
        Job.guest_whatsapp.like(f"%{text}") if len(text) >= 3 and text.isdigit() else Job.id == text,
    )


async def listing(
    ports: Ports,
    principal: Principal,
    *,
    event_id: str | None = None,
    booth_id: str | None = None,
    status: str | None = None,
    q: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[Sequence[JobChanged], str | None]:
    """A page of jobs, newest first, and the cursor of the next one. Raises NotFound, Invalid."""
    if event_id is not None:
        principal.require_event(event_id)
    if status is not None and status not in MOVES:
        raise Invalid("STATUS_INVALID", f"The status is one of {', '.join(MOVES)}.", field="status")
    query = select(Job.id).order_by(Job.id.desc()).limit(min(max(limit, 1), PAGE_MAX) + 1)
    if principal.events is not None:
        query = query.where(Job.event_id.in_(principal.events))
    for column, value in ((Job.event_id, event_id), (Job.booth_id, booth_id), (Job.status, status)):
        if value is not None:
            query = query.where(column == value)
    if q:
        query = query.where(matching(q))
    if cursor is not None:
        query = query.where(Job.id < cursor)
    async with reading(ports) as db:
        ids = (await db.scalars(query)).all()
        page = ids[: min(max(limit, 1), PAGE_MAX)]
        rows = await live.READERS["job"](db, page) if page else []
    jobs = sorted((row for row in rows if isinstance(row, JobChanged)), key=lambda row: row.id, reverse=True)
    return jobs, page[-1] if len(ids) > len(page) else None


async def output_key(ports: Ports, principal: Principal, job_id: str, kind: str) -> str:
    """The storage key of a job's `full`, `preview`, `thumb` or `input` picture.

    `input` is the upright sRGB JPEG once it is made: no browser shows a HEIC.
    Raises NotFound `JOB_NOT_FOUND`, Conflict `NOT_READY` while there is no result.
    """
    async with reading(ports) as db:
        job = await _get(db, principal, job_id)
        line = LINES.get(job.line)
        prepared = await db.get(JobStage, (job_id, line.stages[0].name)) if line else None
    if kind == "input":
        return str(prepared.output["key"]) if prepared and prepared.output else job.input_key
    key = (job.outputs or {}).get(kind) or (job.best_output_key if kind == "full" else None)
    if key is None:
        raise Conflict("NOT_READY", "The picture is not ready yet.")
    return str(key)


async def live_preview(ports: Ports, principal: Principal, job_id: str) -> bytes:
    """What the picture looks like so far (JPEG). Raises NotFound."""
    async with reading(ports) as db:
        job = await _get(db, principal, job_id)
        made = await db.get(JobPreview, job.id)
    if made is None:
        raise NotFound("PICTURE_NOT_FOUND", "There is no preview of this job now.")
    return made.image


async def retry(ports: Ports, principal: Principal, job_id: str) -> str:
    """Make the picture again as a child job with the same wishes; gives the child's id.

    A finished job stays as it was. Pressed twice, the second press gives the child that is under way; a
    failed job that was made again is history, its youngest child is what may be tried next.
    Raises NotFound, Conflict `JOB_NOT_FINISHED`, `JOB_MADE_AGAIN`, Gone.
    """
    async with unit(ports) as work:
        job = await work.db.get(Job, job_id, with_for_update={"key_share": True})
        if job is None or not principal.sees(job.event_id):
            raise NotFound("JOB_NOT_FOUND", "There is no such job.")
        if job.status not in FINISHED:
            raise Conflict("JOB_NOT_FINISHED", "This job is still under way.")
        under_way = await work.db.scalar(
            select(Job.id).where(Job.parent_id == job_id, Job.status.in_(("queued", "running")))
        )
        if under_way is not None:
            return under_way
        await job_family.still_stands(work.db, job)
        seed = job.args.get("seed")
        order = Order(job.event_id, job.session_id, job.booth_id, job.mode, job.style_id, seed)
        picture = await best_input(work.db, job)
        child = await intake.add_job(work, ports, order, picture, str(ULID()), parent_id=job_id, again=True)
        runs.note(work, job_id, "retried", child=child.id, by=principal.username)
        work.changed("job", job_id)
        work.audit(principal.username, "job_retried", job_id, job.event_id, child=child.id)
        return child.id


async def cancel(ports: Ports, principal: Principal, job_id: str) -> str:
    """Stop a job: a queued one at once, one that runs here or at a maker at its next safe point.

    Gives its status now.

    Raises NotFound, Conflict `JOB_FINISHED`.
    """
    async with unit(ports) as work:
        job = await work.db.get(Job, job_id, with_for_update={"key_share": True})
        if job is None or not principal.sees(job.event_id):
            raise NotFound("JOB_NOT_FOUND", "There is no such job.")
        if job.status == "canceled" or job.cancel_requested:
            return job.status
        if job.status in FINISHED:
            raise Conflict("JOB_FINISHED", "This job has ended already.")
        work.audit(principal.username, "job_canceled", job_id, job.event_id)
        return await job_family.stop(work, ports, job, principal.username)
