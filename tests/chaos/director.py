"""Who picks the faults: round by round, by the seed, never two at once on the same part."""

import time
from random import Random

from tests.chaos.faults import LONG_RUN, Course, Kind, kinds_for
from tests.chaos.house import House

PAUSE_SECONDS = (1.5, 5.0)
"""Between the beginnings of two faults; a long run is to do more than start workers."""
LONG_PAUSE_SECONDS = (4.0, 10.0)


class Director:
    """Picks faults round by round, by the seed: in the first round every kind, in each later one most.

    A long run begins with a minute without Redis.
    """

    def __init__(self, house: House, random: Random, jobs: int) -> None:
        self._house = house
        self._kinds = kinds_for(jobs)
        self._pause = LONG_PAUSE_SECONDS if jobs >= LONG_RUN else PAUSE_SECONDS
        self._random = random
        self._round: list[Kind] = []
        self._active: list[tuple[float, Kind, Course]] = []
        self._next_at = 0.0

    @property
    def quiet(self) -> bool:
        """Whether no fault is going on."""
        return not self._active

    def step(self, *, begin: bool) -> None:
        """Go on with the faults whose time has come; perhaps begin the next one."""
        house, now = self._house, time.monotonic()
        house.missing = tuple(kind.name for kind in self._kinds if not house.fired[kind.name])
        for going in [one for one in self._active if one[0] <= now]:
            self._active.remove(going)
            self._go_on(going[1], going[2])
        if begin and now >= self._next_at and (kind := self._draw()) is not None:
            print(f"  {time.strftime('%H:%M:%S')} {kind.name}", flush=True)
            self._go_on(kind, kind.course(house))
            self._next_at = time.monotonic() + self._random.uniform(*self._pause)

    def _go_on(self, kind: Kind, course: Course) -> None:
        seconds = next(course, None)
        if seconds is not None:
            self._active.append((time.monotonic() + seconds, kind, course))

    def _draw(self) -> Kind | None:
        taken = {part for _, kind, _ in self._active for part in kind.parts}
        if not self._round:
            missing = self._house.missing
            self._round = [
                kind for kind in self._kinds for _ in range(self._times(kind, kind.name in missing))
            ]
            self._random.shuffle(self._round)
            self._round.sort(key=lambda kind: kind.often > 0)  # what is due but once comes first
        for kind in self._round:
            if not kind.parts & taken:
                self._round.remove(kind)
                return kind
        return None

    def _times(self, kind: Kind, missing: bool) -> int:
        whole = int(kind.often)
        return max(whole + (self._random.random() < kind.often - whole), int(missing))
