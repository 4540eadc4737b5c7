"""A picture is shown before it is sent, and a burst before its first is: both want the same two cores."""

from dataclasses import dataclass
from math import inf

HELD_SECONDS = 5.0
"""Longer than this no upload waits for others to be shown: a copied card goes on for minutes."""
BURST_SECONDS = 0.6
"""Pictures that follow each other faster are a burst; the next one is waited for as long."""
SHOWN_SECONDS = 0.25
"""What a picture that is known to be whole needs until it is painted on a screen."""


@dataclass
class ScreenFirst:
    """Told when a picture begins and ends to be proved whole; says whether uploads wait now."""

    _proving: int = 0
    _last: float = -inf
    _in_burst: bool = False
    _since: float | None = None

    def begins(self, now: float) -> None:
        """A picture is on its way to the screen."""
        self._in_burst = self._proving > 0 or now - self._last < BURST_SECONDS
        self._proving += 1

    def ends(self, now: float) -> None:
        """It is on its last steps to the screen, or none."""
        self._proving -= 1
        self._last = now

    def holds(self, now: float) -> bool:
        """Whether an upload that could begin waits a little."""
        after = BURST_SECONDS if self._in_burst else SHOWN_SECONDS
        if not self._proving and now - self._last >= after:
            self._since = None
            return False
        self._since = now if self._since is None else self._since
        return now - self._since < HELD_SECONDS
