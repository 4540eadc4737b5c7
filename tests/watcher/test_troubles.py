"""Whatever is full, busy, away or refused: it is told at once, in words once, and nothing is lost."""

import asyncio
import contextlib
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from tests.fakes import camera_writer as camera
from tests.fakes.booth_server import BoothServer
from tests.watcher.rig import Rig, eventually
from watcher.ledger import Ledger, Shot


def trouble(server: BoothServer) -> str | None:
    """What the last heartbeat said."""
    return server.latest("heartbeat").get("trouble", "NOTHING_SAID")


@contextlib.contextmanager
def said() -> Iterator[list[str]]:
    """Warnings and errors of the log, as they come."""
    words: list[str] = []
    with structlog.testing.capture_logs() as entries:
        yield words
    words.extend(
        f"{entry['event']} {entry.get('because', '')}"
        for entry in entries
        if entry["log_level"] in ("warning", "error")
    )


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        ("507", "SERVER_BUSY", "disk is full"),
        ("503", "SERVER_BUSY", "INTERNAL"),
        ("429", "SERVER_BUSY", "TOO_MANY"),
        ("html", "SERVER_AWAY", "not photobot"),
        ("401", "TOKEN_REFUSED", "PHOTOBOT_TOKEN"),
    ],
)
async def test_a_server_that_does_not_take_it_is_told_and_said_once(
    make_rig: Callable[..., Rig], server: BoothServer, fault: str, code: str, words: str
) -> None:
    rig = make_rig()
    server.faults.posts.extend([fault] * 500)
    with said() as lines:
        await rig.start()
        await eventually(lambda: server.sockets, "connected")
        pictures = [camera.small_photo(number) for number in range(3)]
        for number, data in enumerate(pictures):
            camera.write_once(rig.folder / f"IMG_{number}.JPG", data)
        await eventually(lambda: trouble(server) == code, "told")
        await eventually(lambda: server.begun >= 3, "tried again")
        await eventually(lambda: server.latest("heartbeat").get("pending") == 3, "all wait")
        server.faults.posts.clear()
        await rig.filed(3)
        await eventually(lambda: trouble(server) is None, "over")
    assert set(server.stored) == {camera.sha(data) for data in pictures}
    assert len([line for line in lines if words in line]) == 1


async def test_trouble_is_told_before_the_next_heartbeat_is_due(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    server.heartbeat_seconds = 60.0
    rig = make_rig()
    server.faults.posts.extend(["507"] * 500)
    await rig.start()
    await eventually(lambda: server.of_type("heartbeat"), "the first")
    camera.write_once(rig.folder / "IMG.JPG", camera.small_photo(4))
    await eventually(lambda: trouble(server) == "SERVER_BUSY", "told", 10)
    server.faults.posts.clear()
    await eventually(lambda: trouble(server) is None, "over", 10)
    assert len(server.of_type("heartbeat")) == 3


async def test_a_full_disk_under_the_ledger(make_rig: Callable[..., Rig], server: BoothServer) -> None:
    rig = make_rig()
    await rig.start()
    await eventually(lambda: server.sockets, "connected")
    ledger = rig.ledger
    await ledger._run(lambda: ledger._db.execute("PRAGMA max_page_count = 1"))
    with said() as lines:
        pictures = [camera.small_photo(10 + number) for number in range(40)]
        for number, data in enumerate(pictures):
            camera.write_once(rig.folder / f"IMG_{number:02}_{'x' * 150}.JPG", data)
        await eventually(lambda: trouble(server) == "DISK_FULL", "told")
        await asyncio.sleep(3)
        await ledger._run(lambda: ledger._db.execute("PRAGMA max_page_count = 100000"))
        await rig.filed(40, seconds=60)
        await eventually(lambda: trouble(server) is None, "over")
    assert set(server.stored) == {camera.sha(data) for data in pictures}
    assert len(server.posts) == 40
    assert len([line for line in lines if "is the disk full" in line]) == 1


@contextlib.contextmanager
def small_disk(place: Path, size: str) -> Iterator[None]:
    """A file system of its own with so much room; skips the test where that is not allowed."""
    place.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


async def test_a_full_disk_under_a_tray(
    make_rig: Callable[..., Rig], server: BoothServer, tmp_path: Path
) -> None:
    tray = tmp_path / "tray"
    with small_disk(tray, "200k"):
        rig = make_rig(processed=tray)
        await rig.start()
        pictures = [camera.small_photo(60 + number) for number in range(4)]  # some 80 KB each
        for number, data in enumerate(pictures):
            camera.write_once(rig.folder / f"IMG_{number}.JPG", data)
        await eventually(lambda: len(server.stored) == 4, "the server has them")
        await eventually(lambda: trouble(server) == "DISK_FULL", "told")
        assert len(rig.waiting()) == 2
        assert not list(tray.rglob("*.part"))
        subprocess.run(["mount", "-o", "remount,size=4m", str(tray)], check=True)
        await eventually(lambda: not rig.waiting(), "filed")
        kept = [path for path in tray.rglob("*") if path.is_file()]
        assert {camera.sha(path.read_bytes()) for path in kept} == {camera.sha(data) for data in pictures}
        await eventually(lambda: trouble(server) is None, "over")
        await rig.stop()


async def test_a_full_disk_under_everything(
    make_rig: Callable[..., Rig], server: BoothServer, tmp_path: Path
) -> None:
    """Hotfolder, ledger and trays share a disk that the camera's own files have filled to the last byte."""
    disk = tmp_path / "disk"
    with small_disk(disk, "8m"):
        rig = make_rig(hotfolder=disk / "hot", retry_cap_seconds=0.3)
        rig.folder = disk / "hot"
        rig.folder.mkdir()
        await rig.start()
        await eventually(lambda: server.sockets, "connected")
        ballast = disk / "ballast"
        pictures = [camera.small_photo(70 + number) for number in range(3)]
        for number, data in enumerate(pictures):
            camera.write_once(rig.folder / f"IMG_{number}.JPG", data)
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as stream:
            while True:
                stream.write(bytes(4096))
        await asyncio.sleep(2)
        ballast.unlink()
        await rig.filed(3, seconds=60)
        assert set(server.stored) == {camera.sha(data) for data in pictures}
        assert len({shot for shot, _ in server.posts}) == 3
        await rig.stop()


async def test_a_hotfolder_that_is_away_is_told(make_rig: Callable[..., Rig], server: BoothServer) -> None:
    rig = make_rig(scan_seconds=0.2)
    await rig.start()
    await eventually(lambda: server.sockets, "connected")
    away = rig.folder.with_name("unplugged")
    rig.folder.rename(away)
    await eventually(lambda: trouble(server) == "FOLDER_AWAY", "told")
    away.rename(rig.folder)
    await eventually(lambda: trouble(server) is None, "over")


class UnreadableLedger(Ledger):
    """On a disk that is away: what is not in memory cannot be read."""

    async def last_photo(self) -> Shot | None:
        raise sqlite3.OperationalError("disk I/O error")

    async def untold(self, limit: int = 200) -> list[Shot]:
        raise sqlite3.OperationalError("disk I/O error")


async def test_heartbeats_go_on_while_the_ledgers_disk_is_away(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    rig = make_rig(scan_seconds=0.2)
    rig.make_ledger = UnreadableLedger
    await rig.start()
    await eventually(lambda: len(server.of_type("heartbeat")) > 2, "signs of life")
    rig.folder.rename(rig.folder.with_name("unplugged"))
    await eventually(lambda: trouble(server) == "FOLDER_AWAY", "told")
    assert len(server.of_type("hello")) == 1, "by one connection"


class FullOnce(Ledger):
    """Its disk takes everything but the first stall."""

    full = True

    async def _write(self, shot: Shot) -> None:
        if shot.state == "stalled" and self.full:
            self.full = False
            raise sqlite3.OperationalError("database or disk is full")
        await super()._write(shot)


async def test_an_incomplete_file_is_told_once_the_disk_takes_it(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    rig = make_rig(stability_delay_ms=200, give_up_seconds=0.5, scan_seconds=0.2)
    rig.make_ledger = FullOnce
    await rig.start()
    camera.write_truncated(rig.folder / "IMG_1.JPG", camera.photo(8))
    await eventually(lambda: server.of_type("invalid"), "told")
    assert [row["state"] for row in rig.rows()] == ["stalled"]
