"""The watcher's own life: its token, its rivals, its neighbours, and what the server may ask of it."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.fakes import camera_writer as camera
from tests.fakes.booth_server import BoothServer
from tests.watcher.rig import Rig, eventually
from tests.watcher.test_troubles import said


@pytest.fixture
async def other_server() -> AsyncIterator[BoothServer]:
    """The same server, as another booth's watcher meets it."""
    server = BoothServer()
    await server.start()
    yield server
    await server.stop()
    assert server.wrong == []


async def test_a_token_that_is_revoked_is_said_once_and_works_again_when_it_is_new(
    make_rig: Callable[..., Rig], server: BoothServer, tmp_path: Path
) -> None:
    secret = tmp_path / "token"
    secret.write_text(server.token)
    rig = make_rig(token=None, token_file=secret)
    with said() as lines:
        await rig.start()
        await eventually(lambda: server.sockets, "connected")
        server.token = "the-new-token"
        for websocket in list(server.sockets):
            await websocket.close(4401)
        camera.write_once(rig.folder / "IMG.JPG", camera.small_photo(1))
        await eventually(lambda: server.answers[401] >= 3, "refused")
        assert rig.waiting() == ["IMG.JPG"]
        secret.write_text("the-new-token")
        await rig.filed(1)
        await eventually(lambda: server.sockets, "connected")
    assert len([line for line in lines if "token" in line and "upload waits" not in line]) == 1
    assert len([line for line in lines if "token" in line and "upload waits" in line]) == 1


async def test_a_second_watcher_is_refused_in_words_once(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    server.faults.refuse = "ANOTHER_WATCHER"
    with said() as lines:
        rig = make_rig()
        await rig.start()
        await eventually(lambda: len(server.of_type("hello")) >= 4, "asks again")
        await rig.stop()
    assert [line for line in lines if "Another watcher" in line] == lines
    assert len(lines) == 1


async def test_a_rescan_finds_what_no_event_told_of(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    rig = make_rig(scan_seconds=600)
    await rig.start()
    await eventually(lambda: server.sockets, "connected")
    camera.write_once(rig.folder / "a" / "b" / "IMG.JPG", camera.small_photo(2))
    await server.rescan()
    await eventually(lambda: server.stored, "found", 10)


async def test_the_order_of_starting_does_not_matter(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    await server.stop()
    rig = make_rig()
    shutil.rmtree(rig.folder)
    await rig.start()
    await eventually(lambda: rig.folder.is_dir(), "the hotfolder is made")
    camera.write_once(rig.folder / "IMG.JPG", camera.small_photo(3))
    await asyncio.sleep(1)
    await server.start()
    await rig.filed(1)
    await eventually(lambda: server.of_type("heartbeat"), "connected")


async def test_two_booths_on_one_laptop_do_not_collide(
    make_rig: Callable[..., Rig], server: BoothServer, other_server: BoothServer, tmp_path: Path
) -> None:
    """The second hotfolder even lies in the first, both ledgers in one folder, and both use one tray."""
    places = {"processed": tmp_path / "tray", "ledger": tmp_path / "ledgers" / "one.sqlite3"}
    first = make_rig(**places)
    second = Rig(
        first.folder / "second", other_server, **places | {"ledger": tmp_path / "ledgers" / "two.sqlite3"}
    )
    second.spawn()
    try:
        await eventually(lambda: other_server.sockets, "the second is at work", 60)
        first.spawn()
        await eventually(lambda: server.sockets, "the first is at work", 60)
        camera.write_once(first.folder / "IMG_0001.JPG", camera.small_photo(4))
        camera.write_once(second.folder / "IMG_0001.JPG", camera.small_photo(5))
        await eventually(lambda: server.stored and other_server.stored, "both")
        await eventually(lambda: len(list((tmp_path / "tray").rglob("*.JPG"))) == 2, "filed")
        assert set(server.stored) == {camera.sha(camera.small_photo(4))}
        assert set(other_server.stored) == {camera.sha(camera.small_photo(5))}
    finally:
        assert second.process is not None
        second.process.kill()
        second.process.wait(20)


async def test_one_hotfolder_is_watched_once_wherever_the_ledger_is(
    make_rig: Callable[..., Rig], server: BoothServer, tmp_path: Path
) -> None:
    first = make_rig(ledger=tmp_path / "one.sqlite3")
    second = make_rig(ledger=tmp_path / "two.sqlite3")
    first.spawn()
    await eventually(lambda: server.sockets, "the first is at work", 60)
    second.spawn()
    assert second.process is not None
    assert await asyncio.to_thread(second.process.wait, 60) == 3
    second.process = None
