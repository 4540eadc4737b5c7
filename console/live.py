"""The one owner of live data in this process: hears the news, heals what was lost, tells the screens.

Pub/sub loses messages by design. So the truth is read again at the start and at each (re)connection, and a
watermark query every three seconds finds rows whose news never came.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime

import structlog

from app.db import live as truth
from app.db.unit import reading
from app.domain.messages import LiveRow
from app.ports import Ports, Subscribed
from console.board import Board, Key, Scope, is_deleted, is_hidden, key_of

log = structlog.get_logger()

BATCH_SECONDS = 0.03
STAMP_SECONDS = 0.005
TICK_SECONDS = 1.0
WATERMARK_SECONDS = 3.0
OVERLAP_SECONDS = 15.0
RELOAD_AFTER_SECONDS = 120.0

__all__ = ["Live", "Screen"]


class Screen:
    """One open screen: what changed since it was last served; the latest of each row only, so bounded.

    `wake` is set when it is to be served: by the pulse, or after a second in which nothing changed.
    """

    def __init__(self, scope: Scope, version: str | None = None) -> None:
        """`version` is of the program that made the page; None: no page of the console."""
        self.scope = scope
        self.version = version
        self.lag_ms: int | None = None
        self.changed: dict[Key, bool] = {}
        self.wake = asyncio.Event()
        self.served_at = 0.0

    def tell(self, key: Key, gone: bool) -> None:
        """A row of this screen changed, or is gone."""
        self.changed[key] = gone

    def take(self) -> tuple[list[Key], list[Key]]:
        """What changed and what is gone; both start anew."""
        self.served_at = time.monotonic()
        changed = [key for key, gone in self.changed.items() if not gone]
        gone = [key for key, gone in self.changed.items() if gone]
        self.changed.clear()
        self.wake.clear()
        return changed, gone


class Live:
    """Board, feed and screens of one web process."""

    def __init__(self, ports: Ports) -> None:
        self.ports = ports
        self.board = Board()
        self._screens: set[Screen] = set()
        self._texts: dict[tuple[object, ...], list[str]] = {}
        self._texts_of = 0
        self._stamp = ""
        self._stamped_at = float("-inf")
        self._stirred = asyncio.Event()
        self.came_or_went = asyncio.Event()
        """A screen was opened or closed."""
        self.read = asyncio.Event()
        """The truth was read once; before, the board is not empty but unknown."""
        self._synced_at: float | None = None
        self._swept_at: datetime | None = None
        self._reload_wanted = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to listen; returns at once, also while database or Redis are away."""
        self._reload_wanted.set()
        self._tasks = [
            asyncio.create_task(self._feed(), name="live-feed"),
            asyncio.create_task(self._heal(), name="live-heal"),
            asyncio.create_task(self._pulse(), name="live-pulse"),
            asyncio.create_task(self._tick(), name="live-tick"),
        ]

    async def stop(self) -> None:
        """Stop listening."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task

    @property
    def age(self) -> float:
        """Seconds since the board was last known to equal the truth; infinite before the first reading."""
        return float("inf") if self._synced_at is None else time.monotonic() - self._synced_at

    @property
    def fresh(self) -> bool:
        """Whether the data is as new as it is meant to be."""
        return self.age < WATERMARK_SECONDS * 2

    def stamp(self) -> str:
        """The members `at`, `age` and `fresh` of a frame; made once for screens served together."""
        now = time.monotonic()
        if now - self._stamped_at > STAMP_SECONDS:
            known = "null" if self._synced_at is None else f"{self.age:.1f}"
            fresh = "true" if self.fresh else "false"
            self._stamp = f'"at":"{self.ports.clock.now().isoformat()}","age":{known},"fresh":{fresh}'
            self._stamped_at = now
        return self._stamp

    def open(self, scope: Scope, version: str | None = None) -> Screen:
        """A new screen; close it when it goes."""
        screen = Screen(scope, version)
        self._screens.add(screen)
        self.came_or_went.set()
        return screen

    def close(self, screen: Screen) -> None:
        """The screen is gone."""
        self._screens.discard(screen)
        self.came_or_went.set()

    @property
    def screens(self) -> int:
        """How many screens are open."""
        return len(self._screens)

    @property
    def opened(self) -> frozenset[Screen]:
        """The open screens."""
        return frozenset(self._screens)

    def texts(
        self,
        keys: Sequence[Key],
        join: Callable[[list[str]], list[str]],
        given: frozenset[str] | None = None,
    ) -> list[str]:
        """The rows there are of these, as JSON joined by `join`; made once for all screens that ask alike.

        What is told of the house's programs depends on the events the account is `given`.
        """
        if self._texts_of != self.board.changes:
            self._texts.clear()
            self._texts_of = self.board.changes
        name = (given if any(kind == "program" for kind, _ in keys) else None, *keys)
        if name not in self._texts:
            self._texts[name] = join(
                [self.board.json_for(key, given) for key in keys if self.board.get(key) is not None]
            )
        return self._texts[name]

    def _tell(self, row: LiveRow, *, gone: bool = False) -> None:
        for screen in self._screens:
            if screen.scope.covers(row):
                screen.tell(key_of(row), gone)
                self._stirred.set()

    def _apply(self, rows: Iterable[LiveRow]) -> int:
        taken = 0
        for row in rows:
            before = self.board.get(key_of(row))
            if not self.board.apply(row):
                continue
            taken += 1
            if before is not None:
                self._leave(before, row)
            self._tell(row, gone=is_hidden(row) and not is_deleted(row))
        return taken

    def _leave(self, before: LiveRow, row: LiveRow) -> None:
        """A row that moved out of a screen's scope (a booth to another event) is gone there."""
        if (before.event_id, before.booth_id) == (row.event_id, row.booth_id):
            return
        for screen in self._screens:
            if screen.scope.covers(before) and not screen.scope.covers(row):
                screen.tell(key_of(row), True)
                self._stirred.set()

    async def _pulse(self) -> None:
        """Wake all screens with changes together: one timer and one text for thirty of them.

        A change after a silence goes out at once; what follows it closely is gathered.
        """
        pulsed_at = 0.0
        while True:
            await self._stirred.wait()
            await asyncio.sleep(max(0.0, pulsed_at + BATCH_SECONDS - time.monotonic()))
            pulsed_at = time.monotonic()
            self._stirred.clear()
            for screen in self._screens:
                if screen.changed:
                    screen.wake.set()

    async def _tick(self) -> None:
        """Wake the screens that nothing was told for a second: they say that they still live."""
        while True:
            await asyncio.sleep(TICK_SECONDS / 4)
            now = time.monotonic()
            for screen in self._screens:
                if now - screen.served_at >= TICK_SECONDS:
                    screen.wake.set()

    async def _feed(self) -> None:
        async for item in self.ports.news.listen():
            if isinstance(item, Subscribed):
                self._reload_wanted.set()
            else:
                self._apply([item])

    async def _heal(self) -> None:
        while True:
            try:
                async with asyncio.timeout(20):
                    if self._reload_wanted.is_set() or self.age > RELOAD_AFTER_SECONDS:
                        self._reload_wanted.clear()
                        await self.reload()
                    else:
                        await self._watermark()
                self._synced_at = time.monotonic()
                self.read.set()
            except Exception as error:  # the database is away: screens see the age grow, we try again
                log.warning("live_not_synced", error=type(error).__name__)
                self._reload_wanted.set()
                await asyncio.sleep(1)
                continue
            with suppress(TimeoutError):
                await asyncio.wait_for(self._reload_wanted.wait(), WATERMARK_SECONDS)

    async def reload(self) -> None:
        """Read the whole truth again; what comes in while it is read is newer and stays."""
        before = self.board.keys()
        async with reading(self.ports) as db:
            self._swept_at = await truth.last_sweep(db)
            rows = await truth.window(db, self.ports.clock.now())
        self._apply(rows)
        for row in self.board.drop(before - {key_of(row) for row in rows}):
            self._tell(row, gone=True)

    async def _watermark(self) -> None:
        since = max(OVERLAP_SECONDS, self.age + OVERLAP_SECONDS)
        async with reading(self.ports) as db:
            if await truth.last_sweep(db) != self._swept_at:
                self._reload_wanted.set()
            marks = await truth.changed_since(db, since)
            missed: dict[str, list[str]] = {}
            for mark in marks:
                if mark.revision > self.board.revision((mark.kind, mark.id)):
                    missed.setdefault(mark.kind, []).append(mark.id)
            for kind, ids in missed.items():
                healed = self._apply(await truth.READERS[kind](db, ids))
                log.info("live_healed", kind=kind, rows=healed)
        for row in self.board.prune(self.ports.clock.now()):
            self._tell(row, gone=True)
