"""A file written again in place (its metadata, or another picture), in every phase of its life."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes import camera_writer as camera
from tests.fakes.booth_server import BoothServer
from tests.fakes.slow_line import slow_line
from tests.watcher.rig import Rig, eventually

THEN, NOW = "2026:07:01 12:00:00", "2026:07:01 13:00:00"


def in_place(path: Path, data: bytes) -> None:
    """The file is opened and written over."""
    path.write_bytes(data)


def by_rename(path: Path, data: bytes) -> None:
    """As exiftool -overwrite_original does it."""
    part = path.with_name(path.name + "_exiftool_tmp")
    part.write_bytes(data)
    part.rename(path)


def with_backup(path: Path, data: bytes) -> None:
    """As exiftool does it by itself: the first writing stays beside the new one."""
    part = path.with_name(path.name + "_exiftool_tmp")
    part.write_bytes(data)
    path.rename(path.with_name(path.name + "_original"))
    part.rename(path)


WAYS = [in_place, by_rename, with_backup]
Rewrite = Callable[[Path, bytes], None]


def first(seed: int) -> bytes:
    """What the camera wrote."""
    return camera.small_photo(seed, taken=THEN)


def again(seed: int) -> bytes:
    """The same picture with a corrected time."""
    return camera.small_photo(seed, taken=NOW)


def nothing_lost(rig: Rig, *datas: bytes) -> None:
    """Every writing that was not written over lies in a tray."""
    kept = {camera.sha(path.read_bytes()) for path in rig.folder.rglob("*") if path.is_file()}
    assert {camera.sha(data) for data in datas} <= kept


@pytest.mark.parametrize("rewrite", WAYS)
async def test_before_the_upload(make_rig: Callable[..., Rig], server: BoothServer, rewrite: Rewrite) -> None:
    await server.stop()
    rig = make_rig()
    await rig.start()
    path = rig.folder / "IMG_0001.JPG"
    camera.write_once(path, first(1))
    await eventually(lambda: any(row["sha256"] for row in rig.rows()), "whole")
    rewrite(path, again(1))
    await eventually(lambda: {camera.sha(again(1))} <= {row["sha256"] for row in rig.rows()}, "whole again")
    await server.start()
    await eventually(lambda: server.stored and not rig.waiting(), "filed")
    assert len(server.stored) == 1
    nothing_lost(rig, again(1))


@pytest.mark.parametrize("rewrite", WAYS)
async def test_while_it_is_sent(make_rig: Callable[..., Rig], server: BoothServer, rewrite: Rewrite) -> None:
    """The upload is given up and the newer writing sent, once."""
    async with slow_line(server.url, 200_000) as line:
        rig = make_rig(server_url=line.url)
        await rig.start()
        await eventually(lambda: server.sockets, "connected")
        before, after = (camera.padded(data, 900_000) for data in (first(2), again(2)))
        path, start = rig.folder / "IMG_0001.JPG", line.up
        camera.write_once(path, before)
        await eventually(lambda: line.up > start + 200_000, "on its way")
        rewrite(path, after)
        line.rate = 20_000_000
        await eventually(lambda: server.stored and not rig.waiting(), "filed")
        assert len(server.stored) == 1
        if rewrite is not with_backup:
            assert set(server.stored) == {camera.sha(after)}
        nothing_lost(rig, after)


@pytest.mark.parametrize("rewrite", WAYS)
async def test_when_the_answer_was_lost(
    make_rig: Callable[..., Rig], server: BoothServer, rewrite: Rewrite
) -> None:
    rig = make_rig(retry_cap_seconds=3)
    server.faults.posts.extend(["lost", "429"])
    await rig.start()
    path = rig.folder / "IMG_0001.JPG"
    camera.write_once(path, first(3))
    await eventually(lambda: server.stored, "stored")
    rewrite(path, again(3))
    await eventually(lambda: not rig.waiting(), "filed")
    assert set(server.stored) == {camera.sha(first(3))}
    assert len({stored.job_id for stored in server.stored.values()}) == 1
    nothing_lost(rig, again(3))


@pytest.mark.parametrize("rewrite", WAYS)
async def test_after_the_answer(make_rig: Callable[..., Rig], server: BoothServer, rewrite: Rewrite) -> None:
    rig = make_rig(filing_grace_seconds=1.5)
    await rig.start()
    path = rig.folder / "IMG_0001.JPG"
    camera.write_once(path, first(4))
    await eventually(lambda: any(row["state"] == "done" for row in rig.rows()), "answered")
    seen = len(server.of_type("receiving"))
    rewrite(path, again(4))
    await eventually(lambda: not rig.waiting(), "filed")
    assert len(server.posts) == 1
    assert len(server.of_type("seen")) == 1
    if rewrite is not with_backup:
        assert len(server.of_type("receiving")) == seen
    nothing_lost(rig, again(4))


async def test_after_it_was_filed(rig: Rig, server: BoothServer) -> None:
    path = rig.folder / "IMG_0001.JPG"
    camera.write_once(path, first(5))
    await rig.filed(1)
    camera.write_once(path, again(5))
    await rig.filed(2)
    assert len(server.posts) == 1
    assert [row["state"] for row in rig.rows()] == ["done", "duplicate"]
    nothing_lost(rig, first(5), again(5))


async def test_a_restart_in_between_changes_nothing(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    rig = make_rig(filing_grace_seconds=60)
    await rig.start()
    path = rig.folder / "IMG_0001.JPG"
    camera.write_once(path, first(6))
    await eventually(lambda: any(row["state"] == "done" for row in rig.rows()), "answered")
    await rig.stop()
    in_place(path, again(6))
    rig.values["filing_grace_seconds"] = 0.05
    await rig.start()
    await eventually(lambda: not rig.waiting(), "filed")
    assert len(server.posts) == 1
    nothing_lost(rig, again(6))


async def test_another_picture_of_the_same_name_is_another_shot(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    """Some programs write every shot to one name: the second must not go to the first one's guest."""
    await server.stop()
    rig = make_rig()
    await rig.start()
    path = rig.folder / "capture.jpg"
    camera.write_once(path, camera.small_photo(7))
    await eventually(lambda: any(row["sha256"] for row in rig.rows()), "whole")
    camera.write_once(path, camera.small_photo(8))
    await eventually(lambda: len(rig.rows()) == 2 and rig.rows()[1]["sha256"], "another")
    one, two = rig.rows()
    assert (one["state"], two["sha256"]) == ("gone", camera.sha(camera.small_photo(8)))
    assert two["seen"] > one["seen"]
    await server.start()
    await rig.filed(1)
    assert set(server.stored) == {camera.sha(camera.small_photo(8))}


async def test_one_name_for_every_shot_of_the_evening(rig: Rig, server: BoothServer) -> None:
    path = rig.folder / "capture.jpg"
    for number in range(4):
        camera.write_once(path, camera.small_photo(20 + number, taken=THEN))
        await rig.filed(number + 1)
    assert len(server.stored) == 4
    assert len(server.of_type("seen")) == 4


async def test_the_copy_of_a_card_after_a_rewrite(rig: Rig, server: BoothServer) -> None:
    """What went over Wi-Fi was given other metadata; the card still has the first writing."""
    path = rig.folder / "IMG_0001.JPG"
    camera.write_once(path, first(9))
    await rig.filed(1)
    (kept,) = rig.tray("processed")
    card = rig.folder.parent / "card.jpg"
    card.write_bytes(camera.padded(kept.read_bytes(), len(first(9)) + 500))
    os.utime(card, (0, 1_000_000_000))
    shutil.copy2(card, rig.folder / "DSC_9.JPG")
    await rig.filed(2)
    assert len(server.posts) == 1
