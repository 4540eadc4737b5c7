"""One unit of work: commit once, then announce and ring. Nothing else in the product commits.

Whoever changes a live row says so with `changed(...)`; at the end the unit bumps the revisions, reads the
rows as screens see them, commits, publishes them, and rings for jobs. A rollback drops news and rings too.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Literal

from sqlalchemy import func, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import live
from app.db.tables import (
    AuditEntry,
    Booth,
    Breaker,
    CameraFile,
    GuestSession,
    Incident,
    Job,
    Lane,
    Program,
)
from app.domain.errors import Invalid
from app.domain.leaving import last_word
from app.ports import Ports

_DATA_EXCEPTION = "22"
"""SQLSTATE class of values PostgreSQL cannot hold: text with NUL, numbers and times out of range."""

Kind = Literal["shot", "job", "guest", "booth", "provider", "lane", "program", "incident"]
_Table = type[CameraFile | Job | GuestSession | Booth | Breaker | Lane | Program | Incident]
# The order in which rows are locked at commit: the same everywhere, so two units cannot wait for each other.
_TABLES: dict[Kind, _Table] = {
    "shot": CameraFile,
    "job": Job,
    "guest": GuestSession,
    "booth": Booth,
    "provider": Breaker,
    "lane": Lane,
    "program": Program,
    "incident": Incident,
}


class Unit:
    """The open transaction and what is to be told once it is committed."""

    def __init__(self, db: AsyncSession) -> None:
        self.db = db
        self.rings: list[str] = []
        self.then: list[Callable[[], object]] = []
        """What is done in this process once it is committed, before anybody is told."""
        self._changed: dict[Kind, set[str]] = defaultdict(set)
        self._left: list[live.LiveRow] = []

    def changed(self, kind: Kind, row_id: str | None) -> None:
        """This live row is changed by this unit; None is nobody."""
        if row_id is not None:
            self._changed[kind].add(row_id)

    def leaves(self, rows: Iterable[live.LiveRow]) -> None:
        """These rows, as screens know them, are deleted by this unit."""
        self._left += [last_word(row) for row in rows]

    def ring(self, job_id: str) -> None:
        """Ring for this job after the commit."""
        self.rings.append(job_id)

    def audit(self, actor: str, action: str, subject: str, event_id: str | None = None, **data: Any) -> None:
        """Write who did what into the audit log."""
        self.db.add(AuditEntry(actor=actor, action=action, subject=subject, event_id=event_id, data=data))

    async def forget(self) -> None:
        """Undo all that this unit did so far, news and rings too; it goes on as a fresh one."""
        await self.db.rollback()
        self.rings.clear()
        self.then.clear()
        self._changed.clear()
        self._left.clear()

    async def finish(self) -> list[live.LiveRow]:
        """Bump the revisions of what changed and read the rows as screens see them."""
        await self.db.flush()
        rows: list[live.LiveRow] = list(self._left)
        for kind, table in _TABLES.items():
            ids = sorted(self._changed[kind])
            if not ids:
                continue
            if kind == "job":
                rows += await live.changed_jobs(self.db, ids)
                continue
            await self.db.execute(
                update(table)
                .where(table.id.in_(ids))
                .values(revision=table.revision + 1, updated_at=func.clock_timestamp())
                .execution_options(synchronize_session="fetch")
            )
            rows += await live.READERS[kind](self.db, ids)
        return rows


@contextmanager
def _values_told() -> Iterator[None]:
    """What the database cannot hold is the sender's fault, wherever in the product it came in."""
    try:
        yield
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None) or ""
        if not state.startswith(_DATA_EXCEPTION):
            raise
        raise Invalid(
            "VALUE_INVALID", "A text with a NUL character, or a number or time that is out of range."
        ) from None


@asynccontextmanager
async def unit(ports: Ports) -> AsyncIterator[Unit]:
    """A transaction that commits when the block ends well, then tells the world.

    Raises Invalid `VALUE_INVALID` for a value that PostgreSQL cannot hold.
    """
    with _values_told():
        async with ports.db() as db:
            work = Unit(db)
            yield work
            rows = await work.finish()
            await db.commit()
    for deed in work.then:
        deed()
    if rows:
        await ports.news.publish(rows)
    for job_id in work.rings:
        await ports.bell.ring(job_id)


@asynccontextmanager
async def reading(ports: Ports) -> AsyncIterator[AsyncSession]:
    """A session for reading only: nothing is committed. Raises Invalid as `unit`."""
    with _values_told():
        async with ports.db() as db:
            yield db
