"""The styled picture that comes later: a guest has the original now, a job of its own makes the style."""

from datetime import timedelta

from sqlalchemy import func, select
from ulid import ULID

from app.db import runs
from app.db.tables import Job
from app.db.unit import unit
from app.domain.chain import ORIGINAL, of_job, stored
from app.ports import Ports

AFTER_SECONDS = 60.0


async def order(ports: Ports, job_id: str) -> str | None:
    """Queue the job that styles this one's picture later, once however often asked; gives its id.

    It goes by the lane for bulk work, has no deadline, and its chain is what can still make the style: the
    original is not handed out again.
    """
    async with unit(ports) as work:
        job = await work.db.get_one(Job, job_id, with_for_update={"key_share": True})
        steps = [step for step in of_job(job.args) if step.provider != ORIGINAL]
        if not steps:
            return None
        made = await work.db.scalar(
            select(Job.id).where(Job.parent_id == job_id, Job.args["later"].as_boolean())
        )
        if made is not None:
            return made
        child = Job(
            id=str(ULID()),
            line=job.line,
            event_id=job.event_id,
            booth_id=job.booth_id,
            session_id=job.session_id,
            parent_id=job.id,
            guest_name=job.guest_name,
            guest_whatsapp=job.guest_whatsapp,
            code=job.code,
            mode=job.mode,
            style_id=job.style_id,
            provider=steps[0].provider,
            args={**job.args, "chain": stored(steps), "later": True},
            input_key=job.input_key,
            input_sha256=job.input_sha256,
            lane="bulk",
            due_at=func.clock_timestamp() + timedelta(seconds=AFTER_SECONDS),
            wait={"code": "queue"},
        )
        work.db.add(child)
        await work.db.flush()
        runs.note(work, child.id, "queued", parent=job_id, later=True)
        runs.note(work, job_id, "later", child=child.id)
        work.changed("job", child.id)
        work.changed("job", job_id)
        work.changed("guest", job.session_id)
        return child.id
