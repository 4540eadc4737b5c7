"""Opens untrusted picture files: what they are by content, and decoding that ends in our own errors only."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO, Literal

import pillow_heif
from PIL import ExifTags, Image, ImageFile

from app.domain.errors import Invalid, PhotobotError, TooLarge, UnsupportedMedia

pillow_heif.register_heif_opener(decode_threads=2)

PictureFormat = Literal["jpeg", "png", "webp", "heic"]

_PILLOW_NAMES: dict[PictureFormat, tuple[str, ...]] = {
    "jpeg": ("JPEG", "MPO"),
    "png": ("PNG",),
    "webp": ("WEBP",),
    "heic": ("HEIF",),
}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_REFUSED: tuple[tuple[bytes, str], ...] = (
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF or camera RAW"),
    (b"MM\0*", "TIFF or camera RAW"),
    (b"II+\0", "BigTIFF"),
    (b"MM\0+", "BigTIFF"),
    (b"FUJIFILM", "camera RAW"),
    (b"8BPS", "Photoshop"),
    (b"%PDF", "PDF"),
    (b"%!PS", "PostScript"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\0\0\x01\0", "icon"),
    (b"qoif", "QOI"),
)
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# catch_warnings swaps process-wide filters: two threads doing it at once would leave the wrong ones behind.
_quiet_lock = threading.Lock()


_PIECE = 1024 * 1024
"""Bytes that a decoder is given at a time. Between two pieces it needs the interpreter again: beside a busy
thread Pillow's own 64 KiB made the decode of a 5 MB file take 580 ms instead of 150."""

one_large = threading.Lock()
"""Held by whoever has a whole large picture in memory, in programs whose memory is bounded."""


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Pillow's warnings (odd EXIF, large pictures) to itself; short work only, one thread at a time."""
    with _quiet_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _brands(head: bytes) -> set[bytes]:
    size = min(int.from_bytes(head[:4], "big"), len(head))
    return {head[8:12]} | {head[at : at + 4] for at in range(16, size - 3, 4)}


def sniff(head: bytes) -> PictureFormat:
    """The format told by a file's first bytes (give at least 512).

    Raises `UnsupportedMedia`: IMAGE_UNSUPPORTED for a picture we do not take, IMAGE_NOT_AN_IMAGE otherwise.
    """
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp":
        brands = _brands(head)
        if brands & _HEIC_BRANDS:
            return "heic"
        if brands & {b"avif", b"avis", b"mif1", b"msf1", b"crx "}:
            raise _unsupported("AVIF or camera RAW")
    for mark, name in _REFUSED:
        if head.startswith(mark):
            raise _unsupported(name)
    if b"<svg" in head.lower():
        raise _unsupported("SVG")
    raise UnsupportedMedia("IMAGE_NOT_AN_IMAGE", "This file is not a picture.")


def _unsupported(name: str) -> UnsupportedMedia:
    return UnsupportedMedia(
        "IMAGE_UNSUPPORTED", f"This is a {name} file; please use JPEG, PNG, WebP or HEIC.", format=name
    )


def too_many_pixels(width: int, height: int, allowed: int | None) -> TooLarge:
    """The error for a picture with more pixels than are taken."""
    return TooLarge(
        "IMAGE_TOO_MANY_PIXELS",
        "The picture has too many pixels.",
        width=width,
        height=height,
        allowed=allowed,
    )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except PhotobotError:
        raise
    except Image.DecompressionBombError:
        raise too_many_pixels(0, 0, Image.MAX_IMAGE_PIXELS) from None
    except Exception as error:
        # Decoders raise whatever they like on hostile bytes (struct.error, SyntaxError, MemoryError, ...).
        raise Invalid(
            "IMAGE_BROKEN", "The picture is damaged or incomplete.", cause=type(error).__name__
        ) from error


def open_picture(stream: IO[bytes]) -> tuple[PictureFormat, Image.Image]:
    """Read a picture's header; no pixel is decoded and no memory taken for them yet.

    Raises `UnsupportedMedia`, `TooLarge` (IMAGE_TOO_MANY_PIXELS) or `Invalid` (IMAGE_EMPTY, IMAGE_BROKEN).
    """
    head = stream.read(4096)
    if not head:
        raise Invalid("IMAGE_EMPTY", "The picture file is empty.")
    kind = sniff(head)
    stream.seek(0)
    with quiet(), _translated():
        return kind, Image.open(stream, formats=_PILLOW_NAMES[kind])


def load(picture: Image.Image) -> None:
    """Decode all pixels. Raises `Invalid` IMAGE_BROKEN when they are not all there."""
    if isinstance(picture, ImageFile.ImageFile):
        picture.decodermaxblock = _PIECE
    with _translated():
        picture.load()


def exif_of(picture: Image.Image) -> Image.Exif:
    """The picture's EXIF; garbage counts as none."""
    with quiet():
        try:
            return picture.getexif()
        except Exception:
            return Image.Exif()


def orientation_of(picture: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 for none or nonsense."""
    value = exif_of(picture).get(ExifTags.Base.Orientation, 1)
    return value if isinstance(value, int) and value in _TURNS else 1


def decode_upright(source: Path | bytes, *, at_least: int | None = None) -> Image.Image:
    """The decoded picture as one looks at it, in its own mode and profile (`info["icc_profile"]`).

    With `at_least` (long edge, pixels) JPEG is decoded at the smallest scale that still is that large.
    Raises what `open_picture` and `load` raise.
    """
    with BytesIO(source) if isinstance(source, bytes) else source.open("rb") as stream:
        _, picture = open_picture(stream)
        if at_least:
            draft(picture, at_least)
        load(picture)
        return turned(picture, orientation_of(picture))


def turned(picture: Image.Image, orientation: int) -> Image.Image:
    """A copy as one looks at it, of `info` only the colour profile: no EXIF, GPS or comment can travel on."""
    turn = _TURNS.get(orientation)
    upright = picture.transpose(turn) if turn is not None else picture.copy()
    kept = {name: picture.info.get(name) for name in ("icc_profile", "transparency")}
    upright.info = {name: value for name, value in kept.items() if value is not None}
    return upright


def open_jpeg(data: bytes, *, at_least: int, max_pixels: int) -> Image.Image:
    """A JPEG decoded at the smallest scale that is large enough, not turned. Raises as `decode_upright`."""
    with BytesIO(data) as stream:
        _, picture = open_picture(stream)
        if picture.width * picture.height > max_pixels:
            raise too_many_pixels(picture.width, picture.height, max_pixels)
        draft(picture, at_least)
        load(picture)
        return picture


def draft(picture: Image.Image, at_least: int) -> None:
    """Let a JPEG be decoded at the smallest scale whose long edge is at least this; others stay so."""
    long_edge = max(picture.size)
    if long_edge <= at_least:
        return
    wanted = (
        max(1, picture.width * at_least // long_edge),
        max(1, picture.height * at_least // long_edge),
    )
    with _translated():
        picture.draft(None, wanted)
