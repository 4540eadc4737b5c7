"""Programs in the database: their signs of life, their goodbye, and those that fell silent."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import incidents
from app.db.tables import Job, JobStage, Program
from app.db.unit import Unit
from app.domain.house import ProgramFacts, StagePace

LOST_SECONDS = 15
PACE = timedelta(minutes=30)
_VERSIONS = Path(__file__).parent / "migrations" / "versions"
_REVISION = text("SELECT version_num FROM alembic_version")


async def beat(
    unit: Unit, program_id: str, role: str, host: str, version: str, running: int, facts: ProgramFacts
) -> None:
    """Write that this program lives, and what it knows. With a new one, or one that was missed, its host is
    no longer without it.
    """
    known = await unit.db.execute(select(Program.lost_at).where(Program.id == program_id))
    before = known.one_or_none()
    told: dict[str, Any] = {"running": running, "facts": facts.wire()}
    await unit.db.execute(
        insert(Program)
        .values(id=program_id, role=role, host=host, version=version, **told)
        .on_conflict_do_update(
            index_elements=["id"],
            set_={**told, "seen_at": func.clock_timestamp(), "ended_at": None, "lost_at": None},
        )
    )
    if before is None or before.lost_at is not None:
        await incidents.end(unit, role, host)
    unit.changed("program", program_id)


async def ended(unit: Unit, program_id: str) -> None:
    """It stops as it was asked to."""
    found = await unit.db.scalar(
        update(Program)
        .where(Program.id == program_id)
        .values(ended_at=func.clock_timestamp())
        .returning(Program.id)
        .execution_options(synchronize_session=False)
    )
    unit.changed("program", found)


async def note_silent(unit: Unit) -> None:
    """Write down which programs fell silent without a goodbye; whoever looks first tells it.

    One that was replaced on its host meanwhile is an incident that is over.
    """
    silent = Program.seen_at < func.clock_timestamp() - timedelta(seconds=LOST_SECONDS)
    lost = await unit.db.execute(
        update(Program)
        .where(silent, Program.ended_at.is_(None), Program.lost_at.is_(None))
        .values(lost_at=func.clock_timestamp())
        .returning(Program.id, Program.role, Program.host, Program.seen_at)
        .execution_options(synchronize_session=False)
    )
    for program_id, role, host, seen_at in lost.all():
        unit.changed("program", program_id)
        successor = await unit.db.scalar(
            select(func.min(Program.started_at)).where(
                Program.role == role, Program.host == host, Program.started_at > seen_at
            )
        )
        if successor is not None:
            await incidents.over(unit, role, host, seen_at, successor)
        else:
            await incidents.begin(unit, role, host)


def brought() -> str:
    """The newest revision this program brings, by its files' names: Alembic is not loaded for that."""
    return max(path.name.partition("_")[0] for path in _VERSIONS.glob("[0-9]*.py"))


async def stands_at(db: AsyncSession) -> str:
    """The revision the database stands at."""
    return await db.scalar(_REVISION) or ""


async def paces(db: AsyncSession) -> list[StagePace]:
    """How long each stage took in the last half hour, by who made the picture."""
    took = func.extract("epoch", JobStage.finished_at - JobStage.started_at)
    query = (
        select(JobStage.stage, Job.provider, func.percentile_cont(0.5).within_group(took), func.count())
        .join(Job, Job.id == JobStage.job_id)
        .where(JobStage.finished_at > func.clock_timestamp() - PACE)
        .group_by(JobStage.stage, Job.provider)
    )
    return [
        StagePace(stage=stage, provider=provider, seconds=round(float(seconds or 0), 2), jobs=jobs)
        for stage, provider, seconds, jobs in await db.execute(query)
    ]
