"""Writes TIFF structures as cameras do: EXIF blocks with a thumbnail, and RAW files of several makers."""

import struct
from dataclasses import dataclass
from typing import Any

Tags = dict[int, Any]
"""tag → text, a number or numbers (LONG), Short, bytes (UNDEFINED), Data (offsets), Below (directories)."""


@dataclass(frozen=True)
class Short:
    """Numbers of 16 bits."""

    values: tuple[int, ...]


@dataclass(frozen=True)
class Data:
    """Pieces that stand behind everything else; the tag holds their offsets."""

    pieces: tuple[bytes, ...]


@dataclass(frozen=True)
class Below:
    """Directories the tag points to."""

    directories: tuple[Tags, ...]


class _Writer:
    def __init__(self, order: str, magic: int, first_at: int) -> None:
        self.order = order
        self.out = bytearray((b"II" if order == "<" else b"MM") + struct.pack(order + "HI", magic, first_at))
        self.out += bytes(first_at - len(self.out))
        self.late: list[tuple[int, bytes]] = []

    def put(self, data: bytes) -> int:
        at = len(self.out)
        self.out += data + bytes(len(data) % 2)
        return at

    def directory(self, tags: Tags) -> int:
        """Its place; the link to the next one is the last 4 bytes."""
        start = len(self.out)
        self.out += struct.pack(self.order + "H", len(tags)) + bytes(12 * len(tags) + 4)
        for number, (tag, value) in enumerate(sorted(tags.items(), key=lambda item: item[0])):
            place = start + 2 + 12 * number
            kind, count, data = self.value(value, place)
            if len(data) > 4:
                data = struct.pack(self.order + "I", self.put(data))
            struct.pack_into(self.order + "HHI", self.out, place, tag, kind, count)
            if not isinstance(value, Data) or count > 1:
                self.out[place + 8 : place + 12] = data.ljust(4, b"\0")
            if isinstance(value, Data):
                at = place + 8 if count == 1 else struct.unpack_from(self.order + "I", self.out, place + 8)[0]
                self.late += [(at + 4 * piece, data) for piece, data in enumerate(value.pieces)]
        return start

    def value(self, value: Any, place: int) -> tuple[int, int, bytes]:
        if isinstance(value, str):
            data = value.encode() + b"\0"
            return 2, len(data), data
        if isinstance(value, bytes):
            return 7, len(value), value
        if isinstance(value, Short):
            count = len(value.values)
            return 3, count, struct.pack(f"{self.order}{count}H", *value.values)
        if isinstance(value, Data):
            return 4, len(value.pieces), bytes(4 * len(value.pieces))
        if isinstance(value, Below):
            offsets = tuple(self.directory(tags) for tags in value.directories)
            return 4, len(offsets), struct.pack(f"{self.order}{len(offsets)}I", *offsets)
        numbers = value if isinstance(value, tuple) else (value,)
        return 4, len(numbers), struct.pack(f"{self.order}{len(numbers)}I", *numbers)


def tiff(*directories: Tags, order: str = "<", magic: int = 42, head: bytes = b"") -> bytes:
    """The chain of directories with all they hold; `head` stands between the header and the first one."""
    writer = _Writer(order, magic, 8 + len(head))
    writer.out[8 : 8 + len(head)] = head
    link = 4
    for tags in directories:
        at = writer.directory(tags)
        struct.pack_into(order + "I", writer.out, link, at)
        link = at + 2 + 12 * len(tags)
    for place, data in writer.late:
        struct.pack_into(order + "I", writer.out, place, writer.put(data))
    return bytes(writer.out)


def exif(
    *,
    make: str = "Canon",
    model: str = "Canon EOS R6",
    serial: str = "",
    taken: str = "",
    sub_seconds: str = "",
    zone: str = "",
    orientation: int = 1,
    thumbnail: bytes = b"",
) -> bytes:
    """An EXIF block (without the segment around it)."""
    details: Tags = {0x9003: taken, 0x9291: sub_seconds, 0x9011: zone, 0xA431: serial}
    main: Tags = {0x010F: make, 0x0110: model, 0x0112: Short((orientation,))}
    main[0x8769] = Below(({tag: text for tag, text in details.items() if text} or {0x9000: b"0232"},))
    second: list[Tags] = []
    if thumbnail:
        second = [{0x0103: Short((6,)), 0x0201: Data((thumbnail,)), 0x0202: len(thumbnail)}]
    return b"Exif\0\0" + tiff(main, *second, order=">")
