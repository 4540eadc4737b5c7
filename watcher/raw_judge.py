"""`python -m watcher.raw_judge FILE`: asks LibRaw whether a RAW's content can be unpacked; the exit says it.

A program of its own, started for one file: LibRaw is a large native library that holds a whole sensor's data
in memory and is fed files from outside; neither its memory nor a fault of it stays in the watcher.
"""

import contextlib
import os
import subprocess
import sys
from enum import IntEnum
from pathlib import Path

if sys.platform != "win32":
    import resource

_SECONDS = 60
_MEMORY = 2 * 1024**3


class Sound(IntEnum):
    """LibRaw's word on a file."""

    YES = 0
    NO = 10
    UNKNOWN = 11
    """It does not know this camera, or could not be asked."""


def ask_libraw(path: Path) -> Sound:
    """Run this program on a file and wait for it. Blocking, half a second and more; call it in a thread."""
    command = [sys.executable, "-m", "watcher.raw_judge", str(path)]
    try:
        done = subprocess.run(
            command,
            cwd=Path(__file__).parents[1],
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return Sound.UNKNOWN
    try:
        return Sound(done.returncode)
    except ValueError:
        return Sound.UNKNOWN


def _be_modest() -> None:
    if sys.platform != "win32":
        os.nice(10)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def _judge(path: str) -> Sound:
    # A heavy native library that the watcher itself never loads; in here an import can also fail.
    import rawpy  # noqa: PLC0415

    try:
        with rawpy.imread(path) as raw:
            raw.unpack()
    except (rawpy.LibRawDataError, rawpy.LibRawIOError):
        return Sound.NO
    except rawpy.LibRawError:
        return Sound.UNKNOWN
    return Sound.YES


if __name__ == "__main__":
    _be_modest()
    try:
        answer = _judge(sys.argv[1])
    except Exception:
        answer = Sound.UNKNOWN
    sys.exit(answer)
