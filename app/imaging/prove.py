"""Proves with one decode that a picture file is sound, and makes all that is wanted of it from that one."""

from contextlib import nullcontext
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

from PIL import Image

from app.domain.errors import Invalid, TooLarge
from app.imaging.decode import draft, load, one_large, open_picture, orientation_of, too_many_pixels, turned
from app.imaging.develop import bounded, small_jpeg
from app.imaging.facts import CameraFacts, facts_in
from app.imaging.qr import held_code

PREVIEW_BYTES = 96 * 1024
_TRIES = ((512, 82), (512, 60), (384, 60), (256, 50), (128, 40))
_ENOUGH = 680
"""A code of 18 % of the frame still has 2.5 pixels per module then: as many are read as at 1000."""
_GAP = 1.4
"""Coarse is good enough for a thumbnail, and saves 20 ms of the way to the screen."""
_HEAVY = 6_000_000
"""More pixels than this, held all at once, are held by one thread at a time."""


@dataclass(frozen=True)
class Proof:
    """What a sound picture shows: its camera, a thumbnail that fits a message, a code held into the frame."""

    facts: CameraFacts
    thumbnail: bytes
    qr: str | None


def prove(path: Path, *, max_bytes: int, max_pixels: int) -> Proof:
    """Decode every compressed byte once, as small as that goes. Blocking; call it in a thread.

    Raises `Invalid` (IMAGE_EMPTY, IMAGE_BROKEN, IMAGE_UNREADABLE), `TooLarge` (IMAGE_TOO_LARGE,
    IMAGE_TOO_MANY_PIXELS) or `UnsupportedMedia` (IMAGE_UNSUPPORTED, IMAGE_NOT_AN_IMAGE).
    """
    try:
        size = path.stat().st_size
        if size > max_bytes:
            raise TooLarge("IMAGE_TOO_LARGE", "The picture file is too large.", size=size, allowed=max_bytes)
        with path.open("rb") as stream:
            return _prove(stream, max_pixels)
    except OSError as error:
        raise Invalid(
            "IMAGE_UNREADABLE", "The picture file cannot be read.", cause=str(error.strerror)
        ) from error


def prove_growing(head: bytes, stream: IO[bytes], *, max_pixels: int) -> Proof | None:
    """As `prove`, of a picture whose first bytes are `head`, and of which each read may wait for more.

    None for whatever is held in memory as a whole: others would wait as long. Blocking; raises as `prove`.
    """
    kind, picture = open_picture(BytesIO(head))  # where opening waits, everybody else who opens one waits
    if kind != "jpeg" or _is_heavy(picture, kind):
        return None
    return _prove(stream, max_pixels)


def _prove(stream: IO[bytes], max_pixels: int) -> Proof:
    kind, picture = open_picture(stream)
    if picture.width * picture.height > max_pixels:
        raise too_many_pixels(picture.width, picture.height, max_pixels)
    with one_large if _is_heavy(picture, kind) else nullcontext():
        if kind == "jpeg":  # of a HEIC, a draft would be the embedded thumbnail: no proof at all
            draft(picture, _ENOUGH)
        load(picture)
        exif = picture.info.get("exif")
        picture = bounded(picture, 2 * _ENOUGH)
    code = held_code(picture)
    small = turned(bounded(picture, _TRIES[0][0], gap=_GAP), orientation_of(picture))
    facts = facts_in(exif) if isinstance(exif, bytes) else CameraFacts()
    return Proof(facts, fitting_jpeg(small), code)


def _is_heavy(picture: Image.Image, kind: str) -> bool:
    """A plain JPEG is decoded row by row at its small size; everything else is whole in memory once."""
    row_by_row = kind == "jpeg" and not picture.info.get("progressive")
    return not row_by_row and picture.width * picture.height > _HEAVY


def fitting_jpeg(picture: Image.Image) -> bytes:
    """A thumbnail that fits a socket message."""
    made = b""
    for edge, quality in _TRIES:
        made = small_jpeg(picture, edge=edge, quality=quality, gap=_GAP)
        if len(made) <= PREVIEW_BYTES:
            break
    return made
