"""Pictures and hostile files made for the tests."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import qrcode
from PIL import Image

RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 170, 60), (40, 60, 210), (240, 220, 40)

LINK = "http://192.168.1.50:8080/r/AbCdEfGhIjKlMnOpQrStUvWxYz0123456789#K7M3QX"


def corners(width: int = 320, height: int = 200) -> Image.Image:
    """Top left red, top right green, bottom left blue, bottom right yellow."""
    picture = Image.new("RGB", (width, height))
    half = (width // 2, height // 2)
    for (column, row), colour in (((0, 0), RED), ((1, 0), GREEN), ((0, 1), BLUE), ((1, 1), YELLOW)):
        at = (column * half[0], row * half[1])
        picture.paste(colour, (*at, at[0] + half[0], at[1] + half[1]))
    return picture


def scene(width: int = 240, height: int = 160) -> Image.Image:
    """Something with gradients, edges and a round skin-coloured face."""
    y, x = np.indices((height, width), dtype=np.float32)
    values = np.stack([60 + 150 * x / width, 90 + 90 * y / height, 200 - 120 * x / width], axis=2)
    face = (x - width / 2) ** 2 + (y - height / 2) ** 2 < (height / 3) ** 2
    values[face] = (226, 178, 150)
    eyes = ((np.abs(x - width / 2) - height / 9) ** 2 + (y - height / 2.3) ** 2) < (height / 30) ** 2
    values[eyes] = (20, 16, 14)
    return Image.fromarray(values.astype(np.uint8))


def jpeg_bytes(picture: Image.Image | None = None, **options: object) -> bytes:
    """The picture as JPEG."""
    buffer = BytesIO()
    (picture or corners()).save(buffer, "JPEG", **{"quality": 95, "subsampling": 0, **options})
    return buffer.getvalue()


def write(path: Path, data: bytes) -> Path:
    """Write and hand the path back."""
    path.write_bytes(data)
    return path


def chunk(kind: bytes, data: bytes) -> bytes:
    """One PNG chunk."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *extra: bytes, pixels: bytes = b"") -> bytes:
    """A PNG with any declared size, extra chunks and any pixel data."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = (
        chunk(b"IHDR", header) + b"".join(extra) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")
    )
    return b"\x89PNG\r\n\x1a\n" + body


def _xyz(x: float, y: float, z: float) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(value * 65536)) for value in (x, y, z))


def display_p3() -> bytes:
    """An ICC profile with the Display P3 primaries (adapted to D50) and the sRGB tone curve."""
    curve = struct.pack(
        ">4sIHH5i",
        b"para",
        0,
        3,
        0,
        *(round(v * 65536) for v in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)),
    )
    tags = {
        b"desc": b"mluc\0\0\0\0"
        + struct.pack(">IIHHII", 1, 12, 0x656E, 0x5553, 4, 28)
        + "P3".encode("utf-16-be"),
        b"wtpt": _xyz(0.96420, 1.0, 0.82491),
        b"rXYZ": _xyz(0.51512, 0.24120, -0.00105),
        b"gXYZ": _xyz(0.29198, 0.69225, 0.04189),
        b"bXYZ": _xyz(0.15710, 0.06657, 0.78407),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table, body, at = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        data += b"\0" * (-len(data) % 4)
        table += struct.pack(">4sII", name, at + len(body), len(data))
        body += data
    head = struct.pack(">I4sI4s4s4s", at + len(body), b"\0\0\0\0", 0x04000000, b"mntr", b"RGB ", b"XYZ ")
    head += struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28
    head += struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + table + body


def with_code(share: float, turn: float = 10) -> Image.Image:
    """A frame of 3000 x 2000 with a code whose dark part is that share of its short side."""
    code = qrcode.make(LINK, border=4).convert("RGB")
    plain = code.width - 2 * 40
    side = round(2000 * share * code.width / plain)
    frame = scene(3000, 2000)
    frame.paste(code.resize((side, side)).rotate(turn, fillcolor="white"), (100, 100))
    return frame
