"""Drawn guests for the pictures of `make screens`: what the webcam sees, and photos that differ."""

import io
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from app.imaging.sample import sample

FRAMES = 3


def party(seed: int, size: tuple[int, int]) -> Image.Image:
    """The two people of the sample, nearer or farther, mirrored or not, in another light for each seed."""
    people = Image.open(io.BytesIO(sample())).convert("RGB")
    dice = random.Random(seed)
    width = dice.randint(700, 900)
    height = min(round(width * size[1] / size[0]), people.height)
    left, top = (people.width - width) // 2, dice.randint(260, 320)
    found = people.crop((left, top, left + width, top + height))
    if seed % 2:
        found = found.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    light = [dice.uniform(0.94, 1.05) for _ in range(3)]
    bands = [
        band.point([round(min(255, value * by)) for value in range(256)])
        for band, by in zip(found.split(), light, strict=True)
    ]
    return Image.merge("RGB", bands).resize(size, Image.Resampling.LANCZOS)


def photo(seed: int) -> bytes:
    """One of them as a JPEG."""
    buffer = io.BytesIO()
    party(seed, (1600, 1200)).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


@contextmanager
def webcam() -> Iterator[Path]:
    """A film of them for Chromium's fake camera: one JPEG after another."""
    people = party(5, (1300, 740))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "camera.mjpeg"
        with path.open("wb") as file:
            for number in range(FRAMES):
                frame = people.crop((number * 4, number * 2, 1280 + number * 4, 720 + number * 2))
                frame.save(file, "JPEG", quality=88)
        yield path
