"""What the fake booth server keeps of each shot, and what is to go wrong there."""

import asyncio
from collections import deque
from dataclasses import dataclass, field


@dataclass
class StoredShot:
    """A picture the server has, and the answer it gave."""

    shot_id: str
    file_name: str
    sha256: str
    state: str
    job_id: str | None
    appeared_at: str
    taken_at: str | None
    earliest: str | None = None
    latest: str | None = None
    held: str = ""
    """The hash of the bytes kept: those of a small copy until the original comes."""
    raws: list[str] = field(default_factory=list)

    @property
    def original_pending(self) -> bool:
        """Whether only a small copy is here."""
        return self.held != self.sha256


@dataclass
class Faults:
    """What goes wrong; each entry of `posts` spoils one upload, in order."""

    posts: deque[str] = field(default_factory=deque)
    """500, 503, 507, 429, 401, 413, 422, html (a captive portal), cut (broken answer), lost (stored, then
    cut)."""
    beside: deque[str] = field(default_factory=deque)
    """The same for originals and RAWs."""
    hold: asyncio.Event | None = None
    """While set and not raised, uploads are read and then wait here before they are stored."""
    refuse: str | None = None
    """A code: each watcher's hello is refused with it."""
