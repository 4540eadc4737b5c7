"""The camera's own small picture and facts, read from a file's first bytes while the rest still comes."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from PIL import Image

from app.domain.errors import PhotobotError
from app.imaging import jpeg
from app.imaging.decode import open_jpeg, turned
from app.imaging.develop import small_jpeg
from app.imaging.facts import CameraFacts, facts_of, merged
from app.imaging.iso import open_box
from app.imaging.tiff import Directory, NotThereYet, NotTiff, Read, Tiff, window

HEAD = 512 * 1024
"""A camera's thumbnail stands within this much; nothing is looked for behind it while a file grows."""
_EXIF = 0xE1
_COMPRESSION, _STRIPS, _STRIP_BYTES, _JPEG_AT, _JPEG_BYTES = 0x0103, 0x0111, 0x0117, 0x0201, 0x0202
_JPEG_FROM_RAW = 0x002E
_GOOD_BYTES = 40_000
_MOST_BYTES = 12 * 1024 * 1024
_MOST_PIXELS = 70_000_000
_BARS = 0.03


@dataclass(frozen=True)
class Peek:
    """What a file's beginning tells. `settled`: more of its bytes would not tell more."""

    facts: CameraFacts = field(default_factory=CameraFacts)
    picture: bytes = b""
    """A JPEG as the camera embedded it; may be damaged."""
    size: tuple[int, int] | None = None
    """Of the whole picture, as it is stored."""
    settled: bool = True


def peek(read: Read) -> Peek:
    """Look at what is there of a JPEG, a TIFF-like RAW, a CR3 or a RAF. Never raises but for `read`."""
    head = read(0, 16)
    try:
        if head.startswith(jpeg.START):
            return _peek_jpeg(read, 0)
        if head[:2] in (b"II", b"MM"):
            return _peek_tiff(Tiff(read))
        if head[4:12] == b"ftypcrx ":
            return _peek_cr3(read)
        if head.startswith(b"FUJIFILM"):
            return _peek_raf(read)
    except NotThereYet:
        return Peek(settled=False)
    except NotTiff:
        return Peek()
    return Peek(settled=len(head) == 16)


def peek_file(path: Path, *, limit: int | None = None) -> Peek:
    """The same of a file, or of its first `limit` bytes. Blocking. Raises OSError."""
    with path.open("rb", buffering=0) as stream:

        def read(at: int, length: int) -> bytes:
            if limit is not None:
                length = max(0, min(length, limit - at))
            stream.seek(at)
            return stream.read(length) or b""

        return peek(read)


def _peek_jpeg(read: Read, start: int) -> Peek:
    found = Peek(settled=False)
    with suppress(NotThereYet):
        for segment in jpeg.segments(read, start, limit=start + HEAD):
            size = jpeg.frame_size(read, segment)
            if size:
                found = replace(found, size=size)
            if segment.marker == _EXIF and read(segment.at, 6) == b"Exif\0\0":
                if len(read(segment.at, segment.length)) < segment.length:
                    return found
                facts, picture = _exif(read, segment.at + 6, segment.length - 6)
                found = replace(found, facts=facts, picture=picture)
        return replace(found, settled=True)
    return found


def _exif(read: Read, start: int, length: int) -> tuple[CameraFacts, bytes]:
    """Facts and thumbnail of an EXIF block all of which is there; garbage counts as none."""
    block = read(start, length)
    try:
        tiff = Tiff(window(block))
        facts = facts_of(tiff)
    except (NotTiff, NotThereYet):
        return CameraFacts(), b""
    with suppress(NotTiff, NotThereYet):
        second = tiff.directory(tiff.first_at).next_at
        if second:
            return facts, _cut_out(tiff, _places(tiff, tiff.directory(second)))
    return facts, b""


def _places(tiff: Tiff, directory: Directory) -> list[tuple[int, int]]:
    """Where this directory says JPEG pictures are: (offset, length)."""
    places = [(tiff.number(directory, _JPEG_AT), tiff.number(directory, _JPEG_BYTES))]
    strips, sizes = tiff.numbers(directory, _STRIPS), tiff.numbers(directory, _STRIP_BYTES)
    if len(strips) == len(sizes) == 1 and tiff.number(directory, _COMPRESSION) in (6, 7):
        places.append((strips[0], sizes[0]))
    whole = directory.tags.get(_JPEG_FROM_RAW)
    if whole is not None:
        places.append((whole.at, whole.size))
    return [(at, length) for at, length in places if at and length and length <= _MOST_BYTES]


def _cut_out(tiff: Tiff, places: list[tuple[int, int]]) -> bytes:
    """The smallest picture that is good enough, or the largest. Raises NotThereYet where it is cut off."""
    ordered = sorted(places, key=lambda place: (place[1] < _GOOD_BYTES, abs(place[1] - _GOOD_BYTES)))
    for at, length in ordered:
        data = tiff.bytes_of(at, length)
        if _is_plain(data):
            return data
    return b""


def _is_plain(data: bytes) -> bool:
    """Whether these bytes are a JPEG that anybody decodes; RAW data may be a lossless one."""
    with suppress(NotThereYet):
        read = window(data)
        return any(jpeg.frame_size(read, segment) for segment in jpeg.segments(read))
    return False


def _peek_tiff(tiff: Tiff) -> Peek:
    facts = facts_of(tiff)
    try:
        places = [place for directory in tiff.chain() for place in _places(tiff, directory)]
        return Peek(facts, _cut_out(tiff, places))
    except NotTiff:
        return Peek(facts)
    except NotThereYet:
        return Peek(facts, settled=False)


def _peek_cr3(read: Read) -> Peek:
    facts, picture = CameraFacts(), b""
    for kind, at, length in open_box(read, (b"moov", b"uuid")):
        if kind not in (b"CMT1", b"CMT2", b"THMB") or length > _MOST_BYTES:
            continue
        data = read(at, length)
        if len(data) < length:
            return Peek(facts, settled=False)
        if kind == b"THMB":
            picture = data[max(data.find(jpeg.START), 0) :]
            continue
        with suppress(NotTiff):
            facts = merged(facts, facts_of(Tiff(window(data))))
    return Peek(facts, picture if _is_plain(picture) else b"")


def _peek_raf(read: Read) -> Peek:
    head = read(84, 8)
    if len(head) < 8:
        return Peek(settled=False)
    at, length = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:], "big")
    if not 0 < length <= _MOST_BYTES:
        return Peek()
    found = _peek_jpeg(read, at)
    whole = read(at, length)
    if len(whole) < length:
        return replace(found, settled=False)
    return replace(found, picture=found.picture or whole, size=None, settled=True)


def preview_of(found: Peek, *, edge: int = 512) -> bytes:
    """The embedded picture as a small plain JPEG, upright and without black bars; empty where there is none.

    Blocking, some milliseconds.
    """
    if not found.picture:
        return b""
    try:
        picture = open_jpeg(found.picture, at_least=edge, max_pixels=_MOST_PIXELS)
        picture = _without_bars(picture, found.size)
        return small_jpeg(turned(picture, found.facts.orientation), edge=edge)
    except PhotobotError:
        return b""


def _without_bars(picture: Image.Image, whole: tuple[int, int] | None) -> Image.Image:
    """Cameras put thumbnails of every shape into 160 x 120 pixels, with black bars around."""
    if whole is None or min(whole) == 0:
        return picture
    aspect = whole[0] / whole[1]
    width, height = picture.size
    if abs(width / height / aspect - 1) <= _BARS:
        return picture
    if width / height < aspect:
        kept = max(1, round(width / aspect))
        above = (height - kept) // 2
        return picture.crop((0, above, width, above + kept))
    kept = max(1, round(height * aspect))
    left = (width - kept) // 2
    return picture.crop((left, 0, left + kept, height))
