"""Another style, asked for by the guest on their own page, where the event allows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from ulid import ULID

from app.db import runs, spend
from app.db.tables import Job, Style
from app.db.unit import Unit, reading, unit
from app.domain.chain import ORIGINAL, Step, stored
from app.domain.errors import Conflict, NotFound
from app.ports import Ports
from app.services import styles
from app.services.guest_page import look_up
from app.services.job_family import best_input
from app.services.style_quota import ASKED, left


@dataclass(frozen=True)
class Offer:
    """How many more styles a guest may ask for, and which ones a booth offers now."""

    left: int
    styles: Sequence[styles.StyleView]


async def offer(ports: Ports, token: str) -> Offer:
    """What a guest may ask for now. Raises NotFound, Gone."""
    async with reading(ports) as db:
        session, _, event = await look_up(ports, db, token)
        more = await left(db, session, event)
    return Offer(more, await styles.list_all(ports, enabled_only=True) if more else [])


async def ask(ports: Ports, token: str, job_id: str, style_id: str) -> str:
    """Have a picture of the guest made in another style too; gives the job's id. Asked twice, it is one job.

    Raises NotFound, Gone, Conflict `NO_STYLE_LEFT`, `STYLE_DISABLED`, `STYLES_PAUSED` (the event has spent
    what it may).
    """
    async with unit(ports) as work:
        parent = await work.db.get(Job, job_id, with_for_update={"key_share": True})
        session, _, event = await look_up(ports, work.db, token)
        # One at a time for a guest: two taps see each other.
        await work.db.refresh(session, with_for_update={"key_share": True})
        if parent is None or parent.session_id != session.id or parent.best_output_key is None:
            raise NotFound("PICTURE_NOT_FOUND", "There is no such picture.")
        if (made := await _made(work.db, parent, style_id)) is not None:
            return made
        if not await left(work.db, session, event):
            raise Conflict("NO_STYLE_LEFT", "This event offers no more styles for this guest.")
        style = await styles.usable(work.db, style_id)
        steps = [step for step in await styles.chain_of(work.db, style) if step.provider != ORIGINAL]
        await _affordable(work.db, ports, event.id, steps)
        return await _order(work, ports, parent, style, steps)


async def _made(db: AsyncSession, parent: Job, style_id: str) -> str | None:
    """The same photo in the same style, made or being made."""
    same = (Job.session_id == parent.session_id, Job.input_sha256 == parent.input_sha256)
    return await db.scalar(
        select(Job.id)
        .where(
            *same, Job.style_id == style_id, Job.mode == "style", Job.status.not_in(("failed", "canceled"))
        )
        .limit(1)
    )


async def _affordable(db: AsyncSession, ports: Ports, event_id: str, steps: Sequence[Step]) -> None:
    """A guest is told at once; a job that waited for somebody to lift the limit would look like one stuck."""
    for step in steps:
        if step.provider not in ports.policy.paid_providers:
            return
        if (await spend.budget(db, event_id, step.provider, step.style_id)).allows:
            return
    raise Conflict("STYLES_PAUSED", "No other style can be made at the moment.")


async def _order(work: Unit, ports: Ports, parent: Job, style: Style, steps: Sequence[Step]) -> str:
    """It goes by the lane for what nobody waits for at the booth, and hands out no original again."""
    picture = await best_input(work.db, parent)
    child = Job(
        id=str(ULID()),
        line=parent.line,
        event_id=parent.event_id,
        booth_id=parent.booth_id,
        session_id=parent.session_id,
        parent_id=parent.id,
        guest_name=parent.guest_name,
        guest_whatsapp=parent.guest_whatsapp,
        code=parent.code,
        mode="style",
        style_id=style.id,
        provider=style.provider,
        args=_args(parent, style, ports.clock.now())
        | {"chain": stored(steps), "input_key": picture.key, "input_type": picture.content_type},
        input_key=picture.key,
        input_sha256=parent.input_sha256,
        lane="bulk",
        wait={"code": "queue"},
    )
    work.db.add(child)
    await work.db.flush()
    runs.note(work, child.id, "queued", parent=parent.id)
    work.audit("guest", "style_asked", child.id, parent.event_id, parent=parent.id, style=style.id)
    work.changed("job", child.id)
    work.changed("guest", parent.session_id)
    work.ring(child.id)
    return child.id


def _args(parent: Job, style: Style, now: datetime) -> dict[str, Any]:
    return {
        **parent.args,
        "day": now.date().isoformat(),
        "mode": "style",
        "style_id": style.id,
        "style_params": style.params,
        "provider": style.provider,
        "later": False,
        ASKED: True,
    }
