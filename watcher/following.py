"""Decodes a photo while it is still being written, so that little is left to prove at its last byte."""

import hashlib
import io
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from app.domain.errors import PhotobotError
from app.imaging.background import SLIGHT_NICENESS, step_back
from app.imaging.prove import Proof, prove_growing

WORTH_FOLLOWING = 1024 * 1024
"""Bytes from which on decoding takes long enough to begin before the end."""
_HEAD = WORTH_FOLLOWING
"""Bytes kept in memory: the decoder begins anew at the first one when it has read the header."""
_PIECE = 1024 * 1024
_POLL_SECONDS = 0.05
_STANDS_STILL_SECONDS = 15.0
_FINISH_SECONDS = 20.0
_AT_ONCE = threading.BoundedSemaphore(2)
"""As many photos as are examined at a time; a further one that grows meanwhile is proved at its end."""


@dataclass(frozen=True)
class Followed:
    """What the decoded bytes show, and the SHA-256 of exactly these bytes."""

    sha256: str
    proof: Proof


class _NotFollowed(OSError):
    """It stands still for too long, or is read in a way that a growing file cannot be."""


class _Arriving(io.RawIOBase):
    """A growing file as a stream: at the end of what is there, a read waits for more.

    The file is opened for each piece only: on Windows a file that somebody holds open cannot be renamed.
    Every byte is read from the disk once and hashed then; the head can be read again from memory.
    """

    def __init__(self, path: Path) -> None:
        self.digest = hashlib.sha256()
        self.ended = threading.Event()
        self._path = path
        self._head = bytearray()
        self._frontier = self._place = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """Within its head."""
        return True

    def tell(self) -> int:
        """Where the next read begins."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place of the head, or to where the last read ended. Raises OSError for others."""
        place = offset if whence == io.SEEK_SET else self._place + offset
        if whence == io.SEEK_END or not (place == self._frontier or 0 <= place <= len(self._head)):
            raise _NotFollowed("only the head is kept")
        self._place = place
        return place

    def read(self, size: int = -1) -> bytes:
        """What is there of the next bytes; waits for the first of them. Empty at the end of an ended file."""
        if self._place < len(self._head):
            piece = bytes(self._head[self._place : self._place + max(0, size)])
        elif self._place == self._frontier:
            piece = self._next(min(size, _PIECE) if size >= 0 else _PIECE)
        else:
            raise _NotFollowed("only the head is kept")
        self._place += len(piece)
        return piece

    def head(self) -> bytes:
        """The first bytes; waits until so many are there that a header can be read without waiting."""
        while len(self._head) < _HEAD and self._next(_HEAD - len(self._head)):
            pass
        return bytes(self._head)

    def _next(self, size: int) -> bytes:
        waited = 0.0
        while True:
            over = self.ended.is_set()
            with self._path.open("rb") as stream:
                stream.seek(self._frontier)
                piece = stream.read(size)
            if not over:
                piece = piece.rstrip(b"\0")  # perhaps room that its writer took before it had the bytes
            if piece or over:
                return self._took(piece)
            if waited >= _STANDS_STILL_SECONDS:
                raise _NotFollowed("it stands still")
            self.ended.wait(_POLL_SECONDS)
            waited += _POLL_SECONDS

    def _took(self, piece: bytes) -> bytes:
        self.digest.update(piece)
        self._frontier += len(piece)
        self._head += piece[: _HEAD - len(self._head)]
        return piece


class Following:
    """One growing photo, decoded in a thread of its own; whatever goes wrong there, `finish` says None."""

    def __init__(self, path: Path, *, max_pixels: int) -> None:
        self._stream = _Arriving(path)
        self._followed: Followed | None = None
        self._thread = threading.Thread(target=self._run, args=(max_pixels,), name="following", daemon=True)
        self._thread.start()

    def finish(self) -> Followed | None:
        """The file has come to its end: decode the rest. Blocking; None where it was not followed.

        It counts only for a file whose SHA-256 is still the same: what was read early may have been written
        anew since.
        """
        self._stream.ended.set()
        self._thread.join(_FINISH_SECONDS)
        return self._followed

    def _run(self, max_pixels: int) -> None:
        step_back(SLIGHT_NICENESS)
        try:
            proof = prove_growing(self._stream.head(), cast(IO[bytes], self._stream), max_pixels=max_pixels)
            while proof and self._stream.read():  # what cameras append behind the picture
                pass
            if proof:
                self._followed = Followed(self._stream.digest.hexdigest(), proof)
        except (OSError, PhotobotError):
            pass  # what is wrong with it is said by the proof of the whole file
        finally:
            _AT_ONCE.release()


def follow(path: Path, *, max_pixels: int) -> Following | None:
    """Begin to follow a growing photo; None while enough of them are followed already."""
    return Following(path, max_pixels=max_pixels) if _AT_ONCE.acquire(blocking=False) else None
