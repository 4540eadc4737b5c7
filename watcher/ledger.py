"""Remembers every camera file in SQLite: what it is, how far it came, and what the server said about it."""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar, cast

from ulid import ULID

from watcher.clock import Clock, Moment, Sync
from watcher.shot import SELECT, UPSERT, Shot, from_row, prepare, to_row
from watcher.sort import stem_key

__all__ = ["Ledger", "Lock", "Shot"]

T = TypeVar("T")

_CLOCKS = """
CREATE TABLE IF NOT EXISTS syncs (
    boot TEXT NOT NULL,
    mono REAL NOT NULL,
    "offset" REAL NOT NULL,
    error REAL NOT NULL,
    wall_offset REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS boots (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    boot TEXT NOT NULL UNIQUE,
    looked TEXT NOT NULL
);
"""
_SYNCS_KEPT = 2000


class Ledger:
    """All writes are on disk before `keep` returns; the unfinished shots are also held in memory.

    Every method raises `sqlite3.Error` when the disk does not take it; then nothing has changed.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._live: dict[str, Shot] = {}
        self.looked_before: Moment | None = None
        """When an earlier run of the watcher last looked through the hotfolder."""

    async def open(self) -> None:
        """Open or create the file and read what is unfinished; half-done uploads count as not begun."""
        for shot in await self._run(self._open):
            fresh = replace(shot, state="whole") if shot.state in ("uploading", "announced") else shot
            self._live[shot.shot_id] = fresh

    def _open(self) -> list[Shot]:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(self._file, timeout=10, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        prepare(self._db)
        self._db.executescript(_CLOCKS)
        last = self._db.execute("SELECT looked FROM boots ORDER BY seq DESC LIMIT 1").fetchone()
        self.looked_before = Moment.parse(last[0]) if last else None
        return self._query("WHERE filed = 0 ORDER BY seq")

    async def close(self) -> None:
        """Close the file; the ledger cannot be used any more."""
        await self._run(lambda: self._db.close())
        self._thread.shutdown()

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _query(self, where: str, *values: object) -> list[Shot]:
        return [from_row(row) for row in self._db.execute(SELECT + where, values)]

    async def keep(self, shot: Shot) -> Shot:
        """Write a shot as it is now, and return it."""
        before = self._live.get(shot.shot_id)
        if shot.filed:
            self._live.pop(shot.shot_id, None)
        else:
            self._live[shot.shot_id] = shot
        try:
            await self._run(lambda: self._db.execute(UPSERT, to_row(shot)))
        except BaseException:
            if before is None:
                self._live.pop(shot.shot_id, None)
            elif self._live.get(shot.shot_id) in (shot, None):
                self._live[shot.shot_id] = before
            raise
        return shot

    async def change(self, shot: Shot, **changes: Any) -> Shot:
        """Write new values into a shot as it is now (not as the caller saw it), and return it."""
        return await self.keep(replace(self._live.get(shot.shot_id, shot), **changes))

    async def add(
        self,
        path: str,
        size: int,
        mtime_ns: int,
        appeared_at: datetime,
        *,
        seen: Moment | None = None,
        after: Moment | None = None,
    ) -> Shot:
        """A new camera file gets its shot id."""
        return await self.keep(Shot(str(ULID()), path, size, mtime_ns, appeared_at, seen=seen, after=after))

    def live(self) -> list[Shot]:
        """The shots with something left to do, in the order in which they appeared."""
        return list(self._live.values())

    def get(self, shot_id: str) -> Shot | None:
        """An unfinished shot as it is now."""
        return self._live.get(shot_id)

    async def find(self, shot_id: str) -> Shot | None:
        """A shot as it is now, a filed one too."""
        if shot_id in self._live:
            return self._live[shot_id]
        found = await self._run(lambda: self._query("WHERE shot_id = ?", shot_id))
        return found[0] if found else None

    def pending(self) -> int:
        """How many shots the server has not answered yet."""
        return sum(
            shot.state in ("receiving", "whole", "announced", "uploading") for shot in self._live.values()
        )

    async def known(self, shot: Shot) -> Shot | None:
        """An earlier shot that the server has and that is this one: its bytes are the same, or its file was
        written again (other metadata, same shutter time) after it was sent and before it could be moved.
        """
        where = (
            "WHERE shot_id <> ? AND kind = 'photo' AND state IN ('done', 'orphan') "
            "AND (sha256 = ? OR (path = ? AND taken_at = ? AND filed = 1 AND target IS NULL)) "
            "ORDER BY seq LIMIT 1"
        )
        taken = shot.taken_at.isoformat() if shot.taken_at else None
        values = (shot.shot_id, shot.sha256 or None, os.fsencode(shot.path), taken)
        found = await self._run(lambda: self._query(where, *values))
        return found[0] if found else None

    async def partner(self, raw: Shot, seconds: float) -> Shot | None:
        """The photo with a RAW's name that appeared at most `seconds` before it, or later; the newest."""
        where = (
            "WHERE stem = ? AND kind = 'photo' AND state <> 'gone' AND appeared_at >= ? AND shot_id <> ? "
            "ORDER BY seq DESC LIMIT 1"
        )
        since = (raw.appeared_at - timedelta(seconds=seconds)).isoformat()
        found = await self._run(lambda: self._query(where, stem_key(raw.path), since, raw.shot_id))
        return found[0] if found else None

    async def untold(self, limit: int = 200) -> list[Shot]:
        """Shots whose end the server was not told over the socket, oldest first."""
        return await self._run(lambda: self._query("WHERE told = 0 ORDER BY seq LIMIT ?", limit))

    async def mark_told(self, shot_id: str) -> None:
        """The server has heard of this shot's end."""
        shot = self._live.get(shot_id)
        if shot is not None:
            self._live[shot_id] = replace(shot, told=True)
        await self._run(lambda: self._db.execute("UPDATE shots SET told = 1 WHERE shot_id = ?", (shot_id,)))

    async def mark_announced(self, shot_id: str) -> None:
        """The server was shown this shot's thumbnail."""
        shot = self._live.get(shot_id)
        if shot is not None and shot.state == "whole":
            await self.change(shot, state="announced")

    async def last_shot_at(self) -> datetime | None:
        """When the newest photo appeared."""
        sql = "SELECT max(appeared_at) FROM shots WHERE kind = 'photo' AND sha256 <> ''"
        value = await self._run(lambda: cast(str | None, self._db.execute(sql).fetchone()[0]))
        return datetime.fromisoformat(value) if value else None

    async def recall(self, clock: Clock) -> None:
        """Give the clock what earlier runs of the watcher measured."""

        def read() -> tuple[list[Sync], list[Moment]]:
            syncs = self._db.execute(
                'SELECT boot, mono, "offset", error, wall_offset FROM syncs ORDER BY rowid'
            )
            boots = self._db.execute("SELECT looked FROM boots ORDER BY seq")
            return [Sync(*row) for row in syncs], [Moment.parse(row[0]) for row in boots]

        clock.recall(*await self._run(read))

    async def keep_sync(self, sync: Sync) -> None:
        """Remember a measurement of the server's clock."""

        def write() -> None:
            self._db.execute("INSERT INTO syncs VALUES (?, ?, ?, ?, ?)", astuple(sync))
            self._db.execute(
                "DELETE FROM syncs WHERE rowid <= (SELECT max(rowid) FROM syncs) - ?", (_SYNCS_KEPT,)
            )

        await self._run(write)

    async def looked(self, moment: Moment) -> None:
        """Remember that the watcher was alive and had seen all that lay in the hotfolder at that moment."""
        sql = (
            "INSERT INTO boots (boot, looked) VALUES (?, ?) "
            "ON CONFLICT (boot) DO UPDATE SET looked = excluded.looked"
        )
        await self._run(lambda: self._db.execute(sql, (moment.boot, moment.text())))


class Lock:
    """Only one watcher works on a ledger; the operating system frees it when the process dies."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def take(self) -> bool:
        """Take the lock, waiting up to 5 s. Blocking."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(self._file, timeout=5, isolation_level=None, check_same_thread=False)
        try:
            self._db.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            self._db.close()
            return False
        return True

    def free(self) -> None:
        """Give the lock back."""
        self._db.close()
