"""Remembers every camera file in SQLite: what it is, how far it came, and what the server said about it."""

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import structlog
from ulid import ULID

from watcher.clock import Clock, Moment, Sync
from watcher.ledger_file import is_damage, open_file, set_aside
from watcher.pairs import again, partner_of, same_shot
from watcher.shot import SELECT, UPSERT, Shot, from_row, is_waiting, to_row
from watcher.sort import name_key, stem_key

__all__ = ["Ledger", "Shot"]

log = structlog.get_logger()
T = TypeVar("T")

_SYNCS_KEPT = 2000
_FAILING_SECONDS = 10.0
_SAY_AGAIN_SECONDS = 60.0
_TRY_AGAIN_SECONDS = 2.0


class Ledger:
    """All writes are on disk before `keep` returns; the unfinished shots are also held in memory.

    Every method raises `sqlite3.Error` when the disk does not take it; then nothing has changed.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._live: dict[str, Shot] = {}
        self._failed_at = float("-inf")
        self.added_at = float("-inf")
        """When the newest file was added, by the loop's clock."""
        self.looked_before: Moment | None = None
        """When an earlier run of the watcher last looked through the hotfolder."""

    async def open(self) -> None:
        """Open or create the file and read what is unfinished; half-done uploads count as not begun."""
        for shot in await self._run(self._open):
            fresh = replace(shot, state="whole") if shot.state in ("uploading", "announced") else shot
            self._live[shot.shot_id] = fresh

    def _open(self) -> list[Shot]:
        self._db = open_file(self._file)
        last = self._db.execute("SELECT looked FROM boots ORDER BY seq DESC LIMIT 1").fetchone()
        self.looked_before = Moment.parse(last[0]) if last else None
        return self._query("WHERE filed = 0 ORDER BY seq")

    def is_there(self) -> bool:
        """Whether the file is there, as far as can be told. Blocking."""
        return os.path.exists(self._file)  # noqa: PTH110 - it says False, too, where the disk gives errors

    async def reopen(self) -> None:
        """Go on after the file's disk was away, or after the file was deleted together with its folder."""
        live = {shot.shot_id: shot for shot in await self._run(self._reopen)}
        self._live = {shot_id: self._live.get(shot_id, shot) for shot_id, shot in live.items()}

    def _reopen(self) -> list[Shot]:
        deleted = not self._file.exists()
        if deleted:
            # All that is left of it is what this connection still holds.
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("VACUUM INTO ?", (str(self._file),))
        with contextlib.suppress(sqlite3.Error):
            self._db.close()
        self._open()
        for shot in self._live.values() if deleted else ():
            self._db.execute(UPSERT, to_row(shot))
        return self._query("WHERE filed = 0 ORDER BY seq")

    async def close(self) -> None:
        """Close the file; the ledger cannot be used any more."""
        await self._run(lambda: self._db.close())
        self._thread.shutdown()

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._guarded, work)

    def _guarded(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
        self._begin_anew()
        return work()

    def _begin_anew(self) -> None:
        """The file was damaged while it was open: what is unfinished is known still."""
        with contextlib.suppress(sqlite3.Error):
            self._db.close()
        try:
            set_aside(self._file)
        except OSError as error:  # its disk went away with it
            raise sqlite3.OperationalError(str(error)) from error
        self._open()
        for shot in list(self._live.values()):
            self._db.execute(UPSERT, to_row(shot))

    async def work(self, deed: Callable[[sqlite3.Connection], T]) -> T:
        """Do something of one's own with the file, in its thread."""
        return await self._run(lambda: deed(self._db))

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
            await self._write(shot)
        except BaseException:
            if before is None:
                self._live.pop(shot.shot_id, None)
            elif self._live.get(shot.shot_id) in (shot, None):
                self._live[shot.shot_id] = before
            raise
        return shot

    async def _write(self, shot: Shot) -> None:
        try:
            await self._run(lambda: self._db.execute(UPSERT, to_row(shot)))
        except sqlite3.Error as error:
            now = asyncio.get_running_loop().time()
            if now - self._failed_at > _SAY_AGAIN_SECONDS:
                log.error("the ledger cannot be written; is the disk full? Pictures wait", error=str(error))
            self._failed_at = now
            raise

    @property
    def failing(self) -> bool:
        """Whether the disk has just refused to take something."""
        return asyncio.get_running_loop().time() - self._failed_at < _FAILING_SECONDS

    async def change(self, shot: Shot, **changes: Any) -> Shot:
        """Write new values into a shot as it is now (not as the caller saw it), and return it."""
        return await self.keep(replace(self._live.get(shot.shot_id, shot), **changes))

    async def surely(self, shot: Shot, **changes: Any) -> Shot:
        """As `change`, however long the disk is full: what the server answered must not be forgotten."""
        while True:
            try:
                return await self.change(shot, **changes)
            except sqlite3.Error:
                await asyncio.sleep(_TRY_AGAIN_SECONDS)

    async def renew(self, shot: Shot, seen: Moment | None, after: Moment | None) -> Shot:
        """The file counts as another shot from now on, first seen then; the old one is gone."""
        new = Shot(str(ULID()), shot.path, shot.size, shot.mtime_ns, shot.appeared_at, seen=seen, after=after)
        if seen is not None and seen != shot.seen:
            new = replace(new, appeared_at=seen.wall)
        await self.change(shot, state="gone", filed=True, told=False)
        return await self.keep(new)

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
        """A new camera file gets its shot id; where a shot was just answered, it is most likely that one."""
        shot = Shot(str(ULID()), path, size, mtime_ns, appeared_at, seen=seen, after=after)
        self.added_at = asyncio.get_running_loop().time()
        before = await self._just_answered(path, shot)
        return await self.keep(replace(shot, mate=before.shot_id) if before else shot)

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
        """How many files the server does not have yet."""
        return sum(map(is_waiting, self._live.values()))

    async def known(self, shot: Shot) -> Shot | None:
        """An earlier shot that the server has and that is this one (see `same_shot`)."""
        # Each part names what its partial index is for: otherwise the whole table is read.
        where = (
            "WHERE ((sha256 = ? AND sha256 <> '') OR (pixels = ? AND pixels <> '') "
            "OR (stem = ? AND path = ?)) "
            "AND shot_id <> ? AND kind = ? AND state IN ('done', 'orphan') ORDER BY seq"
        )
        place = stem_key(shot.path), os.fsencode(shot.path)
        values = (shot.sha256, shot.pixels, *place, shot.shot_id, shot.kind)
        found = await self._run(lambda: self._query(where, *values))
        return next((old for old in found if same_shot(shot, old)), None)

    async def partner(self, raw: Shot, seconds: float) -> Shot | None:
        """The photo that was taken together with a RAW (see `partner_of`)."""
        where = (
            "WHERE (name = ? OR stem = ?) AND kind = 'photo' AND state <> 'gone' ORDER BY seq DESC LIMIT 100"
        )
        values = name_key(raw.path), stem_key(raw.path)
        return partner_of(raw, await self._run(lambda: self._query(where, *values)), seconds)

    async def _just_answered(self, path: str, new: Shot) -> Shot | None:
        where = (
            "WHERE stem = ? AND path = ? AND kind = 'photo' AND state IN ('done', 'orphan') "
            "ORDER BY seq DESC LIMIT 1"
        )
        found = await self._run(lambda: self._query(where, stem_key(path), os.fsencode(path)))
        return next((old for old in found if again(path, new, old)), None)

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

    async def last_photo(self) -> Shot | None:
        """The newest photo."""
        where = "WHERE kind = 'photo' AND sha256 <> '' ORDER BY seq DESC LIMIT 1"
        found = await self._run(lambda: self._query(where))
        return found[0] if found else None

    async def whole_sizes(self) -> list[tuple[str, int]]:
        """Paths and sizes of the last whole files, oldest first."""
        where = "sha256 <> '' AND state <> 'invalid' ORDER BY seq DESC LIMIT 200"
        sql = f"SELECT path, size FROM shots WHERE {where}"  # noqa: S608 - our own words

        def read() -> list[tuple[str, int]]:
            return [(os.fsdecode(path), size) for path, size in self._db.execute(sql)]

        return (await self._run(read))[::-1]

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
