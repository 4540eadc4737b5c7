"""Imitates cameras and tether programs: known-good noisy pictures, written as it happens in the field."""

import asyncio
import hashlib
import io
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

DATE_TAKEN = 0x9003
EXIF_IFD = 0x8769


@lru_cache(maxsize=64)
def photo(
    seed: int, *, width: int = 1600, height: int = 1200, taken: str | None = None, kind: str = "JPEG"
) -> bytes:
    """A sound picture of 1 MB and more (noise does not compress), the same for the same seed."""
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    picture = Image.fromarray(noise)
    exif = Image.Exif()
    if taken is not None:
        exif.get_ifd(EXIF_IFD)[DATE_TAKEN] = taken
    buffer = io.BytesIO()
    picture.save(buffer, kind, quality=80, exif=exif)
    return buffer.getvalue()


def small_photo(seed: int, **options: str) -> bytes:
    """A sound picture of some 100 KB, where many are needed."""
    return photo(seed, width=400, height=300, **options)  # type: ignore[arg-type]


def padded(data: bytes, size: int) -> bytes:
    """A JPEG with as many bytes of a maker's own metadata as make it this large: cheap to decode."""
    parts, left = [], size - len(data)
    while left > 4:
        length = min(left, 65000)
        parts.append(
            b"\xff\xeb" + (length - 2).to_bytes(2, "big") + bytes([len(parts) % 251 + 1]) * (length - 4)
        )
        left -= length
    return data[:2] + b"".join(parts) + data[2:]


def sha(data: bytes) -> str:
    """The content hash the watcher and the server speak of."""
    return hashlib.sha256(data).hexdigest()


def write_once(path: Path, data: bytes) -> None:
    """The file is there at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


async def write_in_chunks(path: Path, data: bytes, *, pieces: int = 4, stall: float = 0.7) -> None:
    """A slow cable: some bytes, silence, some bytes; open all the while."""
    step = len(data) // pieces + 1
    with path.open("wb") as stream:
        for start in range(0, len(data), step):
            if start:
                await asyncio.sleep(stall)
            stream.write(data[start : start + step])
            stream.flush()


async def write_reopened(path: Path, data: bytes, *, pieces: int = 4, stall: float = 0.7) -> None:
    """A share's client: each piece is written by opening and closing the file anew."""
    step = len(data) // pieces + 1
    path.write_bytes(data[:step])
    for start in range(step, len(data), step):
        await asyncio.sleep(stall)
        with path.open("ab") as stream:
            stream.write(data[start : start + step])


async def write_preallocated(path: Path, data: bytes, *, pieces: int = 4, stall: float = 0.7) -> None:
    """The full size in zeros first, then the picture from front to back."""
    path.write_bytes(bytes(len(data)))
    step = len(data) // pieces + 1
    with path.open("rb+") as stream:
        for start in range(0, len(data), step):
            await asyncio.sleep(stall)
            stream.seek(start)
            stream.write(data[start : start + step])
            stream.flush()


async def write_renamed(path: Path, data: bytes, *, stall: float = 0.3) -> None:
    """A careful program: a temporary name in two pieces, then the real name."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(data[: len(data) // 2])
    await asyncio.sleep(stall)
    part.write_bytes(data)
    part.rename(path)


def write_truncated(path: Path, data: bytes) -> None:
    """The cable is pulled: half of the picture, for ever."""
    path.write_bytes(data[: len(data) // 2])
