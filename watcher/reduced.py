"""Small copies that go ahead of their originals on a slow line."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from app.domain.errors import PhotobotError
from app.imaging.decode import one_large
from app.imaging.develop import develop
from watcher.shot import Shot

log = structlog.get_logger()

LONG_EDGE = 2048
_QUALITY = 85
WORTH_BYTES = 1_000_000
"""What is smaller gains nothing by a copy."""
_PREFIX = "reduced-"


@dataclass(frozen=True)
class Reduced:
    """A copy on the disk."""

    file: Path
    size: int
    mtime_ns: int
    sha256: str


class Reducer:
    """Makes one copy at a time, in the ledger's folder; none outlives its upload."""

    def __init__(self, hotfolder: Path, place: Path) -> None:
        self._hotfolder = hotfolder
        self._place = place
        self._one = asyncio.Semaphore(1)

    def clear(self) -> None:
        """Remove what a killed watcher has left. Blocking."""
        for left in self._place.glob(f"{_PREFIX}*"):
            with contextlib.suppress(OSError):
                left.unlink()

    @asynccontextmanager
    async def copy(self, shot: Shot) -> AsyncIterator[Reduced | None]:
        """A copy for as long as the block lasts; None where it cannot be made or is hardly smaller."""
        target = self._place / f"{_PREFIX}{shot.shot_id}.jpg"
        try:
            async with self._one:
                made = await asyncio.to_thread(_make, self._hotfolder / shot.path, target)
            if made is not None and made.size > shot.size // 2:
                made = None
            yield made
        finally:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(target.unlink, missing_ok=True)


def _make(source: Path, target: Path) -> Reduced | None:
    try:
        with one_large:
            develop(source, target, long_edge=LONG_EDGE, quality=_QUALITY)
        facts = target.stat()
        return Reduced(
            target, facts.st_size, facts.st_mtime_ns, hashlib.sha256(target.read_bytes()).hexdigest()
        )
    except (PhotobotError, OSError, MemoryError) as error:
        log.warning("no small copy could be made; the original goes", error=type(error).__name__)
        return None
