"""Whatever network and server do, every shot is at the server exactly once; the watcher says why it waits."""

import asyncio
import json
import signal
from collections.abc import Callable

import pytest

from tests.fakes import camera_writer as camera
from tests.fakes.booth_server import BoothServer
from tests.watcher.rig import Rig, eventually


async def test_found_at_the_start(make_rig: Callable[..., Rig], server: BoothServer) -> None:
    rig = make_rig()
    pictures = [camera.small_photo(number) for number in range(3)]
    for number, data in enumerate(pictures):
        camera.write_once(rig.folder / f"IMG_{number}.JPG", data)
    await rig.start()
    await rig.filed(3)
    assert set(server.stored) == {camera.sha(data) for data in pictures}


async def test_the_server_is_away_and_comes_back(make_rig: Callable[..., Rig], server: BoothServer) -> None:
    rig = make_rig()
    await rig.start()
    await eventually(lambda: server.sockets, "connected")
    await server.stop()
    pictures = [camera.small_photo(10 + number) for number in range(5)]
    for number, data in enumerate(pictures):
        camera.write_once(rig.folder / f"IMG_{number}.JPG", data)
    (rig.folder / "broken.jpg").write_text("no picture")
    await eventually(lambda: len([row for row in rig.rows() if row["sha256"]]) >= 5, "all whole")
    assert len(rig.waiting()) >= 5
    await server.start()
    await rig.filed(5)
    assert set(server.stored) == {camera.sha(data) for data in pictures}
    await eventually(lambda: server.of_type("invalid"), "told about the broken one")
    await eventually(lambda: all(row["told"] for row in rig.rows()), "noted")


@pytest.mark.parametrize("fault", ["500", "503", "html", "cut", "lost", "401"])
async def test_faults_cost_nothing(rig: Rig, server: BoothServer, fault: str) -> None:
    server.faults.posts.extend([fault] * 3)
    pictures = [camera.small_photo(20 + number) for number in range(4)]
    for number, data in enumerate(pictures):
        camera.write_once(rig.folder / f"IMG_{number}.JPG", data)
    await rig.filed(4)
    assert set(server.stored) == {camera.sha(data) for data in pictures}
    names = {sha256: {shot for shot, posted in server.posts if posted == sha256} for sha256 in server.stored}
    assert all(len(shots) == 1 for shots in names.values())


async def test_429_is_obeyed(rig: Rig, server: BoothServer) -> None:
    server.faults.posts.append("429")
    camera.write_once(rig.folder / "IMG.JPG", camera.small_photo(30))
    await rig.filed(1)
    assert server.begun == 2


@pytest.mark.parametrize("fault", ["413", "422"])
async def test_a_refused_picture_is_invalid(rig: Rig, server: BoothServer, fault: str) -> None:
    server.faults.posts.append(fault)
    camera.write_once(rig.folder / "IMG.JPG", camera.small_photo(31))
    picture, reason = await rig.filed(2, "invalid")
    assert camera.sha(picture.read_bytes()) == camera.sha(camera.small_photo(31))
    assert "IMAGE_" in reason.read_text()


async def test_a_wrong_token_keeps_everything(make_rig: Callable[..., Rig], server: BoothServer) -> None:
    rig = make_rig()
    secret = rig.folder.parent / "token"
    secret.write_text("wrong\n")
    rig.values |= {"token": None, "token_file": secret}
    await rig.start()
    camera.write_once(rig.folder / "IMG.JPG", camera.small_photo(32))
    await eventually(lambda: server.answers[401] >= 2, "refused")
    assert rig.waiting() == ["IMG.JPG"]
    secret.write_text(server.token + "\n")
    await rig.filed(1)
    await eventually(lambda: server.sockets, "welcome")


async def test_another_watcher_is_active(make_rig: Callable[..., Rig], server: BoothServer) -> None:
    server.faults.refuse = "ANOTHER_WATCHER"
    rig = make_rig()
    await rig.start()
    camera.write_once(rig.folder / "IMG.JPG", camera.small_photo(33))
    await eventually(lambda: [row["state"] for row in rig.rows()] == ["whole"], "seen and kept")
    asked = len(server.of_type("hello"))
    await eventually(lambda: len(server.of_type("hello")) >= asked + 2, "asks again")
    assert not server.posts
    server.faults.refuse = None
    await rig.filed(1)


async def test_heartbeats_say_what_waits(rig: Rig, server: BoothServer) -> None:
    server.faults.hold = asyncio.Event()
    camera.write_once(rig.folder / "IMG.JPG", camera.small_photo(34))
    await eventually(lambda: any(beat["pending"] == 1 for beat in server.of_type("heartbeat")), "pending")
    server.faults.hold.set()
    await eventually(lambda: server.latest("heartbeat")["pending"] == 0, "nothing pending")
    beat = server.latest("heartbeat")
    assert beat["freeBytes"] > 0
    assert beat["lastShotAt"]


async def test_one_backlog_keeps_its_order(make_rig: Callable[..., Rig], server: BoothServer) -> None:
    rig = make_rig(uploads=1)
    await rig.start()
    await server.stop()
    for number in range(6):
        camera.write_once(rig.folder / f"{9 - number}.jpg", camera.small_photo(40 + number))
        await eventually(lambda: len([r for r in rig.rows() if r["sha256"]]) == number + 1, "whole")  # noqa: B023
    await server.start()
    await rig.filed(6)
    assert [posted for _, posted in server.posts] == [
        camera.sha(camera.small_photo(40 + n)) for n in range(6)
    ]


@pytest.mark.faults
async def test_kill_in_the_middle_of_uploads(make_rig: Callable[..., Rig], server: BoothServer) -> None:
    rig = make_rig()
    pictures = [camera.small_photo(50 + number) for number in range(12)]
    server.good = {camera.sha(data) for data in pictures}
    for number, data in enumerate(pictures[:6]):
        camera.write_once(rig.folder / f"IMG_{number}.JPG", data)
    for _ in range(3):
        server.faults.hold = asyncio.Event()
        begun = len(server.posts)
        rig.spawn()
        await eventually(lambda: len(server.posts) > begun, "an upload is under way")  # noqa: B023
        rig.end(signal.SIGKILL)
        server.faults.hold.set()
    for number, data in enumerate(pictures[6:]):
        camera.write_once(rig.folder / f"LATE_{number}.JPG", data)
    server.faults.hold = None
    rig.spawn()
    await eventually(lambda: set(server.stored) == server.good, "all there")
    kept = await rig.filed(12)
    assert {camera.sha(path.read_bytes()) for path in kept} == server.good
    for sha256, stored in server.stored.items():
        assert {shot for shot, posted in server.posts if posted == sha256} == {stored.shot_id}
    assert rig.end(signal.SIGTERM) == 0
    log = (rig.folder.parent / "watcher.log").read_text()
    assert server.token not in log
    assert all(json.loads(line)["message"] for line in log.splitlines())
    assert "Traceback" not in log


async def test_a_stop_in_the_instant_of_a_break_is_a_stop(rig: Rig, server: BoothServer) -> None:
    """Seen once: the broken connection's error took the cancellation's place, and the watcher never ended."""
    for _ in range(10):
        await eventually(lambda: server.sockets, "connected")
        closing = asyncio.create_task(next(iter(server.sockets)).close(1012))
        await asyncio.sleep(0.001)
        async with asyncio.timeout(20):
            await rig.stop()
        await closing
        await rig.start()


async def test_only_one_watcher_per_hotfolder(make_rig: Callable[..., Rig], server: BoothServer) -> None:
    first, second = make_rig(), make_rig()
    first.spawn()
    await eventually(lambda: server.sockets, "the first is at work")
    second.spawn()
    assert second.process is not None
    await eventually(lambda: second.process is not None and second.process.poll() is not None, "given up")
    assert second.process.returncode == 3
    second.process = None
    assert first.end(signal.SIGINT) == 0


async def test_a_file_that_still_grows_waits_for_its_camera_and_not_for_the_line(
    rig: Rig, server: BoothServer
) -> None:
    """Counted, it would read as a slow network when somebody should look at the cable."""
    camera.write_truncated(rig.folder / "IMG.JPG", camera.photo(35))
    await eventually(lambda: server.of_type("receiving"), "receiving")
    heard = len(server.of_type("heartbeat"))
    await eventually(lambda: len(server.of_type("heartbeat")) > heard + 1, "two heartbeats")
    assert server.latest("heartbeat")["pending"] == 0
