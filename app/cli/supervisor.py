"""Keeps a list of child programs alive in their order, and stops them in the reverse order."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Protocol

from app.adapters.embedded import process
from app.cli.logs import LogPump, say
from app.domain.errors import PhotobotError

BACKOFF = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before the n-th restart in a row; the last one for all that follow."""
STEADY_SECONDS = 60.0
"""A program that lived this long starts over at the first delay."""


class Server(Protocol):
    """An embedded server: started and stopped by its own rules."""

    process: "subprocess.Popen[bytes] | None"

    def start(self, output: int) -> None: ...

    def stop(self) -> bool: ...


class Program:
    """One of our own programs, as a real child process."""

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        cwd: Path,
        stop: Iterable[tuple[signal.Signals, float]],
    ) -> None:
        self._argv, self._env, self._cwd, self._stop = argv, env, cwd, tuple(stop)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, output: int) -> None:
        self.process = process.spawn(self._argv, env=self._env, cwd=self._cwd, output=output)

    def stop(self) -> bool:
        """Stop step by step; True when it went without being killed."""
        if self.process is None:
            return True
        clean = process.stop(self.process, self._stop)
        process.kill_group(self.process)  # whatever it may have left in its group
        return clean


class Kept:
    """A child the supervisor keeps: how often it fell and when it starts again."""

    def __init__(self, name: str, child: Server, pump: LogPump) -> None:
        self.name, self.child, self.pump = name, child, pump
        self.falls = 0
        self.started = 0.0
        self.due: float | None = None

    def start(self) -> None:
        """Start now. Raises `PhotobotError` or OSError with the reason."""
        self.due = None
        self.started = time.monotonic()
        self.child.start(self.pump.write_end)

    def look(self, now: float) -> None:
        """Notice an end, restart what is due."""
        if self.due is not None:
            if now >= self.due:
                self._restart(now)
            return
        running = self.child.process
        if running is None or running.poll() is None:
            return
        self._fell(now, f"ended ({_how(running.returncode)})")

    def _restart(self, now: float) -> None:
        try:
            self.start()
        except (PhotobotError, OSError) as error:
            self._fell(now, f"does not start ({error})")

    def _fell(self, now: float, what: str) -> None:
        if now - self.started > STEADY_SECONDS:
            self.falls = 0
        delay = BACKOFF[min(self.falls, len(BACKOFF) - 1)]
        self.falls += 1
        self.due = now + delay
        say(f"{self.name} {what}: starting it again in {delay:g} s. Its log: {self.pump.path}")


class Supervisor:
    """Starts children in order, watches them until told to stop, stops them in the reverse order.

    The first SIGINT, SIGTERM or SIGHUP stops cleanly, the second kills.
    """

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._kept: list[Kept] = []
        self._before: dict[signal.Signals, object] = {}
        self.signals = 0

    @property
    def stopping(self) -> bool:
        """Whether somebody asked us to stop."""
        return self.signals > 0

    def __enter__(self) -> "Supervisor":
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop_all()
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def start(self, name: str, child: Server) -> None:
        """Start a child and keep it from now on. Raises what its start raises."""
        kept = Kept(name, child, LogPump(name, self._logs))
        self._kept.append(kept)
        kept.start()

    def falls(self, name: str) -> int:
        """How often the child ended by itself in a row."""
        return next((kept.falls for kept in self._kept if kept.name == name), 0)

    def look(self) -> None:
        """One round over all children."""
        for kept in self._kept:
            if not self.stopping:
                kept.look(time.monotonic())

    def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Keep everything alive until a signal comes or `until` says so."""
        while not self.stopping and not until():
            self.look()
            time.sleep(0.1)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self.signals += 1
        if self.signals == 1:
            say("\nStopping (once more kills) ...")
            return
        say("Killing.")
        for kept in reversed(self._kept):
            if kept.child.process is not None and kept.child.process.poll() is None:
                process.kill_group(kept.child.process)

    def _stop_all(self) -> None:
        for kept in reversed(self._kept):
            if not kept.child.stop() and self.signals < 2:
                say(f"{kept.name} did not stop by itself and was killed.")
            kept.pump.close()
        self._kept.clear()


def _how(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"code {code}"
