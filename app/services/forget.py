"""Taking a guest out of the rows: turns at booths, camera files, jobs; all of it may be done again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables import (
    Booth,
    BoothSession,
    CameraFile,
    IdempotencyKey,
    Job,
    JobPreview,
    JobStage,
    ProviderSpend,
)
from app.db.unit import Unit
from app.domain.consent import ERASED
from app.domain.job import FINISHED
from app.ports import Ports
from app.services import holds, job_family

NOBODY = "—"
"""What stands where the name of a guest was."""
BY = "guest"
LATE = "GUEST_ERASED"
"""Why a camera file lies in the tray that came after its guest was erased; not for long."""
WHY = (LATE, "The guest asked that their data be erased.")


async def facts(db: AsyncSession, ports: Ports, session_id: str) -> dict[str, Any]:
    """What the receipt tells of the pictures, counted before they go."""
    mine = (Job.session_id == session_id, Job.status != "canceled")
    counted = select(func.count(func.distinct(Job.input_sha256)), func.count(Job.best_output_key)).where(
        *mine
    )
    photos, pictures = (await db.execute(counted)).one()
    paid = select(func.count()).where(
        ProviderSpend.job_id.in_(select(Job.id).where(*mine)),
        ProviderSpend.provider.in_(ports.policy.paid_providers),
    )
    return {"photos": photos, "pictures": pictures, "outside": bool(await db.scalar(paid))}


async def end_turns(work: Unit, session_id: str, now: datetime) -> None:
    """The guest is in front of no camera any more; booths are locked before their files, as everywhere."""
    mine = select(BoothSession.booth_id).where(BoothSession.session_id == session_id)
    seen = select(CameraFile.booth_id).where(CameraFile.session_id == session_id)
    locked = await work.db.scalars(
        select(Booth.id)
        .where(or_(Booth.id.in_(mine), Booth.id.in_(seen)))
        .order_by(Booth.id)
        .with_for_update(key_share=True)
    )
    for booth_id in locked.all():
        held = await holds.held(work.db, booth_id, now)
        if held is not None and held.session_id == session_id:
            await holds.end_turn(work, booth_id, "erased", now)
            work.changed("booth", booth_id)


async def files(work: Unit, session_id: str) -> list[str]:
    """Camera files of the guest, also one that came after and lies in the tray; gives their names."""
    came_late = and_(
        CameraFile.state == "orphan",
        CameraFile.reason == LATE,
        CameraFile.suggested == [session_id],
    )
    rows = await work.db.execute(
        update(CameraFile)
        .where(
            or_(CameraFile.session_id == session_id, came_late),
            CameraFile.reason.is_distinct_from(ERASED),
        )
        .values(
            state="rejected",
            reason=ERASED,
            tray_reason=None,
            preview=None,
            preview_version=0,
            original_pending=False,
            session_id=session_id,
            booth_session_id=None,
            suggested=None,
        )
        .returning(CameraFile.id, CameraFile.booth_id, CameraFile.file_name)
    )
    found = rows.all()
    for row in found:
        work.changed("shot", row.id)
    return [f"{row.booth_id}/{row.file_name}" for row in found]


async def jobs(work: Unit, ports: Ports, session_id: str) -> Sequence[Job]:
    """Stop what is under way and take the guest out of every job. Gives the jobs as they were."""
    query = select(Job).where(Job.session_id == session_id).order_by(Job.id).with_for_update(key_share=True)
    found = (await work.db.scalars(query.execution_options(populate_existing=True))).all()
    for job in found:
        if not job.cancel_requested:
            await job_family.stop(work, ports, job, BY, why=WHY)
    ids = [job.id for job in found]
    await work.db.execute(delete(IdempotencyKey).where(IdempotencyKey.job_id.in_(ids)))
    await work.db.execute(delete(JobPreview).where(JobPreview.job_id.in_(ids)))
    wiped = update(Job).where(Job.id.in_(ids), Job.guest_name != NOBODY)
    await work.db.execute(wiped.values(guest_name=NOBODY, guest_whatsapp="", input_sha256=""))
    over = Job.status.in_(FINISHED)
    changed = await work.db.scalars(
        update(Job)
        .where(Job.id.in_(ids), over, or_(Job.outputs.is_not(None), Job.best_output_key.is_not(None)))
        .values(outputs=None, best_output_key=None, error_message=None)
        .returning(Job.id)
    )
    # A run that is stopping still needs its memory: what is under way at a maker is stopped by it.
    ended = select(Job.id).where(Job.id.in_(ids), over)
    await work.db.execute(update(JobStage).where(JobStage.job_id.in_(ended)).values(output=None, memory={}))
    await work.db.execute(
        update(Job).where(Job.id.in_(ids), Job.status == "failed").values(dismissed_at=ports.clock.now())
    )
    for job_id in {*changed.all(), *(job.id for job in found if job.guest_name != NOBODY)}:
        work.changed("job", job_id)
    return found
