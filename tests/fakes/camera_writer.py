"""Imitates cameras and tether programs: known-good noisy pictures, written as it happens in the field."""

import asyncio
import hashlib
import io
import os
import random
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from tests.fakes.tiff_writer import exif as exif_block

DATE_TAKEN = 0x9003
EXIF_IFD = 0x8769
MEGAPIXELS = {2: (1632, 1224), 8: (3264, 2448), 24: (6000, 4000)}
_TILE = 512


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


@lru_cache(maxsize=4)
def _base(megapixels: int, quality: int) -> bytes:
    """A large JPEG without metadata; noise in tiles is made quickly and still does not compress."""
    width, height = MEGAPIXELS[megapixels]
    noise = np.random.default_rng(megapixels).integers(-20, 21, (_TILE, _TILE, 3), dtype=np.int16)
    noise = np.tile(noise, (height // _TILE + 1, width // _TILE + 1, 1))[:height, :width]
    ramp = np.linspace(40, 200, width, dtype=np.int16)[None, :, None]
    buffer = io.BytesIO()
    Image.fromarray(np.clip(noise + ramp, 0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


@lru_cache(maxsize=64)
def thumbnail(seed: int) -> bytes:
    """What a camera embeds: 160 x 120 pixels, of a colour of its own, with bars above and below."""
    colour = tuple(random.Random(seed).randrange(60, 240) for _ in range(3))
    picture = Image.new("RGB", (160, 120))
    picture.paste(colour, (0, 7, 160, 113))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def camera_photo(
    seed: int,
    *,
    megapixels: int = 8,
    quality: int = 90,
    taken: str = "2026:07:01 12:00:00",
    embedded: bool = True,
    **facts: str | int,
) -> bytes:
    """A large picture as a camera makes it; `facts` are those of `tiff_writer.exif` (make, serial, zone).

    Another seed is another picture, also in its coded part: the last coefficients' quantisers carry the seed.
    """
    data = bytearray(_base(megapixels, quality))
    table, rest = data.index(b"\xff\xdb") + 5, seed
    for place in range(60, 64):
        data[table + place] = 1 + rest % 200
        rest //= 200
    block = exif_block(taken=taken, thumbnail=thumbnail(seed) if embedded else b"", **facts)  # type: ignore[arg-type] # told by name
    return with_exif(bytes(data), block)


def with_exif(data: bytes, block: bytes) -> bytes:
    """The same coded picture with this EXIF block in front (and no other, where it had one there)."""
    start = 2
    if data[2:4] == b"\xff\xe1":
        start += 2 + int.from_bytes(data[4:6], "big")
    return data[:2] + b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block + data[start:]


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


async def write_fallocated(path: Path, data: bytes, *, pieces: int = 4, stall: float = 0.7) -> None:
    """Room taken from the file system, without a byte written (Linux); then as `write_preallocated`."""
    step = len(data) // pieces + 1
    with path.open("wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, len(data))
        for start in range(0, len(data), step):
            await asyncio.sleep(stall)
            stream.write(data[start : start + step])
            stream.flush()


async def write_slowly(path: Path, data: bytes, *, seed: int = 1, stall: float = 0.125) -> None:
    """A camera's Wi-Fi: 64 KiB every 50 to 200 ms."""
    pace = random.Random(seed)
    with path.open("wb", buffering=0) as stream:
        for start in range(0, len(data), 64 * 1024):
            stream.write(data[start : start + 64 * 1024])
            await asyncio.sleep(stall * pace.uniform(0.4, 1.6))


async def write_then_append(path: Path, data: bytes, tail: bytes, *, stall: float = 0.7) -> None:
    """A camera that comes back to a closed, whole file and puts something behind its end."""
    path.write_bytes(data)
    await asyncio.sleep(stall)
    with path.open("ab") as stream:
        stream.write(tail)


async def rewrite_in_place(path: Path, data: bytes, again: bytes, *, stall: float = 0.7) -> None:
    """A tether program that writes its own EXIF into the file it has just brought."""
    path.write_bytes(data)
    await asyncio.sleep(stall)
    with path.open("rb+") as stream:
        stream.write(again)
        stream.truncate()


async def burst(folder: Path, pictures: Sequence[bytes], *, seconds: float = 4.0) -> None:
    """The shutter held down: each picture in two pieces, one after the other."""
    for number, data in enumerate(pictures):
        await write_in_chunks(
            folder / f"BURST{number:04}.JPG", data, pieces=2, stall=seconds / len(pictures) / 2
        )
        await asyncio.sleep(seconds / len(pictures) / 2)


async def copy_card(folder: Path, pictures: Sequence[bytes]) -> None:
    """A whole card, as fast as the disk takes it, into a camera's own folders."""
    for number, data in enumerate(pictures):
        path = folder / "DCIM" / f"{100 + number // 100}CANON" / f"IMG_{number:04}.JPG"
        await asyncio.to_thread(write_once, path, data)


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
