"""Remembers every camera file in SQLite: what it is, how far it came, and what the server said about it."""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from ulid import ULID

from watcher.sort import ShotState, stem_key

T = TypeVar("T")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS shots (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    shot_id TEXT NOT NULL UNIQUE,
    path BLOB NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    appeared_at TEXT NOT NULL,
    state TEXT NOT NULL,
    kind TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    taken_at TEXT,
    mate TEXT,
    reason TEXT NOT NULL,
    message TEXT NOT NULL,
    job_id TEXT,
    target BLOB,
    filed INTEGER NOT NULL,
    told INTEGER NOT NULL,
    updated_at TEXT NOT NULL,
    stem BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS shots_content ON shots (sha256) WHERE sha256 <> '';
CREATE INDEX IF NOT EXISTS shots_stem ON shots (stem);
CREATE INDEX IF NOT EXISTS shots_live ON shots (filed) WHERE filed = 0;
CREATE INDEX IF NOT EXISTS shots_untold ON shots (told) WHERE told = 0;
"""


@dataclass(frozen=True)
class Shot:
    """One camera file; `path` is relative to the hotfolder, `target` absolute once it is decided."""

    shot_id: str
    path: str
    size: int
    mtime_ns: int
    appeared_at: datetime
    state: ShotState = "receiving"
    kind: Literal["photo", "raw"] = "photo"
    sha256: str = ""
    taken_at: datetime | None = None
    mate: str | None = None
    """The JPEG that a RAW belongs to."""
    reason: str = ""
    message: str = ""
    job_id: str | None = None
    target: str | None = None
    filed: bool = False
    """Nothing is left to do with the file."""
    told: bool = True
    """False: the server is still to be told over the socket (invalid, gone)."""


_COLUMNS = [field.name for field in fields(Shot)]
_UPSERT = (
    f"INSERT INTO shots ({', '.join(_COLUMNS)}, updated_at, stem) "  # noqa: S608 - our own column names
    f"VALUES ({', '.join('?' * (len(_COLUMNS) + 2))}) ON CONFLICT (shot_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in [*_COLUMNS[1:], "updated_at", "stem"])
)
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM shots "  # noqa: S608 - our own column names


def _to_row(shot: Shot) -> list[object]:
    row = [value.isoformat() if isinstance(value, datetime) else value for value in astuple(shot)]
    values: dict[str, object] = dict(zip(_COLUMNS, row, strict=True))
    values["path"] = os.fsencode(shot.path)
    values["target"] = None if shot.target is None else os.fsencode(shot.target)
    return [*values.values(), datetime.now(UTC).isoformat(), stem_key(shot.path)]


def _from_row(row: tuple[Any, ...]) -> Shot:
    values = dict(zip(_COLUMNS, row, strict=True))
    for name in ("path", "target"):
        values[name] = None if values[name] is None else os.fsdecode(values[name])
    for name in ("appeared_at", "taken_at"):
        values[name] = None if values[name] is None else datetime.fromisoformat(values[name])
    for name in ("filed", "told"):
        values[name] = bool(values[name])
    return Shot(**values)


class Ledger:
    """All writes are on disk before `keep` returns; the unfinished shots are also held in memory.

    Every method raises `sqlite3.Error` when the disk does not take it; then nothing has changed.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._live: dict[str, Shot] = {}

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
        self._db.executescript(_SCHEMA)
        return self._query("WHERE filed = 0 ORDER BY seq")

    async def close(self) -> None:
        """Close the file; the ledger cannot be used any more."""
        await self._run(lambda: self._db.close())
        self._thread.shutdown()

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _query(self, where: str, *values: object) -> list[Shot]:
        return [_from_row(row) for row in self._db.execute(_SELECT + where, values)]

    async def keep(self, shot: Shot) -> Shot:
        """Write a shot as it is now, and return it."""
        before = self._live.get(shot.shot_id)
        if shot.filed:
            self._live.pop(shot.shot_id, None)
        else:
            self._live[shot.shot_id] = shot
        try:
            await self._run(lambda: self._db.execute(_UPSERT, _to_row(shot)))
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

    async def add(self, path: str, size: int, mtime_ns: int, appeared_at: datetime) -> Shot:
        """A new camera file gets its shot id."""
        return await self.keep(Shot(str(ULID()), path, size, mtime_ns, appeared_at))

    def live(self) -> list[Shot]:
        """The shots with something left to do, oldest first."""
        return sorted(self._live.values(), key=lambda shot: (shot.appeared_at, shot.shot_id))

    def get(self, shot_id: str) -> Shot | None:
        """An unfinished shot as it is now."""
        return self._live.get(shot_id)

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
