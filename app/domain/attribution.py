"""Whose a camera file is: a pure rule over its times, the log of turns at the booth and its camera's clock.

A file belongs to the guest who held the booth when the shutter was pressed, never to the next one; where
that cannot be told it goes to the tray, with the guests it may belong to. In this order:

1. The camera's clock is known: the shutter's moment decides, however late the file comes.
2. It is not: the moment the file first appeared decides. A file that appears just after a handover may be of
   the guest before; a series whose files are of very different age was not shot but copied.
3. What the times leave open between two guests, a burst may tell: its shots are of one guest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.domain.camera_clock import CameraClock, Span
from app.domain.series import Series, Shot
from app.domain.turns import Hold, Turn, nearest, turn_of, turns_of

NO_GUEST, BETWEEN_GUESTS = "NO_GUEST", "BETWEEN_GUESTS"
LATE_FILE, UNKNOWN_TIME = "LATE_FILE", "UNKNOWN_TIME"

NEAR = 2.0
"""So long after a guest's turn began, a file may still be of the guest before..."""
HANDOVER = 5.0
"""...whose turn ended at most so long before that."""
TOLERANCE = 2.0
"""A shutter by the camera's clock that is later than its file by more is none: the clock was set."""
LATE, VERY_LATE = 5.0, 60.0
"""Later than the camera's fastest files by more: slow, or the clock was set; by much more: not just slow."""


@dataclass(frozen=True)
class Verdict:
    """A turn's entry in the log, or the tray with its reason and the sessions it may belong to, best first.

    `clock` is what is known of the camera's clock now, `shutter` within which moments the shutter was as far
    as that is known; `withdrawn` are earlier shots that this one shows to have been given away wrongly.
    """

    hold_id: str | None
    reason: str | None
    suggested: tuple[str, ...]
    clock: CameraClock
    shutter: Span
    withdrawn: tuple[str, ...] = ()


def attribute(shot: Shot, holds: Iterable[Hold], clock: CameraClock, recent: Iterable[Shot]) -> Verdict:
    """Decide on a shot. `recent` are other files of the booth, whether decided on already or not."""
    case = _Case(shot, turns_of(holds), Series(shot, recent))
    known = case.believed(clock)
    if span := case.shutter(known):
        verdict = replace(case.by_clock(span, known), shutter=span)
    elif copied := case.series.copied():
        verdict = case.tray(LATE_FILE, known.without(min(one.latest for one in copied)), copied)
    else:
        verdict = case.by_appearance(known)
    if known is not clock and known.samples != clock.samples and clock.offset is not None:
        back = [one.id for one in case.series.as_late(clock) if one.hold_id and one is not shot]
        return replace(verdict, withdrawn=(*verdict.withdrawn, *back))
    return verdict


@dataclass(frozen=True)
class _Case:
    shot: Shot
    turns: Sequence[Turn]
    series: Series

    def believed(self, clock: CameraClock) -> CameraClock:
        """The clock as given, or a fresh one where this shot proves that it was set."""
        shot = self.shot
        span = clock.shutter(shot.taken) if shot.taken is not None else None
        if span is None or shot.taken is None or clock.offset is None or clock.source == "hand":
            return clock
        if span.start > shot.latest + TOLERANCE:
            return CameraClock()
        late = shot.latest - shot.taken - clock.offset
        if late > LATE and self.series.set_back(clock):
            return CameraClock()
        if late > VERY_LATE and (run := self.series.as_late(clock)):
            return CameraClock(samples=tuple((one.latest, one.taken) for one in run[:0:-1] if one.taken))
        return clock

    def shutter(self, clock: CameraClock) -> Span | None:
        """When the shutter was, by the camera's clock; never after the file was there."""
        span = clock.shutter(self.shot.taken) if self.shot.taken is not None else None
        if span is None or span.start > self.shot.latest + TOLERANCE:
            return None
        latest = self.shot.latest
        return Span(min(span.start, latest), min(span.end, latest))

    def by_clock(self, span: Span, clock: CameraClock) -> Verdict:
        """The shutter's moment is known."""
        now_known = self._witnessed(clock)
        burst = self._burst()
        if burst is not None and span.start < burst.end + HANDOVER:
            return self._give(burst, span.end, now_known)
        touched = [turn for turn in self.turns if turn.touches(span.start, span.end)]
        guests = {turn.session_id for turn in touched}
        if len(guests) == 1 and self._is_sure(touched[-1], clock):
            return self._give(touched[-1], span.end, now_known)
        if touched:
            return self._tray(BETWEEN_GUESTS, span, now_known)
        here = any(turn.start > span.end and turn.covers(*self._appeared) for turn in self.turns)
        return self._tray(LATE_FILE if here else NO_GUEST, span, now_known)

    def _is_sure(self, turn: Turn, clock: CameraClock) -> bool:
        """A camera whose files are all late by the same few seconds may be slow, or its clock was set: then
        its clock counts only where the file's appearance says the same.
        """
        shot = self.shot
        if clock.source == "hand" or shot.taken is None or clock.offset is None:
            return True
        if shot.latest - shot.taken - clock.offset <= LATE or not self.series.as_late(clock):
            return True
        return turn.covers(*self._appeared)

    def by_appearance(self, clock: CameraClock) -> Verdict:
        """The camera's clock says nothing: when the file appeared decides."""
        start, end = self._appeared
        now_known = self._witnessed(clock)
        burst = self._burst()
        if burst is not None and (self.shot.taken is not None or start < burst.end + NEAR):
            return self._give(burst, end, now_known)
        turn = next((turn for turn in self.turns if turn.covers(start, end)), None)
        touched = [turn for turn in self.turns if turn.touches(start, end)]
        if turn is None and self.shot.seen_live and len({one.session_id for one in touched}) == 1:
            turn = touched[-1]
        if turn is None:
            reason = NO_GUEST if not touched else BETWEEN_GUESTS if self.shot.seen_live else UNKNOWN_TIME
            return self._tray(reason, Span(start, end), now_known)
        if before := self._surely_before(turn, clock):
            return self._tray(before[0], before[1], clock)
        if any(self._may_be_of(other, turn) for other in self.turns):
            return self._tray(BETWEEN_GUESTS, Span(start - NEAR, end), now_known)
        return self._give(turn, end, now_known)

    def _surely_before(self, turn: Turn, clock: CameraClock) -> tuple[str, Span] | None:
        """Why the shutter was before this turn, and when, by other, faster files; None if it need not.

        What is older by far than a camera's only other file is no sign: people try out old pictures.
        """
        taken = self.shot.taken
        last = clock.last_moment(taken) if taken is not None else None
        if last is None or last >= turn.start:
            return None
        reason = BETWEEN_GUESTS
        if self.shot.latest - last > VERY_LATE:
            if not clock.has_witnesses:
                return None
            reason = LATE_FILE
        return reason, Span(last - HANDOVER, last)

    def _may_be_of(self, other: Turn, turn: Turn) -> bool:
        """Whether the file came so soon after a handover that it may be of the guest before."""
        if other.session_id == turn.session_id or other.start > turn.start:
            return False
        return self.shot.earliest < turn.start + NEAR and other.end > turn.start - HANDOVER

    @property
    def _appeared(self) -> tuple[float, float]:
        return self.shot.earliest, self.shot.latest

    def _burst(self) -> Turn | None:
        first = self.series.burst()
        return turn_of(self.turns, first.hold_id) if first else None

    def _witnessed(self, clock: CameraClock) -> CameraClock:
        """The clock with this shot as one more witness, where it is one."""
        shot = self.shot
        if shot.camera is None or shot.taken is None or not shot.seen_live:
            return clock
        age = shot.latest - shot.taken
        if clock.offset is not None and clock.source == "measured" and age - clock.offset > LATE:
            return clock
        return clock.with_sample(shot.latest, shot.taken)

    def _give(self, turn: Turn, moment: float, clock: CameraClock) -> Verdict:
        return Verdict(turn.hold_at(moment), None, (), clock, Span(*self._appeared))

    def _tray(self, reason: str, span: Span, clock: CameraClock) -> Verdict:
        guests = nearest(self.turns, span.start, span.end)
        return Verdict(None, reason, guests, clock, Span(*self._appeared))

    def tray(self, reason: str, clock: CameraClock, withdrawn: Sequence[Shot]) -> Verdict:
        """The tray, also for shots that were given away already."""
        back = tuple(one.id for one in withdrawn if one.hold_id is not None and one is not self.shot)
        return replace(self._tray(reason, Span(*self._appeared), clock), withdrawn=back)
