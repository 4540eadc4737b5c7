"""One camera file as the ledger keeps it: its fields, its row, its table and the upgrade of older ones."""

import os
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Literal

from watcher.clock import Moment
from watcher.sort import ShotState, name_key, stem_key

_COPIED_SECONDS = 10.0
_BACKLOG_SECONDS = 120.0
"""The pictures of who stands before the camera keep their order over a watcher's restart."""
_INTEGERS = 2**63
"""SQLite's go so far; a file's time after the year 2262, of a disk that is damaged, is kept as text."""
_CREATE = """
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
)
"""
_ADDED = {
    "seen": "TEXT",
    "after": "TEXT",
    "camera": "TEXT",
    "pixels": "TEXT NOT NULL DEFAULT ''",
    "ended": "TEXT",
    "owed": "INTEGER NOT NULL DEFAULT 0",
    "raw_wanted": "INTEGER NOT NULL DEFAULT 0",
    "rewritten": "TEXT",
    "qr": "TEXT",
    "name": "BLOB NOT NULL DEFAULT X''",
}
"""Columns that came later; an older ledger gets them at the next start."""
_INDEXES = """
CREATE INDEX IF NOT EXISTS shots_content ON shots (sha256) WHERE sha256 <> '';
CREATE INDEX IF NOT EXISTS shots_pixels ON shots (pixels) WHERE pixels <> '';
CREATE INDEX IF NOT EXISTS shots_stem ON shots (stem);
CREATE INDEX IF NOT EXISTS shots_name ON shots (name);
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
    """By the laptop's wall clock, which may be wrong."""
    state: ShotState = "receiving"
    kind: Literal["photo", "raw"] = "photo"
    sha256: str = ""
    taken_at: datetime | None = None
    mate: str | None = None
    """The JPEG that a RAW belongs to; the shot that a picture is most likely, or surely, the same as."""
    reason: str = ""
    message: str = ""
    job_id: str | None = None
    target: str | None = None
    filed: bool = False
    """Nothing is left to do with the file."""
    told: bool = True
    """False: the server is still to be told over the socket (invalid, gone)."""
    seen: Moment | None = None
    """When it was first seen."""
    after: Moment | None = None
    """The last moment at which it surely was not there; None where nobody looked before."""
    camera: str | None = None
    """Maker, model and serial number."""
    pixels: str = ""
    """Hash of the coded picture without its metadata; empty where it is not known."""
    qr: str | None = None
    """The text of a QR code that was held into the frame."""
    ended: Moment | None = None
    """When the server answered."""
    owed: bool = False
    """The server has a small copy and still waits for this file itself."""
    rewritten: str | None = None
    """The hash of the file as it was written again (metadata) after its small copy was sent."""
    raw_wanted: bool = False
    """The server wants the RAW beside this picture."""


def is_waiting(shot: Shot) -> bool:
    """Whether the server does not have a file yet."""
    return shot.owed or shot.state in ("receiving", "whole", "announced", "uploading")


def is_copied(shot: Shot, mtime_ns: int) -> bool:
    """Whether a file had been written long before it came: a card is copied, not a picture just taken.

    What lay there when the watcher started counts as come when it was written: such a backlog is known by
    when it was first seen.
    """
    written = mtime_ns / 1e9
    if shot.appeared_at.timestamp() - written > _COPIED_SECONDS:
        return True
    return shot.seen is not None and shot.seen.wall.timestamp() - written > _BACKLOG_SECONDS


def live_first(shots: Iterable[Shot]) -> list[Shot]:
    """In the order given, but for copies: who stands before the camera does not wait behind a whole card."""
    return sorted(shots, key=lambda shot: is_copied(shot, shot.mtime_ns))


COLUMNS = [field.name for field in fields(Shot)]
_DERIVED = ["updated_at", "stem", "name"]
UPSERT = (
    f"INSERT INTO shots ({', '.join([*COLUMNS, *_DERIVED])}) "  # noqa: S608 - our own column names
    f"VALUES ({', '.join('?' * (len(COLUMNS) + len(_DERIVED)))}) ON CONFLICT (shot_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in [*COLUMNS[1:], *_DERIVED])
)
SELECT = f"SELECT {', '.join(COLUMNS)} FROM shots "  # noqa: S608 - our own column names


def prepare(db: sqlite3.Connection) -> None:
    """Make the table, or bring an older version's up to date."""
    db.execute(_CREATE)
    present = {row[1] for row in db.execute("PRAGMA table_info(shots)")}
    for name, kind in _ADDED.items():
        if name not in present:
            db.execute(f"ALTER TABLE shots ADD COLUMN {name} {kind}")
    db.executescript(_INDEXES)


def to_row(shot: Shot) -> list[object]:
    """The values for `UPSERT`."""
    values: dict[str, object] = {name: _plain(getattr(shot, name)) for name in COLUMNS}
    values["path"] = os.fsencode(shot.path)
    values["target"] = None if shot.target is None else os.fsencode(shot.target)
    if not -_INTEGERS <= shot.mtime_ns < _INTEGERS:
        values["mtime_ns"] = str(shot.mtime_ns).encode("ascii")
    return [*values.values(), datetime.now(UTC).isoformat(), stem_key(shot.path), name_key(shot.path)]


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.text() if isinstance(value, Moment) else value


def from_row(row: tuple[Any, ...]) -> Shot:
    """The shot that `SELECT` found."""
    values = dict(zip(COLUMNS, row, strict=True))
    for name in ("path", "target"):
        values[name] = None if values[name] is None else os.fsdecode(values[name])
    for name in ("appeared_at", "taken_at"):
        values[name] = None if values[name] is None else datetime.fromisoformat(values[name])
    for name in ("seen", "after", "ended"):
        values[name] = None if values[name] is None else Moment.parse(values[name])
    values["mtime_ns"] = int(values["mtime_ns"])  # of bytes, too
    for name in ("filed", "told", "owed", "raw_wanted"):
        values[name] = bool(values[name])
    return Shot(**values)
