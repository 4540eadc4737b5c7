"""The real ports inside a test's own process, with a guest and jobs to work on."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from ulid import ULID

from app.db.tables import Event, Job, JobAttempt, JobEvent, JobStage
from app.db.unit import reading, unit
from app.domain.line import PHOTO
from app.domain.messages import LiveRow
from app.ports import News, Ports, Subscribed
from app.services import intake, sessions, setup
from app.services.intake import Order, Picture
from app.services.sessions import Registered
from app.settings import Settings
from app.wiring import open_ports
from tests.fakes.stack import SECRET


@asynccontextmanager
async def real_ports(database_url: str, redis_url: str, folder: Path) -> AsyncIterator[Ports]:
    """Everything real, with a seeded installation."""
    settings = Settings(
        database_url=database_url, redis_url=redis_url, photobot_data=folder, jwt_secret=SECRET
    )
    async with open_ports(settings) as ports:
        await setup.seed(ports)
        yield ports


async def event_of(ports: Ports) -> str:
    """The seeded event's id."""
    async with reading(ports) as db:
        return (await db.scalars(select(Event.id).order_by(Event.id))).first() or ""


async def guest(ports: Ports, event_id: str, name: str = "Ayu Lestari") -> Registered:
    """A fresh guest of the event."""
    return await sessions.register(
        ports,
        event_id=event_id,
        name=name,
        whatsapp="0812 3456 7890",
        consent=True,
        language="id",
        ip="127.0.0.1",
        device=None,
    )


async def queued_job(
    ports: Ports, line: str = PHOTO.name, *, booth_id: str | None = None, **columns: Any
) -> str:
    """A queued job of a line, its picture not stored; `columns` go into its row."""
    event_id = await event_of(ports)
    who = await guest(ports, event_id)
    job_id = str(ULID())
    order = Order(event_id, who.session_id, booth_id, "style", "pencil", 1)
    async with unit(ports) as work:
        await intake.add_job(
            work, ports, order, Picture(f"events/{job_id}.jpg", "0" * 64, "image/jpeg"), job_id
        )
        await work.db.execute(update(Job).where(Job.id == job_id).values(line=line, **columns))
        work.rings.clear()
    return job_id


async def due_now(ports: Ports, job_id: str, **columns: Any) -> None:
    """Let the time pass that a job waits for: its due time and its lease are over now."""
    from app.db.runs import after

    async with ports.db() as db:
        await db.execute(update(Job).where(Job.id == job_id).values(due_at=after(-5), **columns))
        await db.execute(
            update(Job).where(Job.id == job_id, Job.status == "running").values(lease_until=after(-1))
        )
        await db.commit()


@dataclass
class Story:
    """All that the database knows of a job."""

    job: Job
    stages: dict[str, JobStage]
    attempts: Sequence[JobAttempt]
    timeline: list[str] = field(default_factory=list)

    @property
    def outcomes(self) -> list[tuple[str, str | None]]:
        """Each try: stage and outcome."""
        return [(attempt.stage, attempt.outcome) for attempt in self.attempts]


async def story(ports: Ports, job_id: str) -> Story:
    """Read a job with its stages, tries and timeline."""
    async with reading(ports) as db:
        job = await db.get_one(Job, job_id, populate_existing=True)
        stages = {
            row.stage: row for row in await db.scalars(select(JobStage).where(JobStage.job_id == job_id))
        }
        attempts = (
            await db.scalars(
                select(JobAttempt)
                .where(JobAttempt.job_id == job_id)
                .order_by(JobAttempt.started_at, JobAttempt.number)
            )
        ).all()
        events = await db.scalars(
            select(JobEvent.kind).where(JobEvent.job_id == job_id).order_by(JobEvent.id)
        )
        return Story(job, stages, attempts, list(events))


class SilentBell:
    """A bell whose every ring is lost."""

    async def ring(self, job_id: str) -> None:
        """Nothing is heard."""


class LossyNews:
    """News whose every `lost` publication is lost; hearing is the real one's."""

    def __init__(self, inner: News) -> None:
        self.inner = inner
        self.lost = False

    async def publish(self, rows: Sequence[LiveRow]) -> None:
        """Publish, or lose it."""
        if not self.lost:
            await self.inner.publish(rows)

    def listen(self) -> AsyncIterator[LiveRow | Subscribed]:
        """The real feed."""
        return self.inner.listen()

    async def healthy(self) -> bool:
        """As the real one."""
        return await self.inner.healthy()
