"""Lets only one watcher work on a hotfolder, however it ends."""

import sqlite3
from pathlib import Path


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
