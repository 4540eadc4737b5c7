"""Finds a QR code that somebody holds into the camera, and leaves alone those that are only in a picture."""

import math
from io import BytesIO

import zxingcpp
from PIL import Image

from app.imaging.decode import load, open_picture, too_many_pixels

SHARE = 0.18
"""A code is meant when its larger side is at least this part of the frame's short side."""
_LONGEST = 300
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


def held_code(picture: Image.Image) -> str | None:
    """The text of the largest QR code that fills enough of the frame. Blocking, a few milliseconds.

    A code on a guest's phone or shirt in the background is part of a photo; a code held into the camera is a
    command. Text longer than anything we print is not ours.
    """
    found = zxingcpp.read_barcodes(picture.convert("L"), formats=_QR, try_downscale=False)
    sized = [(_larger_side(code.position), code.text) for code in found if code.valid]
    side, text = max(sized, default=(0.0, ""))
    if side < SHARE * min(picture.size) or not 0 < len(text) <= _LONGEST or not text.isprintable():
        return None
    return text


def _larger_side(place: zxingcpp.Position) -> float:
    corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    return max(
        math.dist((a.x, a.y), (b.x, b.y)) for a, b in zip(corners, corners[1:] + corners[:1], strict=True)
    )


def code_in(data: bytes, max_pixels: int) -> str | None:
    """The text of the QR code held into a small picture. Blocking, some milliseconds.

    Raises as `decode.open_picture`, and `TooLarge` (IMAGE_TOO_MANY_PIXELS).
    """
    _, picture = open_picture(BytesIO(data))
    if picture.width * picture.height > max_pixels:
        raise too_many_pixels(picture.width, picture.height, max_pixels)
    load(picture)
    return held_code(picture)
