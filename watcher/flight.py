"""A camera file on its way in: what was seen of it so far, and what is known about it already."""

from dataclasses import dataclass, field

from app.imaging.embedded import Peek
from watcher.clock import Moment
from watcher.endings import Ending, Glance, is_raw
from watcher.following import Following
from watcher.shot import Shot


@dataclass
class Flight:
    """A file that is not whole yet; times are the loop's, in seconds."""

    shot: Shot
    size: int
    mtime_ns: int
    changed_at: float
    glance: Glance | None = None
    glanced_at: float = 0.0
    room: int | None = None
    """Its whole size, once that was known."""
    closed: tuple[int, int] | None = None
    """Size and time of change when the system told that a program has just closed this very file."""
    peek: Peek = field(default_factory=lambda: Peek(settled=False))
    preview: bytes = b""
    """The camera's own thumbnail, until it is told."""
    following: Following | None = None
    """Decodes it while it grows."""
    told_at: float | None = None
    deep: bool = False
    busy: bool = False
    stalled: bool = False
    """Told as incomplete; it lies in the hotfolder and may still grow."""
    rewritten: tuple[Moment, Moment | None] | None = None
    """Of a file that was whole before: when its new writing was first seen, and when it was not there yet."""
    not_before: float = 0.0
    """How many quiet seconds the next examination waits for."""

    @property
    def seen(self) -> tuple[int, int]:
        """What tells one state of the file from another."""
        return self.size, self.mtime_ns

    @property
    def raw(self) -> bool:
        """Whether its name says that it is a camera's RAW."""
        return is_raw(self.shot.path)

    @property
    def end(self) -> Ending:
        """What its bytes say about its end, as far as anybody looked."""
        return self.glance.ending if self.glance else Ending.OPEN

    def changed(self, size: int, mtime_ns: int, now: float) -> bool:
        """Take in what the disk says; whether it is new."""
        if (size, mtime_ns) == self.seen:
            return False
        self.size, self.mtime_ns, self.changed_at = size, mtime_ns, now
        self.glance, self.deep, self.not_before, self.closed = None, False, 0.0, None
        return True
