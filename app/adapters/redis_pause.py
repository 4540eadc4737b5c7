"""A pause after a failed call: while Redis hangs, not every guest and stage waits for the same timeout."""

import time

PAUSE_SECONDS = 2.0


class Pause:
    """Begins with a failure and ends by itself; what would be said meanwhile is lost and healed later."""

    def __init__(self, seconds: float = PAUSE_SECONDS) -> None:
        self._seconds = seconds
        self._until = 0.0

    def begin(self) -> None:
        """A call failed."""
        self._until = time.monotonic() + self._seconds

    @property
    def is_on(self) -> bool:
        """Whether to spare the next call."""
        return time.monotonic() < self._until
