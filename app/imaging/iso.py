"""Reads the boxes of ISO media files (HEIC, Canon's CR3) from bytes of which not all may be there yet."""

from collections.abc import Iterator

from app.imaging.tiff import NotThereYet, Read

_MOST_BOXES = 1000
_UUID = 16

Box = tuple[bytes, int, int]
"""Its kind, where its content begins, and the content's length."""


def boxes(read: Read, at: int, end: int | None = None) -> Iterator[Box]:
    """The boxes from `at` to `end` (or for ever), read by their headers alone.

    Raises NotThereYet when a header is not there. Stops at nonsense, and at a box that goes "to the end".
    """
    for _ in range(_MOST_BOXES):
        if end is not None and at + 8 > end:
            return
        header = read(at, 16)
        if len(header) < 8:
            raise NotThereYet(f"a box at {at}")
        length, kind, head = int.from_bytes(header[:4], "big"), header[4:8], 8
        if length == 1:
            if len(header) < 16:
                raise NotThereYet(f"a box at {at}")
            length, head = int.from_bytes(header[8:16], "big"), 16
        if length < head:
            return
        if kind == b"uuid":
            head += _UUID
        yield kind, at + head, length - head
        at += length


def open_box(read: Read, path: tuple[bytes, ...], at: int = 0, end: int | None = None) -> Iterator[Box]:
    """The boxes inside the first box of each kind of `path`. Raises NotThereYet as `boxes` does."""
    for kind in path:
        for found, start, length in boxes(read, at, end):
            if found == kind:
                at, end = start, start + length
                break
        else:
            return
    yield from boxes(read, at, end)
