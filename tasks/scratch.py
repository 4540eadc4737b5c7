"""Leftovers of killed programs: guests' pictures in temporary folders that nobody will come back for."""

import asyncio
import shutil
import tempfile
import time
from pathlib import Path

from app.ports import Ports

PATTERNS = ("photobot-run-*", "photobot-in-*", "photobot-upload-*")
KEEP_SECONDS = 3600.0


async def clear_leftovers(_: Ports) -> None:
    """Remove temporary folders of ours that nothing touched for an hour: no request or run lasts as long."""
    await asyncio.to_thread(_clear, Path(tempfile.gettempdir()), time.time() - KEEP_SECONDS)


def _clear(folder: Path, before: float) -> None:
    for pattern in PATTERNS:
        for left in folder.glob(pattern):
            try:
                if left.stat().st_mtime < before:
                    shutil.rmtree(left, ignore_errors=True)
            except OSError:  # gone meanwhile, or another account's
                continue
