"""Camera pictures for the bench: natural-looking JPEGs of a camera's weight, each one marked by colour.

A base picture per kind is drawn once (1/f detail, sensor grain) and kept under .bench/. Every picture of a
run is the base with a new band of two flat colours along its top: the left one stands for the picture's
number, the right one says whether the full picture or the camera's embedded thumbnail is on screen. The
band is put in without encoding anew: the base restarts its entropy coding at every row of blocks, so rows
can be exchanged.
"""

import hashlib
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.bench.report import FOLDER

Colour = tuple[int, int, int]
VERIFIED: Colour = (30, 190, 30)
EMBEDDED: Colour = (190, 30, 30)
BAND = 8
"""The band's height is this part of the picture's."""
_LEVELS = (30, 70, 110, 150, 190, 230)
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_TILE = 2048
_ROW = 8
"""Pixels in a row of blocks with 4:2:2."""


def mark_of(number: int) -> Colour:
    """The colour that stands for a picture's number; 216 of them."""
    red, rest = divmod(number % 216, 36)
    green, blue = divmod(rest, 6)
    return _LEVELS[red], _LEVELS[green], _LEVELS[blue]


def is_colour(seen: Sequence[int], meant: Colour) -> bool:
    """Whether a pixel of a JPEG is meant to be this colour and none of its neighbours."""
    return all(abs(one - other) < 20 for one, other in zip(seen, meant, strict=True))


@dataclass(frozen=True)
class Kind:
    """A camera's file: its pixels, and what brings it to a camera's weight."""

    megapixels: int
    width: int
    height: int
    grain: float
    quality: int


EIGHT = Kind(8, 3504, 2336, 6.0, 95)
TWENTY_FOUR = Kind(24, 6000, 4000, 5.0, 94)
HEAVY = Kind(24, 6000, 4000, 11.0, 98)


class Pictures:
    """Pictures of one kind, each its own content, made in some milliseconds."""

    def __init__(self, kind: Kind, folder: Path = FOLDER / "pictures") -> None:
        self.kind = kind
        self._folder = folder

    @cached_property
    def _base(self) -> tuple[bytes, list[bytes]]:
        """The base's tables with its scan header, and its rows of blocks."""
        kind = self.kind
        name = f"{kind.width}x{kind.height}-{kind.grain}-{kind.quality}.jpg"
        path = self._folder / name
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            part.write_bytes(_encoded(_drawn(kind), kind.quality))
            part.replace(path)
        tables, scan = _split(path.read_bytes())
        return tables, _RESTART.split(scan)

    @cached_property
    def _rest(self) -> bytes:
        """All rows below the band, with the restart marks before each of them."""
        return b"".join(
            _restart(row - 1) + rows for row, rows in enumerate(self._base[1]) if row >= self._band
        )

    @property
    def _band(self) -> int:
        return self.kind.height // BAND // _ROW

    @cached_property
    def _small(self) -> Image.Image:
        tables, rows = self._base
        whole = b"\xff\xd8" + tables + _joined(rows) + b"\xff\xd9"
        with Image.open(BytesIO(whole)) as picture:
            picture.draft("RGB", (picture.width // 8, picture.height // 8))
            return picture.resize((160, 160 * self.kind.height // self.kind.width))

    def jpeg(self, number: int, taken: datetime) -> bytes:
        """A picture with its marks, an EXIF block with the camera's thumbnail, and a comment of its own."""
        kind = self.kind
        band = _banded(Image.new("RGB", (kind.width, self._band * _ROW)), number, VERIFIED, part=1)
        rows = _RESTART.split(_split(_encoded(band, kind.quality))[1])
        thumbnail = BytesIO()
        _banded(self._small.copy(), number, EMBEDDED, part=BAND).save(thumbnail, "JPEG", quality=85)
        facts = _segment(0xE1, b"Exif\0\0" + exif(taken, thumbnail.getvalue()))
        comment = _segment(0xFE, f"shot {number} of {taken.isoformat()}".encode())
        return b"".join((b"\xff\xd8", facts, comment, self._base[0], _joined(rows), self._rest, b"\xff\xd9"))


def raw_of(number: int, size: int) -> bytes:
    """A DNG of this weight: one strip of sensor values behind a TIFF's head. No two are alike."""
    side = int((size) ** 0.5) // 2 * 2
    values = np.random.default_rng(7).integers(16, 240, 1 << 20, dtype=np.uint8).tobytes()
    strip = (values * (side * side // len(values) + 1))[: side * side - 8] + struct.pack("<Q", number)
    fixed: dict[int, Any] = {
        0x00FE: 0, 0x0100: side, 0x0101: side, 0x0102: (8,), 0x0103: (1,), 0x0106: (32803,), 0x010F: "Bench",
        0x0110: "Bench RAW", 0x0115: (1,), 0x0116: side, 0x0117: side * side, 0x828D: (2, 2),
        0x828E: b"\0\1\1\2", 0xC612: b"\1\4\0\0", 0xC614: "Bench RAW",
    }  # fmt: skip
    head_size = len(_tiff([fixed | {0x0111: 0}]))
    return _tiff([fixed | {0x0111: head_size}]) + strip


def sha(data: bytes) -> str:
    """The content hash that makes a shot one shot."""
    return hashlib.sha256(data).hexdigest()


def _pink(random: np.random.Generator, power: float) -> "np.ndarray[Any, np.dtype[np.float32]]":
    """Noise with the spectrum of a photograph, one standard deviation high, that can be tiled."""
    waves = np.fft.rfft2(random.standard_normal((_TILE, _TILE)))
    distance = np.hypot(np.fft.fftfreq(_TILE)[:, None], np.fft.rfftfreq(_TILE)[None, :])
    distance[0, 0] = np.inf
    detail = np.fft.irfft2(waves / distance**power).astype(np.float32)
    return np.asarray(detail / detail.std(), np.float32)


def _drawn(kind: Kind) -> Image.Image:
    random = np.random.default_rng(kind.width)
    luma = _pink(random, 1.2) * 48
    pixels = np.empty((kind.height, kind.width, 3), np.uint8)
    for channel in range(3):
        tile = luma + _pink(random, 1.6) * 14 + 118
        plane = np.tile(tile, (kind.height // _TILE + 1, kind.width // _TILE + 1))
        plane = plane[: kind.height, : kind.width]
        grain = random.standard_normal(plane.shape, dtype=np.float32) * kind.grain
        pixels[:, :, channel] = np.clip(plane + grain, 0, 255)
    return Image.fromarray(pixels)


def _encoded(picture: Image.Image, quality: int) -> bytes:
    """With a restart mark behind every row of blocks, and the standard code tables."""
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=quality, subsampling="4:2:2", restart_marker_rows=1)
    return buffer.getvalue()


def _split(jpeg: bytes) -> tuple[bytes, bytes]:
    """Tables and scan header, without start mark and JFIF; then the scan's data without the end mark."""
    at, kept = 2, []
    while True:
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if jpeg[at + 1] != 0xE0:
            kept.append(jpeg[at:end])
        if jpeg[at + 1] == 0xDA:
            return b"".join(kept), jpeg[end:-2]
        at = end


def _restart(row: int) -> bytes:
    return bytes((0xFF, 0xD0 + row % 8))


def _joined(rows: Sequence[bytes]) -> bytes:
    return b"".join(rows[:1]) + b"".join(_restart(at) + row for at, row in enumerate(rows[1:]))


def _banded(picture: Image.Image, number: int, side: Colour, *, part: int) -> Image.Image:
    """Paint the marks over the upper part: the number's colour on the left, `side` on the right."""
    height = max(1, picture.height // part)
    picture.paste(mark_of(number), (0, 0, picture.width // 2, height))
    picture.paste(side, (picture.width // 2, 0, picture.width, height))
    return picture


def _segment(mark: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, mark, len(content) + 2) + content


def exif(taken: datetime, thumbnail: bytes) -> bytes:
    """A camera's EXIF: who took it when, and the thumbnail."""
    first = {0x010F: "Bench", 0x0110: "Bench Camera", 0x0112: (1,), 0x8769: 0}
    details = {0x9003: taken.strftime("%Y:%m:%d %H:%M:%S"), 0x9291: f"{taken.microsecond // 10000:02d}"}
    second = {0x0103: (6,), 0x0201: 0, 0x0202: len(thumbnail)}
    size = len(_tiff([first, second]))
    first[0x8769] = size
    behind = _directory(details, size)
    second[0x0201] = size + len(behind)
    return _tiff([first, second]) + behind + thumbnail


def _tiff(directories: Sequence[Mapping[int, Any]]) -> bytes:
    """A little-endian TIFF's head and its chain of directories."""
    made = b"II*\0" + struct.pack("<I", 8)
    for left, entries in zip(reversed(range(len(directories))), directories, strict=True):
        size = len(_directory(entries, len(made)))
        made += _directory(entries, len(made), following=len(made) + size if left else 0)
    return made


def _directory(entries: Mapping[int, Any], at: int, following: int = 0) -> bytes:
    """One directory that will stand at `at`: text, bytes, a number, or a tuple of short numbers per tag."""
    fixed, far = b"", b""
    begin = at + 2 + 12 * len(entries) + 4
    for tag, value in sorted(entries.items()):
        kind, count, data = _value(value)
        if len(data) > 4:
            place = struct.pack("<I", begin + len(far))
            far += data + bytes(len(data) % 2)
        else:
            place = data.ljust(4, b"\0")
        fixed += struct.pack("<HHI", tag, kind, count) + place
    return struct.pack("<H", len(entries)) + fixed + struct.pack("<I", following) + far


def _value(value: Any) -> tuple[int, int, bytes]:
    if isinstance(value, str):
        return 2, len(value) + 1, value.encode() + b"\0"
    if isinstance(value, bytes):
        return 1, len(value), value
    if isinstance(value, tuple):
        return 3, len(value), struct.pack(f"<{len(value)}H", *value)
    return 4, 1, struct.pack("<I", value)
