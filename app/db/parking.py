"""Jobs that are parked for something: a signal, a slot, a provider's task. Whoever sees it happen wakes them.

A job is woken under its row's lock, and a run parks its job only after it has locked the row and looked
whether what it waits for has come: so nothing that comes in between is lost.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables import Job, JobSignal, ProviderHint, ProviderSpend
from app.db.unit import Unit
from app.domain.messages import WaitReason

QUEUED = WaitReason(code="queue").wire()


def for_signal(name: str) -> str:
    """What a job that waits for this signal is parked for."""
    return f"signal:{name}"


OUTCOME = "outcome-"


def outcome_signal(submission: str) -> str:
    """The signal by which a person tells what became of a submission: `{}` not taken, `{taskId}` taken."""
    return f"{OUTCOME}{submission}"


def for_task(provider: str, task_id: str) -> str:
    """What a job whose task runs at a provider is parked for."""
    return f"provider:{provider}:{task_id}"


async def wake(unit: Unit, parked_for: str, job_id: str | None = None, *, limit: int = 1000) -> Sequence[str]:
    """Let the jobs parked for this be due now, oldest first; gives their ids."""
    parked = (
        select(Job.id)
        .where(Job.parked_for == parked_for, Job.status == "queued")
        .order_by(Job.id)
        .limit(limit)
        .with_for_update(skip_locked=True)  # what somebody else holds is due by its own time
    )
    if job_id is not None:
        parked = parked.where(Job.id == job_id)
    woken = (
        await unit.db.scalars(
            update(Job)
            .where(Job.id.in_(parked), Job.parked_for == parked_for, Job.status == "queued")
            .values(due_at=func.clock_timestamp(), parked_for=None, wait=QUEUED)
            .returning(Job.id)
            .execution_options(synchronize_session=False)
        )
    ).all()
    for one in woken:
        unit.changed("job", one)
        unit.ring(one)
    return woken


async def store_signal(
    unit: Unit, job_id: str, name: str, key: str, payload: dict[str, Any], by: str
) -> bool:
    """Keep a signal of a job whose row the caller has locked; False when this key was told before."""
    made = await unit.db.scalar(
        insert(JobSignal)
        .values(job_id=job_id, name=name, key=key, payload=payload, sent_by=by)
        .on_conflict_do_nothing(index_elements=["job_id", "name", "key"])
        .returning(JobSignal.id)
    )
    if made is None:
        return False
    await wake(unit, for_signal(name), job_id)
    return True


async def newest_signal(db: AsyncSession, job_id: str, name: str) -> dict[str, Any] | None:
    """The payload of the signal that came last; None when none came."""
    payload: dict[str, Any] | None = await db.scalar(
        select(JobSignal.payload)
        .where(JobSignal.job_id == job_id, JobSignal.name == name)
        .order_by(JobSignal.id.desc())
        .limit(1)
    )
    return payload


async def task_ended(unit: Unit, provider: str, task_id: str) -> bool:
    """A provider says that a task ended: keep it, and wake its job where one is parked for it."""
    job_id = await unit.db.scalar(
        select(ProviderSpend.job_id).where(
            ProviderSpend.provider == provider, ProviderSpend.task_id == task_id
        )
    )
    if job_id is not None:
        await unit.db.scalar(select(Job.id).where(Job.id == job_id).with_for_update(key_share=True))
    await unit.db.execute(
        insert(ProviderHint).values(provider=provider, task_id=task_id).on_conflict_do_nothing()
    )
    return bool(await wake(unit, for_task(provider, task_id)))


async def has_come(unit: Unit, job_id: str, parked_for: str) -> bool:
    """Whether what a job (its row locked) is to park for has come already; a provider's hint is used up."""
    kind, _, name = parked_for.partition(":")
    if kind == "signal":
        told = exists().where(JobSignal.job_id == job_id, JobSignal.name == name)
        return bool(await unit.db.scalar(select(told)))
    if kind == "provider":
        provider, _, task_id = name.partition(":")
        hint = await unit.db.get(ProviderHint, (provider, task_id))
        if hint is not None:
            await unit.db.delete(hint)
        return hint is not None
    return False
