"""The parts of a JPEG file, read without decoding: its segments, its size, its coded picture's hash."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.imaging.tiff import NotThereYet, Read

START = b"\xff\xd8"
END = b"\xff\xd9"
_END = re.compile(END)
"""Twice as fast as `bytes.find` in data full of 0xff."""
_SCAN = 0xDA
_FRAMES = {0xC0, 0xC1, 0xC2}
"""Baseline, extended and progressive: what a picture is coded in (lossless ones are RAW data)."""
_METADATA = {*range(0xE0, 0xF0), 0xFE}
_BARE = {0x01, *range(0xD0, 0xD9)}


@dataclass(frozen=True)
class Segment:
    """A marker, and where its data stand (behind the length)."""

    marker: int
    at: int
    length: int


def segments(read: Read, at: int = 0, limit: int = 2**40) -> Iterator[Segment]:
    """The segments of a JPEG that starts at `at`, up to the first scan, which is the last one given.

    Raises NotThereYet when the bytes end first (or `limit` is reached); ends early on nonsense.
    """
    if _exactly(read, at, 2) != START:
        return
    place = at + 2
    while place < limit:
        mark = _exactly(read, place, 2)
        if mark[0] != 0xFF:
            return
        if mark[1] == 0xFF or mark[1] in _BARE:
            place += 1 if mark[1] == 0xFF else 2
            continue
        length = int.from_bytes(_exactly(read, place + 2, 2), "big")
        if length < 2:
            return
        yield Segment(mark[1], place + 4, length - 2)
        if mark[1] == _SCAN:
            return
        place += 2 + length
    raise NotThereYet("the scan is further back than anybody looks")


def _exactly(read: Read, at: int, length: int) -> bytes:
    found = read(at, length)
    if len(found) < length:
        raise NotThereYet(f"{length} bytes at {at}")
    return found


def frame_size(read: Read, found: Segment) -> tuple[int, int] | None:
    """Width and height, when this segment says them."""
    if found.marker not in _FRAMES:
        return None
    data = _exactly(read, found.at, 5)
    return int.from_bytes(data[3:5], "big"), int.from_bytes(data[1:3], "big")


class CodedHash:
    """Hashes a JPEG's coded picture without its metadata: the same before and after an EXIF rewrite.

    Tables, frame, scans up to the picture's own end count; APPn and comments, and whatever stands behind the
    end, do not. Give it the file in pieces.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._left = b""
        self._skip = 0
        self._keep = 0
        self._state = "start"

    def update(self, chunk: bytes) -> None:
        """Take in the next piece."""
        while chunk and self._state not in ("done", "none"):
            if self._state == "scan":
                chunk = self._scan(chunk)
            elif self._skip:
                self._skip, chunk = self._skip - min(self._skip, len(chunk)), chunk[self._skip :]
            elif self._keep:
                self._hash.update(chunk[: self._keep])
                self._keep, chunk = self._keep - min(self._keep, len(chunk)), chunk[self._keep :]
                if not self._keep and self._state == "scan-head":
                    self._state = "scan"
            else:
                chunk = self._header(self._left + chunk)

    def _header(self, data: bytes) -> bytes:
        """Look at one marker; what is behind its length is returned."""
        self._left = b""
        if self._state == "start" and len(data) >= 2:
            self._state = "header" if data.startswith(START) else "none"
            return data[2:]
        while data[:2] == b"\xff\xff":
            data = data[1:]
        if len(data) < 4:
            self._left = data
            return b""
        marker, length = data[1], int.from_bytes(data[2:4], "big")
        if data[0] != 0xFF or length < 2 or marker in _BARE:
            self._state = "none"
        elif marker in _METADATA:
            self._skip = length - 2
        else:
            self._hash.update(data[:4])
            self._keep = length - 2
            self._state = "scan-head" if marker == _SCAN else "header"
        return data[4:]

    def _scan(self, chunk: bytes) -> bytes:
        data = self._left + chunk
        if end := _END.search(data):
            self._hash.update(data[: end.start()])
            self._left, self._state = b"", "done"
            return b""
        cut = len(data) - 1 if data.endswith(b"\xff") else len(data)
        self._hash.update(data[:cut])
        self._left = data[cut:]
        return b""

    def hexdigest(self) -> str:
        """The hash; empty for anything but a JPEG that has come to its end."""
        return self._hash.hexdigest() if self._state == "done" else ""
