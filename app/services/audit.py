"""The audit log as administrators read it: filtered, page by page, with names and never a number to call."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables import AuditEntry, Booth, CameraFile, Event, GuestSession, Style, User
from app.db.unit import reading
from app.domain.access import Principal
from app.domain.deeds import Phrase, phrase
from app.ports import Ports

PAGE = 60
PAGE_MAX = 500
EXPORT_MAX = 100_000
_NEVER = {"key", "token", "password", "whatsapp", "phone", "secret"}
_PHONE = re.compile(r"(?<![\w])\+?\d(?:[ \-.()]?\d){8,14}(?![\w])")


@dataclass(frozen=True)
class Wanted:
    """Which entries: of whom, what, at which event, about what, from when until when; all may be empty."""

    actor: str = ""
    action: str = ""
    event_id: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class EntryView:
    """One entry. `name` is what people call the subject, empty where it has none (any more)."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    kind: str
    name: str
    event_id: str | None
    event_name: str
    data: Mapping[str, Any]
    says: Phrase


@dataclass(frozen=True)
class Choices:
    """Who has done anything, and what was done: for the filters."""

    actors: tuple[str, ...]
    actions: tuple[str, ...]


async def page(
    ports: Ports, principal: Principal, wanted: Wanted, *, before: int | None = None, limit: int = PAGE
) -> Sequence[EntryView]:
    """Entries older than `before`, newest first. Raises NotAllowed.

    An administrator of some events reads of those, and nothing of the house.
    """
    principal.require_role("admin")
    query = select(AuditEntry).where(*_filters(principal, wanted)).order_by(AuditEntry.id.desc())
    query = query.limit(min(limit, PAGE_MAX))
    if before is not None:
        query = query.where(AuditEntry.id < before)
    async with reading(ports) as db:
        rows = (await db.scalars(query)).all()
        names = await _names(db, {row.subject for row in rows})
        ids = {row.event_id for row in rows if row.event_id}
        found = await db.execute(select(Event.id, Event.name).where(Event.id.in_(ids)))
        events = {row.id: row.name for row in found}
    return [_view(row, names, events) for row in rows]


async def all_of(ports: Ports, principal: Principal, wanted: Wanted) -> AsyncIterator[Sequence[EntryView]]:
    """The same, all of it, a page at a time. Raises NotAllowed at the first one."""
    before, count = None, 0
    while count < EXPORT_MAX:
        rows = await page(ports, principal, wanted, before=before, limit=PAGE_MAX)
        yield rows
        if len(rows) < PAGE_MAX:
            return
        before, count = rows[-1].id, count + len(rows)


async def choices(ports: Ports, principal: Principal) -> Choices:
    """What the filters offer. Raises NotAllowed."""
    principal.require_role("admin")
    seen = _filters(principal, Wanted())
    async with reading(ports) as db:
        found = [
            (await db.scalars(select(column).distinct().where(*seen).order_by(column).limit(200))).all()
            for column in (AuditEntry.actor, AuditEntry.action)
        ]
        actors, actions = found
        return Choices(tuple(actors), tuple(actions))


def _filters(principal: Principal, wanted: Wanted) -> list[ColumnElement[bool]]:
    entry = AuditEntry
    given = (
        (entry.actor, wanted.actor),
        (entry.action, wanted.action),
        (entry.event_id, wanted.event_id),
        (entry.subject, wanted.subject),
    )
    found = [column == value for column, value in given if value]
    if principal.events is not None:
        found.append(entry.event_id.in_(sorted(principal.events)))
    if wanted.since is not None:
        found.append(entry.at >= wanted.since)
    if wanted.until is not None:
        found.append(entry.at < wanted.until)
    return found


async def _names(db: AsyncSession, subjects: set[str]) -> dict[str, tuple[str, str]]:
    """Kind and name by subject. A guest is told by the code: a name is theirs to have erased."""
    found: dict[str, tuple[str, str]] = {}
    named = (
        ("event", select(Event.id, Event.name).where(Event.id.in_(subjects))),
        ("booth", select(Booth.id, Booth.name).where(Booth.id.in_(subjects))),
        ("style", select(Style.id, Style.name_en).where(Style.id.in_(subjects))),
        ("user", select(User.id, User.username).where(User.id.in_(subjects))),
        ("guest", select(GuestSession.id, GuestSession.code).where(GuestSession.id.in_(subjects))),
        ("shot", select(CameraFile.id, CameraFile.file_name).where(CameraFile.id.in_(subjects))),
    )
    for kind, query in named:
        for row_id, name in await db.execute(query):
            found[row_id] = (kind, name)
    return found


def _view(row: AuditEntry, names: Mapping[str, tuple[str, str]], events: Mapping[str, str]) -> EntryView:
    kind, name = names.get(row.subject, ("job" if row.action.startswith("job_") else "", ""))
    data = {key: _clean(value) for key, value in row.data.items() if key.lower() not in _NEVER}
    event_name = events.get(row.event_id or "", "")
    called = name or str(row.data.get("username", ""))
    return EntryView(
        row.id,
        row.at,
        row.actor,
        row.action,
        row.subject,
        kind,
        called,
        row.event_id,
        event_name,
        data,
        phrase(row.action, kind, row.subject, called, data),
    )


def _clean(value: Any) -> Any:
    """Without telephone numbers: people type them into reasons."""
    if isinstance(value, str):
        return _PHONE.sub("…", value)[:500]
    if isinstance(value, list):
        return [_clean(one) for one in value[:50]]
    if isinstance(value, dict):
        return {key: _clean(one) for key, one in value.items() if key.lower() not in _NEVER}
    return value
