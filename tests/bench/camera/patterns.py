"""How cameras and their programs write a file, and when its head and its last byte were there."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

MIB = 1024 * 1024
HEAD = 64 * 1024
"""The camera's embedded thumbnail stands within this."""
FAST_READER, USB_2_READER = 90e6, 35e6
"""Bytes per second: what a UHS-I card gives, and what a USB 2.0 port lets through."""


@dataclass(frozen=True)
class Written:
    """Wall-clock seconds: the embedded thumbnail could be read; the last write, close or rename was over."""

    readable_at: float
    last_byte_at: float


Write = Callable[[Path, bytes], Written]


def one_write(path: Path, data: bytes) -> Written:
    """The whole file in one system call."""
    return _pieces(path, data, len(data), 0.0)


def usb_chunks(path: Path, data: bytes) -> Written:
    """A tether cable: 1 MiB every 30 ms."""
    return _pieces(path, data, MIB, 0.030)


def short_stall(path: Path, data: bytes) -> Written:
    """A tether cable with 0.7 s of silence in the middle."""
    return _pieces(path, data, MIB, 0.030, stall=0.7)


def long_stall(path: Path, data: bytes) -> Written:
    """A tether cable with 5 s of silence in the middle."""
    return _pieces(path, data, MIB, 0.030, stall=5.0)


def slow_wifi(path: Path, data: bytes) -> Written:
    """A wireless card: 64 KiB every 20 ms."""
    return _pieces(path, data, HEAD, 0.020)


def preallocated(path: Path, data: bytes) -> Written:
    """The full size in zeros, then the picture from front to back, 1 MiB every 30 ms."""
    path.write_bytes(bytes(len(data)))
    return _pieces(path, data, MIB, 0.030, mode="rb+")


def renamed(path: Path, data: bytes) -> Written:
    """A careful program: all of it under another name, then the real one."""
    part = path.with_name(path.name + ".part")
    _pieces(part, data, MIB, 0.0)
    part.rename(path)
    now = time.time()
    return Written(now, now)


def copied(path: Path, data: bytes, per_second: float = FAST_READER) -> Written:
    """A file manager copies from a card: as fast as it is read, then the picture's own time is set."""
    written = _pieces(path, data, MIB, MIB / per_second)
    an_hour_ago = written.last_byte_at - 3600
    os.utime(path, (an_hour_ago, an_hour_ago))
    return Written(written.readable_at, time.time())


def _pieces(
    path: Path, data: bytes, piece: int, pause: float, *, stall: float = 0.0, mode: str = "wb"
) -> Written:
    """Write piece by piece, each at its time; the stall comes when half is written."""
    view, readable_at, stalled = memoryview(data), 0.0, not stall
    due = time.monotonic()
    with path.open(mode, buffering=0) as stream:
        for start in range(0, len(data), piece):
            time.sleep(max(0.0, due - time.monotonic()))
            stream.write(view[start : start + piece])
            due += pause
            if not readable_at and start + piece >= HEAD:
                readable_at = time.time()
            if not stalled and start + piece >= len(data) // 2:
                due, stalled = due + stall, True
    return Written(readable_at or time.time(), time.time())


@dataclass(frozen=True)
class Pattern:
    """A way of writing. `files` are written one after the other, one each `every` seconds or at once."""

    name: str
    words: str
    write: Write
    slow: bool = False
    """Takes a while and little of the machine: the plan's folder is written at the same time."""
    files: int = 1
    every: float = 0.0
    raw: bool = False
    guest: bool = True
    """Whether somebody stands in front of the camera; without a guest the files go to the tray."""


PATTERNS = (
    Pattern("one_write", "one write", one_write),
    Pattern("usb_chunks", "USB, 1 MiB each 30 ms", usb_chunks, slow=True),
    Pattern("stall_0_7s", "USB with a 0.7 s stall", short_stall, slow=True),
    Pattern("stall_5s", "USB with a 5 s stall", long_stall, slow=True),
    Pattern("preallocated", "zeros, then front to back", preallocated, slow=True),
    Pattern("renamed", "temporary name, then renamed", renamed),
    Pattern("slow_wifi", "Wi-Fi, 64 KiB each 20 ms", slow_wifi, slow=True),
    Pattern("raw_jpeg", "RAW and JPEG of one shot", one_write, raw=True),
    Pattern("burst", "20 in 4 s", one_write, files=20, every=0.2),
    Pattern("card_copy", "card copy", copied, files=100, guest=False),
    Pattern(
        "card_copy_usb2", "card copy, USB 2", partial(copied, per_second=USB_2_READER), files=100, guest=False
    ),
)


def write_series(
    pattern: Pattern, folder: Path, files: Sequence[tuple[str, bytes, bytes | None]]
) -> Iterator[tuple[str, Written]]:
    """Write files (name, picture, RAW or None) as the pattern says; a RAW comes right before its picture."""
    due = time.monotonic()
    for name, data, raw in files:
        time.sleep(max(0.0, due - time.monotonic()))
        due += pattern.every
        if raw is not None:
            one_write((folder / name).with_suffix(".DNG"), raw)
        yield name, pattern.write(folder / name, data)
