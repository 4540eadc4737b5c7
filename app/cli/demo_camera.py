"""The demo's camera: makes pictures as a camera would name, stamp and write them."""

import asyncio
import io
import itertools
import random
from datetime import datetime
from pathlib import Path

import numpy
from PIL import Image, ImageDraw, ImageOps

SIZE = (4000, 2667)
CHUNK = 256 * 1024
_EXIF_IFD, _MAKE, _MODEL = 0x8769, 0x010F, 0x0110
_TAKEN, _OFFSET, _SUBSECOND = 0x9003, 0x9011, 0x9291


class Camera:
    """Writes pictures into `folder`; from the pictures in `photos`, or drawn ones."""

    def __init__(self, folder: Path, photos: Path | None) -> None:
        self._folder = folder
        found = sorted(photos.iterdir()) if photos else []
        self._photos = itertools.cycle(
            [path for path in found if path.suffix.lower() in (".jpg", ".jpeg", ".png")]
        )
        self._number = random.randrange(1000, 9000)

    async def shoot(self) -> str:
        """One click of the shutter; returns the file's name when it is all written."""
        self._number += 1
        name = f"IMG_{self._number}.JPG"
        content = await asyncio.to_thread(self._develop, datetime.now().astimezone())
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / name).open("wb") as file:
            for start in range(0, len(content), CHUNK):
                file.write(content[start : start + CHUNK])
                file.flush()
                await asyncio.sleep(0.01)  # as fast as a cable brings it
        return name

    def _develop(self, taken: datetime) -> bytes:
        source = next(self._photos, None)
        picture = _draw() if source is None else _load(source)
        exif = Image.Exif()
        exif[_MAKE], exif[_MODEL] = "Photobot", "Demo camera"
        details = exif.get_ifd(_EXIF_IFD)
        details[_TAKEN] = taken.strftime("%Y:%m:%d %H:%M:%S")
        details[_SUBSECOND] = f"{taken.microsecond // 1000:03d}"
        offset = taken.strftime("%z")
        details[_OFFSET] = f"{offset[:3]}:{offset[3:]}"
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=92, exif=exif)
        return file.getvalue()


def _load(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        upright = ImageOps.exif_transpose(picture).convert("RGB")
    upright.thumbnail(SIZE, Image.Resampling.LANCZOS)
    return upright


def _draw() -> Image.Image:
    """A party at night: a warm sky, lights, a few people; never the same twice."""
    width, height = SIZE
    warm = numpy.linspace((60, 30, 90), (230, 120, 60), height)[:, None, :]
    grain = numpy.random.default_rng().normal(0, 6, (height // 4, width // 4, 1)).repeat(4, 0).repeat(4, 1)
    sky = numpy.zeros((height, width, 3)) + warm
    sky[: grain.shape[0], : grain.shape[1]] += grain
    picture = Image.fromarray(sky.clip(0, 255).astype("uint8"))
    draw = ImageDraw.Draw(picture, "RGBA")
    for _ in range(60):
        x, y, r = random.randrange(width), random.randrange(height // 2), random.randrange(15, 110)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=(255, 220, 150, random.randrange(40, 140)))
    people = random.randrange(1, 5)
    for index in range(people):
        x = width * (index + 1) // (people + 1) + random.randrange(-80, 80)
        skin = random.choice([(224, 172, 125), (198, 134, 92), (141, 85, 54), (241, 194, 150)])
        cloth = tuple(random.randrange(30, 230) for _ in range(3))
        draw.rounded_rectangle((x - 330, 1500, x + 330, height + 200), 220, fill=cloth)
        draw.ellipse((x - 210, 880, x + 210, 1460), fill=skin)
        draw.pieslice((x - 225, 840, x + 225, 1330), 180, 360, fill=(35, 25, 20))
        for eye in (-85, 85):
            draw.ellipse((x + eye - 24, 1120, x + eye + 24, 1160), fill=(30, 25, 25))
        draw.arc((x - 90, 1200, x + 90, 1340), 15, 165, fill=(140, 40, 50), width=18)
    return picture
