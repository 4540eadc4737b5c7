"""A pause after a failed call: while Redis hangs, not every guest and stage waits for the same timeout."""

import time

FIRST_SECONDS = 2.0
LONGEST_SECONDS = 8.0


class Pause:
    """Begins with a failure, doubles with each one in a row; what would be said meanwhile is healed later.

    All that speak to one Redis share one: who waited in vain spares the others the wait.
    """

    def __init__(self) -> None:
        self._seconds = FIRST_SECONDS
        self._until = 0.0

    @property
    def is_on(self) -> bool:
        """Whether to spare the next call."""
        return time.monotonic() < self._until

    def begin(self) -> None:
        """A call failed."""
        self._until = time.monotonic() + self._seconds
        self._seconds = min(self._seconds * 2, LONGEST_SECONDS)

    def end(self) -> None:
        """A call succeeded."""
        self._seconds = FIRST_SECONDS
        self._until = 0.0
