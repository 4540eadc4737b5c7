"""Parallel uploads arrive in the order in which the shots appeared; a stuck one holds nobody for long."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes import camera_writer as camera
from tests.fakes.booth_server import BoothServer
from tests.fakes.slow_line import slow_line
from tests.watcher.rig import Rig, eventually
from watcher.slots import Slots
from watcher.turns import Turns


async def test_the_first_shot_arrives_first_although_it_is_the_largest(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    async with slow_line(server.url, 1_500_000) as line:
        rig = make_rig(server_url=line.url, uploads=4, slow_seconds=60)
        await rig.start()
        pictures = [camera.padded(camera.small_photo(number), 2_000_000 >> number) for number in range(4)]
        for number, data in enumerate(pictures):
            camera.write_once(rig.folder / f"IMG_{9 - number}.JPG", data)
            count = number + 1
            await eventually(lambda: len([row for row in rig.rows() if row["sha256"]]) == count, "whole")  # noqa: B023
        await rig.filed(4)
    assert [sha256 for _, sha256 in server.posts] == [camera.sha(data) for data in pictures]


@pytest.mark.parametrize("when", ["copied while it works", "there before it starts"])
async def test_who_stands_before_the_camera_does_not_wait_behind_a_copied_card(
    make_rig: Callable[..., Rig], server: BoothServer, tmp_path: Path, when: str
) -> None:
    card, taken = tmp_path / "card", time.time() - 3600
    card.mkdir()
    pictures = [camera.camera_photo(number, megapixels=2) for number in range(20)]
    for number, data in enumerate(pictures):
        picture = card / f"IMG_{number:04}.JPG"
        picture.write_bytes(data)
        os.utime(picture, (taken + number, taken + number))
    async with slow_line(server.url, 2_000_000) as line:
        rig = make_rig(server_url=line.url, uploads=2, slow_seconds=60)
        if when == "there before it starts":
            card.rename(rig.folder / "100CANON")
        await rig.start()
        first = camera.small_photo(1)
        camera.write_once(rig.folder / "FIRST.JPG", first)
        await eventually(lambda: camera.sha(first) in server.stored, "the watcher is at work")
        if card.exists():
            card.rename(rig.folder / "100CANON")
        await eventually(lambda: len(server.posts) > 1, "the card is on its way")
        live = camera.camera_photo(99, megapixels=2)
        camera.write_once(rig.folder / "LIVE.JPG", live)
        await eventually(lambda: camera.sha(live) in server.stored, "the one just taken")
        assert len(server.posts) < 12, "it went before most of the card"
        await rig.filed(22)
    copied = [sha256 for _, sha256 in server.posts if sha256 not in (camera.sha(first), camera.sha(live))]
    assert copied == [camera.sha(data) for data in pictures]


async def test_videos_of_many_gigabytes_hold_up_no_picture(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    """Each was read to its end, for minutes, only to be called too large; no picture was proved meanwhile."""
    rig = make_rig()
    for number in range(3):
        with (rig.folder / f"MOV_{number}.AVI").open("wb") as stream:
            stream.write(b"RIFF\0\0\0\0AVI LIST")
            stream.seek(20_000_000_000)
            stream.write(b"the end")
    await rig.start()
    for number in range(3):
        live = camera.small_photo(70 + number)
        camera.write_once(rig.folder / f"LIVE_{number}.JPG", live)
        await eventually(lambda: camera.sha(live) in server.stored, "the picture", 10)  # noqa: B023
        await eventually(lambda: len(rig.tray("invalid")) >= 2 * number, "a video and why it is no photo")  # noqa: B023
    await eventually(lambda: len(rig.tray("invalid")) == 6, "all three")
    assert {row["reason"] for row in rig.rows() if row["state"] == "invalid"} == {"IMAGE_TOO_LARGE"}


async def test_those_who_wait_for_a_slot_go_in_by_rank_and_none_is_lost() -> None:
    slots, went = Slots(1), list[str]()

    async def go(name: str, rank: int) -> None:
        async with slots.taken(rank):
            went.append(name)
            await asyncio.sleep(0)

    async with slots.taken(0):
        ranked = [("copy 1", 1), ("copy 2", 1), ("live 1", 0), ("gone", 0), ("live 2", 0)]
        tasks = {name: asyncio.create_task(go(name, rank)) for name, rank in ranked}
        await asyncio.sleep(0)
        tasks.pop("gone").cancel()
    await asyncio.gather(*tasks.values())
    assert went == ["live 1", "live 2", "copy 1", "copy 2"]
    async with asyncio.timeout(5), slots.taken(1):
        pass


async def test_turns_are_taken_in_order_whoever_is_ready_first() -> None:
    turns, ended = Turns(lambda: ["a", "b", "c"]), list[str]()

    async def upload(name: str, ready: asyncio.Event) -> None:
        turns.enter(name)
        await ready.wait()
        await turns.mine(name)
        ended.append(name)
        turns.leave(name)

    ready = {name: asyncio.Event() for name in "abc"}
    tasks = [asyncio.create_task(upload(name, ready[name])) for name in "bca"]
    for name in "cba":
        ready[name].set()
        await asyncio.sleep(0.01)
    await asyncio.gather(*tasks)
    assert ended == ["a", "b", "c"]


async def test_a_stuck_upload_is_waited_for_once_and_not_long() -> None:
    turns = Turns(lambda: ["a", "b", "c"], hold=0.2)
    loop = asyncio.get_running_loop()
    for name in "abc":
        turns.enter(name)
    begun = loop.time()
    await turns.mine("b")
    assert loop.time() - begun >= 0.2
    turns.leave("b")
    begun = loop.time()
    await turns.mine("c")
    assert loop.time() - begun < 0.15
    turns.leave("a")
    turns.enter("a")
    begun = loop.time()
    await turns.mine("c")
    assert loop.time() - begun >= 0.2


async def test_what_failed_and_comes_again_goes_before_the_younger_ones() -> None:
    turns = Turns(lambda: ["a", "b"])
    turns.enter("b")
    turns.enter("a")
    waiting = asyncio.create_task(turns.mine("b"))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    turns.leave("a")
    await asyncio.wait_for(waiting, 5)
