"""Retention on a real PostgreSQL: what is over goes with all its objects, whatever breaks in between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event as listening
from sqlalchemy import select

from app.db.tables import AuditEntry, Job
from app.db.unit import reading
from app.domain import keys
from app.domain.errors import Gone, PhotobotError, Unavailable
from app.domain.messages import LiveRow
from app.ports import Ports, Storage
from app.services import erasure, errands, guest_page, laptop_files, retention
from tests.contract.storage_stands import s3_stand
from tests.fakes import ports as fakes
from tests.fakes.kept import DAY, LONG_AGO, Scene, over_and_young


@dataclass
class Heard:
    """What screens were told, in the order in which it was."""

    rows: list[LiveRow]

    async def publish(self, rows: list[LiveRow]) -> None:
        self.rows += rows

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


@pytest.fixture(params=["folder", "s3"])
async def scene(ports: Ports, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Scene]:
    """The same on both kinds of storage."""
    async with AsyncExitStack() as stack:
        if request.param == "s3":
            ports = replace(ports, storage=(await s3_stand(stack, tmp_path)).storage)
        yield await over_and_young(ports)


async def test_what_is_over_goes_with_all_that_is_stored_of_it(scene: Scene) -> None:
    heard = Heard([])
    ports = replace(scene.ports, news=heard)  # type: ignore[arg-type]  # only told, never listened to
    await retention.sweep(ports)
    await errands.delete_due(ports)

    assert await scene.stored() == set(scene.kept)
    tables = ("sessions", "guests", "jobs", "camera_files", "job_previews", "job_stages", "storage_errands")
    assert [await scene.count(table) for table in tables] == [1, 1, 1, 0, 1, 1, 0]
    async with reading(ports) as db:
        assert (await guest_page.look_up(ports, db, scene.young.token))[1].name == "Bima Sakti"
        with pytest.raises(Gone, match="over"):
            await guest_page.look_up(ports, db, scene.old.token)
        told = await db.scalar(select(AuditEntry).where(AuditEntry.action == retention.DELETED))
    assert told is not None
    assert told.data == {"guests": 1, "photos": 1, "pictures": 1, "files": 1}
    assert "Ayu" not in str([row.model_dump() for row in heard.rows])
    last = {row.id: row for row in heard.rows}
    assert last[scene.job_id].deleted  # type: ignore[union-attr]
    assert last[scene.old.session_id].deleted  # type: ignore[union-attr]
    assert last[scene.stray].reason == "ERASED"  # type: ignore[union-attr]
    # The camera laptop hears of it, as of what an erased guest left there.
    erased, rejected = await laptop_files.put_away_since(ports, "booth-1", laptop_files.PutAways())
    assert scene.stray in erased
    assert (len(erased), rejected) == (1, [])

    await retention.sweep(ports)
    assert await scene.count(f"audit_log WHERE action = '{retention.DELETED}'") == 1


HOLDS = (
    ("UPDATE jobs SET status = 'running' WHERE id = :job", "UPDATE jobs SET status = 'succeeded'"),
    ("UPDATE jobs SET status = 'queued' WHERE id = :job", "UPDATE jobs SET status = 'succeeded'"),
    ("UPDATE jobs SET updated_at = now() WHERE id = :job", f"UPDATE jobs SET updated_at = {LONG_AGO}"),
    (
        "UPDATE sessions SET expires_at = now() + interval '1 hour' WHERE id = :visit",
        f"UPDATE sessions SET expires_at = {LONG_AGO} WHERE id = :visit",
    ),
    ("UPDATE events SET retention_days = 40", "UPDATE events SET retention_days = 30"),
    (
        "INSERT INTO booth_sessions (id, booth_id, event_id, session_id, mode, style_id, started_at,"
        " expires_at) VALUES ('turn', 'booth-1', :event, :visit, 'style', 'pencil', now(), now())",
        "DELETE FROM booth_sessions",
    ),
)


async def test_who_is_being_served_is_left_alone(ports: Ports) -> None:
    scene = await over_and_young(ports)
    facts = {"job": scene.job_id, "visit": scene.old.session_id, "event": scene.event_id}
    stray = keys.shot_key(scene.event_id, DAY, scene.stray, "jpg")
    for hold, undo in HOLDS:
        for statement in (hold, "UPDATE events SET swept_at = NULL"):
            named = {name: value for name, value in facts.items() if f":{name}" in statement}
            await scene.sql(statement, **named)
        await retention.sweep(ports)
        assert await scene.count("sessions") == 2, hold
        await scene.sql(undo, **{name: value for name, value in facts.items() if f":{name}" in undo})
    await errands.delete_due(ports)
    assert set(scene.every) - await scene.stored() == {stray}


class Killed(Exception):
    """The program dies here."""


async def test_killed_at_any_statement_it_is_whole_or_not_begun(ports: Ports) -> None:
    scene = await over_and_young(ports)
    engine, left = ports.db.kw["bind"].sync_engine, [0]

    def die(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Killed

    listening.listen(engine, "before_cursor_execute", die)
    for at in range(1, 200):
        left[0] = at
        with suppress(Killed):
            await retention.sweep(ports)
        died, left[0] = left[0] <= 0, -1000
        rows = await scene.count("sessions"), await scene.count("jobs"), await scene.count("camera_files")
        noted = await scene.count("storage_errands")
        audited = await scene.count(f"audit_log WHERE action = '{retention.DELETED}'")
        assert (*rows, noted > 0, audited) in ((2, 2, 1, False, 0), (1, 1, 0, True, 1)), at
        if not died:
            break
    else:
        raise AssertionError("it never came to its end")
    assert at > 20
    listening.remove(engine, "before_cursor_execute", die)
    await errands.delete_due(ports)
    assert await scene.stored() == set(scene.kept)


class Away:
    """Storage that is away after some deletions; everything else is the real one's."""

    def __init__(self, inner: Storage, answers: int) -> None:
        self.inner, self.answers = inner, answers

    async def delete(self, key: str) -> None:
        self.answers -= 1
        if self.answers < 0:
            raise Unavailable("STORAGE_UNAVAILABLE", "Storage does not answer.")
        await self.inner.delete(key)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


async def test_storage_that_is_away_is_waited_for(scene: Scene) -> None:
    away = replace(scene.ports, storage=Away(scene.ports.storage, 3))
    await retention.sweep(away)
    await errands.delete_due(away)
    assert await scene.count("sessions") == 1
    assert len(set(scene.every) - await scene.stored()) <= 3
    assert await scene.count("storage_errands") == 1
    await scene.sql("UPDATE storage_errands SET due_at = clock_timestamp()")
    await errands.delete_due(scene.ports)
    assert await scene.stored() == set(scene.kept)
    assert await scene.count("storage_errands") == 0


async def test_several_workers_take_each_visit_once(ports: Ports) -> None:
    scene = await over_and_young(ports)
    for _ in range(60):
        await fakes.guest(ports, scene.event_id)
    await scene.sql(
        f"UPDATE sessions SET created_at = {LONG_AGO}, updated_at = {LONG_AGO}, expires_at = {LONG_AGO}"
    )
    await scene.sql(f"UPDATE jobs SET updated_at = {LONG_AGO}")
    while await scene.count("sessions"):
        await asyncio.gather(*(retention.sweep(ports) for _ in range(4)))
        await scene.sql("UPDATE events SET swept_at = NULL")
    async with reading(ports) as db:
        entries = await db.scalars(select(AuditEntry).where(AuditEntry.action == retention.DELETED))
        counts = [entry.data for entry in entries]
    assert sum(data["guests"] for data in counts) == 62
    assert sum(data["files"] for data in counts) == 1
    assert await scene.count("guests") == 0


async def test_a_guest_who_was_erased_keeps_the_receipt(ports: Ports) -> None:
    scene = await over_and_young(ports)
    asked = await erasure.ask(ports, scene.young.token, True)
    await scene.sql(
        f"UPDATE sessions SET created_at = {LONG_AGO}, updated_at = {LONG_AGO}, expires_at = {LONG_AGO}"
    )
    await scene.sql(f"UPDATE jobs SET updated_at = {LONG_AGO}")
    await scene.sql("UPDATE erasures SET next_at = NULL")
    for _ in range(2):
        await retention.sweep(ports)
        await scene.sql("UPDATE events SET swept_at = NULL")
    assert (await erasure.receipt(ports, scene.young.token)).number == asked.number
    assert [await scene.count(table) for table in ("sessions", "jobs")] == [1, 0]
    async with reading(ports) as db:
        assert (await db.scalars(select(Job.id))).all() == []
    with pytest.raises(PhotobotError):
        await guest_page.state(ports, scene.young.token)
