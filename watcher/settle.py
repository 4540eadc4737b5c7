"""Says whether a camera file is whole: end marker, unchanged, full decode; a stall proves nothing."""

import contextlib
import hashlib
import os
import signal
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

from app.domain.errors import PhotobotError
from app.imaging.develop import thumbnail
from app.imaging.inspect import inspect_image
from watcher.endings import Ending, has_hole, is_raw, read_head

if sys.platform == "linux":
    import fcntl

UNCHANGED_SECONDS = 0.1
PREVIEW_BYTES = 96 * 1024
_CHUNK = 1024 * 1024
_HELD_OPEN = 5
"""How much longer an unfinished file may stand still while a program has it open for writing."""
_PREVIEW_TRIES = ((512, 82), (512, 60), (384, 60), (256, 50), (128, 40))
_PASSING = {"IMAGE_UNREADABLE"}
"""What another program's lock looks like; it may be gone in a moment."""


@dataclass(frozen=True)
class Patience:
    """How long things may take, in seconds."""

    stability: float = 2.0
    give_up: float = 60.0


class Step(Enum):
    """What to do with a file now."""

    WAIT = "wait"
    LOOK_DEEPER = "look_deeper"
    EXAMINE = "examine"
    EXAMINE_LAST = "examine_last"


def next_step(ending: Ending, quiet: float, patience: Patience, *, being_written: bool | None) -> Step:
    """What a file's end and its `quiet` seconds without change call for.

    `being_written` is the system's word on whether another program has it open for writing, None for unknown.
    EXAMINE_LAST means that whatever the examination finds is final.
    """
    if quiet >= patience.give_up * (_HELD_OPEN if being_written else 1):
        return Step.EXAMINE_LAST
    if ending is Ending.ENDED:
        return Step.EXAMINE
    if quiet < patience.stability:
        return Step.WAIT
    if ending is Ending.OPEN:
        return Step.LOOK_DEEPER
    return Step.WAIT if being_written else Step.EXAMINE


@dataclass(frozen=True)
class Finding:
    """What an examination found: a sound photo, a RAW, or an error code with its sentence."""

    size: int
    mtime_ns: int
    sha256: str = ""
    raw: bool = False
    hole: bool = False
    taken_at: datetime | None = None
    preview: bytes = b""
    code: str | None = None
    message: str = ""

    @property
    def may_pass(self) -> bool:
        """Whether the error can be gone when looked at again, although the file itself does not change."""
        return self.code in _PASSING


def examine(path: Path, *, max_bytes: int, max_pixels: int) -> Finding:
    """Read a file in full: content hash, full decode, thumbnail. Blocking; call it in a thread.

    Raises OSError only when the file is not there any more.
    """
    before = path.stat()
    found = Finding(before.st_size, before.st_mtime_ns)
    try:
        raw = is_raw(path.name, read_head(path))
        sha256, hole = fingerprint(path)
    except FileNotFoundError:
        raise
    except OSError as error:
        return _failed(found, "IMAGE_UNREADABLE", f"The file cannot be read ({error.strerror}).")
    if raw:
        return Finding(found.size, found.mtime_ns, sha256, raw=True)
    try:
        facts = inspect_image(path, max_bytes=max_bytes, max_pixels=max_pixels)
        preview = small_preview(path)
    except PhotobotError as error:
        return _failed(found, error.code, error.message, sha256)
    return Finding(
        found.size, found.mtime_ns, sha256, hole=hole, taken_at=_with_zone(facts.taken_at), preview=preview
    )


def _with_zone(camera_time: datetime | None) -> datetime | None:
    """The shutter's time in UTC; a camera knows no zone: it is set to that of this laptop."""
    if camera_time is None:
        return None
    try:
        return camera_time.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _failed(found: Finding, code: str, message: str, sha256: str = "") -> Finding:
    return Finding(found.size, found.mtime_ns, sha256, code=code, message=message)


def small_preview(path: Path) -> bytes:
    """A JPEG thumbnail that fits a socket message. Raises what `thumbnail` raises."""
    preview = b""
    for edge, quality in _PREVIEW_TRIES:
        preview = thumbnail(path, edge=edge, quality=quality)
        if len(preview) <= PREVIEW_BYTES:
            break
    return preview


def fingerprint(path: Path) -> tuple[str, bool]:
    """A file's sha256, and whether a hole of zeros is in it (not at its end). Raises OSError."""
    digest = hashlib.sha256()
    hole = zeros_before = False
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            body = chunk.rstrip(b"\0")
            hole = hole or has_hole(body) or (zeros_before and bool(body))
            zeros_before = len(chunk) - len(body) >= 4096
    return digest.hexdigest(), hole


def being_written(path: Path) -> bool | None:
    """Whether a program on this machine has the file open for writing; None where nobody can tell.

    Linux only: a read lease is given for a local file exactly when nobody has it open for writing.
    """
    if sys.platform != "linux":
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        # Whoever opens it in this instant makes the kernel signal us; the usual SIGIO would end the process.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except OSError:
        return None
    finally:
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        os.close(descriptor)
    return False
