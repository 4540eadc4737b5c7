"""Signals: what a person or a webhook tells a job, perhaps before it waits for it; each key is told once."""

from collections.abc import Mapping
from typing import Any

from app.db import parking, runs
from app.db.tables import Job
from app.db.unit import Unit, unit
from app.domain.access import Principal
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.job import FINISHED
from app.domain.line import LINES, Line
from app.ports import Ports


async def send(
    ports: Ports,
    principal: Principal,
    job_id: str,
    name: str,
    payload: Mapping[str, Any],
    *,
    key: str,
    lines: Mapping[str, Line] = LINES,
) -> bool:
    """A person tells a job something its line lets them tell; False when this key was told before.

    Raises NotFound `JOB_NOT_FOUND`, Invalid `SIGNAL_UNKNOWN`, NotAllowed, Conflict `JOB_FINISHED`.
    """
    async with unit(ports) as work:
        job = await _locked(work, job_id)
        if not principal.sees(job.event_id):
            raise NotFound("JOB_NOT_FOUND", "There is no such job.")
        line = lines.get(job.line)
        role = line.signals.get(name) if line else None
        if role is None:
            raise Invalid("SIGNAL_UNKNOWN", "This line of jobs waits for no such signal.", field="name")
        principal.require_role(role)
        told = await _tell(work, job, name, payload, key, principal.username)
        if told:
            work.audit(principal.username, "job_signaled", job_id, job.event_id, signal=name, key=key)
        return told


async def told(
    ports: Ports, job_id: str, name: str, payload: Mapping[str, Any], *, key: str, by: str
) -> bool:
    """A webhook tells a job something; its sender was checked by whoever calls this. As `send`."""
    async with unit(ports) as work:
        return await _tell(work, await _locked(work, job_id), name, payload, key, by)


async def task_ended(ports: Ports, provider: str, task_id: str) -> bool:
    """A provider's callback (checked by whoever calls this) says that a task ended: look at its job now.

    Kept when it comes before the job is parked. Answers whether a parked job was woken. It is a hint only:
    the job reads the task's state from the provider itself.
    """
    async with unit(ports) as work:
        return await parking.task_ended(work, provider, task_id)


async def _locked(work: Unit, job_id: str) -> Job:
    job = await work.db.get(Job, job_id, with_for_update={"key_share": True})
    if job is None:
        raise NotFound("JOB_NOT_FOUND", "There is no such job.")
    return job


async def _tell(work: Unit, job: Job, name: str, payload: Mapping[str, Any], key: str, by: str) -> bool:
    if job.status in FINISHED:
        raise Conflict("JOB_FINISHED", "This job has ended already.")
    stored = await parking.store_signal(work, job.id, name, key, dict(payload), by)
    if stored:
        runs.note(work, job.id, "signal", signal=name, by=by)
    return stored
