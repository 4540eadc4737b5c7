"""The ledger: what it keeps over restarts, and ledgers of older versions."""

import contextlib
import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fakes import camera_writer as camera
from tests.fakes.booth_server import BoothServer
from tests.watcher.rig import Rig, eventually
from watcher.clock import Clock, Moment, Sync
from watcher.ledger import Ledger

OLD_SCHEMA = """
CREATE TABLE shots (
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
CREATE INDEX shots_content ON shots (sha256) WHERE sha256 <> '';
CREATE INDEX shots_stem ON shots (stem);
CREATE INDEX shots_live ON shots (filed) WHERE filed = 0;
CREATE INDEX shots_untold ON shots (told) WHERE told = 0;
"""


async def test_a_ledger_of_version_0_1_is_brought_up_to_date(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite3"
    db = sqlite3.connect(file)
    db.executescript(OLD_SCHEMA)
    values = "NULL, ?, ?, 3, 4, ?, ?, 'photo', ?, NULL, NULL, '', '', NULL, NULL, ?, 1, ?, ?"
    row = f"INSERT INTO shots VALUES ({values})"
    now = datetime.now(UTC).isoformat()
    db.execute(row, ("A" * 26, b"a.jpg", now, "uploading", "aa", 0, now, b"a"))
    db.execute(row, ("B" * 26, b"b.jpg", now, "done", "bb", 1, now, b"b"))
    db.commit()
    db.close()
    for _ in range(2):
        ledger = Ledger(file)
        await ledger.open()
        (shot,) = ledger.live()
        assert (shot.shot_id, shot.state, shot.seen, shot.pixels) == ("A" * 26, "whole", None, "")
        twin = await ledger.add("c.jpg", 1, 1, datetime.now(UTC))
        assert await ledger.known(await ledger.change(twin, sha256="bb")) is not None
        await ledger.change(twin, filed=True)
        assert Clock(boot="x").appearance(shot.appeared_at, shot.seen, shot.after).appeared_earliest is None
        await ledger.close()


async def test_moments_and_facts_come_back(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite3"
    ledger = Ledger(file)
    await ledger.open()
    assert ledger.looked_before is None
    seen = Moment("boot", 12.5, datetime.now(UTC))
    shot = await ledger.add("a.jpg", 1, 1, seen.wall, seen=seen, after=seen.earlier(1))
    shot = await ledger.change(shot, camera="NIKON D750 42", pixels="cafe")
    await ledger.looked(seen)
    await ledger.looked(seen.earlier(-5))
    await ledger.keep_sync(Sync("boot", 12.0, 100.0, 0.01, 5.0))
    await ledger.close()
    ledger = Ledger(file)
    await ledger.open()
    assert ledger.live() == [shot]
    assert ledger.looked_before == seen.earlier(-5)
    clock = Clock(mono=lambda: 20.0, boot="boot")
    await ledger.recall(clock)
    assert clock.server_time(seen) == datetime.fromtimestamp(112.5, UTC)
    await ledger.close()


async def test_a_file_found_at_the_start_appeared_since_the_last_look(rig: Rig, server: BoothServer) -> None:
    await eventually(lambda: server.of_type("heartbeat"), "connected")
    await rig.stop()
    stopped = server.now()
    path = rig.folder / "IMG_0001.JPG"
    camera.write_once(path, camera.small_photo(1))
    os.utime(path, (0, 1_000_000_000))
    await rig.start()
    await rig.filed(1)
    (stored,) = server.stored.values()
    earliest, latest = (
        datetime.fromisoformat(stored.earliest or ""),
        datetime.fromisoformat(stored.latest or ""),
    )
    assert (stopped - earliest).total_seconds() < 15
    assert earliest <= datetime.fromisoformat(stored.appeared_at) <= latest <= server.now()
    assert latest >= stopped


async def test_the_servers_time_is_told_whatever_the_laptop_thinks(rig: Rig, server: BoothServer) -> None:
    server.ahead = 3 * 365 * 86400.0
    await eventually(lambda: server.of_type("heartbeat"), "connected")
    camera.write_once(rig.folder / "IMG_0001.JPG", camera.small_photo(2))
    await rig.filed(1)
    (stored,) = server.stored.values()
    appeared = datetime.fromisoformat(stored.appeared_at)
    assert abs((server.now() - appeared).total_seconds()) < 30
    assert stored.earliest
    seen = datetime.fromisoformat(server.of_type("seen")[0]["appearedAt"])
    assert abs((seen - appeared).total_seconds()) < 5  # the server's clock is measured ever better


@pytest.mark.parametrize("bytes_before", [0, 4096])
async def test_a_damaged_ledger_is_set_aside_and_the_booth_works(
    make_rig: Callable[..., Rig], server: BoothServer, bytes_before: int
) -> None:
    rig = make_rig()
    await rig.start()
    camera.write_once(rig.folder / "A.JPG", camera.small_photo(1))
    await rig.filed(1)
    await rig.stop()
    file = rig.folder / ".photobot" / "ledger.sqlite3"
    file.write_bytes(file.read_bytes()[:bytes_before] + b"garbage " * 4096)
    camera.write_once(rig.folder / "AGAIN.JPG", camera.small_photo(1))
    camera.write_once(rig.folder / "B.JPG", camera.small_photo(2))
    await rig.start()
    await eventually(lambda: len(rig.tray("processed")) == 3, "filed", seconds=10)
    assert server.stored.keys() == {camera.sha(camera.small_photo(seed)) for seed in (1, 2)}
    assert len([*file.parent.glob("ledger.sqlite3.damaged-*")]) == 1


async def test_a_ledger_that_is_damaged_while_it_is_open_is_begun_anew(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    rig = make_rig()
    await rig.start()
    camera.write_once(rig.folder / "A.JPG", camera.small_photo(1))
    await rig.filed(1)
    file = rig.folder / ".photobot" / "ledger.sqlite3"
    await rig.ledger._run(lambda: rig.ledger._db.execute("PRAGMA wal_checkpoint(TRUNCATE)"))
    file.write_bytes(b"garbage " * 8192)
    await rig.ledger._run(lambda: rig.ledger._db.execute("PRAGMA shrink_memory"))
    camera.write_once(rig.folder / "B.JPG", camera.small_photo(2))
    await eventually(lambda: len(rig.tray("processed")) == 2, "filed", seconds=10)
    assert [*file.parent.glob("ledger.sqlite3.damaged-*")]
    await eventually(lambda: [row["filed"] for row in rig.rows()] == [1], "in the new ledger")


async def test_a_ledger_that_is_deleted_while_it_is_open_is_written_again(
    rig: Rig, server: BoothServer
) -> None:
    camera.write_once(rig.folder / "A.JPG", camera.small_photo(1))
    await rig.filed(1)
    for file in (rig.folder / ".photobot").glob("ledger.sqlite3*"):
        if ".lock" not in file.name:
            file.unlink()
    camera.write_once(rig.folder / "B.JPG", camera.small_photo(2))
    await eventually(lambda: [row["filed"] for row in rig.rows()] == [1, 1], "both in the ledger", seconds=10)


async def test_a_ledger_that_another_program_holds_is_told(rig: Rig, server: BoothServer) -> None:
    file = rig.folder / ".photobot" / "ledger.sqlite3"
    await eventually(lambda: server.sockets and file.exists(), "connected")
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")
        camera.write_once(rig.folder / "A.JPG", camera.small_photo(1))
        await eventually(lambda: server.latest("heartbeat").get("trouble") == "DISK_FULL", "told", seconds=15)
        another.execute("ROLLBACK")
    await rig.filed(1)
