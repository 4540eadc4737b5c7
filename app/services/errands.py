"""What storage has still to do after a picture or a link changed hands, or went: written first, done later.

Storage may be away, a job may still be writing: an errand stays until a look found nothing left to do. Each
look compares with the rows, so it does not matter how often, in which order or after which undo it comes.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Select, Text, cast, delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute
from ulid import ULID

from app.db.tables import Job, JobStage, StorageErrand
from app.db.unit import Unit, reading, unit
from app.domain.errors import NotFound
from app.domain.keys import renamed_key
from app.domain.line import LINES
from app.ports import Ports
from app.services import static_copy
from app.services.erased_objects import delete_all

log = structlog.get_logger()

COPY, RENAME, DELETE = "copy", "rename", "delete"
AT_ONCE = 5
DELETED_AT_ONCE = 200
CLAIM_SECONDS = 90.0
AGAIN_SECONDS = 5.0
JPEG = "image/jpeg"


async def copy_of(work: Unit, token: str, job_ids: list[str]) -> None:
    """Bring the static copy under this token in line with the rows, as to these jobs."""
    await _ask(work, COPY, token, list(job_ids))


async def rename(work: Unit, job: Job) -> None:
    """Give the pictures of a job new names, so that every link that was given out leads nowhere.

    The caller holds the job's row. Names carry a fence, and the job gets the next one: whoever erases the
    job's objects by their names finds the new ones too.
    """
    if not job.outputs:
        return
    line = LINES.get(job.line)
    prepared = await work.db.get(JobStage, (job.id, line.stages[0].name)) if line else None
    keys = {*job.outputs.values(), job.best_output_key}
    if prepared is not None and prepared.output:
        keys.add(prepared.output["key"])
    pending = await work.db.get(StorageErrand, (RENAME, job.id), populate_existing=True)
    known = {old for old, _ in pending.todo} if pending is not None else set()
    keys -= {None, *known}
    if not keys:
        return
    fence = job.fence + 1
    await work.db.execute(update(Job).where(Job.id == job.id).values(fence=fence))
    await _ask(work, RENAME, job.id, [[key, renamed_key(key, fence)] for key in sorted(keys)])


async def delete_objects(work: Unit, keys: Collection[str]) -> None:
    """Take objects away whose rows go with the caller's transaction; in pieces that one look can do."""
    names = sorted(keys)
    for start in range(0, len(names), DELETED_AT_ONCE):
        await _ask(work, DELETE, str(ULID()), list(names[start : start + DELETED_AT_ONCE]))


async def waiting(db: AsyncSession, kind: str) -> int:
    """How many errands of a kind are not done yet."""
    return await db.scalar(select(func.count()).where(StorageErrand.kind == kind)) or 0


async def _ask(work: Unit, kind: str, subject: str, todo: list[object]) -> None:
    made = insert(StorageErrand).values(kind=kind, subject=subject, todo=todo)
    more = StorageErrand.todo.op("||", return_type=JSONB)(made.excluded.todo)
    await work.db.execute(
        made.on_conflict_do_update(
            index_elements=["kind", "subject"],
            set_={"todo": more, "rev": StorageErrand.rev + 1, "due_at": func.clock_timestamp()},
        )
    )


def _in(seconds: float) -> ColumnElement[object]:
    return func.clock_timestamp() + timedelta(seconds=seconds)


# ---- the chore -------------------------------------------------------------------------------------------

_Deed = Callable[[Ports, str, list[Any]], Awaitable[bool]]
_ID = tuple_(StorageErrand.kind, StorageErrand.subject)


def _due(kinds: Collection[str]) -> Select[str, str]:
    return (
        select(StorageErrand.kind, StorageErrand.subject)
        .where(StorageErrand.due_at <= func.clock_timestamp(), StorageErrand.kind.in_(kinds))
        .order_by(StorageErrand.due_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )


async def carry_out(ports: Ports) -> None:
    """Do what is due; what fails is tried again, by whichever worker."""
    await _carry_out(ports, {COPY: _copy, RENAME: _rename})


async def delete_due(ports: Ports) -> None:
    """The same for objects whose rows are gone; apart, because a link that must end waits for none of it."""
    await _carry_out(ports, {DELETE: _delete})


async def _carry_out(ports: Ports, deeds: Mapping[str, _Deed]) -> None:
    async with unit(ports) as work:
        claim = update(StorageErrand).where(_ID.in_(_due(deeds.keys()))).values(due_at=_in(CLAIM_SECONDS))
        rows = await work.db.execute(
            claim.returning(
                StorageErrand.kind, StorageErrand.subject, StorageErrand.todo, StorageErrand.rev
            ).execution_options(synchronize_session=False)
        )
        due = rows.all()
    for kind, subject, todo, rev in due:
        done = False
        try:
            done = await deeds[kind](ports, subject, todo)
        except Exception as error:  # storage is away: it is looked at again soon
            log.warning("errand_not_done", kind=kind, error=type(error).__name__)
        async with unit(ports) as work:
            mine = (StorageErrand.kind == kind, StorageErrand.subject == subject, StorageErrand.rev == rev)
            if done:
                await work.db.execute(delete(StorageErrand).where(*mine))
            else:
                await work.db.execute(update(StorageErrand).where(*mine).values(due_at=_in(AGAIN_SECONDS)))


async def _copy(ports: Ports, token: str, job_ids: list[str]) -> bool:
    """False while one of the jobs runs: it may have begun to publish before it changed hands."""
    runs = select(func.count()).where(Job.id.in_(job_ids), Job.status == "running")
    async with reading(ports) as db:
        quiet = not await db.scalar(runs)
    with TemporaryDirectory(prefix="photobot-copy-") as folder:
        await static_copy.renew(ports, token, set(job_ids), Path(folder))
    return quiet


async def _delete(ports: Ports, _: str, keys: list[str]) -> bool:
    await delete_all(ports, keys)
    return True


async def _rename(ports: Ports, job_id: str, pairs: list[list[str]]) -> bool:
    """Copy, point the rows to the copies, delete what was there. Every step may be done again."""
    with TemporaryDirectory(prefix="photobot-rename-") as folder:
        for old, new in pairs:
            await _duplicate(ports, old, new, Path(folder) / "object")
    async with unit(ports) as work:
        job = await work.db.get(Job, job_id, with_for_update={"key_share": True})
        for old, new in pairs:
            await _point(work, job_id, old, new)
        if job is not None:
            work.changed("job", job_id)
    async with reading(ports) as db:
        held = await _named(db, job_id)
    for old, new in pairs:
        await ports.storage.delete(old)
        if new not in held:  # renamed once more, or erased meanwhile
            await ports.storage.delete(new)
    return True


async def _duplicate(ports: Ports, old: str, new: str, through: Path) -> None:
    if await ports.storage.head(new) is not None:
        return
    try:
        await ports.storage.get_file(old, through, max_bytes=ports.policy.max_output_bytes)
    except NotFound:  # done before, or erased
        return
    await ports.storage.put_file(new, through, JPEG)


async def _point(work: Unit, job_id: str, old: str, new: str) -> None:
    """Wherever the rows name the one object they name the other from now on."""

    def swapped(column: InstrumentedAttribute[dict[str, Any] | None]) -> ColumnElement[Any]:
        return cast(func.replace(cast(column, Text), f'"{old}"', f'"{new}"'), JSONB)

    quiet = {"synchronize_session": False}
    await work.db.execute(
        update(Job)
        .where(Job.id == job_id, Job.outputs.is_not(None), cast(Job.outputs, Text).contains(f'"{old}"'))
        .values(outputs=swapped(Job.outputs))
        .execution_options(**quiet)
    )
    await work.db.execute(
        update(Job)
        .where(Job.id == job_id, Job.best_output_key == old)
        .values(best_output_key=new)
        .execution_options(**quiet)
    )
    await work.db.execute(
        update(JobStage)
        .where(JobStage.job_id == job_id, cast(JobStage.output, Text).contains(f'"{old}"'))
        .values(output=swapped(JobStage.output))
        .execution_options(**quiet)
    )


async def _named(db: AsyncSession, job_id: str) -> set[str]:
    """Every text that the job's rows hold as an object's name."""
    job = await db.get(Job, job_id)
    if job is None:
        return set()
    outputs = await db.scalars(select(JobStage.output).where(JobStage.job_id == job_id))
    held = {job.best_output_key, *(job.outputs or {}).values()}
    for output in outputs:
        held |= {value for value in (output or {}).values() if isinstance(value, str)}
    return {key for key in held if key}
