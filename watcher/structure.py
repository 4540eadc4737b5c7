"""How large a file says it will be: sizes told by headers, read from the bytes that are there so far."""

from contextlib import suppress
from dataclasses import dataclass

from app.imaging.iso import boxes
from app.imaging.jpeg import segments
from app.imaging.tiff import Directory, NotThereYet, NotTiff, Read, Tiff

_STRIPS = ((0x0111, 0x0117), (0x0144, 0x0145), (0x0201, 0x0202), (0x0118, 0x0117))
"""(offsets, lengths) of strips, tiles, embedded JPEGs, and Panasonic's RAW data."""
_NOWHERE = 0xFFFF_FF00
_MPF = 0xE2
_MPF_ENTRIES = 0xB002
_CIFF_HEAP = 26


@dataclass(frozen=True)
class Extent:
    """`end` is how far the data reach that the headers speak of; `told` says that all of them were read."""

    end: int
    told: bool = True


def tiff_extent(read: Read) -> Extent | None:
    """How far a TIFF-like RAW reaches; None when the structure makes no sense."""
    end = 0
    try:
        tiff = Tiff(read)
        for directory in tiff.chain():
            end = max(end, _reach(tiff, directory))
    except NotThereYet:
        return Extent(end, told=False)
    except NotTiff:
        return None
    return Extent(end)


def _reach(tiff: Tiff, directory: Directory) -> int:
    ends = [directory.end]
    ends += [entry.at + entry.size for entry in directory.tags.values()]
    for offsets_tag, lengths_tag in _STRIPS:
        offsets, lengths = tiff.numbers(directory, offsets_tag), tiff.numbers(directory, lengths_tag)
        if len(offsets) == len(lengths):
            ends += [at + length for at, length in zip(offsets, lengths, strict=True) if at < _NOWHERE]
    return max(ends)


def box_extent(read: Read, size: int) -> Extent | None:
    """How far the top boxes of an ISO file reach; None where the last one goes "to the end"."""
    end, data = 0, False
    try:
        for kind, at, length in boxes(read, 0):
            end, data = at + length, data or kind == b"mdat"
            if data and end >= size:
                return Extent(end)
    except NotThereYet:
        return Extent(end, told=False)
    return None if read(end, 8).strip(b"\0") else Extent(end, told=False)


def raf_extent(read: Read) -> Extent | None:
    """How far a Fujifilm RAW reaches: its header says where JPEG, table and sensor data stand."""
    head = read(84, 24)
    if len(head) < 24:
        return Extent(0, told=False)
    numbers = [int.from_bytes(head[at : at + 4], "big") for at in range(0, 24, 4)]
    end = max(at + length for at, length in zip(numbers[::2], numbers[1::2], strict=True))
    return Extent(end) if end > 108 else None


def ciff_extent(read: Read, size: int) -> Extent:
    """Canon's CRW has its table of contents at its very end, and a pointer to that as its last 4 bytes."""
    heap = int.from_bytes(read(2, 4), "little")
    table = heap + int.from_bytes(read(size - 4, 4), "little") if size > heap + 4 else size
    count = int.from_bytes(read(table, 2), "little") if table + 2 <= size - 4 else 0
    return Extent(size, told=heap >= _CIFF_HEAP and count > 0 and table + 2 + 10 * count + 4 == size)


def mpf_extent(read: Read) -> int | None:
    """Where the last picture of a multi-picture JPEG ends: cameras append a larger preview to the photo."""
    with suppress(NotThereYet, NotTiff):
        for segment in segments(read, limit=256 * 1024):
            if segment.marker == _MPF and read(segment.at, 4) == b"MPF\0":
                return _last_picture(read, segment.at + 4)
    return None


def _last_picture(read: Read, base: int) -> int | None:
    """The furthest end in the list of pictures; offsets count from `base`, but the first picture's from 0."""
    tiff = Tiff(lambda at, length: read(base + at, length))
    entry = tiff.directory(tiff.first_at).tags.get(_MPF_ENTRIES)
    if entry is None or not 16 <= entry.size <= 1024:
        return None
    table = tiff.bytes_of(entry.at, entry.size)
    ends = [0]
    for place in range(0, len(table) - 15, 16):
        length = int.from_bytes(table[place + 4 : place + 8], tiff.byte_order)
        offset = int.from_bytes(table[place + 8 : place + 12], tiff.byte_order)
        ends.append((base + offset if offset else 0) + length)
    return max(ends)


def written(read: Read, size: int) -> int:
    """How much of a file that was given its full size at once has really come, found in a few reads.

    Counts from the front to the last piece that is not all zeros.
    """
    piece = 64 * 1024
    first, last = 0, (size + piece - 1) // piece
    while first < last:
        middle = (first + last) // 2
        if read(middle * piece, piece).strip(b"\0"):
            first = middle + 1
        else:
            last = middle
    if first == 0:
        return 0
    start = (first - 1) * piece
    return start + len(read(start, piece).rstrip(b"\0"))
