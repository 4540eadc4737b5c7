"""A camera's recent shots beside a new one: bursts, copies of old files, and a clock that was set back."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.camera_clock import AGREE, CameraClock

NARROW = 1.5
GAP = 2.0
"""Nobody changes places in so short a time: shots that follow each other like this are one burst."""
APPEARED_GAP = 1.0
APART = 120.0
"""Files of one burst come in together; a clock that was set passes the same time twice."""
BURST_MAX = 8.0
"""Who keeps on shooting for longer than this is at work, and this is no burst."""
WINDOW = 60.0
COPIED = 30.0
AS_LATE = 2.0
STEADY = 20.0
ENOUGH = 3
_COUNTER_STEPS = 500
_NAME = re.compile(r"(.*?)(\d{3,6})(?:\.\w+)?")


@dataclass(frozen=True)
class Shot:
    """What is known of a camera file; moments are seconds since 1970 in the server's time.

    `earliest` is minus infinity where nobody knows since when the file lay there; `taken` is by the camera's
    clock. `hold_id` of an earlier shot is the turn the rule gave it to; a hand's decision is none of ours.
    """

    id: str
    earliest: float
    latest: float
    taken: float | None = None
    camera: str | None = None
    name: str = ""
    hold_id: str | None = None
    qr: bool = False

    @property
    def seen_live(self) -> bool:
        """Whether the moment it appeared is known well: somebody was watching."""
        return self.latest - self.earliest <= NARROW


class Series:
    """The shots that `shot` may be told by: those of the same camera."""

    def __init__(self, shot: Shot, recent: Iterable[Shot]) -> None:
        self.shot = shot
        self.others = [one for one in recent if one.camera == shot.camera and one.id != shot.id]

    def burst(self) -> Shot | None:
        """The first shot of the burst that this shot continues; a photographed QR begins a new one."""
        if self.shot.camera is None or self.shot.taken is None:
            return self._by_appearance()
        first = self.shot
        while before := self._before(first):
            first = before
            if first.qr:
                break
        return first if first is not self.shot and _age(first, self.shot.taken) <= BURST_MAX else None

    def _before(self, shot: Shot) -> Shot | None:
        ages = [
            (age, other)
            for other in self.others
            if shot.taken is not None
            and 0 <= (age := _age(other, shot.taken)) <= GAP
            and abs(other.latest - shot.latest) <= APART
            and _is_before(other, shot)
        ]
        return max(ages, key=lambda pair: (pair[0], pair[1].id), default=(0, None))[1]

    def _by_appearance(self) -> Shot | None:
        if not self.shot.seen_live:
            return None
        gaps = [
            (gap, other)
            for other in self.others
            if other.hold_id
            and other.seen_live
            and 0 <= (gap := self.shot.latest - other.latest) <= APPEARED_GAP
        ]
        return min(gaps, key=lambda pair: (pair[0], pair[1].id), default=(0, None))[1]

    def copied(self) -> list[Shot]:
        """The files around this one, itself included, if no camera can have shot them as they came in.

        Each file says within which bounds its camera's clock is off; live shots agree on that. Those that do
        were shot here, whatever is copied beside them.
        """
        if self.shot.camera is None or self.shot.taken is None:
            return []
        live = self._surely_live()
        if self.shot in live:
            return []
        near = [one for one in self.others if abs(one.latest - self.shot.latest) <= WINDOW]
        series = [one for one in (*near, self.shot) if one.taken is not None]
        at_least = max(_age(one, one.earliest) for one in series)
        at_most = min(_age(one, one.latest) for one in series)
        return [one for one in series if one not in live] if at_least - at_most > COPIED else []

    def _surely_live(self) -> list[Shot]:
        """The least late shots, if for a while they came in as they were shot; a copy is faster."""
        known = [one for one in (*self.others, self.shot) if one.taken is not None and one.seen_live]
        fastest = min((_age(one, one.latest) for one in known), default=0.0)
        live = [one for one in known if _age(one, one.latest) <= fastest + AGREE]
        came = max((one.latest for one in live), default=0.0) - min((one.latest for one in live), default=0.0)
        return live if len(live) >= ENOUGH and came >= STEADY else []

    def set_back(self, clock: CameraClock) -> bool:
        """Whether the counter in the file's name says that it is newer, and the camera's clock: older."""
        mine = _counter(self.shot.name)
        live = [one for one in self.others if _lateness(one, clock) <= AS_LATE * 2]
        newest = max(live, key=lambda one: one.taken or 0.0, default=None)
        if mine is None or newest is None or self.shot.taken is None:
            return False
        known = _counter(newest.name)
        counts_on = known is not None and known[0] == mine[0] and 0 < mine[1] - known[1] <= _COUNTER_STEPS
        return counts_on and _age(newest, self.shot.taken) < -GAP

    def as_late(self, clock: CameraClock) -> list[Shot]:
        """The newest shots, if all are late by the same time for a while: slow, or the clock was set."""
        mine = _lateness(self.shot, clock)
        run = [self.shot]
        for other in sorted(self.others, key=lambda one: -one.latest):
            if abs(_lateness(other, clock) - mine) > AS_LATE:
                break
            run.append(other)
        spans = max(one.latest for one in run) - min(one.latest for one in run)
        return run if len(run) >= ENOUGH and spans >= STEADY else []


def _age(shot: Shot, moment: float) -> float:
    """Seconds from the shot's time by its camera's clock to a moment; infinite where it names none."""
    return float("inf") if shot.taken is None else moment - shot.taken


def _is_before(one: Shot, other: Shot) -> bool:
    """Which of two shots of the same second was first is told by their names' order of coming in."""
    return (one.taken or 0.0, one.latest, one.id) < (other.taken or 0.0, other.latest, other.id)


def _lateness(shot: Shot, clock: CameraClock) -> float:
    return _age(shot, shot.latest) - (clock.offset or 0.0)


def _counter(name: str) -> tuple[str, int] | None:
    found = _NAME.fullmatch(name)
    return (found[1], int(found[2])) if found else None
