"""A hotfolder that is taken away, put back, deleted or made again is watched again within a second or two."""

import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import camera_writer as camera
from tests.fakes.booth_server import BoothServer
from tests.watcher.rig import Rig, eventually
from watcher.clock import Clock
from watcher.hotfolder import Hotfolder, HotfolderAway, place_of
from watcher.wakes import Wakes


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on another disk than the test's."""
    shm = Path("/dev/shm")
    if not shm.is_dir() or shm.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("this machine has one disk only")
    folder = Path(tempfile.mkdtemp(dir=shm))
    yield folder
    shutil.rmtree(folder)


def _seen(server: BoothServer) -> set[str]:
    return {said["sha256"] for said in server.of_type("seen")}


async def _takes_pictures(rig: Rig, server: BoothServer, seed: int) -> None:
    data = camera.small_photo(seed)
    camera.write_once(rig.folder / f"IMG_{seed}.JPG", data)
    await eventually(lambda: camera.sha(data) in _seen(server), f"picture {seed}", seconds=10)


async def _told(rig: Rig, server: BoothServer, trouble: str | None) -> None:
    def condition() -> bool:
        beats = server.of_type("heartbeat")
        return bool(beats) and beats[-1].get("trouble") == trouble

    await eventually(condition, f"trouble {trouble}", seconds=10)


async def test_taken_away_and_put_back(rig: Rig, server: BoothServer, tmp_path: Path) -> None:
    await _takes_pictures(rig, server, 1)
    await eventually(lambda: rig.tray("processed"), "filed")
    rig.folder.rename(tmp_path / "elsewhere")
    await _told(rig, server, "FOLDER_AWAY")
    (tmp_path / "elsewhere").rename(rig.folder)
    await _told(rig, server, None)
    await _takes_pictures(rig, server, 2)
    await rig.filed(2)
    assert {row["state"] for row in rig.rows()} == {"done"}


async def test_deleted_and_made_again(rig: Rig, server: BoothServer) -> None:
    for round_ in (1, 2):
        await _takes_pictures(rig, server, round_)
        await eventually(lambda: not rig.waiting(), "filed")
        shutil.rmtree(rig.folder)
        await _told(rig, server, "FOLDER_AWAY")
        rig.folder.mkdir()
        await _told(rig, server, None)
    await _takes_pictures(rig, server, 3)
    camera.write_once(rig.folder / "AGAIN.JPG", camera.small_photo(1))
    await eventually(lambda: len(rig.tray("processed")) == 2 and not rig.waiting(), "filed")
    assert len(server.posts) == 3
    await rig.stop()
    states = {row["path"]: row["state"] for row in rig.rows()}
    assert states[b"IMG_1.JPG"] == "done", "the ledger was saved into the new folder"
    assert states[b"AGAIN.JPG"] == "duplicate"


async def test_a_new_camera_folder_in_a_folder_that_was_made_again(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    rig = make_rig(scan_seconds=60)
    await rig.start()
    await _takes_pictures(rig, server, 1)
    shutil.rmtree(rig.folder)
    (rig.folder / "DCIM" / "100CANON").mkdir(parents=True)
    await _told(rig, server, None)
    data = camera.small_photo(5)
    camera.write_once(rig.folder / "DCIM" / "100CANON" / "IMG_1.JPG", data)
    await eventually(lambda: camera.sha(data) in _seen(server), "seen", seconds=10)


def test_the_mount_point_of_an_unplugged_disk_is_not_an_empty_folder(
    tmp_path: Path, other_disk: Path
) -> None:
    (other_disk / "hot").mkdir()
    (tmp_path / "bare" / "hot").mkdir(parents=True)
    (tmp_path / "media").symlink_to(other_disk)
    folder = Hotfolder(tmp_path / "media" / "hot", ())
    folder.prepare()
    (other_disk / "hot" / "a.jpg").write_bytes(b"x")
    assert len(folder.scan()) == 1
    (tmp_path / "media").unlink()
    (tmp_path / "media").symlink_to(tmp_path / "bare")
    with pytest.raises(HotfolderAway, match="another disk"):
        folder.scan()
    assert folder.still_there("a.jpg"), "nobody can tell"
    assert not folder.made_anew
    (tmp_path / "media").unlink()
    (tmp_path / "media").symlink_to(other_disk)
    assert len(folder.scan()) == 1


def test_a_disk_with_our_marker_is_taken_wherever_it_is_plugged_in(tmp_path: Path, other_disk: Path) -> None:
    folder = Hotfolder(tmp_path / "hot", ())
    folder.prepare()
    (other_disk / ".photobot").mkdir()
    (tmp_path / "hot").rename(tmp_path / "old")
    (tmp_path / "hot").symlink_to(other_disk)
    assert folder.scan() == []
    (other_disk / ".photobot").rmdir()
    assert folder.scan() == [], "made again on the disk it has lain on since"
    assert folder.made_anew
    assert place_of(tmp_path / "hot") != place_of(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="inotify")
async def test_the_system_tells_which_file_was_closed(tmp_path: Path) -> None:
    folder = Hotfolder(tmp_path / "hot", ())
    folder.prepare()
    wakes = Wakes(folder, Clock())
    listening = asyncio.create_task(wakes.run())
    await eventually(lambda: wakes.reliable, "listening")
    with (tmp_path / "hot" / "open.jpg").open("wb") as stream:
        stream.write(b"x" * 10_000)
        stream.flush()
        (tmp_path / "hot" / "b.part").write_bytes(b"y")
        (tmp_path / "hot" / "b.part").rename(tmp_path / "hot" / "b.jpg")
        closed: set[str] = set()

        def noted() -> set[str]:
            closed.update(wakes.closed())
            return closed

        await eventually(lambda: "b.jpg" in noted(), "brought in by a rename")
        assert closed == {"b.jpg"}
    await eventually(lambda: "open.jpg" in noted(), "closed")
    listening.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await listening


async def test_a_copied_card_with_all_its_folders(rig: Rig, server: BoothServer) -> None:
    """A whole card lies deeper than a camera's own folder, and so does a card in a folder of the day."""
    places = ["EOS_DIGITAL/DCIM/100CANON", "2026-07-01/Card A/EOS_DIGITAL/DCIM/101CANON", "PRIVATE/M4/CLIP/A"]
    for number, place in enumerate(places):
        camera.write_once(rig.folder / place / "IMG_0001.JPG", camera.small_photo(700 + number))
    await eventually(lambda: len(server.stored) == len(places), "all of the card", seconds=10)
    await eventually(lambda: not any(rig.folder.glob("[!p]*/**/*.JPG")), "filed")


def test_what_programs_and_stores_keep_for_themselves_is_left_alone(tmp_path: Path) -> None:
    """A store's thumbnails are sound JPEGs: they would be a guest's photos."""
    folder = Hotfolder(tmp_path / "hot", ())
    folder.prepare()
    for place in (
        "@eaDir/IMG_1.JPG",
        "DCIM/@eaDir/a",
        "CaptureOne/Cache/Thumbnails",
        "Cat Previews.lrdata/0",
    ):
        camera.write_once(folder.folder / place / "SYNOPHOTO_THUMB_XL.jpg", b"x")
    camera.write_once(folder.folder / "DCIM" / "IMG_1.JPG", b"x")
    assert [found.path for found in folder.scan()] == [str(Path("DCIM", "IMG_1.JPG"))]


def test_a_folder_that_cannot_be_read_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Hotfolder(tmp_path / "hot", ())
    folder.prepare()
    for place in ("SECRET/DEEP", "DCIM"):
        camera.write_once(folder.folder / place / "IMG_1.JPG", b"x")
    scandir, lstat, access = os.scandir, os.lstat, os.access

    def refuse(path: str | Path) -> None:
        if "SECRET" in str(path):
            raise PermissionError(13, "Permission denied", str(path))

    def list_of(path: str) -> Any:
        refuse(path)
        return scandir(path)

    def facts_of(path: str | Path) -> os.stat_result:
        refuse(path)
        return lstat(path)

    with monkeypatch.context() as denied:  # root may read everything
        denied.setattr(os, "scandir", list_of)
        denied.setattr(os, "lstat", facts_of)
        denied.setattr(os, "access", lambda path, mode: "SECRET" not in str(path) and access(path, mode))
        assert folder.folders() == [
            str(folder.folder),
            str(folder.folder / "DCIM"),
        ]  # also for the system's events
        assert [found.path for found in folder.scan()] == [str(Path("DCIM", "IMG_1.JPG"))]
        assert folder.still_there(str(Path("SECRET", "DEEP", "IMG_1.JPG")))
    assert len(folder.scan()) == 2
    assert not folder.still_there("NEVER.JPG")
