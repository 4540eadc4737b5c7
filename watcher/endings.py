"""Reads from a file's bytes whether its format's end is there: the cheap evidence before the full decode."""

import re
from enum import Enum
from pathlib import Path
from typing import BinaryIO

TAIL = 64 * 1024
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
    if head[:4] in (b"II*\0", b"MM\0*") and head[8:10] == b"CR":
        return True
    return head.startswith(_RAW_HEADS) or head[4:12] == b"ftypcrx "


def read_head(path: Path) -> bytes:
    """The first 64 bytes. Raises OSError."""
    with path.open("rb") as stream:
        return stream.read(64)


def ending(path: Path) -> Ending:
    """The quick look: a file's head and its last 64 KiB. Blocking, under a millisecond. Raises OSError."""
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(0)
        head = stream.read(64)
        stream.seek(max(0, size - TAIL))
        tail = stream.read(TAIL)
        if not head.strip(b"\0"):
            return Ending.OPEN
        if head.startswith(b"\xff\xd8"):
            return _told(tail.rstrip(b"\0").endswith(b"\xff\xd9"))
        if head.startswith(b"\x89PNG"):
            return _told(tail.rstrip(b"\0").endswith(b"IEND\xaeB\x60\x82"))
        if head.startswith(b"RIFF") and head[8:12] in (b"WEBP", b""):
            announced = 8 + int.from_bytes(head[4:8], "little")
            return _told(size >= announced and bool(tail[-4096:].strip(b"\0")))
        if head[4:8] == b"ftyp" and not is_raw("", head):
            return _told(_boxes_fit(stream, size) and bool(tail[-4096:].strip(b"\0")))
    return Ending.UNTOLD


def _told(complete: bool) -> Ending:
    return Ending.ENDED if complete else Ending.OPEN


def _boxes_fit(stream: BinaryIO, size: int) -> bool:
    """Whether the top boxes of an ISO file add up to exactly its size."""
    at = 0
    for _ in range(1000):
        if at == size:
            return True
        stream.seek(at)
        header = stream.read(16)
        if len(header) < 8:
            return False
        length = int.from_bytes(header[:4], "big")
        if length == 0:
            return False  # "to the end of the file": says nothing about where that is
        if length == 1:
            length = int.from_bytes(header[8:16], "big")
        if length < 8 or at + length > size:
            return False
        at += length
    return False


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
