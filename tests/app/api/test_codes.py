"""A webcam's frame is read for a guest's QR code: the held one, within bounds, and only for who signed in."""

import httpx
import qrcode
from PIL import Image

from tests.app.api.conftest import Place, refused
from tests.app.imaging.pictures import jpeg_bytes
from tests.fakes.stack import picture


def _frame(text: str, side: int = 300) -> bytes:
    frame = Image.new("RGB", (720, 540), "#998877")
    frame.paste(qrcode.make(text).convert("RGB").resize((side, side)), (200, 100))
    return jpeg_bytes(frame, quality=70)


def test_a_held_code_is_read_and_nothing_else(
    operator: httpx.Client, stranger: httpx.Client, place: Place, guest: dict[str, str]
) -> None:
    link = f"https://photos.example/r/{guest['token']}#{guest['code']}"
    assert operator.post("/codes/read", content=_frame(link)).json() == {"text": link}
    assert operator.post("/codes/read", content=_frame(link, side=60)).json() == {"text": None}
    assert operator.post("/codes/read", content=picture(640, 480)).json() == {"text": None}
    refused(stranger.post("/codes/read", content=_frame(link)), 401, "NOT_SIGNED_IN")


def test_what_is_no_small_picture_is_refused(operator: httpx.Client) -> None:
    refused(operator.post("/codes/read", content=b"not a picture"), 415, "IMAGE_NOT_AN_IMAGE")
    refused(operator.post("/codes/read", content=b"\xff\xd8\xff" + bytes(300 * 1024)), 413, "IMAGE_TOO_LARGE")
    refused(
        operator.post("/codes/read", content=picture(2400, 1000, quality=30)), 413, "IMAGE_TOO_MANY_PIXELS"
    )
    refused(operator.post("/codes/read", content=_frame("x")[:900]), 422, "IMAGE_BROKEN")
