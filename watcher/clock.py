"""Moments on the laptop in the server's time, however wrong the laptop's own clock is."""

import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ulid import ULID

LONG_AGO = datetime(1970, 1, 2, tzinfo=UTC)
"""The lower bound of what may have lain in the hotfolder for ever."""
_DRIFT = 200e-6
"""How far two clocks may run apart, in seconds per second."""
_RECENT = 12
_SLOT_SECONDS = 300.0
_ROUND_TRIP_MAX = 30.0
_OWN_ERROR = 0.002


@dataclass(frozen=True)
class Moment:
    """An instant: seconds since this start of the laptop (sleep included), and what its wall clock said."""

    boot: str
    mono: float
    wall: datetime

    def text(self) -> str:
        """As the ledger keeps it."""
        return f"{self.boot} {self.mono!r} {self.wall.isoformat()}"

    @classmethod
    def parse(cls, text: str) -> "Moment":
        """The moment that `text()` wrote."""
        boot, mono, wall = text.split(" ")
        return cls(boot, float(mono), datetime.fromisoformat(wall))

    def earlier(self, seconds: float) -> "Moment":
        """The moment that many seconds before."""
        return Moment(self.boot, self.mono - seconds, self.wall - timedelta(seconds=seconds))


@dataclass(frozen=True)
class Sync:
    """One measurement: the server's time (seconds since 1970) was `mono` + `offset`, give or take `error`."""

    boot: str
    mono: float
    offset: float
    error: float
    wall_offset: float
    """The server's time minus the wall clock's, at the same instant."""

    def error_at(self, mono: float) -> float:
        """How wrong this measurement may be for another instant of the same boot."""
        return self.error + _DRIFT * abs(mono - self.mono)


@dataclass(frozen=True)
class Appearance:
    """When a file appeared, in the server's time; without bounds it is only what the laptop's clock says."""

    appeared_at: datetime
    appeared_earliest: datetime | None = None
    appeared_latest: datetime | None = None


@dataclass(frozen=True)
class _Span:
    best: float
    low: float
    high: float


class Clock:
    """Measures the server's clock with every heartbeat and turns moments into the server's time."""

    def __init__(
        self,
        *,
        mono: Callable[[], float] | None = None,
        wall: Callable[[], float] = time.time,
        boot: str | None = None,
    ) -> None:
        self._mono = mono or boot_seconds
        self._wall = wall
        self.boot = boot or boot_id()
        self._recent: deque[Sync] = deque(maxlen=_RECENT)
        self._syncs: dict[str, dict[int, Sync]] = {}
        self._boots: list[Moment] = []

    def now(self) -> Moment:
        """This instant."""
        return Moment(self.boot, self._mono(), datetime.fromtimestamp(self._wall(), UTC))

    def seconds(self) -> float:
        """The monotonic clock: what goes into `Heartbeat.sent`."""
        return self._mono()

    def recall(self, syncs: Iterable[Sync], last_moments: Iterable[Moment]) -> None:
        """What an earlier run measured, and the last moment of each earlier boot, oldest boot first."""
        for sync in syncs:
            self._syncs.setdefault(sync.boot, {})[_slot(sync)] = sync
        self._boots = [moment for moment in last_moments if moment.boot != self.boot]

    def heard(self, echo: float, server_time: datetime) -> Sync | None:
        """The server's answer to the heartbeat sent at `echo` came now, and was written at `server_time`.

        Gives a measurement that is worth keeping for `recall` after a restart.
        """
        now = self._mono()
        trip = now - echo
        if not 0 <= trip <= _ROUND_TRIP_MAX:
            return None
        middle, server = echo + trip / 2, server_time.timestamp()
        wall_then = self._wall() - trip / 2
        sync = Sync(self.boot, middle, server - middle, trip / 2 + _OWN_ERROR, server - wall_then)
        if any(_contradict(sync, other) for other in self._recent):
            # The server's clock was set: what was measured before holds for moments before only.
            self._recent.clear()
            self._syncs.get(self.boot, {}).pop(_slot(sync), None)
        self._recent.append(sync)
        best = min(self._recent, key=lambda kept: kept.error_at(now))
        kept = self._syncs.setdefault(self.boot, {}).get(_slot(best))
        if kept is not None and kept.error <= best.error:
            return None
        self._syncs[self.boot][_slot(best)] = best
        return best

    def knows(self) -> bool:
        """Whether the server's clock was measured since the laptop was started."""
        return bool(self._syncs.get(self.boot))

    def server_time(self, moment: Moment) -> datetime | None:
        """What the server's clock said at a moment; None where that was never measured."""
        span = self._span(moment)
        return datetime.fromtimestamp(span.best, UTC) if span else None

    def appearance(self, appeared_at: datetime, seen: Moment | None, after: Moment | None) -> Appearance:
        """When a file appeared that was there at `seen`, not yet at `after`, and by the laptop's wall clock
        at `appeared_at`.
        """
        span = self._span(seen) if seen else None
        if seen is None or span is None:
            return Appearance(appeared_at)
        before = self._span(after) if after else None
        low = min(before.low, span.high) if before else LONG_AGO.timestamp()
        best = span.best - (seen.wall - appeared_at).total_seconds()
        best = min(max(best, low), span.high)
        return Appearance(*(datetime.fromtimestamp(value, UTC) for value in (best, low, span.high)))

    def _span(self, moment: Moment) -> _Span | None:
        syncs = self._syncs.get(moment.boot)
        if syncs:
            sync = min(syncs.values(), key=lambda sync: sync.error_at(moment.mono))
            best, error = moment.mono + sync.offset, sync.error_at(moment.mono)
            return _Span(best, best - error, best + error)
        return self._across_boots(moment)

    def _across_boots(self, moment: Moment) -> _Span | None:
        """A moment of a boot in which the server was never reached: it lies between the boots around it."""
        order = [last.boot for last in self._boots]
        if moment.boot not in order or not self.knows():
            return None
        place = order.index(moment.boot)
        low = LONG_AGO.timestamp()
        for last in self._boots[:place]:
            if last.boot in self._syncs:
                low = _known(self._span(last)).low
        later = [boot for boot in order[place + 1 :] if boot in self._syncs] or [self.boot]
        start = _known(self._span(Moment(later[0], 0.0, moment.wall)))
        newest = max(self._syncs[self.boot].values(), key=lambda sync: sync.mono)
        best = min(max(moment.wall.timestamp() + newest.wall_offset, low), start.high)
        return _Span(best, low, max(start.high, low))


def _known(span: _Span | None) -> _Span:
    if span is None:
        raise LookupError("a boot with a measurement has none")
    return span


def _slot(sync: Sync) -> int:
    return int(sync.mono // _SLOT_SECONDS)


def _contradict(one: Sync, other: Sync) -> bool:
    return abs(one.offset - other.offset) > one.error + other.error_at(one.mono)


def boot_seconds() -> float:
    """Seconds since the laptop was started, its sleep included."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    elif sys.platform == "darwin":  # noqa: RET505 - to mypy, what follows an `if` for a platform is dead
        return time.clock_gettime(time.CLOCK_MONOTONIC)  # Python's own monotonic() stands still in sleep
    else:
        return time.monotonic()


def boot_id() -> str:
    """The same until the laptop is started anew; where the system has no such word, one of this process."""
    try:
        found = _system_boot_id()
    except (OSError, ValueError, subprocess.SubprocessError):
        found = ""
    return "".join(found.split()) or f"process-{ULID()}"


def _system_boot_id() -> str:
    if sys.platform == "linux":
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii")
    elif sys.platform == "darwin":  # noqa: RET505 - as above
        command = ["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"]
        return subprocess.run(command, capture_output=True, text=True, timeout=5, check=True).stdout
    elif sys.platform == "win32":
        import winreg  # noqa: PLC0415 - there is no such module elsewhere

        place = r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters"
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, place) as key:
            return f"boot-{winreg.QueryValueEx(key, 'BootId')[0]}"
    else:
        return ""
