"""One watcher works on a hotfolder, also when the folder is deleted, made again or exchanged under it."""

import asyncio
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes import camera_writer as camera
from tests.fakes.booth_server import BoothServer
from tests.watcher.rig import Rig, eventually
from watcher.lock import Locks
from watcher.settings import WatcherSettings


def _free(rig: Rig) -> bool:
    """Whether another watcher could take the folder now."""
    locks = Locks(WatcherSettings(**rig.values).lock_files)
    taken = locks.take(0.05)
    locks.free()
    return taken


async def _told(server: BoothServer, trouble: str | None) -> None:
    beats = server.of_type("heartbeat")
    after = len(beats)
    await eventually(
        lambda: [beat.get("trouble") for beat in server.of_type("heartbeat")[after:]][-1:] == [trouble],
        f"trouble {trouble}",
    )


async def _arrives(rig: Rig, server: BoothServer, seed: int) -> None:
    data = camera.small_photo(seed)
    camera.write_once(rig.folder / f"IMG_{seed}.JPG", data)
    await eventually(lambda: camera.sha(data) in server.stored, f"picture {seed}")


async def test_the_lock_goes_along_when_the_folder_is_made_again(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    rig = make_rig(scan_seconds=60)
    rig.spawn()
    await eventually(lambda: server.sockets, "at work", 60)
    await _arrives(rig, server, 1)
    assert not _free(rig)
    shutil.rmtree(rig.folder)
    rig.folder.mkdir()
    await _arrives(rig, server, 2)
    assert not _free(rig), "a second watcher could work on the same folder"
    second = make_rig(scan_seconds=60)
    second.spawn()
    assert second.process is not None
    assert await asyncio.to_thread(second.process.wait, 60) == 3
    second.process = None
    assert server.of_type("goodbye") == []
    rig.end(signal.SIGTERM)
    assert _free(rig)
    await eventually(lambda: len(server.of_type("goodbye")) == 1, "a person stopped it")


async def test_a_folder_that_is_taken_away_in_the_middle_of_a_look_is_not_made_again(
    make_rig: Callable[..., Rig], server: BoothServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty one in its place would look like the hotfolder: nobody would hear that the disk is away."""
    rig = make_rig(scan_seconds=0.2)
    away, held = rig.folder.with_name("unplugged"), Locks.are_held

    def unplugged(locks: Locks) -> bool:
        if server.sockets and not away.exists():
            rig.folder.rename(away)
        return held(locks)

    monkeypatch.setattr(Locks, "are_held", unplugged)
    await rig.start()
    await _told(server, "FOLDER_AWAY")
    assert not rig.folder.exists()
    away.rename(rig.folder)
    away.mkdir()
    await _told(server, None)
    await _arrives(rig, server, 7)


async def test_who_was_faster_in_a_folder_made_again_keeps_it_until_it_stops(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    first, second = make_rig(scan_seconds=60), make_rig(scan_seconds=60)
    first.spawn()
    await eventually(lambda: server.sockets, "the first is at work", 60)
    assert first.process is not None
    first.process.send_signal(signal.SIGSTOP)
    shutil.rmtree(first.folder)
    first.folder.mkdir()
    second.spawn()
    await eventually(lambda: len(server.sockets) == 2, "the second is at work", 60)
    first.process.send_signal(signal.SIGCONT)
    await eventually(
        lambda: any(beat.get("trouble") == "FOLDER_TAKEN" for beat in server.of_type("heartbeat")), "told"
    )
    data = camera.small_photo(3)
    camera.write_once(first.folder / "IMG_3.JPG", data)
    await eventually(lambda: camera.sha(data) in server.stored, "by the second")
    assert len(server.posts) == 1
    second.end(signal.SIGKILL)
    await _told(server, None)
    await _arrives(first, server, 4)
    assert not _free(first)


async def test_a_folder_exchanged_for_another_one(
    make_rig: Callable[..., Rig], server: BoothServer, tmp_path: Path
) -> None:
    """Two disks, both ours, swapped between two looks: what is done on the second is written down there."""
    rig = make_rig(scan_seconds=60)
    shutil.copytree(rig.folder, tmp_path / "other")
    (tmp_path / "other" / ".photobot").mkdir()
    await rig.start()
    await _arrives(rig, server, 5)
    await rig.filed(1)
    (tmp_path / "hot").rename(tmp_path / "first")
    (tmp_path / "other").rename(tmp_path / "hot")
    await _arrives(rig, server, 6)
    await rig.filed(1)
    assert b"IMG_6.JPG" in [bytes(row["path"]) for row in rig.rows()]
    elsewhere = Rig(tmp_path / "first", server)
    assert [bytes(row["path"]) for row in elsewhere.rows()] == [b"IMG_5.JPG"]
