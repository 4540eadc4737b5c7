"""Bringing prints to the printer: claimed with a lease, tried for a while, never sent a second time unasked.

The printer gives an empty job a number before it gets the picture. That the picture goes now is written down
first; whoever comes after a lost answer or a dead worker asks the printer by that number what became of it.
What nobody can tell is `unknown`: a person at the printer sees whether it came out.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import structlog
from sqlalchemy import func, select, update

from app.db import runs
from app.db.tables import Job, JobPrint
from app.db.unit import Unit, reading, unit
from app.domain.errors import Fatal, LeaseLost, NotFound, PhotobotError, Transient
from app.domain.printing import PrintStatus
from app.imaging.background import in_background
from app.imaging.paper import lay_out
from app.ports import Ports, Printers
from app.services import prints

log = structlog.get_logger()

AT_ONCE = 4
LEASE_SECONDS = 60.0
STEP_SECONDS = 50.0
"""Less than the lease: who still sends when it ends would send beside the next one."""
LOOK_SECONDS = 2.0
AGAIN_SECONDS = 3.0
GIVE_UP_SECONDS = 600.0
SLOW_SECONDS = 90.0
"""A copy that takes longer is worth a look at the printer."""
LOST_SECONDS = 7200.0
"""How long a print may lie at a printer that has it, without paper perhaps."""


@dataclass(frozen=True)
class Claimed:
    """A print that is ours under `fence`."""

    id: str
    job_id: str
    printer: str
    copies: int
    status: str
    fence: int
    remote_id: int | None
    asked_at: datetime | None
    created_at: datetime


@dataclass(frozen=True)
class Next:
    """How a print goes on: in what state, why it waits or ended, after how long somebody looks again."""

    status: PrintStatus
    because: str = ""
    seconds: float | None = None
    afresh: bool = False
    """What the printer had of it is surely nothing: it gets a new job there."""


async def carry_out(ports: Ports) -> None:
    """A step of every print that is due; whichever worker comes first."""
    if ports.printers is None:
        return
    claimed = await _claim(ports)
    await asyncio.gather(*(_step(ports, ports.printers, one) for one in claimed))


async def _claim(ports: Ports) -> Sequence[Claimed]:
    due = (
        select(JobPrint.id)
        .where(JobPrint.due_at <= func.clock_timestamp())
        .order_by(JobPrint.due_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    claim = (
        update(JobPrint)
        .where(JobPrint.id.in_(due))
        .values(due_at=_in(LEASE_SECONDS), fence=JobPrint.fence + 1)
        .returning(
            JobPrint.id,
            JobPrint.job_id,
            JobPrint.printer,
            JobPrint.copies,
            JobPrint.status,
            JobPrint.fence,
            JobPrint.remote_id,
            JobPrint.asked_at,
            JobPrint.created_at,
        )
        .execution_options(synchronize_session=False)
    )
    async with unit(ports) as work:
        return [Claimed(*row) for row in await work.db.execute(claim)]


def _in(seconds: float) -> Any:
    return func.clock_timestamp() + timedelta(seconds=seconds)


async def _step(ports: Ports, printers: Printers, one: Claimed) -> None:
    try:
        try:
            async with asyncio.timeout(STEP_SECONDS):
                follow = _follow if one.asked_at is not None else _send
                ends = await follow(ports, printers, one)
        except Transient as error:
            ends = _later(ports, one, error.code)
        except Fatal as error:
            ends = Next("failed", error.code)
        except TimeoutError:
            ends = _later(ports, one, "PRINTER_AWAY")
        await _write(ports, one, ends)
    except LeaseLost:
        log.info("print_lost", print=one.id)
    except Exception as error:  # database or storage is away: its lease runs out, and it is looked at again
        log.warning("print_not_done", print=one.id, jobId=one.job_id, error=type(error).__name__)


def _later(ports: Ports, one: Claimed, because: str) -> Next:
    """Again soon, for a while. What the printer may have, nobody can tell after that."""
    began = one.asked_at or one.created_at
    over = (ports.clock.now() - began).total_seconds() > GIVE_UP_SECONDS
    if one.asked_at is not None:
        status: PrintStatus = "printing" if one.status == "printing" else "sending"
        return Next("unknown", because) if over else Next(status, because, AGAIN_SECONDS)
    return Next("failed", because) if over else Next("requested", because, AGAIN_SECONDS)


async def _send(ports: Ports, printers: Printers, one: Claimed) -> Next:
    """Lay the picture out for the paper that is in, and give it to the printer."""
    look = await printers.look(one.printer)
    if not look.takes_jpeg:
        raise Fatal("PRINTER_NO_JPEG", "The printer does not take JPEG pictures.")
    with TemporaryDirectory(prefix="photobot-print-") as folder:
        sheet = await _sheet(ports, one, look.paper, Path(folder))
        number = await printers.create(one.printer, f"photobot {one.id}", one.copies)
        await _asks_now(ports, one, number)
        try:
            await printers.send(one.printer, number, sheet)
        except Transient as error:
            return Next("sending", error.code, LOOK_SECONDS)
        except TimeoutError:
            return Next("sending", "PRINTER_AWAY", LOOK_SECONDS)
    return Next("printing", "", LOOK_SECONDS)


async def _sheet(ports: Ports, one: Claimed, paper: tuple[float, float] | None, folder: Path) -> Path:
    async with reading(ports) as db:
        key = await db.scalar(select(Job.best_output_key).where(Job.id == one.job_id))
    if key is None:
        raise Fatal("PRINT_PICTURE_GONE", "The picture was taken back before it was printed.")
    picture, sheet = folder / "picture", folder / "sheet.jpg"
    try:
        await ports.storage.get_file(key, picture, max_bytes=ports.policy.max_output_bytes)
    except NotFound:
        raise Fatal("PRINT_PICTURE_GONE", "The picture was taken back before it was printed.") from None
    if paper is None:
        return picture
    try:
        await in_background(lay_out, picture, sheet, *paper)
    except PhotobotError as error:
        raise Fatal(error.code, error.message) from error
    return sheet


async def _follow(ports: Ports, printers: Printers, one: Claimed) -> Next:
    """Ask the printer what became of it."""
    if one.remote_id is None or one.asked_at is None:
        return Next("unknown", "PRINT_UNSURE")
    found = await printers.ask(one.printer, one.remote_id)
    if one.status == "sending" and found.arrived is False and found.state != "done":
        return await _again(printers, one)
    if found.state == "done":
        return Next("printed")
    if found.state == "canceled":
        return Next("canceled", "PRINT_CANCELED_THERE")
    if found.state == "aborted":
        return Next("failed", found.because or "PRINT_ABORTED")
    lasts = (ports.clock.now() - one.asked_at).total_seconds()
    if found.state == "gone" or lasts > LOST_SECONDS:
        return Next("unknown", "PRINT_UNSURE")
    slow = "PRINT_SLOW" if lasts > SLOW_SECONDS * one.copies else ""
    return Next("printing", found.because or slow, LOOK_SECONDS)


async def _again(printers: Printers, one: Claimed) -> Next:
    """The picture never arrived whole: that job is stopped, and once it surely printed nothing, a new one."""
    if one.remote_id is not None:
        await printers.cancel(one.printer, one.remote_id)
        found = await printers.ask(one.printer, one.remote_id)
        if found.arrived is not False and found.state != "gone":
            return Next("unknown", "PRINT_UNSURE")
        if found.state == "going":
            return Next("sending", "PRINTER_AWAY", AGAIN_SECONDS)
    return Next("requested", "PRINTER_AWAY", AGAIN_SECONDS, afresh=True)


# ---- what is written, each only while the print is ours ------------------------------------------------


async def _mine(work: Unit, one: Claimed) -> tuple[Job, JobPrint]:
    """The rows, locked, the job first. Raises LeaseLost."""
    job = await work.db.get(Job, one.job_id, with_for_update={"key_share": True})
    row = await work.db.get(JobPrint, one.id, with_for_update=True)
    if job is None or row is None or row.fence != one.fence:
        raise LeaseLost(one.id)
    return job, row


async def _asks_now(ports: Ports, one: Claimed, number: int) -> None:
    """From now on the picture may be on its way to the paper."""
    async with unit(ports) as work:
        job, row = await _mine(work, one)
        if job.best_output_key is None:
            raise Fatal("PRINT_PICTURE_GONE", "The picture was taken back before it was printed.")
        row.status, row.because, row.remote_id = "sending", "", number
        row.asked_at, row.due_at = ports.clock.now(), _in(LEASE_SECONDS)
        await prints.mark(work, job)


async def _write(ports: Ports, one: Claimed, ends: Next) -> None:
    async with unit(ports) as work:
        job, row = await _mine(work, one)
        told = (row.status, row.because) != (ends.status, ends.because)
        row.status, row.because = ends.status, ends.because
        row.due_at = None if ends.seconds is None else _in(ends.seconds)
        if ends.afresh:
            row.remote_id = row.asked_at = None
        if ends.seconds is None:
            row.printed_at = ports.clock.now() if ends.status == "printed" else None
            runs.note(work, job.id, f"print_{ends.status}", code=ends.because, n=row.copies)
        if told:
            await prints.mark(work, job)
