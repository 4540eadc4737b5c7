"""The Rate port in memory: the same rule as the shared one, for one process."""

import time
from collections import defaultdict
from collections.abc import Callable


class MemoryRate:
    """Counts in lists; `now` is a clock in seconds that a test may move."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self.taken: defaultdict[str, list[float]] = defaultdict(list)

    async def take(self, key: str, *, limit: int, per_seconds: float) -> float:
        """0.0 when the call is taken, else how long until one is free."""
        now = self.now()
        window = [moment for moment in self.taken[key] if moment > now - per_seconds]
        if len(window) >= limit:
            return window[-limit] + per_seconds - now
        self.taken[key] = [*window, now]
        return 0.0
