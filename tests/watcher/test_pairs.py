"""RAW and JPEG are one shot; wrapped counters, copies and repeated names are told apart from new shots."""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.fakes import camera_writer as camera
from tests.fakes.booth_server import BoothServer
from tests.watcher.rig import Rig, eventually
from watcher.clock import Moment
from watcher.pairs import is_alone, partner_of, same_shot
from watcher.shot import Shot

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def shot(
    path: str,
    at: float = 0.0,
    *,
    boot: str = "b",
    taken: float | None = None,
    sha: str = "",
    **values: object,
) -> Shot:
    """A ledger's row: seen `at` seconds into a boot."""
    seen = Moment(boot, at, NOON + timedelta(seconds=at))
    when = None if taken is None else NOON + timedelta(seconds=taken)
    return Shot(path, path, 1, 1, seen.wall, seen=seen, taken_at=when, sha256=sha, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("raw", "photo", "together"),
    [
        (shot("IMG_1.CR2", 0), shot("IMG_1.JPG", 19), True),
        (shot("IMG_1.CR2", 19), shot("img_1.jpg", 0), True),
        (shot("IMG_1.CR2", 0), shot("IMG_1.JPG", 21), True),
        (shot("IMG_1.CR2", 21), shot("IMG_1.JPG", 0), False),
        (shot("IMG_1.CR2", 0), shot("IMG_2.JPG", 0), False),
        (shot("a/IMG_1.CR2", 0), shot("b/IMG_1.JPG", 0), False),
        (shot("IMG_1.CR2", 0, taken=5), shot("IMG_1.JPG", 900, taken=5), True),
        (shot("a/IMG_1.CR2", 0, taken=5), shot("b/IMG_1.JPG", 900, taken=5.4), True),
        (shot("IMG_1.CR2", 0, taken=5), shot("IMG_1.JPG", 0, taken=5000), False),
        (shot("IMG_1.CR2", 0, taken=5), shot("IMG_9.JPG", 0, taken=5), False),
        (shot("IMG_1.CR2", 0, taken=5), shot("IMG_1.JPG", 4), True),
        (shot("IMG_1.CR2", 5, boot="c"), shot("IMG_1.JPG", 9), True),
    ],
)
def test_which_raw_goes_with_which_jpeg(raw: Shot, photo: Shot, together: bool) -> None:
    assert (partner_of(raw, [photo], 20) is not None) is together


def test_of_two_candidates_the_one_taken_then_is_the_one() -> None:
    raw = shot("IMG_1.CR2", 100, taken=50)
    wrapped, own = shot("IMG_1.JPG", 99, taken=-7200), shot("c/IMG_1.JPG", 900, taken=50)
    assert partner_of(raw, [wrapped, own], 20) is own


@pytest.mark.parametrize(
    ("waiting", "since_newest", "alone"),
    [(19, 19, False), (21, 21, True), (21, 1, False), (600, 4, False), (901, 1, True)],
)
def test_a_raw_waits_for_its_jpeg_as_long_as_a_card_is_copied(
    waiting: float, since_newest: float, alone: bool
) -> None:
    assert is_alone(waiting, since_newest, 20) is alone


ENDED = Moment("b", 100, NOON)


@pytest.mark.parametrize(
    ("new", "old", "same"),
    [
        (shot("a.jpg", sha="x"), shot("b.jpg", sha="x"), True),
        (shot("a.jpg", 200, pixels="p", taken=9), shot("a.jpg", pixels="p", taken=0, ended=ENDED), True),
        (shot("a.jpg", 800, pixels="p", taken=9), shot("a.jpg", pixels="p", taken=0, ended=ENDED), False),
        (shot("b.jpg", 200, pixels="p", taken=9), shot("a.jpg", pixels="p", taken=0, ended=ENDED), False),
        (shot("b.jpg", 9e9, pixels="p", taken=0), shot("a.jpg", pixels="p", taken=0, ended=ENDED), True),
        (shot("b.jpg", pixels="p"), shot("a.jpg", pixels="p", taken=0), True),
        (shot("a.jpg", 101, pixels="q", taken=0), shot("a.jpg", pixels="p", taken=0, ended=ENDED), False),
        (shot("a.jpg", taken=0), shot("a.jpg", taken=0, filed=True), True),
        (shot("a.jpg", taken=0), shot("a.jpg", taken=0, filed=True, target="x"), False),
        (shot("a.jpg"), shot("a.jpg", filed=True), False),
    ],
)
def test_which_file_is_a_shot_that_was_answered(new: Shot, old: Shot, same: bool) -> None:
    assert same_shot(new, old) is same


def raw_bytes(seed: int, size: int = 300_000) -> bytes:
    """Something a camera could call its RAW."""
    return b"II*\0\x10\0\0\0CR" + os.urandom(size) + bytes([seed])


@pytest.mark.parametrize("wanted", [True, False])
async def test_a_raw_goes_to_the_server_where_the_event_wants_it(
    make_rig: Callable[..., Rig], server: BoothServer, wanted: bool
) -> None:
    server.keep_raw = wanted
    rig = make_rig(stability_delay_ms=200)
    await rig.start()
    raw = raw_bytes(1)
    camera.write_once(rig.folder / "IMG_1.CR2", raw)
    camera.write_once(rig.folder / "IMG_1.JPG", camera.small_photo(1))
    kept = await rig.filed(2)
    (stored,) = server.stored.values()
    assert stored.raws == ([camera.sha(raw)] if wanted else [])
    assert len({path.stem for path in kept}) == 1
    assert len(server.posts) == 1


@pytest.mark.parametrize("fault", ["503", "500", "cut", "429"])
async def test_a_raw_is_tried_again(make_rig: Callable[..., Rig], server: BoothServer, fault: str) -> None:
    server.keep_raw = True
    server.faults.beside.extend([fault] * 2)
    rig = make_rig(stability_delay_ms=200)
    await rig.start()
    camera.write_once(rig.folder / "IMG_1.JPG", camera.small_photo(2))
    camera.write_once(rig.folder / "IMG_1.CR2", raw_bytes(2))
    await rig.filed(2)
    (stored,) = server.stored.values()
    assert len(stored.raws) == 1


async def test_a_raw_the_server_does_not_take_stays_here(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    server.keep_raw = True
    server.faults.beside.append("413")
    rig = make_rig(stability_delay_ms=200)
    await rig.start()
    camera.write_once(rig.folder / "IMG_1.JPG", camera.small_photo(3))
    camera.write_once(rig.folder / "IMG_1.CR2", raw_bytes(3))
    await rig.filed(2)
    assert not next(iter(server.stored.values())).raws


async def test_a_card_with_all_raws_first(make_rig: Callable[..., Rig], server: BoothServer) -> None:
    rig = make_rig(stability_delay_ms=200, pair_seconds=120)
    await rig.start()
    for number in range(8):
        camera.write_once(rig.folder / f"IMG_{number}.CR2", raw_bytes(number))
        await eventually(lambda: len(rig.rows()) == number + 1, "seen")  # noqa: B023
    for number in range(20):
        camera.write_once(rig.folder / f"IMG_{number}.JPG", camera.small_photo(100 + number))
        count = number + 9
        await eventually(lambda: len(rig.rows()) >= count, "seen")  # noqa: B023
    await rig.filed(28, seconds=120)
    assert not rig.tray("invalid")
    assert len(server.stored) == 20


async def test_copied_again_named_again_wrapped_and_doubled(rig: Rig, server: BoothServer) -> None:
    """No second job, nothing lost, nothing overwritten."""
    card = [camera.small_photo(200 + number) for number in range(6)]
    names = [
        "IMG_9998.JPG",
        "IMG_9999.JPG",
        "IMG_0001.JPG",
        "DCIM/100/IMG_0001.JPG",
        "DCIM/101/IMG_0001.JPG",
        "b.jpg",
    ]
    for name, data in zip(names, card, strict=True):
        camera.write_once(rig.folder / name, data)
    camera.write_once(rig.folder / "copy of b.jpg", card[5])
    await rig.filed(7)
    for name, data in zip(names, card, strict=True):
        camera.write_once(rig.folder / name, data)
    camera.write_once(rig.folder / "IMG_0001.JPG", camera.small_photo(299))
    kept = await rig.filed(13)
    assert set(server.stored) == {camera.sha(data) for data in [*card, camera.small_photo(299)]}
    assert len({stored.job_id for stored in server.stored.values()}) == 7
    hashes = [camera.sha(path.read_bytes()) for path in kept]
    assert set(hashes) == set(server.stored)
    assert len(server.posts) == 7


@pytest.mark.faults
async def test_a_card_of_many_copied_twice(make_rig: Callable[..., Rig], server: BoothServer) -> None:
    rig = make_rig()
    card = rig.folder.parent / "card"
    small = [camera.photo(number, width=40, height=30) for number in range(150)]
    for number, data in enumerate(small):
        camera.write_once(card / f"IMG_{number:04}.JPG", data)
    await rig.start()
    for count in (150, 300):
        for path in sorted(card.iterdir()):
            shutil.copy2(path, rig.folder / path.name)
        await rig.filed(count, seconds=120)
    assert len(server.stored) == 150
    assert {shot_id for shot_id, _ in server.posts} == {kept.shot_id for kept in server.stored.values()}
