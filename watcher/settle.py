"""Says whether a camera file is whole: its format's end, unchanged, full decode; a stall proves nothing."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from app.domain.errors import PhotobotError
from app.imaging.background import SLIGHT_NICENESS, step_back
from app.imaging.embedded import peek_file
from app.imaging.jpeg import CodedHash
from app.imaging.prove import Proof, prove
from watcher.endings import Ending, has_hole, is_raw, read_head
from watcher.following import Following
from watcher.raw_judge import Sound, ask_libraw

UNCHANGED_SECONDS = 0.1
_CHUNK = 1024 * 1024
_HASHING = ThreadPoolExecutor(3, "hashing", initializer=step_back, initargs=(SLIGHT_NICENESS,))
"""As many as examinations at a time (photos and a RAW)."""
_HELD_OPEN = 5
"""How much longer an unfinished file may stand still while a program has it open for writing."""
_PASSING = {"IMAGE_UNREADABLE"}
"""What another program's lock looks like; it may be gone in a moment."""


@dataclass(frozen=True)
class Patience:
    """How long things may take, in seconds."""

    stability: float = 2.0
    give_up: float = 60.0
    put_away: float = 3600.0


class Step(Enum):
    """What to do with a file now."""

    WAIT = "wait"
    LOOK_DEEPER = "look_deeper"
    EXAMINE = "examine"
    EXAMINE_LAST = "examine_last"


def next_step(
    ending: Ending, quiet: float, patience: Patience, *, being_written: bool | None, raw: bool = False
) -> Step:
    """What a file's end and its `quiet` seconds without change call for.

    `being_written` is the system's word on whether another program has it open for writing, None for unknown.
    EXAMINE_LAST means that patience is at an end. A RAW is in nobody's way: it always waits to be stable.
    """
    if quiet >= patience.give_up * (_HELD_OPEN if being_written and ending is not Ending.OPEN else 1):
        return Step.EXAMINE_LAST
    if ending is Ending.ENDED and not raw:
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
    pixels: str = ""
    """Hash of the coded picture without its metadata; empty where it is not known."""
    raw: bool = False
    hole: bool = False
    taken_at: datetime | None = None
    camera: str | None = None
    preview: bytes = b""
    qr: str | None = None
    code: str | None = None
    message: str = ""

    @property
    def may_pass(self) -> bool:
        """Whether the error can be gone when looked at again, although the file itself does not change."""
        return self.code in _PASSING


def examine(path: Path, *, max_bytes: int, max_pixels: int, following: Following | None = None) -> Finding:
    """Read a file in full: content hash, full decode, thumbnail. Blocking; call it in a thread.

    What was decoded while the file grew is not decoded again, where the same bytes are there still.
    Raises OSError only when the file is not there any more.
    """
    before = path.stat()
    found = Finding(before.st_size, before.st_mtime_ns)
    try:
        raw = is_raw(path.name, read_head(path))
        if not raw and before.st_size > max_bytes:  # most likely a video: reading it would take minutes
            return _failed(found, "IMAGE_TOO_LARGE", "The picture file is too large.")
        hashing = _HASHING.submit(fingerprint, path)  # both are long, and let go of the interpreter
        followed = following.finish() if following else None
        proof = None if raw or followed else _proved(path, max_bytes, max_pixels)
        sha256, hole, pixels = hashing.result()
        if followed:
            same = followed.sha256 == sha256
            proof = followed.proof if same else _proved(path, max_bytes, max_pixels)
    except FileNotFoundError:
        raise
    except OSError as error:
        return _failed(found, "IMAGE_UNREADABLE", f"The file cannot be read ({error.strerror}).")
    found = replace(found, sha256=sha256, hole=hole, pixels=pixels, raw=raw)
    if proof is None:
        return _examine_raw(path, found)
    if isinstance(proof, PhotobotError):
        return _failed(found, proof.code, proof.message)
    facts = proof.facts
    return replace(
        found,
        taken_at=in_utc(facts.taken_at),
        camera=facts.camera,
        preview=proof.thumbnail,
        qr=proof.qr,
    )


def _proved(path: Path, max_bytes: int, max_pixels: int) -> Proof | PhotobotError:
    try:
        return prove(path, max_bytes=max_bytes, max_pixels=max_pixels)
    except PhotobotError as error:
        return error


def _examine_raw(path: Path, found: Finding) -> Finding:
    """What LibRaw does not know is taken by its structure alone; zeros in sensor data are no hole."""
    if found.size == 0:
        return _failed(found, "IMAGE_EMPTY", "The picture file is empty.")
    facts = peek_file(path).facts
    found = replace(found, hole=False, taken_at=in_utc(facts.taken_at), camera=facts.camera)
    if ask_libraw(path) is Sound.NO:
        return _failed(found, "IMAGE_BROKEN", "The RAW file is damaged or incomplete.")
    return found


def in_utc(camera_time: datetime | None) -> datetime | None:
    """The shutter's time in UTC; a camera that writes no zone is taken to be set to that of this laptop."""
    if camera_time is None:
        return None
    try:
        return camera_time.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _failed(found: Finding, code: str, message: str) -> Finding:
    return replace(found, code=code, message=message)


class Fingerprint(NamedTuple):
    """What a file's bytes are known by."""

    sha256: str
    hole: bool
    """A piece of zeros is in it (not at its end)."""
    pixels: str
    """A JPEG's coded picture, the same whatever metadata stand around it; empty for others."""


def fingerprint(path: Path) -> Fingerprint:
    """Read a file once, in small pieces. Raises OSError."""
    digest, coded = hashlib.sha256(), CodedHash()
    hole = zeros_before = False
    with path.open("rb", buffering=0) as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            coded.update(chunk)
            body = chunk.rstrip(b"\0")
            hole = hole or has_hole(body) or (zeros_before and bool(body))
            zeros_before = len(chunk) - len(body) >= 4096
    return Fingerprint(digest.hexdigest(), hole, coded.hexdigest())
