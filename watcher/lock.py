"""Lets only one watcher work on a hotfolder, however it ends, and whatever becomes of the folder."""

import os
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_PATIENCE_SECONDS = 5.0


class Lock:
    """Only one watcher works where this file is; the operating system frees it when the process dies."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._db: sqlite3.Connection | None = None
        self._locked: tuple[int, int] | None = None

    def take(self, patience: float = _PATIENCE_SECONDS) -> bool:
        """Take the lock, waiting some seconds; False where another one holds it. Blocking. Raises OSError.

        The file's folder is not made: where a hotfolder was just taken away, an empty one in its place would
        look like the hotfolder.
        """
        self.free()
        db = None
        try:
            db = sqlite3.connect(self._file, timeout=patience, isolation_level=None, check_same_thread=False)
            db.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            if db is not None:
                db.close()
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise OSError(f"{self._file} cannot be locked ({error})") from error
            return False
        self._db, self._locked = db, _identity(self._file)
        return True

    def is_held(self) -> bool:
        """Whether the file at this place is the one that was locked: a lock goes with its file. Blocking."""
        return self._locked is not None and _identity(self._file) == self._locked

    def free(self) -> None:
        """Give the lock back."""
        db, self._db, self._locked = self._db, None, None
        if db is not None:
            with suppress(sqlite3.Error):  # its disk is away
                db.close()


class Locks:
    """A watcher's locks: held all, or none."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._locks = [Lock(file) for file in files]

    def take(self, patience: float = _PATIENCE_SECONDS) -> bool:
        """Take all anew; False where another watcher holds one. Blocking. Raises OSError."""
        self.free()
        if all(lock.take(patience) for lock in self._locks):
            return True
        self.free()
        return False

    def are_held(self) -> bool:
        """Whether all are held where their files are now. Blocking."""
        return all(lock.is_held() for lock in self._locks)

    def free(self) -> None:
        """Give all back."""
        for lock in self._locks:
            lock.free()


def _identity(file: Path) -> tuple[int, int] | None:
    """Which file it is: it cannot be another one's as long as it is open here."""
    with suppress(OSError):
        facts = os.stat(file)  # noqa: PTH116 - in every look at the hotfolder
        return facts.st_dev, facts.st_ino
    return None
