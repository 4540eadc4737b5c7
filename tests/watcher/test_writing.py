"""However a camera writes its files, each arrives once, whole, and not before it is whole."""

import asyncio
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from app.imaging.embedded import Peek
from tests.fakes import camera_writer as camera
from tests.fakes import raw_writer
from tests.fakes.booth_server import BoothServer
from tests.watcher.rig import Rig, eventually
from watcher import judging
from watcher.endings import Glance


async def test_one_write_is_shown_before_it_is_uploaded(rig: Rig, server: BoothServer) -> None:
    data = camera.photo(1, taken="2026:07:01 12:00:00")
    server.good = {camera.sha(data)}
    server.faults.hold = asyncio.Event()
    camera.write_once(rig.folder / "IMG_0001.JPG", data)
    await eventually(lambda: server.of_type("seen"), "preview")
    assert not server.stored
    server.faults.hold.set()
    (kept,) = await rig.filed(1)
    assert kept.read_bytes() == data
    assert kept.name.startswith("IMG_0001-")
    seen = server.of_type("seen")[0]
    (stored,) = server.stored.values()
    assert seen["shotId"] == stored.shot_id
    assert seen["sha256"] == stored.sha256
    local = datetime(2026, 7, 1, 12).astimezone()
    assert datetime.fromisoformat(seen["takenAt"]) == datetime.fromisoformat(stored.taken_at or "") == local
    assert rig.rows()[0]["state"] == "done"


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
async def test_other_formats(rig: Rig, server: BoothServer, kind: str) -> None:
    data = camera.photo(2, width=400, height=300, kind=kind)
    await camera.write_preallocated(rig.folder / f"shot.{kind.lower()}", data, stall=0.3)
    await rig.filed(1)
    assert set(server.stored) == {camera.sha(data)}


@pytest.mark.parametrize(
    "write", [camera.write_in_chunks, camera.write_reopened, camera.write_preallocated, camera.write_renamed]
)
async def test_stalls_and_holes_give_no_early_read(
    rig: Rig, server: BoothServer, write: Callable[..., "asyncio.Future[None]"]
) -> None:
    data = camera.photo(3)
    server.good = {camera.sha(data)}
    await write(rig.folder / "IMG_0002.JPG", data, stall=0.7)
    await rig.filed(1)
    assert len(server.posts) == 1
    assert len(server.of_type("seen")) == 1


async def test_a_stall_longer_than_the_stability_delay(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    rig = make_rig(stability_delay_ms=200)
    await rig.start()
    data = camera.photo(4)
    server.good = {camera.sha(data)}
    await camera.write_reopened(rig.folder / "IMG_0003.JPG", data, pieces=3, stall=1.0)
    await rig.filed(1)
    assert len(server.posts) == 1
    assert server.of_type("receiving")


async def test_bytes_behind_the_end_marker(make_rig: Callable[..., Rig], server: BoothServer) -> None:
    rig = make_rig(stability_delay_ms=200)
    await rig.start()
    data = camera.photo(5) + os.urandom(100_000)
    camera.write_once(rig.folder / "MOTION.JPG", data)
    await rig.filed(1)
    assert set(server.stored) == {camera.sha(data)}


async def test_truncated_for_ever_is_told_and_then_put_away(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    rig = make_rig(stability_delay_ms=200, give_up_seconds=0.5, put_away_seconds=3.0)
    await rig.start()
    camera.write_truncated(rig.folder / "IMG_0004.JPG", camera.photo(6))
    await eventually(lambda: server.of_type("invalid"), "told")
    assert server.of_type("invalid")[0]["reason"] == "INCOMPLETE"
    assert rig.waiting() == ["IMG_0004.JPG"]
    picture, reason = await rig.filed(2, "invalid")
    assert picture.name.startswith("IMG_0004-")
    assert "INCOMPLETE" in reason.read_text()
    assert not server.posts


async def test_a_stall_of_any_length_is_survived(make_rig: Callable[..., Rig], server: BoothServer) -> None:
    rig = make_rig(stability_delay_ms=200, give_up_seconds=0.5)
    await rig.start()
    data, path = camera.photo(8), rig.folder / "IMG_0005.JPG"
    server.good = {camera.sha(data)}
    camera.write_truncated(path, data)
    await eventually(lambda: server.of_type("invalid"), "told as incomplete")
    await rig.stop()
    await rig.start()
    await eventually(lambda: rig.rows()[0]["state"] == "stalled", "known after a restart")
    with path.open("ab") as stream:
        stream.write(data[len(data) // 2 :])
    await rig.filed(1)
    assert len(server.posts) == len(rig.rows()) == 1
    told = [(said["type"], said["shotId"]) for said in server.messages if "shotId" in said]
    assert {shot for _, shot in told} == {server.posts[0][0]}
    assert [kind for kind, _ in told][-1] == "seen"


async def test_a_file_that_nobody_may_read_is_told_and_taken_once_it_can_be_read(
    make_rig: Callable[..., Rig], server: BoothServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests run as root, whom no mode keeps from reading: the disk's answer is put in its place."""
    closed, look = True, judging.first_look

    def refused(path: Path, before: Peek, *, raw: bool) -> tuple[Glance, Peek, bytes]:
        if closed and path.name == "IMG_0006.JPG":
            raise PermissionError(13, "Permission denied")
        return look(path, before, raw=raw)

    monkeypatch.setattr(judging, "first_look", refused)
    rig = make_rig(stability_delay_ms=200, give_up_seconds=0.5, scan_seconds=0.2)
    await rig.start()
    data = camera.small_photo(9)
    camera.write_once(rig.folder / "IMG_0006.JPG", data)
    await eventually(lambda: server.of_type("invalid"), "told")
    (told,) = server.of_type("invalid")
    assert told["reason"] == "IMAGE_UNREADABLE"
    assert "Permission denied" in told["message"]
    closed = False
    await rig.filed(1)
    assert [shot for shot, _ in server.posts] == [told["shotId"]]


async def test_a_text_file_named_jpg(make_rig: Callable[..., Rig], server: BoothServer) -> None:
    rig = make_rig(stability_delay_ms=200)
    await rig.start()
    (rig.folder / "notes.jpg").write_text("buy more paper\n")
    _, reason = await rig.filed(2, "invalid")
    assert "IMAGE_NOT_AN_IMAGE" in reason.read_text()
    await eventually(lambda: server.of_type("invalid"), "told")
    assert not server.posts


async def test_a_burst_of_twenty(rig: Rig, server: BoothServer) -> None:
    pictures = [camera.small_photo(100 + number) for number in range(20)]
    server.good = {camera.sha(data) for data in pictures}
    for number, data in enumerate(pictures):
        camera.write_once(rig.folder / f"IMG_{number:04}.JPG", data)
    await rig.filed(20)
    assert set(server.stored) == server.good
    assert len(server.posts) == 20


async def test_odd_names_and_camera_folders(rig: Rig, server: BoothServer) -> None:
    names = [
        "my photo (1).JPG",
        "Ünïcødé 写真 📷.jpg",
        "-rf.jpg",
        "x" * 250 + ".jpg",
        "%2e%2e%2fetc.jpg",
        "a\\b:c.jpg",
        "new\nline\r\n--boundary.jpg",
        "NO_SUFFIX",
        os.fsdecode(b"latin-\xe9.jpg"),
        "DCIM/100CANON/IMG_0001.JPG",
    ]
    for number, name in enumerate(names):
        camera.write_once(rig.folder / name, camera.small_photo(200 + number))
    kept = await rig.filed(len(names))
    assert len(server.stored) == len(names)
    assert not any((rig.folder / "DCIM").rglob("*.JPG"))
    assert all(path.parent.parent == rig.folder / "processed" for path in kept)


async def test_hidden_and_temporary_files_are_left_alone(rig: Rig, server: BoothServer) -> None:
    ignored = [".hidden.jpg", "IMG.JPG.part", "IMG.tmp", "Thumbs.db"]
    for name in ignored:
        camera.write_once(rig.folder / name, camera.small_photo(300))
    camera.write_once(rig.folder / "real.jpg", camera.small_photo(301))
    await eventually(lambda: rig.tray("processed"), "the real one")
    assert sorted(rig.waiting()) == sorted(ignored)
    assert len(server.stored) == 1


async def test_what_stands_beside_a_picture_is_no_shot_of_its_own(rig: Rig, server: BoothServer) -> None:
    """A video's thumbnail is a sound JPEG: it would be a guest's photo. Moved, side-cars lose theirs."""
    beside = ["IMG_1.xmp", "IMG_1.JPG.XMP", "MVI_2.THM", "IMG_1.AAE", "IMG_1.JPG.dop"]
    for name in beside:
        camera.write_once(rig.folder / name, camera.thumbnail(310))
    camera.write_once(rig.folder / "IMG_1.JPG", camera.small_photo(311))
    await eventually(lambda: rig.tray("processed"), "the picture")
    assert sorted(rig.waiting()) == sorted(beside)
    assert len(server.stored) == 1


async def test_the_same_name_again_does_not_collide(rig: Rig, server: BoothServer) -> None:
    for number in range(3):
        camera.write_once(rig.folder / "IMG_0001.JPG", camera.small_photo(400 + number))
        await rig.filed(number + 1)
    assert len(server.stored) == 3
    assert {camera.sha(path.read_bytes()) for path in rig.tray("processed")} == set(server.stored)


async def test_the_same_content_under_two_names_is_one_shot(rig: Rig, server: BoothServer) -> None:
    data = camera.small_photo(500)
    camera.write_once(rig.folder / "a.jpg", data)
    camera.write_once(rig.folder / "b.jpg", data)
    await rig.filed(2)
    camera.write_once(rig.folder / "c.jpg", data)
    await rig.filed(3)
    assert len(server.posts) == 1
    assert sorted(row["state"] for row in rig.rows()) == ["done", "duplicate", "duplicate"]
    await eventually(lambda: len({said["shotId"] for said in server.of_type("gone")}) == 2, "twins are gone")


async def test_written_again_before_the_upload_is_an_update(rig: Rig, server: BoothServer) -> None:
    await server.stop()
    camera.write_once(rig.folder / "IMG_0001.JPG", camera.small_photo(600))
    await eventually(lambda: any(row["sha256"] for row in rig.rows()), "whole")
    second = camera.small_photo(600, taken="2026:07:01 12:00:00")
    camera.write_once(rig.folder / "IMG_0001.JPG", second)
    await eventually(lambda: rig.rows()[0]["sha256"] == camera.sha(second), "updated")
    await server.start()
    await rig.filed(1)
    assert set(server.stored) == {camera.sha(second)}
    assert len(rig.rows()) == 1


async def test_a_file_taken_away_is_gone(rig: Rig, server: BoothServer) -> None:
    path = rig.folder / "IMG_0001.JPG"
    camera.write_truncated(path, camera.photo(7))
    await eventually(lambda: server.of_type("receiving"), "receiving")
    path.unlink()
    await eventually(lambda: server.of_type("gone"), "gone")
    assert server.of_type("gone")[0]["shotId"] == server.of_type("receiving")[0]["shotId"]


async def test_raw_goes_along_with_its_jpeg(rig: Rig, server: BoothServer) -> None:
    raw = raw_writer.cr2(1)
    camera.write_once(rig.folder / "IMG_0042.CR2", raw)
    camera.write_once(rig.folder / "IMG_0042.JPG", camera.small_photo(700))
    kept = await rig.filed(2)
    assert {path.suffix for path in kept} == {".CR2", ".JPG"}
    assert len({path.stem for path in kept}) == 1
    assert len(server.posts) == 1
    assert not server.of_type("invalid")


async def test_raw_alone_says_what_to_do(make_rig: Callable[..., Rig], server: BoothServer) -> None:
    rig = make_rig(pair_seconds=0.5, stability_delay_ms=200)
    await rig.start()
    camera.write_once(rig.folder / "DSC_0001.NEF", raw_writer.tiff_raw(1, order=">"))
    _, reason = await rig.filed(2, "invalid")
    assert "RAW+JPEG" in reason.read_text()
    await eventually(lambda: server.of_type("invalid"), "told")
    assert server.of_type("invalid")[0]["reason"] == "RAW_ONLY"


async def test_without_change_events_the_scans_find_it(
    make_rig: Callable[..., Rig], server: BoothServer, tmp_path: Path
) -> None:
    rig = make_rig(scan_seconds=0.2, hotfolder=tmp_path / "hot" / "deep" / "share")
    rig.folder = tmp_path / "hot" / "deep" / "share"
    rig.folder.mkdir(parents=True)
    await rig.start()
    below = rig.folder / "one" / "two"
    below.mkdir(parents=True)
    camera.write_once(below / "x.jpg", camera.small_photo(800))
    await rig.filed(1)


async def test_no_guest_means_orphan(rig: Rig, server: BoothServer) -> None:
    server.guest_active = False
    camera.write_once(rig.folder / "IMG_0001.JPG", camera.small_photo(900))
    await rig.filed(1, "orphan")
    assert rig.rows()[0]["state"] == "orphan"
