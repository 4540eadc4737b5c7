"""Turns of guests at a booth, made of the log's entries, and what of them a span of time touches."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

NEIGHBOUR = 15 * 60.0
SUGGESTIONS = 3


@dataclass(frozen=True)
class Hold:
    """One entry of the log; moments are seconds since 1970, `end` is infinite while it lasts."""

    id: str
    session_id: str
    start: float
    end: float


@dataclass(frozen=True)
class Turn:
    """One guest's unbroken time; another style begins another entry, and not another turn."""

    session_id: str
    start: float
    end: float
    holds: tuple[Hold, ...]

    def hold_at(self, moment: float) -> str:
        """The entry in force then, or the nearest one."""
        begun = [hold for hold in self.holds if hold.start <= moment]
        return (begun[-1] if begun else self.holds[0]).id

    def touches(self, start: float, end: float) -> bool:
        """Whether any of the span is of this turn."""
        return self.start <= end and start <= self.end

    def covers(self, start: float, end: float) -> bool:
        """Whether all of the span is of this turn."""
        return self.start <= start and end <= self.end

    def away(self, start: float, end: float) -> float:
        """Seconds between the span and this turn; negative where they overlap, by how much."""
        return max(start - self.end, self.start - end)


def turns_of(holds: Iterable[Hold]) -> list[Turn]:
    """The turns, oldest first."""
    turns: list[Turn] = []
    for hold in sorted(holds, key=lambda hold: (hold.start, hold.end)):
        last = turns[-1] if turns else None
        follows = last is not None and last.session_id == hold.session_id and hold.start <= last.end
        if last is not None and follows and hold.end > last.end:
            part = replace(hold, start=last.end)
            turns[-1] = replace(last, end=hold.end, holds=(*last.holds, part))
        elif hold.end > hold.start and not follows:
            turns.append(Turn(hold.session_id, hold.start, hold.end, (hold,)))
    return turns


def turn_of(turns: Sequence[Turn], hold_id: str | None) -> Turn | None:
    """The turn that an entry is part of."""
    return next((turn for turn in turns if any(hold.id == hold_id for hold in turn.holds)), None)


def nearest(turns: Sequence[Turn], start: float, end: float) -> tuple[str, ...]:
    """The guests a shot of that span may belong to, best first."""
    near = sorted((turn.away(start, end), -turn.start, turn.session_id) for turn in turns)
    found = [session for away, _, session in near if away <= NEIGHBOUR]
    return tuple(dict.fromkeys(found))[:SUGGESTIONS]
