"""Waiting before the next try: longer with each failure, by chance, and as long as the server asks for."""

import random
from dataclasses import dataclass


@dataclass
class Gate:
    """Closed until a time; `close` again and again waits longer."""

    cap: float
    failures: int = 0
    opens_at: float = 0.0
    demanded: bool = False
    """The server itself asked for this wait."""
    barred: bool = False
    """Whatever the time is: somebody else is at work here."""

    def is_closed(self, now: float) -> bool:
        """Whether nothing is tried now."""
        return self.barred or now < self.opens_at

    def close(self, now: float, at_least: float) -> None:
        """A try failed."""
        if now < self.opens_at:
            return  # the other upload of the same moment has closed it already
        self.failures += 1
        self.demanded = at_least > 0
        ceiling = min(self.cap, 0.5 * 2.0 ** min(self.failures, 10))
        self.opens_at = now + max(at_least, random.uniform(0.0, ceiling))

    def open(self) -> None:
        """A try went well."""
        self.failures, self.opens_at, self.demanded = 0, 0.0, False
