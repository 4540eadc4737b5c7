"""The plan's rule for "the file is whole", as a reference: its size is the same for 2 s, twice in a row.

It is flattered where the plan says nothing: it sees a file within 20 ms, its two seconds begin anew at the
very change of size and not at some later look, and the thumbnail that had to be made after that costs
nothing.
"""

import threading
import time
from dataclasses import dataclass
from pathlib import Path

EVERY = 2.0
_LOOK = 0.02


@dataclass
class _Watched:
    size: int
    changed_at: float


class PlanWatcher:
    """Watches one folder in a thread of its own."""

    def __init__(self, folder: Path, every: float = EVERY) -> None:
        self.accepted: dict[str, tuple[float, int]] = {}
        """By name: when it was taken for whole (wall clock), and how many bytes were there then."""
        self._folder = folder
        self._every = every
        self._watched: dict[str, _Watched] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "PlanWatcher":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def waiting(self) -> bool:
        """Whether some file is not whole to it yet."""
        return any(path.name not in self.accepted for path in self._folder.glob("*.JPG"))

    def _run(self) -> None:
        while not self._stop.wait(_LOOK):
            now = time.monotonic()
            for path in self._folder.glob("*.JPG"):
                if path.name not in self.accepted:
                    self._look(path, now)

    def _look(self, path: Path, now: float) -> None:
        size = path.stat().st_size
        watched = self._watched.setdefault(path.name, _Watched(size, now))
        if size != watched.size:
            watched.size, watched.changed_at = size, now
        elif now - watched.changed_at >= 2 * self._every:
            self.accepted[path.name] = (time.time(), size)
            path.unlink()
