"""The way from an empty installation to the first photo: five steps, each told by what is there."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Exists, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables import AuditEntry, Booth, Event, Job
from app.db.unit import reading, unit
from app.domain.access import Principal
from app.domain.errors import Invalid
from app.ports import Ports
from app.services.setup import FIRST_EVENT_SLUG

Name = Literal["password", "event", "booth", "style", "shot"]
State = Literal["done", "skipped", "open"]
STEPS: tuple[Name, ...] = ("password", "event", "booth", "style", "shot")
_SAID = "setup_step"
_WORK_DONE: dict[Name, tuple[str, ...]] = {
    "password": ("own_password_changed",),
    "event": ("event_changed", "event_imported", "event_copied"),
    "style": ("style_created", "style_changed", "styles_ordered"),
}


@dataclass(frozen=True)
class Step:
    """One step and how it stands."""

    name: Name
    state: State


@dataclass(frozen=True)
class Guide:
    """The steps; `over` once nobody needs to be led any more."""

    steps: tuple[Step, ...]
    over: bool


async def state(ports: Ports, principal: Principal) -> Guide:
    """How far this installation is. Raises NotAllowed."""
    principal.require_role("admin")
    async with reading(ports) as db:
        said = await _said(db, principal)
        steps = [Step(name, await _state(db, principal, name, said.get(name, ""))) for name in STEPS]
    return Guide(tuple(steps), all(step.state != "open" for step in steps) or steps[-1].state == "done")


async def say(ports: Ports, principal: Principal, name: str, to: str) -> Guide:
    """A person says that a step is done as it is, is skipped, or is to be open again. Raises Invalid."""
    principal.require_role("admin")
    if name not in STEPS or to not in ("done", "skipped", "open"):
        raise Invalid("STEP_UNKNOWN", "There is no such step.", field="step")
    async with unit(ports) as work:
        work.audit(principal.username, _SAID, _subject(principal, name), to=to)
    return await state(ports, principal)


def _subject(principal: Principal, name: str) -> str:
    """A password is one's own; all else is everybody's."""
    return f"{name}:{principal.user_id}" if name == "password" else name


async def _said(db: AsyncSession, principal: Principal) -> dict[str, str]:
    subjects = {_subject(principal, name): name for name in STEPS}
    rows = await db.execute(
        select(AuditEntry.subject, AuditEntry.data)
        .where(AuditEntry.action == _SAID, AuditEntry.subject.in_(subjects))
        .order_by(AuditEntry.id)
    )
    return {subjects[subject]: str(data.get("to", "")) for subject, data in rows}


async def _state(db: AsyncSession, principal: Principal, name: Name, said: str) -> State:
    if said == "open":
        return "open"
    if said == "done" or await _is_done(db, principal, name):
        return "done"
    return "skipped" if said == "skipped" else "open"


async def _is_done(db: AsyncSession, principal: Principal, name: Name) -> bool:
    if name == "booth":
        return await _any(db, exists().where(Booth.watcher_seen_at.is_not(None)))
    if name == "shot":
        return await _any(db, exists().where(Job.status == "succeeded"))
    done = exists().where(AuditEntry.action.in_(_WORK_DONE[name]))
    if name == "password":
        done = done.where(AuditEntry.subject == principal.user_id)
    if name == "event" and await _any(db, exists().where(Event.slug != FIRST_EVENT_SLUG)):
        return True
    return await _any(db, done)


async def _any(db: AsyncSession, found: Exists) -> bool:
    return bool(await db.scalar(select(found)))
