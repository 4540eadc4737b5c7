"""On a slow line small copies go first and originals follow; the line is shared and never blocked."""

import asyncio
import io
from collections.abc import Callable
from functools import lru_cache

import pytest
from PIL import Image

from tests.fakes import camera_writer as camera
from tests.fakes.booth_server import BoothServer
from tests.fakes.slow_line import slow_line
from tests.watcher.rig import Rig, eventually
from watcher.pace import Pace

KB = 1000
SLOW = 500 * KB
FAST = 30_000 * KB


@lru_cache
def big_photo(seed: int) -> bytes:
    """A sound picture of 4 MB whose small copy has some hundred KB."""
    return camera.padded(camera.photo(seed, width=640, height=480), 4 * 1000 * KB)


def kinds(server: BoothServer) -> list[str]:
    """What came, in order."""
    return [word.split()[0] for word in server.came]


async def test_a_small_copy_goes_first_and_the_original_follows(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    async with slow_line(server.url, SLOW) as line:
        rig = make_rig(server_url=line.url, slow_seconds=2)
        await rig.start()
        for number in range(2):
            camera.write_once(rig.folder / f"IMG_{number}.JPG", big_photo(number))
        await eventually(lambda: len(server.stored) == 2, "both have their jobs")
        assert all(shot.original_pending for shot in server.stored.values())
        assert rig.waiting() == ["IMG_0.JPG", "IMG_1.JPG"]
        await eventually(lambda: [row["owed"] for row in rig.rows()] == [1, 1], "noted")
        line.rate = FAST
        await rig.filed(2)
        assert not any(shot.original_pending for shot in server.stored.values())
        assert kinds(server) == ["small", "small", "original", "original"]
    for _, small in server.small:
        with Image.open(io.BytesIO(small)) as picture:
            assert picture.size == (640, 480)
            assert not picture.getexif()
    assert not list((rig.folder / ".photobot").glob("reduced-*"))


async def test_a_line_that_gets_fast_carries_originals_again(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    async with slow_line(server.url, SLOW) as line:
        rig = make_rig(server_url=line.url, slow_seconds=2)
        await rig.start()
        camera.write_once(rig.folder / "IMG_0.JPG", big_photo(0))
        await eventually(lambda: server.small, "the copy came")
        line.rate = FAST
        for number in range(1, 8):
            camera.write_once(rig.folder / f"IMG_{number}.JPG", big_photo(number))
            await rig.filed(number + 1)
        assert kinds(server)[-1] == "picture"


async def test_pictures_overtake_originals_and_raws(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    async with slow_line(server.url, SLOW) as line:
        rig = make_rig(server_url=line.url, slow_seconds=2)
        await rig.start()
        camera.write_once(rig.folder / "IMG_1.JPG", big_photo(1))
        await eventually(lambda: server.small, "the first has its job")
        before = line.up
        await eventually(lambda: line.up > before + 200 * KB, "the original is on its way")
        camera.write_once(rig.folder / "IMG_2.JPG", big_photo(2))
        await eventually(lambda: len(server.stored) == 2, "the second overtakes")
        assert kinds(server) == ["small", "small"]
        line.rate = FAST
        await rig.filed(2)


async def test_a_stop_between_copy_and_original_loses_nothing(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    server.faults.beside.extend(["503"] * 50)
    async with slow_line(server.url, SLOW) as line:
        rig = make_rig(server_url=line.url, slow_seconds=2)
        await rig.start()
        camera.write_once(rig.folder / "IMG_1.JPG", big_photo(1))
        await eventually(lambda: server.stored, "it has its job")
        await eventually(lambda: any(row["owed"] for row in rig.rows()), "noted")
        await rig.stop()
        server.faults.beside.clear()
        line.rate = FAST
        await rig.start()
        await rig.filed(1)
        assert kinds(server) == ["small", "original"]


@pytest.mark.parametrize("same", [True, False])
async def test_an_original_written_again_before_it_was_sent(
    make_rig: Callable[..., Rig], server: BoothServer, same: bool
) -> None:
    """Other metadata: it still is the original. Another picture: that is another shot."""
    async with slow_line(server.url, SLOW) as line:
        rig = make_rig(server_url=line.url, slow_seconds=2)
        await rig.start()
        path = rig.folder / "IMG_1.JPG"
        camera.write_once(path, big_photo(1))
        await eventually(lambda: server.stored, "the copy is there")
        picture = big_photo(1)[:2] + camera.padded(b"\xff\xd8", 3000)[2:] + big_photo(1)[2:]
        path.write_bytes(picture if same else big_photo(2))
        line.rate = FAST
        await eventually(lambda: not rig.waiting(), "filed")
        first = server.stored[camera.sha(big_photo(1))]
        assert first.held == camera.sha(picture) if same else first.original_pending
        assert len(server.stored) == (1 if same else 2)


async def test_the_line_and_what_waits_are_told(make_rig: Callable[..., Rig], server: BoothServer) -> None:
    async with slow_line(server.url, SLOW) as line:
        rig = make_rig(server_url=line.url, slow_seconds=2)
        await rig.start()
        camera.write_once(rig.folder / "IMG_1.JPG", big_photo(1))

        def told() -> bool:
            beat = server.latest("heartbeat")
            return beat.get("trouble") == "SLOW_LINE" and beat["bytesWaiting"] == len(big_photo(1))

        await eventually(told, "slow line")
        beat = server.latest("heartbeat")
        assert 0 < beat["bytesPerSecond"] < 4000 * KB
        assert beat["oldestWaitingAt"]
        line.rate = FAST
        await rig.filed(1)
        await eventually(lambda: server.latest("heartbeat")["trouble"] is None, "no more trouble")


async def test_all_uploads_together_keep_to_the_limit(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    rig = make_rig(upload_kbps=4000, uploads=4)  # 500 KB a second
    await rig.start()
    datas = [camera.photo(number, width=900, height=600) for number in range(4)]
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for number, data in enumerate(datas):
        camera.write_once(rig.folder / f"IMG_{number}.JPG", data)
    await rig.filed(4)
    assert loop.time() - begun > sum(map(len, datas)) / 500_000 - 0.6


class _Time:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_the_pace_forgets_old_lines() -> None:
    time = _Time()
    pace = Pace(time)
    assert pace.rate() is None
    with pace.handing_over(1_000_000):
        time.at += 10
    pace.answered(0.2)
    assert pace.rate() == pytest.approx(100_000)
    for _ in range(6):
        with pace.handing_over(1_000_000):
            time.at += 0.01
        pace.answered(0.1)
    assert (pace.rate() or 0) > 2_000_000
    assert pace.would_take(10_000_000) < 5


def test_an_upload_that_stands_still_counts() -> None:
    time = _Time()
    pace = Pace(time)
    with pace.handing_over(1_000_000):
        time.at += 0.01
    with pace.handing_over(65536):
        time.at += 20
        assert pace.would_take(8_000_000) > 100
