"""Killed at any moment, or a minute without a server, while cameras write: nothing lost, doubled or half."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest

from tests.fakes import camera_writer as camera
from tests.fakes import raw_writer
from tests.fakes.booth_server import BoothServer
from tests.watcher.rig import Rig, eventually
from watcher.ledger import Ledger
from watcher.shot import Shot

Writer = Callable[..., Awaitable[None]]


class FragileLedger(Ledger):
    """Stands still for ever at its n-th write, before or after it is on the disk: as a kill there."""

    def __init__(self, file: Path, at: int, *, before: bool) -> None:
        super().__init__(file)
        self._left = at
        self._before = before
        self.struck = asyncio.Event()

    async def _write(self, shot: Shot) -> None:
        self._left -= 1
        if self._left > 0:
            await super()._write(shot)
            return
        if not self._before and self._left == 0:
            await super()._write(shot)
        self.struck.set()
        await asyncio.Event().wait()


def all_is_well(rig: Rig, server: BoothServer, pictures: list[bytes]) -> None:
    """Every picture is at the server once, whole, with one job, and lies in a tray."""
    wanted = {camera.sha(data) for data in pictures}
    assert set(server.stored) == wanted
    assert len({stored.job_id for stored in server.stored.values()}) == len(wanted)
    for sha256, stored in server.stored.items():
        assert {shot for shot, posted in server.posts if posted == sha256} == {stored.shot_id}
    kept = {camera.sha(path.read_bytes()) for path in rig.tray("processed") if path.suffix == ".JPG"}
    assert kept == wanted


@asynccontextmanager
async def a_server() -> AsyncIterator[BoothServer]:
    server = BoothServer()
    server.keep_raw = True
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
    assert server.wrong == []


async def killed_at(write: int, folder: Path, *, before: bool) -> bool:
    """Two photos, a RAW and a note, with a kill at that write of the ledger; False: so many there are not."""
    pictures = [camera.small_photo(1000 + 2 * write + number) for number in range(2)]
    made: list[FragileLedger] = []

    def fragile(file: Path) -> Ledger:
        made.append(FragileLedger(file, write, before=before))
        return made[0]

    async with a_server() as server:
        rig = Rig(folder, server, stability_delay_ms=200)
        camera.write_once(folder / "IMG_0.JPG", pictures[0])
        camera.write_once(folder / "IMG_0.CR2", raw_writer.cr2(write))
        camera.write_once(folder / "IMG_1.JPG", pictures[1])
        (folder / "note.txt").write_text("no picture")
        rig.make_ledger = fragile
        await rig.start()
        await eventually(lambda: made[0].struck.is_set() or not rig.waiting(), "struck or through")
        struck = made[0].struck.is_set()
        await rig.stop()
        rig.make_ledger = Ledger
        await rig.start()
        await rig.filed(3)
        await eventually(lambda: len(rig.tray("invalid")) == 2, "the note and its reason")
        await rig.stop()
        all_is_well(rig, server, pictures)
        assert [len(stored.raws) for stored in server.stored.values()] in ([1, 0], [0, 1])
    return struck


@pytest.mark.faults
@pytest.mark.timeout(600)
@pytest.mark.parametrize("before", [True, False])
async def test_a_kill_at_every_write_of_the_ledger(tmp_path: Path, before: bool) -> None:
    writes, struck = 0, [True]
    while all(struck):
        some = range(writes + 1, writes + 5)
        struck = await asyncio.gather(
            *(killed_at(write, tmp_path / f"hot-{write}", before=before) for write in some)
        )
        writes += struck.count(True)
    assert writes > 11


PATTERNS: list[Writer] = [
    camera.write_in_chunks,
    camera.write_reopened,
    camera.write_preallocated,
    camera.write_renamed,
    camera.write_slowly,
]


async def cameras(folder: Path, pictures: list[bytes], chance: random.Random) -> None:
    """Two cameras at work, in every manner, one picture after the other."""

    async def one(half: int) -> None:
        for number in range(half, len(pictures), 2):
            name = f"{'AB'[half]}_{number:04}.JPG"
            await chance.choice(PATTERNS)(folder / name, pictures[number], stall=chance.uniform(0.01, 0.4))
            await asyncio.sleep(chance.uniform(0, 0.3))

    await asyncio.gather(one(0), one(1))


@pytest.mark.faults
@pytest.mark.timeout(600)
async def test_killed_at_random_while_cameras_write(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    chance = random.Random(20261126)
    rig = make_rig(stability_delay_ms=1000)
    pictures = [camera.small_photo(2000 + number) for number in range(40)]
    server.good = {camera.sha(data) for data in pictures}
    writing = asyncio.create_task(cameras(rig.folder, pictures, chance))
    kills = 0
    while not writing.done() or kills < 10:
        rig.spawn()
        await asyncio.sleep(chance.uniform(0.8, 3.0))
        await asyncio.to_thread(rig.end, signal.SIGKILL)
        kills += 1
        if chance.random() < 0.3:
            server.faults.posts.extend(chance.choices(["lost", "cut", "500", "503"], k=2))
    await writing
    before = len(server.of_type("hello"))
    rig.spawn()
    await eventually(lambda: len(server.of_type("hello")) > before, "the last one at work")
    await eventually(lambda: set(server.stored) == server.good, "all there", 120)
    await rig.filed(len(pictures), seconds=120)
    all_is_well(rig, server, pictures)
    assert await asyncio.to_thread(rig.end, signal.SIGTERM) == 0
    assert "Traceback" not in (rig.folder.parent / "watcher.log").read_text()


@pytest.mark.faults
@pytest.mark.timeout(600)
async def test_a_server_that_is_away_for_a_minute(make_rig: Callable[..., Rig], server: BoothServer) -> None:
    chance = random.Random(60)
    rig = make_rig(retry_cap_seconds=5)
    pictures = [camera.small_photo(3000 + number) for number in range(30)]
    server.good = {camera.sha(data) for data in pictures}
    await rig.start()
    await eventually(lambda: server.sockets, "connected")
    writing = asyncio.create_task(cameras(rig.folder, pictures, chance))
    await eventually(lambda: server.stored, "the first is there")
    await server.stop()
    away = asyncio.get_running_loop().time()
    await writing
    await asyncio.sleep(max(0.0, 60 - (asyncio.get_running_loop().time() - away)))
    await server.start()
    await rig.filed(len(pictures), seconds=60)
    all_is_well(rig, server, pictures)
    for kept in server.stored.values():
        bounds = datetime.fromisoformat(kept.latest or "") - datetime.fromisoformat(kept.earliest or "")
        assert bounds.total_seconds() < 5
