"""Every way cameras and programs write files: each picture once, whole, not before it is whole, none lost."""

import asyncio
import os
import random
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.app.imaging import pictures
from tests.fakes import camera_writer as camera
from tests.fakes import raw_writer
from tests.fakes.booth_server import BoothServer
from tests.fakes.tiff_writer import exif
from tests.watcher.rig import Rig, eventually

Write = Callable[..., Awaitable[None]]


async def _once(path: Path, data: bytes, **_: float) -> None:
    camera.write_once(path, data)


WAYS: dict[str, tuple[Write, float]] = {
    "once": (_once, 0),
    "chunks": (camera.write_in_chunks, 0.7),
    "reopened": (camera.write_reopened, 0.7),
    "zeros": (camera.write_preallocated, 0.7),
    "fallocate": (camera.write_fallocated, 0.7),
    "rename": (camera.write_renamed, 0.7),
    "wifi": (camera.write_slowly, 0.06),
    "stalls": (camera.write_in_chunks, 5.0),
    "stalls-closed": (camera.write_reopened, 5.0),
}
LONG = ("wifi", "stalls", "stalls-closed")


@pytest.mark.parametrize(
    ("megapixels", "way"), [(8, way) for way in WAYS] + [(24, way) for way in WAYS if way not in LONG]
)
async def test_each_way_of_writing(rig: Rig, server: BoothServer, megapixels: int, way: str) -> None:
    if way == "fallocate" and sys.platform != "linux":
        pytest.skip("no fallocate here")
    write, stall = WAYS[way]
    data = camera.camera_photo(7, megapixels=megapixels, serial="7")
    server.good = {camera.sha(data)}
    await write(rig.folder / "DSC_0001.JPG", data, stall=stall)
    await rig.filed(1)
    assert len(server.posts) == len(server.of_type("seen")) == len(rig.rows()) == 1
    assert server.of_type("seen")[0]["camera"] == "Canon EOS R6 7"


async def test_the_embedded_preview_and_the_progress_come_first(rig: Rig, server: BoothServer) -> None:
    for number in (1, 2):
        before = camera.camera_photo(number, embedded=False)
        camera.write_once(rig.folder / f"BEFORE{number}.JPG", before)
    await rig.filed(2)
    data = camera.camera_photo(9, serial="7", sub_seconds="25", zone="+07:00")
    writing = asyncio.create_task(camera.write_slowly(rig.folder / "NOW.JPG", data))

    def told() -> list[dict[str, object]]:
        return [said for said in server.of_type("receiving") if said["fileName"] == "NOW.JPG"]

    await eventually(lambda: any(said["preview"] for said in told()), "embedded preview")
    assert not writing.done()
    first = next(said for said in told() if said["preview"])
    assert datetime.fromisoformat(str(first["takenAt"])) == datetime(2026, 7, 1, 5, 0, 0, 250_000, UTC)
    assert first["camera"] == "Canon EOS R6 7"
    await writing
    await rig.filed(3)
    assert sum(bool(said["preview"]) for said in told()) == 1
    sizes = [int(str(said["bytesSeen"])) for said in told()]
    assert sizes == sorted(sizes)
    assert abs(int(str(first["bytesExpected"])) - len(data)) < 20_000
    assert not first["expectedExact"]


async def test_progress_of_a_preallocated_file_is_what_has_come(rig: Rig, server: BoothServer) -> None:
    data = camera.camera_photo(10)
    await camera.write_preallocated(rig.folder / "A.JPG", data)
    await rig.filed(1)
    told = server.of_type("receiving")
    assert {said["bytesExpected"] for said in told} == {len(data)}
    assert all(said["expectedExact"] for said in told)
    assert 0 < told[1]["bytesSeen"] < len(data)


async def test_a_burst_of_twenty_in_four_seconds(rig: Rig, server: BoothServer) -> None:
    shots = [camera.camera_photo(number, megapixels=2) for number in range(20)]
    server.good = {camera.sha(data) for data in shots}
    await camera.burst(rig.folder, shots)
    await rig.filed(20)
    assert set(server.stored) == server.good
    assert len(server.posts) == len(server.of_type("seen")) == 20


async def test_a_card_of_five_hundred(rig: Rig, server: BoothServer) -> None:
    card = [camera.photo(number, width=64, height=48) for number in range(500)]
    server.good = {camera.sha(data) for data in card}
    await camera.copy_card(rig.folder, card)
    await eventually(lambda: len(server.stored) == 500, "all stored", seconds=120)
    await eventually(lambda: len(rig.tray("processed")) == 500, "all filed", seconds=60)
    assert set(server.stored) == server.good
    assert len(server.posts) == len(rig.rows()) == 500


@pytest.mark.parametrize("kind", raw_writer.KINDS)
async def test_raw_and_jpeg_are_one_shot(
    make_rig: Callable[..., Rig], server: BoothServer, kind: str
) -> None:
    rig = make_rig(stability_delay_ms=300, give_up_seconds=20)
    await rig.start()
    raw, jpeg = raw_writer.KINDS[kind](3), camera.camera_photo(3, megapixels=2)
    server.good = {camera.sha(jpeg)}
    await asyncio.gather(
        camera.write_in_chunks(rig.folder / f"DSC_1.{kind}", raw, pieces=3, stall=0.5),
        camera.write_in_chunks(rig.folder / "DSC_1.JPG", jpeg, pieces=2, stall=0.3),
    )
    kept = await rig.filed(2)
    assert {path.suffix for path in kept} == {f".{kind}", ".JPG"}
    assert next(path for path in kept if path.suffix == f".{kind}").read_bytes() == raw
    assert len(server.posts) == len(server.of_type("seen")) == 1
    assert not server.of_type("invalid")


async def test_bytes_put_behind_a_closed_file_make_no_second_shot(rig: Rig, server: BoothServer) -> None:
    data = camera.camera_photo(11, megapixels=2)
    await camera.write_then_append(rig.folder / "A.JPG", data, os.urandom(50_000))
    await eventually(lambda: not rig.waiting() and all(row["filed"] for row in rig.rows()), "filed")
    assert len({said["shotId"] for said in server.of_type("seen")}) == 1
    assert len(server.stored) == 1


async def test_an_exif_rewrite_in_place_makes_no_second_shot(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    rig = make_rig(filing_grace_seconds=3)  # so that the program finds the file still there
    await rig.start()
    data = camera.camera_photo(12, megapixels=2)
    again = camera.with_exif(data, exif(taken="2026:07:01 12:00:00", model="Canon EOS R6 rated 5"))
    await camera.rewrite_in_place(rig.folder / "A.JPG", data, again)
    await eventually(lambda: not rig.waiting() and all(row["filed"] for row in rig.rows()), "filed")
    assert len({said["shotId"] for said in server.of_type("seen")}) == 1
    assert len(server.stored) == 1


async def test_what_can_be_seen_of_a_truncated_file_is_told(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    rig = make_rig(stability_delay_ms=200, give_up_seconds=0.5, put_away_seconds=2)
    await rig.start()
    camera.write_truncated(rig.folder / "A.JPG", camera.camera_photo(13))
    await eventually(lambda: server.of_type("invalid"), "told")
    assert server.of_type("invalid")[0]["preview"]
    await rig.filed(2, "invalid")


async def test_a_held_code_is_told(rig: Rig, server: BoothServer) -> None:
    camera.write_once(rig.folder / "A.JPG", pictures.jpeg_bytes(pictures.with_code(0.3)))
    await eventually(lambda: server.of_type("seen"), "seen")
    assert server.of_type("seen")[0]["qr"] == pictures.LINK


async def test_everything_at_once(rig: Rig, server: BoothServer) -> None:
    """Four cameras, a share and a card reader at the same time, each in its own way, for a while."""
    chance = random.Random(5)
    shots = [camera.camera_photo(1000 + number, megapixels=2) for number in range(32)]
    server.good = {camera.sha(data) for data in shots}

    async def one(number: int, data: bytes) -> None:
        await asyncio.sleep(chance.uniform(0, 6))
        write, _ = WAYS[chance.choice([way for way in WAYS if way != "wifi"])]
        name = f"CAM{number % 4}_{number:04}.JPG"
        await write(rig.folder / name, data, stall=chance.choice([0.05, 0.4, 2.5]))

    await asyncio.gather(*(one(number, data) for number, data in enumerate(shots)))
    await rig.filed(32, seconds=60)
    assert set(server.stored) == server.good
    assert len(server.posts) == len(server.of_type("seen")) == len(rig.rows()) == 32
