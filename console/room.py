"""How many sockets of a kind may be open at once in this process, in all and of one name."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Room:
    """Places that are taken as long as a socket is open."""

    def __init__(self, *, at_once: int, each: int) -> None:
        """`at_once` in all, `each` of one address, or of one link."""
        self._at_once, self._each = at_once, each
        self._open: Counter[str] = Counter()

    @contextmanager
    def one_more(self, name: str) -> Iterator[bool]:
        """Whether there is room for one more of this name; its place is taken as long as the block lasts."""
        if self._open.total() >= self._at_once or self._open[name] >= self._each:
            yield False
            return
        self._open[name] += 1
        try:
            yield True
        finally:
            self._open[name] -= 1
            if not self._open[name]:
                del self._open[name]
