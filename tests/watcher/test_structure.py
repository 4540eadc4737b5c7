"""Sizes told by headers, ends of RAW files, and evidence that is not enough by itself."""

import asyncio
import os
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.app.imaging import pictures
from tests.fakes import camera_writer as camera
from tests.fakes import raw_writer
from tests.fakes.booth_server import BoothServer
from tests.fakes.tiff_writer import tiff
from tests.watcher.rig import Rig, eventually
from watcher.endings import Ending, Glance, deep_ending, glance
from watcher.progress import Sizes
from watcher.raw_judge import Sound, ask_libraw
from watcher.settle import Finding, Patience, Step, next_step
from watcher.sort import Verdict, judge
from watcher.structure import written

PATIENCE = Patience()


def _glance(path: Path, data: bytes) -> Glance:
    path.write_bytes(data)
    return glance(path)


@pytest.mark.parametrize("kind", raw_writer.KINDS)
def test_no_cut_of_a_raw_looks_ended(tmp_path: Path, kind: str) -> None:
    data, path = raw_writer.KINDS[kind](1), tmp_path / f"a.{kind}"
    whole = _glance(path, data)
    assert whole.ending is Ending.ENDED
    assert whole.expected in (len(data), None)
    cuts = random.Random(1).sample(range(1, len(data) - 1), 60) + list(range(1, 300, 7))
    for keep in cuts:
        cut = _glance(path, data[:keep])
        assert cut.ending is not Ending.ENDED
        assert cut.expected in (len(data), None)
        room = _glance(path, data[:keep] + bytes(len(data) - keep))
        assert room.ending is not Ending.ENDED or len(data) - keep < 4096
        assert _glance(path, data + os.urandom(keep)).ending is not Ending.ENDED or kind == "CRW"


@pytest.mark.parametrize("kind", ["WEBP", "HEIF"])
def test_a_size_is_told_from_the_first_bytes(tmp_path: Path, kind: str) -> None:
    data = camera.photo(1, width=300, height=200, kind=kind)
    assert _glance(tmp_path / "a", data[: len(data) // 2]).expected == len(data)


def test_a_picture_list_tells_of_what_comes_behind_the_photo(tmp_path: Path) -> None:
    """Cameras append a larger preview: the photo's own end marker is not the file's end."""
    plain, second = pictures.jpeg_bytes(), pictures.jpeg_bytes(pictures.corners(160, 100))
    size = 4 + 4 + len(tiff({0xB002: bytes(32)}))
    first_end, base = len(plain) + size, 2 + 4 + 4
    entries = (0).to_bytes(4, "little") + first_end.to_bytes(4, "little") + bytes(8)
    entries += (0).to_bytes(4, "little") + len(second).to_bytes(4, "little")
    entries += (first_end - base).to_bytes(4, "little") + bytes(4)
    block = b"MPF\0" + tiff({0xB002: entries})
    photo = plain[:2] + b"\xff\xe2" + (len(block) + 2).to_bytes(2, "big") + block + plain[2:]
    assert len(photo) == first_end
    path = tmp_path / "a.jpg"
    half = _glance(path, photo)
    assert half.ending is Ending.OPEN
    assert half.expected == len(photo) + len(second)
    assert deep_ending(path) is Ending.UNTOLD, "a list that is wrong costs the stability delay, no more"
    assert _glance(path, photo + second).ending is Ending.ENDED


def test_what_has_come_of_a_file_with_room(tmp_path: Path) -> None:
    data = os.urandom(500_000).replace(b"\0", b"x")
    for keep in (0, 1, 4096, 65_536, 65_537, 300_000, 500_000):
        content = data[:keep] + bytes(500_000 - keep)
        assert written(lambda at, length, held=content: held[at : at + length], 500_000) == keep  # type: ignore[misc] # bound per turn
    assert _glance(tmp_path / "a.jpg", bytes(9000)) == Glance(Ending.OPEN, 0, 9000)


def test_libraw_has_the_last_word_where_it_knows_the_camera(tmp_path: Path) -> None:
    data, path = raw_writer.dng(1), tmp_path / "a.dng"
    path.write_bytes(data)
    assert ask_libraw(path) is Sound.YES
    path.write_bytes(data[: len(data) // 2])
    assert ask_libraw(path) is Sound.NO
    path.write_bytes(raw_writer.tiff_raw(1))
    assert ask_libraw(path) is Sound.UNKNOWN
    assert ask_libraw(tmp_path / "missing.dng") is not Sound.YES


def test_a_raw_always_waits_to_be_stable() -> None:
    assert next_step(Ending.ENDED, 1.9, PATIENCE, being_written=False, raw=True) is Step.WAIT
    assert next_step(Ending.ENDED, 2.0, PATIENCE, being_written=False, raw=True) is Step.EXAMINE
    assert next_step(Ending.ENDED, 2.0, PATIENCE, being_written=True, raw=True) is Step.WAIT


@pytest.mark.parametrize(
    ("seen", "finding", "quiet", "writing", "step", "verdict"),
    [
        (Glance(Ending.ENDED, 9), {}, 0.0, True, Step.EXAMINE, Verdict.ACCEPT),
        (Glance(Ending.ENDED, 5), {}, 0.1, False, Step.EXAMINE, Verdict.LOOK_AGAIN),
        (Glance(Ending.ENDED, 5), {}, 2.1, None, Step.EXAMINE, Verdict.ACCEPT),
        (Glance(Ending.ENDED, 9), {"hole": True}, 2.1, None, Step.EXAMINE, Verdict.LOOK_AGAIN),
        (Glance(Ending.ENDED, 9), {"hole": True}, 2.1, False, Step.EXAMINE, Verdict.ACCEPT),
        (Glance(Ending.ENDED, 9), {"code": "IMAGE_BROKEN"}, 2.1, False, Step.EXAMINE, Verdict.INVALID),
        (Glance(Ending.ENDED, 9), {"code": "IMAGE_BROKEN"}, 2.1, None, Step.EXAMINE, Verdict.LOOK_AGAIN),
        (Glance(Ending.ENDED, 9), {"code": "IMAGE_BROKEN"}, 61, None, Step.EXAMINE_LAST, Verdict.INVALID),
        (Glance(Ending.OPEN, 9), {"code": "IMAGE_BROKEN"}, 61, False, Step.EXAMINE_LAST, Verdict.STALLED),
        (Glance(Ending.OPEN, 9), {}, 61, True, Step.EXAMINE_LAST, Verdict.STALLED),
        (Glance(Ending.OPEN, 9), {}, 61, False, Step.EXAMINE_LAST, Verdict.ACCEPT),
    ],
)
def test_verdicts(
    seen: Glance, finding: dict[str, object], quiet: float, writing: bool | None, step: Step, verdict: Verdict
) -> None:
    found = replace(Finding(9, 1), **finding)  # type: ignore[arg-type] # told by name
    assert judge(found, seen, step, quiet=quiet, patience=PATIENCE, being_written=writing) is verdict


def test_sizes_are_guessed_by_suffix_and_never_below_what_is_there() -> None:
    sizes = Sizes()
    assert sizes.guess("a.jpg", 5) is None
    for size in (100, 900, 300):
        sizes.note("DCIM/b.JPG", size)
    assert sizes.guess("a.jpg", 5) == 300
    assert sizes.guess("a.jpg", 500) == 500
    assert sizes.guess("a.png", 500) is None


async def test_a_closed_file_that_ends_with_its_thumbnail_is_not_taken(rig: Rig, server: BoothServer) -> None:
    """The hint, an end marker, nobody writing: only the decode shows that the photo is missing."""
    data = camera.camera_photo(1, megapixels=2)
    cut = data.index(b"\xff\xd9") + 2
    assert cut < 20_000
    path = rig.folder / "A.JPG"
    path.write_bytes(data[:cut])
    await eventually(lambda: server.of_type("receiving"), "receiving")
    await asyncio.sleep(0.7)
    assert not server.of_type("seen")
    with path.open("ab") as stream:
        stream.write(data[cut:])
    server.good = {camera.sha(data)}
    await rig.filed(1)
    assert len(server.of_type("seen")) == 1


async def test_on_a_share_a_final_write_is_never_missed(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    """No change events, and a last write that alters neither size nor time, as with a disk's coarse clock."""
    rig = make_rig(scan_seconds=0.2)
    await rig.start()
    data, path = camera.camera_photo(5, megapixels=2), rig.folder / "A.JPG"
    server.good = {camera.sha(data)}
    path.write_bytes(data[:-5000] + bytes(5000))
    facts = path.stat()
    await eventually(lambda: server.of_type("receiving"), "receiving")
    await asyncio.sleep(1.0)
    with path.open("rb+") as stream:
        stream.seek(len(data) - 5000)
        stream.write(data[-5000:])
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    await rig.filed(1)
