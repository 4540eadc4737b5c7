"""Reads TIFF directories (EXIF, and most cameras' RAW files) from bytes of which not all may be there yet."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

Read = Callable[[int, int], bytes]
"""(offset, length) → the bytes there; fewer where they end."""

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_NUMBERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I"}
_MAGIC = {42, 0x55, 0x4F52, 0x5352}
"""TIFF and DNG, Panasonic's RW2, Olympus' ORF (two spellings)."""
_MOST_ENTRIES = 1000
_MOST_DIRECTORIES = 64
_MOST_VALUES = 65_536

SUB_DIRECTORIES = 0x014A
EXIF_DIRECTORY = 0x8769


def window(data: bytes) -> Read:
    """Bytes in memory, read as a file is."""
    return lambda at, length: data[at : at + length]


class NotTiff(ValueError):
    """These bytes make no sense as TIFF."""


class NotThereYet(EOFError):
    """The bytes end before what was asked for."""


@dataclass(frozen=True)
class Entry:
    """One tag: its type, how many values, and where their bytes stand."""

    kind: int
    count: int
    at: int

    @property
    def size(self) -> int:
        """The length of its values in bytes."""
        return _SIZES.get(self.kind, 0) * self.count


@dataclass(frozen=True)
class Directory:
    """One image file directory: where its own bytes end, its tags, and where the next one is.

    `next_at` is 0 for none, and None where the bytes end before they say so.
    """

    end: int
    next_at: int | None
    tags: dict[int, Entry] = field(default_factory=dict)


class Tiff:
    """A TIFF structure; every offset counts from its first byte."""

    def __init__(self, read: Read) -> None:
        """Raises NotTiff, or NotThereYet when the header is not complete."""
        self._read = read
        head = self._exactly(0, 8)
        if head[:2] not in (b"II", b"MM"):
            raise NotTiff("no byte order")
        self._order = "<" if head[:2] == b"II" else ">"
        self.byte_order: Literal["little", "big"] = "little" if head[:2] == b"II" else "big"
        magic, self.first_at = struct.unpack(self._order + "HI", head[2:])
        if magic not in _MAGIC:
            raise NotTiff("no TIFF")

    def _exactly(self, at: int, length: int) -> bytes:
        found = self._read(at, length)
        if len(found) < length:
            raise NotThereYet(f"{length} bytes at {at}")
        return found

    def directory(self, at: int) -> Directory:
        """The directory at an offset. Raises NotTiff, NotThereYet."""
        (count,) = struct.unpack(self._order + "H", self._exactly(at, 2))
        if not 0 < count <= _MOST_ENTRIES:
            raise NotTiff(f"{count} entries")
        end = at + 2 + 12 * count
        table = self._exactly(at + 2, 12 * count)
        tags: dict[int, Entry] = {}
        for place in range(0, 12 * count, 12):
            tag, kind, values, offset = struct.unpack_from(self._order + "HHII", table, place)
            if kind not in _SIZES:
                continue
            inline = _SIZES[kind] * values <= 4
            tags[tag] = Entry(kind, values, at + 2 + place + 8 if inline else offset)
        if len(tags) * 2 < count:
            raise NotTiff("most entries are of no known type")
        link = self._read(end, 4)
        next_at = struct.unpack(self._order + "I", link)[0] if len(link) == 4 else None
        return Directory(end, next_at, tags)

    def chain(self) -> Iterator[Directory]:
        """The main directories and all below them. Raises NotTiff, NotThereYet."""
        seen: set[int] = set()
        todo = [self.first_at]
        while todo:
            at = todo.pop(0)
            if at == 0 or at in seen:
                continue
            seen.add(at)
            if len(seen) > _MOST_DIRECTORIES:
                raise NotTiff("too many directories")
            found = self.directory(at)
            yield found
            if found.next_at is None:
                raise NotThereYet("the link to the next directory")
            todo.append(found.next_at)
            for tag in (SUB_DIRECTORIES, EXIF_DIRECTORY):
                todo.extend(self.numbers(found, tag))

    def numbers(self, directory: Directory, tag: int) -> tuple[int, ...]:
        """A tag's whole numbers; none where there is no such tag or it holds something else."""
        entry = directory.tags.get(tag)
        if entry is None or entry.kind not in _NUMBERS or entry.count > _MOST_VALUES:
            return ()
        data = self._exactly(entry.at, entry.size)
        return struct.unpack(f"{self._order}{entry.count}{_NUMBERS[entry.kind]}", data)

    def number(self, directory: Directory, tag: int) -> int | None:
        """A tag's first whole number."""
        return next(iter(self.numbers(directory, tag)), None)

    def text(self, directory: Directory, tag: int) -> str:
        """A tag's text up to its end mark; empty where there is none."""
        entry = directory.tags.get(tag)
        if entry is None or entry.kind not in (2, 7) or entry.count > 1000:
            return ""
        return self._exactly(entry.at, entry.size).split(b"\0")[0].decode("utf-8", "replace").strip()

    def bytes_of(self, at: int, length: int) -> bytes:
        """Bytes of the file. Raises NotThereYet."""
        return self._exactly(at, length)
