"""How fast the line to the server is, and how fast it may be: measured and bounded over all uploads."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_ENOUGH_BYTES = 64 * 1024
"""Less is gone into the system's buffers at once and says nothing about the line."""
_BURST_SECONDS = 0.25
_FORGET = 0.5
_ANSWER_SECONDS = 0.5
"""So long the server may take to answer without it counting as time on the line."""


class Pace:
    """Bytes, and the time in which uploads wanted to hand them over: the last few and the current ones."""

    def __init__(self, now: Callable[[], float], *, limit: float = 0.0) -> None:
        self._now = now
        self._limit = limit
        self._free_at = 0.0
        self._handing = 0
        self._since = 0.0
        self._bytes = self._seconds = 0.0
        self._past_bytes = self._past_seconds = 0.0

    async def take(self, size: int) -> None:
        """Wait until this many bytes may be sent."""
        if not self._limit:
            return
        now = self._now()
        self._free_at = max(self._free_at, now - _BURST_SECONDS) + size / self._limit
        if self._free_at > now:
            await asyncio.sleep(self._free_at - now)

    @contextmanager
    def handing_over(self, size: int) -> Iterator[None]:
        """While the line takes these bytes."""
        self._count()
        self._handing += 1
        try:
            yield
            self._bytes += size
        finally:
            self._count()
            self._handing -= 1

    def answered(self, seconds: float) -> None:
        """An upload's answer came so long after its last bytes: what lay in buffers went out meanwhile."""
        self._seconds += max(0.0, seconds - _ANSWER_SECONDS)
        self._fold()

    def _fold(self) -> None:
        """An upload has ended: the older an upload, the less it says."""
        if self._bytes < _ENOUGH_BYTES and self._seconds < 1:
            return
        self._past_bytes = self._past_bytes * _FORGET + self._bytes
        self._past_seconds = self._past_seconds * _FORGET + self._seconds
        self._bytes = self._seconds = 0.0

    def _count(self) -> None:
        now = self._now()
        if self._handing:
            self._seconds += now - self._since
        self._since = now

    def rate(self) -> float | None:
        """Bytes per second; None while nothing is known."""
        self._count()
        sent, seconds = self._bytes + self._past_bytes, self._seconds + self._past_seconds
        if sent < _ENOUGH_BYTES and seconds < 1:
            return None
        measured = max(sent, 1.0) / max(seconds, 1e-3)
        return min(measured, self._limit) if self._limit else measured

    def would_take(self, size: int) -> float:
        """Seconds that many bytes would need; 0 while nothing is known."""
        rate = self.rate()
        return size / rate if rate else 0.0
