"""The owner of live data heals whatever the news lost, with a real database and a real Redis."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text, update
from ulid import ULID

from app.db.live import window
from app.db.runs import after
from app.db.tables import Booth, BoothSession, Event, GuestSession
from app.db.unit import reading, unit
from app.domain.access import Principal
from app.domain.messages import PhotoSeen
from app.ports import Ports
from app.services import accounts, booths, retention, shots, watchers
from console.board import Key, Scope, key_of
from console.live import Live
from tests.fakes.ports import LossyNews, event_of, guest, queued_job, real_ports
from tests.fakes.rows import booth, job

NOW_DB = after(0)
LONG_AGO_DB = after(-60)


@pytest.fixture
async def ports(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Ports]:
    """Real ports whose news can be lost."""
    async with real_ports(database_url, redis_url, tmp_path) as made:
        yield replace(made, news=LossyNews(made.news))


@asynccontextmanager
async def running(ports: Ports) -> AsyncIterator[Live]:
    """A live board that has read the truth."""
    live = Live(ports)
    await live.start()
    try:
        await until(lambda: live.fresh)
        yield live
    finally:
        await live.stop()


async def until(condition: Callable[[], object], seconds: float = 10) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def is_truth(live: Live, ports: Ports) -> bool:
    """Whether the board equals the database."""
    async with reading(ports) as db:
        rows = await window(db, ports.clock.now())
    board = {key_of(row): row.revision for row in live.board.within(Scope(None))}
    return board == {key_of(row): row.revision for row in rows}


async def eventually(condition: Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    """Wait for a condition that asks the database."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.05)


def of_events(live: Live) -> set[Key]:
    """The rows that belong to an event: all but the house's own."""
    return {key for key in live.board.keys() if key[0] not in ("lane", "provider")}  # noqa: SIM118 (no dict)


async def test_news_arrive(ports: Ports) -> None:
    async with running(ports) as live:
        screen = live.open(Scope(None))
        job_id = await queued_job(ports)
        await until(lambda: live.board.get(("job", job_id)))
        await until(lambda: ("job", job_id) in screen.changed)
        await eventually(lambda: is_truth(live, ports))


async def test_lost_news_are_healed_by_the_watermark_without_a_reload(ports: Ports) -> None:
    async with running(ports) as live:
        screen = live.open(Scope(None))
        assert isinstance(ports.news, LossyNews)
        ports.news.lost = True
        job_id = await queued_job(ports)

        await until(lambda: live.board.get(("job", job_id)), 6)
        await until(lambda: ("job", job_id) in screen.changed)
        await eventually(lambda: is_truth(live, ports))


async def test_what_comes_during_a_reload_stays(ports: Ports) -> None:
    """A row published after the reload's query and before its end was dropped, and gone from all screens."""
    live = Live(ports)
    late = job("late", event_id=await event_of(ports))

    class Slow:
        """Sessions in which news come in while the truth is read."""

        def __call__(self) -> object:
            live._apply([late])
            return ports.db()

    live.ports = replace(ports, db=Slow())  # type: ignore[arg-type]
    screen = live.open(Scope(None))

    await live.reload()

    assert live.board.get(("job", "late")) == late
    assert screen.changed[("job", "late")] is False


async def test_rows_of_a_closed_event_leave_at_a_reload(ports: Ports) -> None:
    """All but its booths: their screens say that the event is closed."""
    async with running(ports) as live:
        await guest(ports, await event_of(ports))
        await until(lambda: len(of_events(live)) == 3)
        screen = live.open(Scope(None))
        async with unit(ports) as work:
            await work.db.execute(update(Event).values(status="closed"))
        await live.reload()
        assert of_events(live) == {("booth", "booth-1"), ("booth", "booth-2")}
        assert [key[0] for key, gone in screen.changed.items() if gone] == ["guest"]


async def test_what_retention_took_leaves_although_its_news_was_lost(ports: Ports) -> None:
    news = LossyNews(ports.news)
    ports = replace(ports, news=news)
    await guest(ports, await event_of(ports))
    async with running(ports) as live:
        await until(lambda: len(of_events(live)) == 3)
        news.lost = True
        async with unit(ports) as work:
            old = text("clock_timestamp() - interval '31 days'")
            await work.db.execute(update(GuestSession).values(created_at=old, updated_at=old, expires_at=old))
        await retention.sweep(ports)
        await until(lambda: len(of_events(live)) == 2)


async def test_a_booth_that_moves_is_gone_where_it_was(ports: Ports) -> None:
    live = Live(ports)
    here, there = live.open(Scope(frozenset({"e"}))), live.open(Scope(frozenset({"f"})))
    live._apply([booth("b", 1)])
    here.take()
    live._apply([booth("b", 2, event_id="f")])

    assert here.changed == {("booth", "b"): True}
    assert there.changed == {("booth", "b"): False}


async def test_a_watcher_that_fell_silent_without_a_word_is_shown_offline(ports: Ports) -> None:
    """The web that held its socket died: nobody wrote that it went, and the revision stood still."""
    async with unit(ports) as work:
        await work.db.execute(
            update(Booth).where(Booth.id == "booth-1").values(watcher_id=str(ULID()), watcher_seen_at=NOW_DB)
        )
        work.changed("booth", "booth-1")
    async with running(ports) as live:
        assert live.board.get(("booth", "booth-1")).watcher_online  # type: ignore[union-attr]
        async with ports.db() as db:
            await db.execute(update(Booth).where(Booth.id == "booth-1").values(watcher_seen_at=LONG_AGO_DB))
            await db.commit()
        await watchers.end_silent(ports)
        await until(lambda: not live.board.get(("booth", "booth-1")).watcher_online)  # type: ignore[union-attr]


async def test_a_booth_may_be_busy_from_all_sides_at_once(ports: Ports) -> None:
    """Shots seen, guests activated and expired visits ended locked booth and visit in opposite orders."""
    event_id = await event_of(ports)
    user_id = await accounts.add(ports, "ketut", "a-long-password", "operator")
    principal = Principal(user_id, "ketut", "operator", None, "x")
    who = await guest(ports, event_id)
    view = await booths.get(ports, principal, "booth-1")

    async def activate() -> None:
        for _ in range(25):
            await booths.activate(
                ports,
                principal,
                "booth-1",
                session_id=who.session_id,
                event_id=event_id,
                mode="style",
                style_id="pencil",
            )

    async def see() -> None:
        for _ in range(25):
            message = PhotoSeen(
                shot_id=str(ULID()),
                file_name="DSC.JPG",
                bytes_seen=3,
                sha256="0" * 64,
                appeared_at=ports.clock.now(),
                taken_at=None,
                preview=base64.b64encode(b"\xff\xd8\xff").decode(),
            )
            await shots.heard(ports, view, [message])

    async def end_expired() -> None:
        for _ in range(25):
            async with ports.db() as db:
                await db.execute(update(BoothSession).values(expires_at=ports.clock.now()))
                await db.commit()
            await booths.end_expired(ports)

    await asyncio.gather(activate(), see(), see(), end_expired())
