"""Prints as people ask for them: a picture on paper, once per request, again when wanted, counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from ulid import ULID

from app.db import runs
from app.db.tables import Booth, Job, JobPrint
from app.db.unit import Unit, reading, unit
from app.domain.access import Principal
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.printing import COPIES_MAX, OPEN, PrintMark
from app.ports import Ports
from app.services import idempotency

WAITING_MAX = 30
"""Prints that one printer has not ended yet: who presses on while it stands still is told."""
OF_A_JOB_MAX = 50


@dataclass(frozen=True)
class PrintView:
    """A print as people see it; `repeated`: the same request had asked for it before."""

    id: str
    job_id: str
    booth_id: str | None
    printer: str
    copies: int
    status: str
    because: str
    requested_by: str
    created_at: datetime
    printed_at: datetime | None
    resolved_by: str | None
    repeated: bool = False


def _view(row: JobPrint, *, repeated: bool = False) -> PrintView:
    return PrintView(
        row.id,
        row.job_id,
        row.booth_id,
        row.printer,
        row.copies,
        row.status,
        row.because,
        row.requested_by,
        row.created_at,
        row.printed_at,
        row.resolved_by,
        repeated,
    )


async def locked_job(work: Unit, principal: Principal, job_id: str) -> Job:
    """The job's row, locked: it comes before its prints, everywhere. Raises NotFound `JOB_NOT_FOUND`."""
    job = await work.db.get(Job, job_id, with_for_update={"key_share": True})
    if job is None or not principal.sees(job.event_id):
        raise NotFound("JOB_NOT_FOUND", "There is no such job.")
    return job


async def of_job(db: AsyncSession, job_id: str) -> Sequence[JobPrint]:
    """A job's prints, newest first."""
    query = select(JobPrint).where(JobPrint.job_id == job_id).order_by(JobPrint.id.desc())
    return (await db.scalars(query)).all()


async def mark(work: Unit, job: Job) -> None:
    """Write into the job's row what screens show of its prints."""
    await work.db.flush()
    rows = await of_job(work.db, job.id)
    newest = rows[0]
    printed = sum(row.copies for row in rows if row.status == "printed")
    told = PrintMark(
        id=newest.id,
        status=newest.status,  # type: ignore[arg-type]  # only this product writes it
        copies=newest.copies,
        because=newest.because,
        copies_printed=printed,
        requests=len(rows),
    )
    job.printing = told.wire()
    work.changed("job", job.id)


async def request(
    ports: Ports,
    principal: Principal,
    job_id: str,
    *,
    copies: int = 1,
    booth_id: str | None = None,
    key: str | None = None,
) -> PrintView:
    """Print a finished picture at its booth's printer, or at the named booth's. The same key prints once.

    Raises NotFound, Invalid, Conflict `NOT_READY`, `NO_PRINTER`, `PRINTS_TOO_MANY`, `IDEMPOTENCY_CONFLICT`.
    """
    if not 1 <= copies <= COPIES_MAX:
        raise Invalid("COPIES_INVALID", f"One to {COPIES_MAX} copies are printed at once.", field="copies")
    key = idempotency.check(key)
    async with unit(ports) as work:
        job = await locked_job(work, principal, job_id)
        twin = await _same_request(work, principal, key)
        if twin is not None:
            if (twin.job_id, twin.copies) != (job_id, copies):
                raise Conflict("IDEMPOTENCY_CONFLICT", "This key was used for another print.")
            return _view(twin, repeated=True)
        if job.status != "succeeded" or job.best_output_key is None:
            raise Conflict("NOT_READY", "The picture is not ready yet.")
        booth = await _booth(work, job, booth_id)
        await _room(work, job_id, booth.printer)
        made = JobPrint(
            id=str(ULID()),
            job_id=job_id,
            booth_id=booth.id,
            printer=booth.printer,
            copies=copies,
            requested_by=principal.username,
            key=key,
            due_at=func.clock_timestamp(),
        )
        work.db.add(made)
        await mark(work, job)
        await work.db.refresh(made)
        runs.note(work, job_id, "print_requested", by=principal.username, n=copies)
        work.audit(principal.username, "print_requested", job_id, job.event_id, copies=copies, booth=booth.id)
        return _view(made)


async def _same_request(work: Unit, principal: Principal, key: str | None) -> JobPrint | None:
    if key is None:
        return None
    mine = select(JobPrint).where(JobPrint.requested_by == principal.username, JobPrint.key == key)
    return (await work.db.scalars(mine)).one_or_none()


async def _booth(work: Unit, job: Job, booth_id: str | None) -> Booth:
    wanted = booth_id or job.booth_id
    booth = await work.db.get(Booth, wanted) if wanted else None
    if booth is None or booth.event_id != job.event_id:
        if booth_id:
            raise NotFound("BOOTH_NOT_FOUND", "There is no such booth at this event.")
        raise Conflict("NO_PRINTER", "This picture's booth has no printer.")
    if not booth.printer:
        raise Conflict("NO_PRINTER", "This booth has no printer.")
    return booth


async def _room(work: Unit, job_id: str, printer: str) -> None:
    waiting = select(func.count()).where(JobPrint.printer == printer, JobPrint.status.in_(OPEN))
    mine = select(func.count()).where(JobPrint.job_id == job_id)
    if (await work.db.scalar(waiting) or 0) >= WAITING_MAX or (
        await work.db.scalar(mine) or 0
    ) >= OF_A_JOB_MAX:
        raise Conflict("PRINTS_TOO_MANY", "Many prints wait already. Look at the printer first.")


async def listing(ports: Ports, principal: Principal, job_id: str) -> Sequence[PrintView]:
    """A job's prints, newest first. Raises NotFound `JOB_NOT_FOUND`."""
    async with reading(ports) as db:
        job = await db.get(Job, job_id)
        if job is None or not principal.sees(job.event_id):
            raise NotFound("JOB_NOT_FOUND", "There is no such job.")
        return [_view(row) for row in await of_job(db, job_id)]


async def settle(
    ports: Ports, principal: Principal, job_id: str, print_id: str, outcome: Literal["printed", "missing"]
) -> PrintView:
    """A person says what became of a print: it came out, or it did not and nobody waits for it any more.

    One that waits and was not given to the printer yet is taken back by `missing`.
    Raises NotFound, Conflict `PRINT_UNDER_WAY`, `PRINT_ENDED`.
    """
    async with unit(ports) as work:
        job = await locked_job(work, principal, job_id)
        row = await work.db.get(JobPrint, print_id, with_for_update=True, populate_existing=True)
        if row is None or row.job_id != job_id:
            raise NotFound("PRINT_NOT_FOUND", "There is no such print.")
        taken_back = row.status == "requested" and row.remote_id is None and outcome == "missing"
        if row.status in OPEN and not taken_back:
            raise Conflict("PRINT_UNDER_WAY", "The printer has it. Stop it there if it must not come out.")
        if row.status in ("printed", "canceled"):
            raise Conflict("PRINT_ENDED", "This print is settled already.")
        row.status = "printed" if outcome == "printed" else "canceled"
        row.printed_at = ports.clock.now() if outcome == "printed" else None
        row.because, row.due_at, row.resolved_by = "", None, principal.username
        row.fence += 1  # a worker that has it just now writes nothing any more
        await mark(work, job)
        runs.note(work, job_id, f"print_{outcome}", by=principal.username)
        work.audit(principal.username, f"print_{outcome}", job_id, job.event_id, copies=row.copies)
        return _view(row)
