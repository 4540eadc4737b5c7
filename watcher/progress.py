"""Tells the screens how far a file has come, with the camera's own thumbnail as soon as it can be read."""

import base64
from collections import defaultdict, deque
from collections.abc import Iterable
from pathlib import Path, PurePath
from statistics import median_low

from app.domain.messages import FileReceiving
from app.imaging.embedded import HEAD, Peek, peek_file, preview_of
from watcher.endings import Glance, glance
from watcher.flight import Flight
from watcher.outbox import Outbox
from watcher.settle import in_utc
from watcher.shot import Shot
from watcher.sort import shown_name

_TELL_SECONDS = 0.5
_REMEMBERED = 20


class Sizes:
    """How large this booth's files are: the median of the last whole ones with the same suffix."""

    def __init__(self) -> None:
        self._known: defaultdict[str, deque[int]] = defaultdict(lambda: deque(maxlen=_REMEMBERED))

    def note(self, path: str, size: int) -> None:
        """A file is whole."""
        self._known[PurePath(path).suffix.lower()].append(size)

    def guess(self, path: str, at_least: int) -> int | None:
        """How large a file will probably be; None for a suffix never seen."""
        known = self._known.get(PurePath(path).suffix.lower())
        return max(median_low(known), at_least) if known else None


class Progress:
    """What is said about files that are not whole yet: at most twice a second for each."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._sizes = Sizes()

    def recall(self, earlier: Iterable[tuple[str, int]]) -> None:
        """Names and sizes of whole files from before, oldest first."""
        for path, size in earlier:
            self._sizes.note(path, size)

    def whole(self, shot: Shot) -> None:
        """Its size is what the next ones will be like."""
        self._sizes.note(shot.path, shot.size)

    def tell(self, flight: Flight, now: float) -> None:
        """Say how far it is, if it is time to or there is a picture to show.

        A RAW goes without a word, and so does what is most likely a shot that is on the screens already.
        """
        due = flight.told_at is None or now - flight.told_at >= _TELL_SECONDS
        if flight.raw or flight.shot.mate or flight.glance is None or not (due or flight.preview):
            return
        flight.told_at = now
        shot, told = flight.shot, flight.glance
        exact = told.expected or (flight.room if flight.room == flight.size else None)
        guess = self._sizes.guess(shot.path, told.written)
        preview, flight.preview = flight.preview, b""
        self._outbox.put(
            FileReceiving(
                shot_id=shot.shot_id,
                file_name=shown_name(shot.path),
                bytes_seen=told.written,
                bytes_expected=exact or guess,
                expected_exact=exact is not None,
                taken_at=in_utc(flight.peek.facts.taken_at),
                camera=flight.peek.facts.camera,
                preview=base64.b64encode(preview).decode("ascii") if preview else None,
                appeared_at=shot.appeared_at,
            )
        )


def first_look(path: Path, before: Peek, *, raw: bool) -> tuple[Glance, Peek, bytes]:
    """Ending and progress, and, once, facts and thumbnail from the first bytes. Blocking. Raises OSError."""
    seen = glance(path)
    if before.settled or raw:
        return seen, before, b""
    found = peek_file(path, limit=HEAD)
    over = found.settled or seen.written >= HEAD
    found = Peek(found.facts, found.picture, found.size, settled=over)
    return seen, found, preview_of(found) if over else b""


def rescued(paths: Iterable[Path]) -> bytes:
    """The camera's own thumbnail out of a file that is no whole picture; empty where none can be read.

    Blocking. The file is at one of these places.
    """
    for path in paths:
        try:
            return preview_of(peek_file(path))
        except OSError:
            continue
    return b""
