"""How far a camera's clock is from the server's: set by hand, measured from live shots, or not known.

All numbers are seconds; moments are seconds since 1970. Server time = camera time + offset. A live shot that
appeared at `a` and was taken at `t` by the camera's clock says: the offset is not more than a - t, because no
file appears before its shutter. The smallest a - t of several shots is the offset plus the transfer lag of
the fastest of them, which is taken to be at most `LAG`. A camera that is always slower needs a hand.
"""

from dataclasses import dataclass, replace
from typing import Literal

KEEP = 20
AGREE = 3.0
"""Shots whose a - t is within this of the smallest speak for it."""
ENOUGH = 3
SPREAD = 20.0
"""One burst is one witness: those that agree must span this much of the camera's time."""
LAG = 1.5
HAND = 1.0
"""How far off a person is who reads two clocks."""
BURST = 2.0
DISAGREE = 5.0


@dataclass(frozen=True)
class Span:
    """From `start` to `end`, both within."""

    start: float
    end: float


@dataclass(frozen=True)
class CameraClock:
    """What is known of a camera's clock; `samples` are its newest live shots as (appeared, taken)."""

    source: Literal["hand", "measured"] = "measured"
    offset: float | None = None
    samples: tuple[tuple[float, float], ...] = ()

    def shutter(self, taken: float) -> Span | None:
        """When the shutter surely was, in the server's time; None while the offset is not known."""
        if self.offset is None:
            return None
        moment, step = taken + self.offset, resolution(taken)
        if self.source == "hand":
            return Span(moment - HAND, moment + step + HAND)
        return Span(moment - LAG - step, moment + step)

    def last_moment(self, taken: float) -> float | None:
        """The last moment the shutter can have been at, by the fastest of the live shots.

        It holds also before the offset is known; None without any.
        """
        ages = [appeared - taken for appeared, taken in self.samples]
        return taken + min(ages) + resolution(taken) if ages else None

    @property
    def has_witnesses(self) -> bool:
        """Whether two shots that were not one burst agree on the clock: then it is no chance."""
        smallest = min((appeared - taken for appeared, taken in self.samples), default=0.0)
        agreeing = [taken for appeared, taken in self.samples if appeared - taken <= smallest + AGREE]
        return bool(agreeing) and max(agreeing) - min(agreeing) > DISAGREE

    def with_sample(self, appeared: float, taken: float) -> "CameraClock":
        """One more live shot; measures anew, and never overwrites what a hand has set."""
        before, last = self.samples, (appeared, taken)
        if before and abs(before[-1][1] - taken) <= BURST:  # of a burst, the fastest speaks
            before, last = before[:-1], min(before[-1], last, key=lambda sample: sample[0] - sample[1])
        samples = (*before, last)[-KEEP:]
        if self.source == "hand":
            return replace(self, samples=samples)
        known = [offset for offset in (self.offset, measured(samples)) if offset is not None]
        return replace(self, samples=samples, offset=min(known, default=None))

    def without(self, since: float) -> "CameraClock":
        """As if the shots that appeared since then had not been: they were no live shots after all."""
        samples = tuple(sample for sample in self.samples if sample[0] < since)
        return replace(self, samples=samples)

    @property
    def contradiction(self) -> float | None:
        """By how much live shots speak against an offset set by hand, where they do."""
        if self.source != "hand" or self.offset is None:
            return None
        found = measured(self.samples)
        if found is None or abs(found - self.offset) <= DISAGREE:
            return None
        return found - self.offset


def measured(samples: tuple[tuple[float, float], ...]) -> float | None:
    """The offset that these live shots agree on, or None."""
    smallest = min((appeared - taken for appeared, taken in samples), default=0.0)
    agreeing = [taken for appeared, taken in samples if appeared - taken <= smallest + AGREE]
    if len(agreeing) < ENOUGH or max(agreeing) - min(agreeing) < SPREAD:
        return None
    return smallest


def resolution(taken: float) -> float:
    """The camera's clock names whole seconds, or tenths and better where it names parts of a second."""
    return 1.0 if taken == int(taken) else 0.1
