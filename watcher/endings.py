"""Reads from a file's bytes whether its format's end is there: the cheap evidence before the full decode."""

import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import BinaryIO

from app.imaging.tiff import Read
from watcher.structure import (
    Extent,
    box_extent,
    ciff_extent,
    mpf_extent,
    raf_extent,
    tiff_extent,
    written,
)

TAIL = 64 * 1024
_ROOM = 4096
"""Zeros at the end, at least so many, are room that was taken beforehand."""
_WALK_CHUNK = 1024 * 1024
_ZEROS = bytes(4096)
_SCAN_MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
_RAW_SUFFIXES = {
    ".cr2",
    ".cr3",
    ".crw",
    ".nef",
    ".nrw",
    ".arw",
    ".raf",
    ".orf",
    ".rw2",
    ".dng",
    ".pef",
    ".srw",
}
_RAW_HEADS = (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0")


class Ending(Enum):
    """What the bytes say about a file's end."""

    ENDED = "ended"
    """The format's own end stands at the end of the file."""
    OPEN = "open"
    """A known format, or nothing but zeros, and the end is missing: more must come."""
    UNTOLD = "untold"
    """This content has no end that could be recognised."""


def is_raw(name: str, head: bytes = b"") -> bool:
    """Whether a file is a camera's RAW, by its name or by its first bytes (give at least 16)."""
    if Path(name).suffix.lower() in _RAW_SUFFIXES:
        return True
    if (head[:4] in (b"II*\0", b"MM\0*") and head[8:10] == b"CR") or head[6:14] == b"HEAPCCDR":
        return True
    return head.startswith(_RAW_HEADS) or head[4:12] == b"ftypcrx "


def read_head(path: Path) -> bytes:
    """The first 64 bytes. Raises OSError."""
    with path.open("rb") as stream:
        return stream.read(64)


@dataclass(frozen=True)
class Glance:
    """What a quick look tells: whether the end is there, how much has come, how much there will be."""

    ending: Ending
    written: int = 0
    """Less than the size where the writer took all the room at once."""
    expected: int | None = None
    """Told by the format or by that room, so exact; None where nobody can know."""


def glance(path: Path) -> Glance:
    """Look at a file's headers and its last 64 KiB. Blocking, about a millisecond. Raises OSError."""
    with path.open("rb", buffering=0) as stream:
        size = stream.seek(0, 2)

        def read(at: int, length: int) -> bytes:
            stream.seek(at)
            return stream.read(length) or b""

        head, tail = read(0, 64), read(max(0, size - TAIL), TAIL)
        if not head.strip(b"\0"):
            return Glance(Ending.OPEN, 0, size if size > _ROOM else None)
        end, expected = _judge(read, head, tail, size, raw=is_raw(path.name, head))
        if tail[-_ROOM:].strip(b"\0") or size <= _ROOM:
            return Glance(end, size, expected)
        return Glance(end, written(read, size), expected or size)


def ending(path: Path) -> Ending:
    """Only whether the end is there. Blocking. Raises OSError."""
    return glance(path).ending


def _judge(read: Read, head: bytes, tail: bytes, size: int, *, raw: bool) -> tuple[Ending, int | None]:
    """The ending, and the size when the format says it."""
    closed = bool(tail[-_ROOM:].strip(b"\0"))
    if head.startswith(b"\xff\xd8"):
        more = mpf_extent(read)
        marked = tail.rstrip(b"\0").endswith(b"\xff\xd9")
        return _told(marked and (more is None or size >= more)), more
    if head.startswith(b"\x89PNG"):
        return _told(tail.rstrip(b"\0").endswith(b"IEND\xaeB\x60\x82")), None
    if head.startswith(b"RIFF") and head[8:12] in (b"WEBP", b""):
        announced = 8 + int.from_bytes(head[4:8], "little")
        return _told(size >= announced and closed), announced
    if head.startswith(b"FUJIFILM"):
        return _reached(raf_extent(read), size, closed)
    if head[6:14] == b"HEAPCCDR":
        return _told(ciff_extent(read, size).told), None
    if head[4:8] == b"ftyp":
        return _reached(box_extent(read, size), size, closed)
    if raw:
        return _reached(tiff_extent(read), size, closed)
    return Ending.UNTOLD, None


def _told(complete: bool) -> Ending:
    return Ending.ENDED if complete else Ending.OPEN


def _reached(extent: Extent | None, size: int, closed: bool) -> tuple[Ending, int | None]:
    """Data behind what the headers speak of is not unusual, and may still grow: that is no end."""
    if extent is None:
        return Ending.UNTOLD, None
    if not extent.told:
        return Ending.OPEN, None
    if size < extent.end or not closed:
        return Ending.OPEN, extent.end
    return (Ending.ENDED if size == extent.end else Ending.UNTOLD), max(size, extent.end)


def deep_ending(path: Path) -> Ending:
    """The long look at a JPEG without an end marker at its very end: some cameras append data of their own.

    Walks all segments and scans. UNTOLD when the picture's own end is found with something behind it, OPEN
    when it is missing. Other formats: as `ending`. Blocking, some 20 ms. Raises OSError.
    """
    quick = ending(path)
    if quick is not Ending.OPEN:
        return quick
    with path.open("rb") as stream:
        if stream.read(2) != b"\xff\xd8":
            return quick
        return Ending.UNTOLD if _walk_jpeg(stream) else Ending.OPEN


def _walk_jpeg(stream: BinaryIO) -> bool:
    """Whether a JPEG's end-of-image marker is reached, starting behind its start marker."""
    for _ in range(100_000):
        mark = stream.read(2)
        if len(mark) < 2 or mark[0] != 0xFF:
            return False
        if mark[1] == 0xFF:
            stream.seek(-1, 1)
            continue
        if mark[1] == 0xD9:
            return True
        length = int.from_bytes(stream.read(2), "big")
        if length < 2:
            return False
        stream.seek(length - 2, 1)
        if mark[1] == 0xDA and not _skip_scan(stream):
            return False
    return False


def _skip_scan(stream: BinaryIO) -> bool:
    """Move to the marker that follows entropy-coded data; False when the file ends before one."""
    while True:
        start = stream.tell()
        chunk = stream.read(_WALK_CHUNK)
        found = _SCAN_MARKER.search(chunk)
        if found:
            stream.seek(start + found.end() - 2)
            return True
        if len(chunk) < _WALK_CHUNK:
            return False
        stream.seek(-2, 1)  # a marker may lie across two chunks


def has_hole(chunk: bytes) -> bool:
    """Whether 4 KiB of zeros stand in a piece of a compressed file: a place that is still to be written."""
    return _ZEROS in chunk
