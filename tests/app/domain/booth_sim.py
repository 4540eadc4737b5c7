"""A server of one booth without a database: it hears of an evening's files and does what the rule says."""

from collections import deque
from dataclasses import dataclass, field, replace

from app.domain import attribution as rule
from app.domain import qr_shot
from app.domain.camera_clock import CameraClock
from app.domain.series import Shot
from app.domain.turns import Hold
from tests.app.domain.evening import Frame, Hour

RECENT = 120
VAGUE = 5.0


@dataclass
class Sim:
    """What the server knows; `given` is the guest of a shot, `why` the reason of one in the tray."""

    holds: list[Hold] = field(default_factory=list)
    clocks: dict[str, CameraClock] = field(default_factory=dict)
    shots: dict[str, Shot] = field(default_factory=dict)
    recent: dict[str, deque[str]] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    why: dict[str, str | None] = field(default_factory=dict)

    def run(self, hour: Hour) -> None:
        """Let the evening happen, in the order in which the server hears of it."""
        happens: list[tuple[float, int, object]] = []
        for guest, start, end, by_qr in hour.turns:
            if not by_qr:
                happens.append((start, 1, (guest, start)))
            happens.append((end, 0, guest))
        for frame in hour.frames:
            happens.append((frame.heard, 2, frame))
            happens.append((frame.here, 3, frame))
        for moment, kind, what in sorted(happens, key=lambda one: one[:2]):
            self._happen(moment, kind, what)

    def _happen(self, moment: float, kind: int, what: object) -> None:
        if kind == 0:
            self.holds = [
                replace(hold, end=moment) if hold.session_id == what and hold.end > moment else hold
                for hold in self.holds
            ]
        elif isinstance(what, tuple):
            self._end_open(moment)
            self.holds.append(Hold(f"h{len(self.holds)}", what[0], what[1], float("inf")))
        elif isinstance(what, Frame):
            self._hear(what) if kind == 2 else self._take(what)

    def _end_open(self, moment: float) -> None:
        self.holds = [replace(hold, end=moment) if hold.end > moment else hold for hold in self.holds]

    def _hear(self, frame: Frame) -> None:
        shot = Shot(frame.id, frame.earliest, frame.latest, frame.taken, frame.cam.name, frame.name, qr=False)
        if frame.cam.by_hand and frame.cam.name not in self.clocks:
            self.clocks[frame.cam.name] = CameraClock("hand", round(frame.cam.offset))
        self.shots[frame.id] = shot
        self.shots[frame.id] = replace(shot, hold_id=self._judge(shot).hold_id)
        self.recent.setdefault(frame.cam.name, deque(maxlen=RECENT)).append(frame.id)

    def _judge(self, shot: Shot) -> rule.Verdict:
        recent = [self.shots[one] for one in self.recent.get(shot.camera or "", ())]
        clock = self.clocks.get(shot.camera or "", CameraClock())
        return rule.attribute(shot, self.holds, clock, recent)

    def _take(self, frame: Frame) -> None:
        if frame.qr:
            self._hand_over(frame)
            return
        self._decide(frame.id)

    def _decide(self, shot_id: str) -> None:
        shot = self.shots[shot_id]
        verdict = self._judge(shot)
        self.clocks[shot.camera or ""] = verdict.clock
        for earlier in verdict.withdrawn:
            self._put_back(earlier, rule.LATE_FILE)
        self._put_back(shot_id, verdict.reason)
        if verdict.hold_id is not None:
            self.shots[shot_id] = replace(self.shots[shot_id], hold_id=verdict.hold_id)
            self.given[shot_id] = self._guest(verdict.hold_id)

    def _put_back(self, shot_id: str, reason: str | None) -> None:
        self.given.pop(shot_id, None)
        self.why[shot_id] = reason
        self.shots[shot_id] = replace(self.shots[shot_id], hold_id=None)

    def _guest(self, hold_id: str) -> str:
        return next(hold.session_id for hold in self.holds if hold.id == hold_id)

    def _by_hand(self, frame: Frame) -> None:
        """The tray says that the code is not believed; the operator types it."""
        self._end_open(frame.here)
        self.holds.append(Hold(f"h{len(self.holds)}", str(frame.guest), frame.here, float("inf")))

    def _hand_over(self, frame: Frame) -> None:
        shot = self.shots[frame.id]
        verdict = self._judge(shot)
        if not qr_shot.tells_when(shot, self.clocks.get(frame.cam.name, CameraClock()), verdict.clock):
            self._by_hand(frame)
            return
        span, self.clocks[frame.cam.name] = verdict.shutter, verdict.clock
        vague = span.end - span.start > VAGUE
        begin = span.end if vague else span.start
        since = sorted((hold for hold in self.holds if hold.end > begin), key=lambda hold: hold.start)
        before = next((hold for hold in since if hold.start <= begin), None)
        after = next((hold for hold in since if hold.start > begin), None)
        guest = str(frame.guest)
        if before is not None:
            end = span.start if vague and span.start > before.start else begin
            self.holds[self.holds.index(before)] = replace(before, end=end)
        hold = Hold(f"h{len(self.holds)}", guest, begin, after.start if after else float("inf"))
        self.holds.append(hold)
        self.shots[frame.id] = replace(shot, hold_id=hold.id, qr=True)
        for other in list(self.shots.values()):
            if other.id != frame.id and other.latest >= begin and not other.qr:
                found = self._judge(other).hold_id
                if other.id in self.given and found != other.hold_id:
                    self._decide(other.id)
                elif other.id not in self.why:
                    self.shots[other.id] = replace(other, hold_id=found)
