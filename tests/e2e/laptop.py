"""A booth's camera laptop in tests: a hotfolder watched by the real program, pictures as cameras do."""

import io
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from subprocess import Popen
from typing import Any

import numpy as np
import qrcode
from PIL import Image

from tests.fakes.stack import Stack
from tests.fakes.tiff_writer import exif

CAMERA = "Canon EOS R6"
SERIAL = "012345678"
KEY_NAME = f"{CAMERA} {SERIAL}"


def _jpeg(image: Image.Image, quality: int = 90) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _noise(seed: int, width: int, height: int) -> Image.Image:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(noise)


def shot(
    seed: int,
    *,
    taken: datetime | None = None,
    thumbnail: bool = True,
    size: tuple[int, int] = (1200, 800),
    image: Image.Image | None = None,
) -> bytes:
    """A JPEG with the camera's name, its clock and its embedded thumbnail, as a camera writes it."""
    picture = image or _noise(seed, *size)
    block = exif(
        make="Canon",
        model=CAMERA,
        serial=SERIAL,
        taken=taken.astimezone().strftime("%Y:%m:%d %H:%M:%S") if taken else "",
        thumbnail=_jpeg(picture.resize((160, 120)), 75) if thumbnail else b"",
    )
    plain = _jpeg(picture)
    return plain[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + plain[2:]


def shot_of_qr(text: str, taken: datetime | None = None) -> bytes:
    """A photo of a phone that shows a guest's QR."""
    code = qrcode.QRCode(border=4, box_size=14)
    code.add_data(text)
    drawn = code.make_image().get_image().convert("RGB")
    picture = Image.new("RGB", (1200, 800), (196, 188, 176))
    drawn.thumbnail((720, 720))
    picture.paste(drawn, ((1200 - drawn.width) // 2, (800 - drawn.height) // 2))
    return shot(0, taken=taken, image=picture)


@dataclass
class Laptop:
    """The camera laptop of one booth; its watcher is started, stopped and killed as tests need it."""

    stack: Stack
    booth_id: str
    folder: Path
    token: str
    settings: dict[str, str] = field(default_factory=dict)
    program: "Popen[bytes] | None" = None

    def start(self, **settings: str) -> None:
        """Start the watcher."""
        self.settings |= settings
        self.program = self.stack.start(
            "watcher",
            **{
                "SERVER_URL": self.stack.url,
                "BOOTH_ID": self.booth_id,
                "HOTFOLDER_PATH": str(self.folder),
                "PHOTOBOT_TOKEN": self.token,
                "PHOTOBOT_RETRY_CAP_SECONDS": "1",
                **self.settings,
            },
        )

    def stop(self) -> None:
        """End the watcher as an operator would."""
        if self.program is not None:
            self.stack.stop(self.program)
            self.program = None

    def kill(self) -> None:
        """The laptop loses power."""
        if self.program is not None:
            self.program.kill()
            self.program.wait(10)
            self.program = None

    def write(self, name: str, data: bytes) -> None:
        """At once."""
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f".{name}.part"
        part.write_bytes(data)
        part.rename(self.folder / name)

    @contextmanager
    def writing(self, name: str, data: bytes, part: float) -> Iterator[Any]:
        """The first part is there at the start of the block, the rest at its end: a camera at work."""
        place = round(len(data) * part)
        with (self.folder / name).open("wb") as stream:
            stream.write(data[:place])
            stream.flush()
            yield
            stream.write(data[place:])

    def log(self) -> str:
        """What the watchers of this installation wrote."""
        return self.stack.log("watcher")


def seconds_ago(seconds: float) -> datetime:
    """A moment of this machine's clock, in whole seconds as cameras count."""
    return datetime.fromtimestamp(int(time.time()) - seconds).astimezone() + timedelta()
