"""Keeps what large pictures needed for a moment from staying with the program for the whole evening."""

import ctypes
import sys
from contextlib import suppress

_ARENA_MAX = -8
_MMAP_THRESHOLD = -3
_TRIM_THRESHOLD = -1
_MIB = 1024 * 1024


def tame_allocator(*, large: int = 4 * _MIB, heaps: int | None = None) -> None:
    """Call before the first thread is started.

    glibc gives every thread its own heap and learns to keep large pieces in it; both never come back to the
    system. A web in which an administrator tried frames of 36 megapixels kept 2.4 GB; with pieces of `large`
    bytes and more given back at once, nothing. `heaps` bounds how many there are, for a program that works
    with pieces of large files; each then keeps `large` bytes for the next piece: asking the system for every
    piece of 1 MiB anew made hashing a file take twice its time. Elsewhere than on glibc it does nothing.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            libc = ctypes.CDLL(None)
            libc.mallopt(_MMAP_THRESHOLD, large)
            if heaps is not None:
                libc.mallopt(_ARENA_MAX, heaps)
                libc.mallopt(_TRIM_THRESHOLD, large)
