"""Says what an untrusted picture file is, or why it is refused; content counts, names do not."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PIL import ExifTags, Image

from app.domain.errors import Invalid, TooLarge
from app.imaging.decode import (
    PictureFormat,
    exif_of,
    load,
    open_picture,
    orientation_of,
    quiet,
    too_many_pixels,
)
from app.imaging.facts import camera_name, camera_time

_CONTENT_TYPES: dict[PictureFormat, tuple[str, str]] = {
    "jpeg": ("image/jpeg", "jpg"),
    "png": ("image/png", "png"),
    "webp": ("image/webp", "webp"),
    "heic": ("image/heic", "heic"),
}


@dataclass(frozen=True)
class Inspected:
    """A sound picture: pixels as displayed (after orientation), camera time as the camera's clock said it."""

    format: PictureFormat
    content_type: str
    extension: str
    width: int
    height: int
    taken_at: datetime | None
    camera: str | None


def inspect_image(path: Path, *, max_bytes: int, max_pixels: int) -> Inspected:
    """Check a file fully (size, kind, pixel count before decoding, then every pixel) and describe it.

    Blocking: call it in a thread. Raises `Invalid` (IMAGE_EMPTY, IMAGE_BROKEN, IMAGE_UNREADABLE), `TooLarge`
    (IMAGE_TOO_LARGE, IMAGE_TOO_MANY_PIXELS) or `UnsupportedMedia` (IMAGE_UNSUPPORTED, IMAGE_NOT_AN_IMAGE).
    No picture over 178 million pixels passes, whatever `max_pixels` says.
    """
    try:
        size = path.stat().st_size
        if size == 0:
            raise Invalid("IMAGE_EMPTY", "The picture file is empty.")
        if size > max_bytes:
            raise TooLarge("IMAGE_TOO_LARGE", "The picture file is too large.", size=size, allowed=max_bytes)
        return _inspect(path, max_pixels)
    except OSError as error:
        raise Invalid(
            "IMAGE_UNREADABLE", "The picture file cannot be read.", cause=str(error.strerror)
        ) from error


def _inspect(path: Path, max_pixels: int) -> Inspected:
    with path.open("rb") as stream:
        kind, picture = open_picture(stream)
        width, height = picture.size
        if width * height > max_pixels:
            raise too_many_pixels(width, height, max_pixels)
        if kind == "jpeg":
            # Every compressed byte is still read and checked; only the arithmetic after it gets smaller.
            picture.draft(None, (max(1, width // 8), max(1, height // 8)))
            load(picture)
        else:
            load(picture)
            width, height = picture.size
        if orientation_of(picture) >= 5:
            width, height = height, width
        taken_at, camera = _shot_facts(picture)
    content_type, extension = _CONTENT_TYPES[kind]
    return Inspected(kind, content_type, extension, width, height, taken_at, camera)


def _shot_facts(picture: Image.Image) -> tuple[datetime | None, str | None]:
    exif = exif_of(picture)
    with quiet():
        try:
            details = exif.get_ifd(ExifTags.IFD.Exif)
            taken = details.get(ExifTags.Base.DateTimeOriginal)
            moment = camera_time(taken) if isinstance(taken, str) else None
            return moment, camera_name(exif.get(ExifTags.Base.Make), exif.get(ExifTags.Base.Model))
        except Exception:  # garbage EXIF is no EXIF
            return None, None
