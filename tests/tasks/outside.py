"""Jobs of the drawn line, their makers, and what the database knows of both."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from app.db.tables import Job, ProviderSpend
from app.db.unit import reading, unit
from app.domain.chain import Step, stored
from app.ports import Ports
from tasks.engine import Engine
from tests.fakes.maker import Maker
from tests.fakes.ports import queued_job, story
from tests.tasks.lines import DRAWN, drawn


def made_by(ports: Ports, *makers: Maker, slots: dict[str, int] | None = None, **policy: Any) -> Ports:
    """Ports with these makers."""
    numbers = replace(ports.policy, provider_slots=slots or {}, paid_providers=frozenset({"a"}), **policy)
    return replace(ports, providers={maker.name: maker for maker in makers}, policy=numbers)


async def engine_of(ports: Ports, worker: str = "w", **line: Any) -> Engine:
    """An engine for the drawn line whose outside parts are written down."""
    engine = Engine(ports, {DRAWN.name: drawn(**line)}, worker)
    await engine.outside.register()
    return engine


async def job_for(ports: Ports, *makers: str, **columns: Any) -> str:
    """A queued job whose chain is these makers."""
    job_id = await queued_job(ports, DRAWN.name)
    async with unit(ports) as work:
        job = await work.db.get_one(Job, job_id)
        job.args = {**job.args, "chain": stored([Step(maker, "pencil") for maker in makers])}
        job.provider = makers[0]
        for name, value in columns.items():
            setattr(job, name, value)
    return job_id


async def ledger(ports: Ports, job_id: str) -> Sequence[tuple[str, str, float | None]]:
    """Each task the job asked for: who, how it ended, what it cost."""
    async with reading(ports) as db:
        rows = await db.scalars(
            select(ProviderSpend).where(ProviderSpend.job_id == job_id).order_by(ProviderSpend.submission)
        )
        return [(row.provider, row.state, row.cost) for row in rows]


async def waits(ports: Ports, job_id: str) -> tuple[str, str]:
    """Why the job waits."""
    wait = (await story(ports, job_id)).job.wait or {}
    return wait.get("code", ""), wait.get("because", "")
