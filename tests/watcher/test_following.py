"""A photo that grows is decoded while it grows; what counts is only what is on the disk at its end."""

import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from app.imaging.prove import prove
from tests.fakes import camera_writer as camera
from tests.watcher.rig import eventually
from watcher.following import Following, follow
from watcher.settle import examine

PIXELS = 200_000_000
BYTES = 100_000_000


def running() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "following"]


@pytest.fixture(autouse=True)
def none_left() -> Iterator[None]:
    yield
    for thread in running():
        thread.join(20)
    assert not running()


def begun(path: Path) -> Following:
    found = follow(path, max_pixels=PIXELS)
    assert found is not None
    return found


def grow(path: Path, data: bytes) -> None:
    with path.open("ab") as stream:
        stream.write(data)


@pytest.mark.parametrize("tail", [b"", b"\0" * 5000 + b"SEFT"], ids=["bare", "something behind its end"])
def test_the_proof_is_that_of_the_whole_file(tmp_path: Path, tail: bytes) -> None:
    path, data = tmp_path / "A.JPG", camera.camera_photo(3) + tail
    third = len(data) // 3
    grow(path, data[:third])
    following = begun(path)
    grow(path, data[third : 2 * third])
    grow(path, data[2 * third :])
    followed = following.finish()
    assert followed is not None
    assert followed.sha256 == camera.sha(data)
    assert followed.proof == prove(path, max_bytes=BYTES, max_pixels=PIXELS)
    found = examine(path, max_bytes=BYTES, max_pixels=PIXELS, following=following)
    assert found == examine(path, max_bytes=BYTES, max_pixels=PIXELS)
    assert found.preview == followed.proof.thumbnail


@pytest.mark.parametrize(
    "inside", [b"", b"\xff\xef\xea\x60" + bytes(59_998)], ids=["bare", "zeros of its own"]
)
async def test_room_that_was_taken_first_is_no_picture(tmp_path: Path, inside: bytes) -> None:
    path, data = tmp_path / "A.JPG", camera.camera_photo(3)
    data = data[:2] + inside + data[2:]
    path.write_bytes(bytes(len(data)))
    with path.open("rb+", buffering=0) as stream:
        stream.write(data[:1_200_000])
        following = begun(path)
        for start in range(1_200_000, len(data), 300_000):
            await eventually(lambda came=start: following._stream._frontier > came - 100, "it is read")  # type: ignore[misc]
            stream.write(data[start : start + 300_000])
    followed = following.finish()
    assert followed is not None
    assert followed.sha256 == camera.sha(data)
    found = examine(path, max_bytes=BYTES, max_pixels=PIXELS, following=following)
    assert found == examine(path, max_bytes=BYTES, max_pixels=PIXELS)
    assert found.preview == followed.proof.thumbnail


def test_what_was_written_anew_since_is_proved_anew(tmp_path: Path) -> None:
    """Cameras write their header last, and a name can get another picture."""
    path, data, other = (
        tmp_path / "A.JPG",
        camera.camera_photo(3),
        camera.camera_photo(4, taken="2026:07:02 08:00:00"),
    )
    grow(path, data[:-100_000])
    following = begun(path)
    path.write_bytes(other)
    found = examine(path, max_bytes=BYTES, max_pixels=PIXELS, following=following)
    assert found.sha256 == camera.sha(other)
    assert found == examine(path, max_bytes=BYTES, max_pixels=PIXELS)


def test_a_file_that_never_came_whole_is_broken(tmp_path: Path) -> None:
    path, data = tmp_path / "A.JPG", camera.camera_photo(3)
    grow(path, data[: len(data) // 2])
    following = begun(path)
    assert following.finish() is None
    found = examine(path, max_bytes=BYTES, max_pixels=PIXELS, following=following)
    assert found.code == "IMAGE_BROKEN"


@pytest.mark.parametrize("kind", ["progressive", "png"])
def test_what_is_held_in_memory_as_a_whole_is_not_followed(tmp_path: Path, kind: str) -> None:
    picture, made = Image.effect_noise((3000, 2200), 80), io.BytesIO()
    picture.save(made, "PNG") if kind == "png" else picture.save(made, "JPEG", quality=95, progressive=True)
    path = tmp_path / "A.JPG"
    grow(path, made.getvalue()[:2_000_000])
    following = begun(path)
    grow(path, made.getvalue()[2_000_000:])
    assert following.finish() is None
    assert examine(path, max_bytes=BYTES, max_pixels=PIXELS, following=following).code is None


async def test_two_at_a_time_and_what_is_gone_makes_room(tmp_path: Path) -> None:
    data = camera.camera_photo(3)
    paths = [tmp_path / f"{number}.JPG" for number in range(3)]
    for path in paths:
        grow(path, data[:-100_000])
    first, _ = begun(paths[0]), begun(paths[1])
    assert follow(paths[2], max_pixels=PIXELS) is None
    paths[1].unlink()
    await eventually(lambda: len(running()) == 1, "the one that is gone is left", seconds=10)
    assert begun(paths[2]).finish() is None
    assert first.finish() is None


async def test_a_file_that_is_renamed_meanwhile_is_left(tmp_path: Path) -> None:
    """Held open it would be followed on; on Windows a camera's program could not even rename it."""
    path = tmp_path / "A.JPG"
    grow(path, camera.camera_photo(3)[:-100_000])
    following = begun(path)
    await eventually(lambda: following._stream.tell() > 0, "it is read")
    path.rename(tmp_path / "B.JPG")
    await eventually(lambda: not running(), "it is left", seconds=10)
    assert following.finish() is None
