"""An evening at a booth, made up by chance: guests, cameras and what becomes of their files on the way.

The world knows what really happened (`Frame.true`, `Frame.guest`); the rule is told only what a server hears.
People need more than three seconds to change places. A camera's files are there within one and a half second,
unless its clock is known already: then a file may be late by any time. A clock that is set back in the middle
of an evening is set back by more than the camera's pauses.
"""

import random
from dataclasses import dataclass, field

CHANGE = 3.2


@dataclass
class Cam:
    """A camera: its clock is wrong by `-offset`; it names parts of seconds, whole ones, or no time at all."""

    name: str
    offset: float
    exif: str
    wifi: bool
    by_hand: bool
    cable: bool = True
    """Without one all of its files come by copies of its card."""
    counter: int = 100
    live: int = 0
    changed_at: float = -1.0


@dataclass
class Frame:
    """One shot: what really happened, and what the server is told of it when."""

    id: str
    cam: Cam
    true: float
    guest: str | None
    """Whose it is: the guest of the burst's first shot, None for a test shot without anybody."""
    kind: str
    taken: float | None = None
    name: str = ""
    earliest: float = 0.0
    latest: float = 0.0
    heard: float = 0.0
    here: float = 0.0
    qr: bool = False


@dataclass
class Hour:
    """Turns as they really were, and all frames."""

    turns: list[tuple[str, float, float, bool]] = field(default_factory=list)
    """Guest, from, to, and whether a photographed QR opened it."""
    frames: list[Frame] = field(default_factory=list)
    cams: list[Cam] = field(default_factory=list)


class Chance:
    """Makes evenings."""

    def __init__(self, seed: int, *, start: float = 1_700_000_000.0, burst: int = 20, times: int = 4) -> None:
        self.random = random.Random(seed)
        self.start = start
        self.long = burst
        self.times = times
        self.hour = Hour()
        self.away: list[tuple[float, float]] = []
        self.vague: list[tuple[float, float, float]] = []

    def evening(self, guests: int) -> Hour:
        """So many guests in turn, in front of one to three cameras."""
        luck = self.random
        for number in range(luck.randint(1, 3)):
            exif = luck.choice(["tenths", "seconds", "seconds", "none"])
            offset = luck.choice([luck.uniform(-3, 3), luck.uniform(-9e4, 9e4), luck.uniform(-4e8, 4e8)])
            wifi = exif != "none" and luck.random() < 0.35
            by_hand = exif != "none" and luck.random() < 0.2
            cable = number == 0 or exif == "none" or luck.random() < 0.7
            self.hour.cams.append(Cam(f"cam {number}", offset, exif, wifi, by_hand, cable))
        now, last_shot = self.start + luck.random(), 0.0
        for number in range(guests):
            now, last_shot = self._turn(f"guest {number}", now, last_shot)
        self._lay_aside(now)
        for frame in self.hour.frames:
            self._send(frame)
        self._copy()
        self.hour.frames.sort(key=lambda frame: frame.heard)
        return self.hour

    def _turn(self, guest: str, now: float, last_shot: float) -> tuple[float, float]:
        """One guest's turn; gives its end and the last shutter."""
        luck = self.random
        by_qr = luck.random() < 0.15
        start = max(now + luck.choice([0.0, 0.0, luck.uniform(0.2, 4.0), luck.uniform(4.0, 60.0)]), now)
        if by_qr:
            start = max(start, last_shot + 4.5)
            self._shoot(luck.choice([cam for cam in self.hour.cams if cam.cable]), start, guest, "qr")
        elif start - now > 8 and luck.random() < 0.3:
            self._shoot(luck.choice(self.hour.cams), luck.uniform(now + CHANGE, start), None, "test")
        first = luck.uniform(0.3, 3.0) if luck.random() < 0.15 else luck.uniform(4.0, 12.0)
        moment = max(start + first, last_shot + CHANGE)
        for _ in range(luck.randint(1, self.times)):
            cam = luck.choice(self.hour.cams)
            shots = luck.choice([1, 1, 1, luck.randint(2, self.long // 2), self.long])
            for _ in range(shots):
                self._shoot(cam, moment, guest, "single" if shots == 1 else "burst")
                moment += 4.0 / self.long if shots > 1 else 0.0
            last_shot, moment = moment, moment + luck.uniform(CHANGE, 20.0)
        # Some handovers are made while a burst is still going on; it stays one guest's.
        in_burst = shots == self.long and luck.random() < 0.08
        end = last_shot + (-1.0 if in_burst else luck.uniform(0.05, luck.choice([1.0, 15.0])))
        self.hour.turns.append((guest, start, max(end, start + 0.5), by_qr))
        self._mishaps(end)
        return max(end, start + 0.5), last_shot

    def _shoot(self, cam: Cam, moment: float, guest: str | None, kind: str) -> None:
        cam.counter += 1
        by_camera = moment - cam.offset
        taken = {"none": None, "seconds": float(int(by_camera)), "tenths": int(by_camera * 10) / 10}[cam.exif]
        name = f"{cam.name}/IMG_{cam.counter:04}.JPG"
        self.hour.frames.append(
            Frame(f"{len(self.hour.frames):06}", cam, moment, guest, kind, taken, name, qr=kind == "qr")
        )

    def _mishaps(self, now: float) -> None:
        luck = self.random
        if luck.random() < 0.04:
            self.away.append((now - luck.uniform(0, 60), now + luck.uniform(1, 200)))
        if luck.random() < 0.04:
            self.vague.append((now, now + luck.uniform(10, 300), luck.choice([2.0, 8.0, 30.0, 600.0])))
        cam = luck.choice(self.hour.cams)
        mine = [frame.true for frame in self.hour.frames if frame.cam is cam]
        busy = len(mine) > 40 and mine[-1] > now - 300
        if luck.random() < 0.02 and cam.exif != "none" and not cam.by_hand and busy:
            ahead = luck.random() < 0.5
            cam.offset += -luck.uniform(60, 7200) if ahead else luck.uniform(1800, 7200)
            cam.changed_at = now

    def _lay_aside(self, now: float) -> None:
        """Some shots stay on the card: a copy brings them later."""
        luck = self.random
        for cam in self.hour.cams:
            if cam.exif != "none" and luck.random() < 0.5:
                start = luck.uniform(self.start, now)
                for frame in self.hour.frames:
                    stays = start < frame.true < start + 400 and frame.true > cam.changed_at
                    if frame.cam is cam and stays and not frame.qr and luck.random() < 0.6:
                        frame.kind = "late"
            for frame in self.hour.frames:
                if frame.cam is cam and not cam.cable:
                    frame.kind = "late"

    def _send(self, frame: Frame) -> None:
        if frame.kind == "late":
            return
        luck, cam = self.random, frame.cam
        cam.live += 1
        lag = luck.uniform(0.3, 1.5) if cam.exif != "none" else luck.uniform(0.2, 0.9)
        transfer = luck.uniform(0.05, 0.4)
        if cam.wifi and not frame.qr:
            transfer = luck.uniform(2.0, 30.0)
            settled = cam.live > 60 and frame.true - cam.changed_at > 600
            lag += luck.uniform(2.0, 120.0) if settled and luck.random() < 0.15 else 0.0
        self._appear(frame, frame.true + lag, transfer)

    def _appear(self, frame: Frame, there: float, transfer: float) -> None:
        """The file is there; the watcher sees it, at once or when it comes back."""
        luck = self.random
        before, seen = there - luck.uniform(0.01, 0.2), there + luck.uniform(0.0, 0.05)
        for start, end in self.away:
            if start <= there < end and not frame.qr:
                before, seen, frame.kind = start, end + luck.uniform(0.1, 2.0), f"away {frame.kind}"
                break
        frame.earliest, frame.latest = before, seen
        for start, end, width in self.vague:
            if start <= there < end and not frame.qr:
                frame.earliest, frame.latest = before - luck.random() * width, seen + luck.random() * width
                frame.kind = f"vague {frame.kind}"
                break
        frame.heard = seen + luck.uniform(0.01, 0.2)
        frame.latest = min(frame.latest, frame.heard)
        frame.here = max(frame.heard, there + transfer) + luck.uniform(0.05, 2.0)

    def _copy(self) -> None:
        """The card is copied: some files a second, in the order of their names."""
        luck = self.random
        late = [frame for frame in self.hour.frames if frame.kind == "late"]
        for cam in self.hour.cams:
            mine = [frame for frame in late if frame.cam is cam]
            cut = luck.randrange(len(mine) + 1) if not cam.cable else 0
            for part in (mine[:cut], mine[cut:]):
                self._copy_part(part)

    def _copy_part(self, mine: list[Frame]) -> None:
        luck = self.random
        if not mine or mine[-1].true - mine[0].true < 45:
            # One old burst of a camera nobody knows looks exactly like a live one.
            self.hour.frames = [frame for frame in self.hour.frames if frame not in mine]
            return
        there = mine[-1].true + luck.uniform(5, 600)
        for frame in mine:
            there += luck.uniform(0.05, 0.5)
            self._appear(frame, there, luck.uniform(0.05, 0.3))
