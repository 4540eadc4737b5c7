"""Every picture that may come from a camera or an attacker gets a plain answer."""

import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image, ImageFile

from app.domain.errors import Invalid, PhotobotError, TooLarge, UnsupportedMedia
from app.imaging.inspect import Inspected, inspect_image
from tests.app.imaging.pictures import chunk, corners, jpeg_bytes, png, write

MEGA = 1024 * 1024


def look(path: Path, *, max_bytes: int = 50 * MEGA, max_pixels: int = 100_000_000) -> Inspected:
    return inspect_image(path, max_bytes=max_bytes, max_pixels=max_pixels)


def refused(path: Path, kind: type[PhotobotError], code: str, **limits: int) -> PhotobotError:
    with pytest.raises(kind) as caught:
        look(path, **limits)
    assert caught.value.code == code
    assert caught.value.message
    return caught.value


@pytest.mark.parametrize(
    ("pillow_name", "kind", "content_type", "extension"),
    [
        ("JPEG", "jpeg", "image/jpeg", "jpg"),
        ("PNG", "png", "image/png", "png"),
        ("WEBP", "webp", "image/webp", "webp"),
        ("HEIF", "heic", "image/heic", "heic"),
    ],
)
def test_content_decides_not_the_name(
    tmp_path: Path, pillow_name: str, kind: str, content_type: str, extension: str
) -> None:
    path = tmp_path / "picture.txt"
    corners().save(path, pillow_name)
    found = look(path)
    assert (found.format, found.content_type, found.extension) == (kind, content_type, extension)
    assert (found.width, found.height) == (320, 200)


def test_size_is_as_displayed_and_camera_facts_are_read(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0110] = 6, "Canon", "Canon EOS R6\0"
    exif.get_ifd(0x8769)[0x9003] = "2026:11:20 19:30:05"
    found = look(write(tmp_path / "a.jpg", jpeg_bytes(exif=exif)))
    assert (found.width, found.height) == (200, 320)
    assert found.taken_at == datetime(2026, 11, 20, 19, 30, 5)  # noqa: DTZ001 - a camera's clock has no zone
    assert found.camera == "Canon EOS R6"


def test_two_picture_jpeg_of_phones_counts_as_jpeg(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    corners().save(path, "MPO", save_all=True, append_images=[corners()])
    assert look(path).format == "jpeg"


@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0" + b"\xff" * 400,
        b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x12\x01\x03\0\xff\xff\xff\xff" * 20,
        b"Exif\0\0MM\0*\x7f\xff\xff\xff",
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\0\0\0\0",
        b"Exif\0\0",
    ],
)
def test_garbage_exif_is_no_exif(tmp_path: Path, exif: bytes) -> None:
    found = look(write(tmp_path / "a.jpg", jpeg_bytes(exif=exif)))
    assert (found.width, found.height, found.taken_at, found.camera) == (320, 200, None, None)


@pytest.mark.parametrize("when", ["0000:00:00 00:00:00", "yesterday", "", "2026-11-20"])
def test_nonsense_camera_time_is_none(tmp_path: Path, when: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "\0\0  "
    exif.get_ifd(0x8769)[0x9003] = when
    found = look(write(tmp_path / "a.jpg", jpeg_bytes(exif=exif)))
    assert (found.taken_at, found.camera) == (None, None)


def test_empty_missing_and_folder(tmp_path: Path) -> None:
    refused(write(tmp_path / "a.jpg", b""), Invalid, "IMAGE_EMPTY")
    refused(tmp_path / "gone.jpg", Invalid, "IMAGE_UNREADABLE")
    refused(tmp_path, Invalid, "IMAGE_UNREADABLE")


def test_sixty_megabytes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jpg", jpeg_bytes())
    with path.open("r+b") as file:
        file.truncate(60 * MEGA)
    refused(path, TooLarge, "IMAGE_TOO_LARGE")


@pytest.mark.parametrize(
    "data", [b"hello, I am no picture", b"\0" * 5000, b"PK\x03\x04" + b"x" * 900, b"\xff", b"RIFF"]
)
def test_not_an_image(tmp_path: Path, data: bytes) -> None:
    refused(write(tmp_path / "a.jpg", data), UnsupportedMedia, "IMAGE_NOT_AN_IMAGE")


@pytest.mark.parametrize("name", ["GIF", "BMP", "TIFF", "JPEG2000", "ICO", "PDF", "AVIF"])
def test_formats_not_taken(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.jpg"
    corners().save(path, name)
    refused(path, UnsupportedMedia, "IMAGE_UNSUPPORTED")


def test_svg_is_not_taken(tmp_path: Path) -> None:
    svg = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    refused(write(tmp_path / "a.jpg", svg), UnsupportedMedia, "IMAGE_UNSUPPORTED")


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "HEIF"])
@pytest.mark.parametrize("share", [0.3, 0.7, 0.97])
def test_truncated(tmp_path: Path, name: str, share: float) -> None:
    buffer = BytesIO()
    Image.effect_noise((400, 300), 60).convert("RGB").save(buffer, name)
    data = buffer.getvalue()
    refused(write(tmp_path / "a.jpg", data[: int(len(data) * share)]), Invalid, "IMAGE_BROKEN")
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


@pytest.mark.parametrize(
    "head", [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBPVP8 ", b"\0\0\0\x18ftypheic"]
)
def test_only_a_head(tmp_path: Path, head: bytes) -> None:
    refused(write(tmp_path / "a.jpg", head + b"\x99" * 200), Invalid, "IMAGE_BROKEN")


@pytest.mark.parametrize("size", [(30_000, 30_000), (20_000, 15_000), (12_000, 9_000)])
def test_pixels_are_counted_before_decoding(tmp_path: Path, size: tuple[int, int]) -> None:
    path = write(tmp_path / "a.png", png(*size))
    refused(path, TooLarge, "IMAGE_TOO_MANY_PIXELS")


def test_own_pixel_limit_holds_for_every_format(tmp_path: Path) -> None:
    for name in ("JPEG", "PNG", "WEBP", "HEIF"):
        path = tmp_path / name
        corners().save(path, name)
        error = refused(path, TooLarge, "IMAGE_TOO_MANY_PIXELS", max_pixels=63_999)
        assert (error.extra["width"], error.extra["height"]) == (320, 200)
        assert look(path, max_pixels=64_000).width == 320


def test_huge_jpeg_and_webp_headers(tmp_path: Path) -> None:
    jpeg = bytearray(jpeg_bytes())
    at = jpeg.index(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = struct.pack(">HH", 65_000, 65_000)
    refused(write(tmp_path / "a.jpg", bytes(jpeg)), TooLarge, "IMAGE_TOO_MANY_PIXELS")
    canvas = (16_000).to_bytes(3, "little") * 2
    webp = b"WEBPVP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + canvas
    data = b"RIFF" + struct.pack("<I", len(webp)) + webp
    refused(write(tmp_path / "a.webp", data), TooLarge, "IMAGE_TOO_MANY_PIXELS")


@pytest.mark.parametrize("kind", [b"zTXt", b"iCCP", b"iTXt"])
def test_compressed_chunk_bombs(tmp_path: Path, kind: bytes) -> None:
    bomb = zlib.compress(b"\0" * (64 * MEGA), 9)
    lead = b"x\0\1\0\0\0" if kind == b"iTXt" else b"x\0\0"
    path = write(tmp_path / "a.png", png(2, 2, chunk(kind, lead + bomb), pixels=(b"\0" + b"\7" * 6) * 2))
    refused(path, Invalid, "IMAGE_BROKEN")


def test_heic_sizes_follow_its_own_turn(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "a.heic"
    pillow_heif.from_pillow(corners()).save(path, exif=exif.tobytes())
    found = look(path)
    assert (found.width, found.height) == (200, 320)


def test_many_threads_at_once_stay_quiet_and_right(tmp_path: Path) -> None:
    odd = write(
        tmp_path / "odd.jpg", jpeg_bytes(exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x12\x01\x03\0" * 90)
    )
    large = write(tmp_path / "large.png", png(12_000, 9_000))
    with ThreadPoolExecutor(8) as threads:
        found = [threads.submit(look, odd) for _ in range(40)]
        refusals = [threads.submit(look, large) for _ in range(40)]
    assert {future.result().width for future in found} == {320}
    assert {getattr(future.exception(), "code", "") for future in refusals} == {"IMAGE_TOO_MANY_PIXELS"}


def test_flipped_bits_never_escape_as_bare_exceptions(tmp_path: Path) -> None:
    for name in ("JPEG", "PNG", "WEBP", "HEIF"):
        buffer = BytesIO()
        corners(64, 48).save(buffer, name)
        for at in range(4, len(buffer.getvalue()), max(1, len(buffer.getvalue()) // 60)):
            data = bytearray(buffer.getvalue())
            data[at] ^= 0xFF
            with suppress(PhotobotError):
                look(write(tmp_path / "a", bytes(data)))
