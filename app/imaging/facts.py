"""What a camera writes into its pictures about itself and the moment: who it is, what its clock said."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from app.imaging.tiff import EXIF_DIRECTORY, Directory, NotThereYet, NotTiff, Tiff, window

_MAKE, _MODEL, _ORIENTATION, _DNG_SERIAL = 0x010F, 0x0110, 0x0112, 0xC62F
_TAKEN, _OFFSET, _SUB_SECONDS, _SERIAL = 0x9003, 0x9011, 0x9291, 0xA431
_NAME_LIMIT, _SERIAL_LIMIT = 80, 40
SENSIBLE_YEARS = range(1970, 2201)
"""A camera's clock may be wrong, but a database must hold what it says, and every zone show it."""


@dataclass(frozen=True)
class CameraFacts:
    """`taken_at` has a zone only where the camera wrote one; `camera` is maker, model, serial number."""

    taken_at: datetime | None = None
    camera: str | None = None
    orientation: int = 1


def facts_in(exif: bytes) -> CameraFacts:
    """The facts in an EXIF block (with or without its `Exif` mark); garbage counts as none."""
    block = exif.removeprefix(b"Exif\0\0")
    try:
        return facts_of(Tiff(window(block)))
    except (NotTiff, NotThereYet):
        return CameraFacts()


def facts_of(tiff: Tiff) -> CameraFacts:
    """The facts in a TIFF structure; what cannot be read of them is left out.

    Raises NotTiff or NotThereYet when even the first directory cannot be read.
    """
    main = tiff.directory(tiff.first_at)
    details = main
    with suppress(NotTiff, NotThereYet):
        at = tiff.number(main, EXIF_DIRECTORY)
        details = tiff.directory(at) if at else main
    serial = _text(tiff, details, _SERIAL) or _text(tiff, main, _DNG_SERIAL)
    name = camera_name(_text(tiff, main, _MAKE), _text(tiff, main, _MODEL), serial)
    taken = camera_time(
        _text(tiff, details, _TAKEN), _text(tiff, details, _SUB_SECONDS), _text(tiff, details, _OFFSET)
    )
    return CameraFacts(taken, name, _orientation(tiff, main))


def merged(first: CameraFacts, second: CameraFacts) -> CameraFacts:
    """One camera's facts that stand in two places; the first has the say."""
    turned = first.orientation if first.orientation != 1 else second.orientation
    names = [facts.camera for facts in (first, second) if facts.camera]
    return CameraFacts(first.taken_at or second.taken_at, " ".join(names) or None, turned)


def _text(tiff: Tiff, directory: Directory, tag: int) -> str:
    with suppress(NotTiff, NotThereYet):
        return tiff.text(directory, tag)
    return ""


def _orientation(tiff: Tiff, directory: Directory) -> int:
    with suppress(NotTiff, NotThereYet):
        value = tiff.number(directory, _ORIENTATION)
        return value if value is not None and 1 <= value <= 8 else 1
    return 1


def camera_time(taken: str, sub_seconds: str = "", offset: str = "") -> datetime | None:
    """The camera's clock at the shutter: to the fraction and in its own zone where it says them."""
    try:
        moment = datetime.strptime(taken.strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - may have no zone
    except ValueError:
        return None
    if moment.year not in SENSIBLE_YEARS:
        return None
    digits = sub_seconds.strip("\0 ")
    if digits.isdecimal() and digits.isascii():
        moment = moment.replace(microsecond=int(digits[:6].ljust(6, "0")))
    zone = _zone(offset.strip("\0 "))
    return moment if zone is None else moment.replace(tzinfo=zone)


def _zone(offset: str) -> timezone | None:
    try:
        hours, minutes = int(offset[1:3]), int(offset[4:6])
    except ValueError:
        return None
    if len(offset) != 6 or offset[0] not in "+-" or offset[3] != ":" or hours > 14 or minutes > 59:
        return None
    distance = timedelta(hours=hours, minutes=minutes)
    return timezone(-distance if offset[0] == "-" else distance)


def camera_name(make: object, model: object, serial: object = "") -> str | None:
    """Maker and model without saying the maker twice, and the serial number where there is one."""
    words = [_clean(part) for part in (make, model)]
    if words[0] and words[1].lower().startswith(words[0].split()[0].lower()):
        words = words[1:]
    name = " ".join(word for word in words if word)[:_NAME_LIMIT]
    number = _clean(serial)[:_SERIAL_LIMIT]
    return f"{name} {number}".strip() or None


def _clean(value: object) -> str:
    if not isinstance(value, str):
        return ""
    return "".join(letter for letter in value if letter.isprintable()).strip()
