"""In a burst every picture is shown before the first one is sent: both want the same two cores."""

from collections.abc import Callable
from dataclasses import dataclass

HELD_SECONDS = 5.0
"""Longer than this no upload waits for others to be shown: a copied card goes on for minutes."""


@dataclass
class ScreenFirst:
    """Says whether uploads wait now; `examining`: pictures are being proved whole, for the screen."""

    examining: Callable[[], bool]
    _since: float | None = None

    def holds(self, now: float) -> bool:
        """Whether an upload that could begin waits a little."""
        if not self.examining():
            self._since = None
            return False
        self._since = now if self._since is None else self._since
        return now - self._since < HELD_SECONDS
