"""The ledger's file: opened, made, and where it is damaged set aside and begun anew."""

import contextlib
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import structlog

from watcher.shot import prepare

log = structlog.get_logger()

WAIT_SECONDS = 2.0
"""So long another program may hold the file; all that asks the ledger waits meanwhile, heartbeats too."""
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
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


def open_file(file: Path) -> sqlite3.Connection:
    """Open the ledger, or begin one in its folder. Blocking. Raises OSError, sqlite3.Error.

    A damaged one would keep the booth from working for ever. Without it no picture makes a second job: what
    still lies in the hotfolder is sent again, and the server knows it by its content.
    """
    try:
        return _open(file)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
    set_aside(file)
    return _open(file)


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether an error says that the file is no sound ledger any more, whoever reads it."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE


def set_aside(file: Path) -> None:
    """Give a damaged ledger another name; nobody has it open. Blocking. Raises OSError."""
    aside = file.with_name(f"{file.name}.damaged-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}")
    file.replace(aside)
    for tail in ("-wal", "-shm"):  # they belong to it, and would damage the new one
        with contextlib.suppress(FileNotFoundError):
            file.with_name(file.name + tail).replace(aside.with_name(aside.name + tail))
    log.error(
        "the ledger is damaged; it was set aside and a new one is begun. Files in the trays that belong to "
        "guests who are erased later have to be removed by hand",
        damaged=str(aside),
    )


def _open(file: Path) -> sqlite3.Connection:
    db = sqlite3.connect(file, timeout=WAIT_SECONDS, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        (sound,) = db.execute("PRAGMA quick_check(1)").fetchone()
        if sound != "ok":
            damage = sqlite3.DatabaseError(sound)
            damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise damage
        prepare(db)
        db.executescript(_CLOCKS)
    except BaseException:
        db.close()
        raise
    return db
