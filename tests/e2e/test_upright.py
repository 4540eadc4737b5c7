"""However the camera was held: every EXIF orientation comes out upright in the guest's picture."""

from io import BytesIO

import httpx
import pytest
from PIL import Image

from tests.e2e.conftest import Place
from tests.fakes.stack import finished, post_job, register

ORIENTATION = 0x0112
CORNERS = {"red": (220, 30, 30), "green": (30, 200, 40), "blue": (30, 60, 220), "yellow": (230, 210, 30)}
# What was done to the upright picture before the camera stored it, by EXIF orientation.
STORED = {
    1: (),
    2: (Image.Transpose.FLIP_LEFT_RIGHT,),
    3: (Image.Transpose.ROTATE_180,),
    4: (Image.Transpose.FLIP_TOP_BOTTOM,),
    5: (Image.Transpose.TRANSPOSE,),
    6: (Image.Transpose.ROTATE_90,),
    7: (Image.Transpose.TRANSVERSE,),
    8: (Image.Transpose.ROTATE_270,),
}


def _upright() -> Image.Image:
    """Four colours, one per corner, in landscape: red, green / blue, yellow."""
    image = Image.new("RGB", (640, 400))
    for number, colour in enumerate(CORNERS.values()):
        image.paste(
            colour, (number % 2 * 320, number // 2 * 200, number % 2 * 320 + 320, number // 2 * 200 + 200)
        )
    return image


def _as_stored(orientation: int) -> bytes:
    image = _upright()
    for turn in STORED[orientation]:
        image = image.transpose(turn)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=95, exif=exif)
    return buffer.getvalue()


def _nearest(pixel: tuple[int, ...]) -> str:
    return min(CORNERS, key=lambda name: sum((a - b) ** 2 for a, b in zip(pixel, CORNERS[name], strict=True)))


@pytest.mark.parametrize("orientation", STORED)
def test_the_picture_is_upright(orientation: int, api: httpx.Client, place: Place) -> None:
    guest = register(api, place.event_id)
    answer = post_job(api, guest, place.event_id, _as_stored(orientation), mode="original")
    job = finished(api, answer.json()["jobId"])
    assert job["status"] == "succeeded", job
    output = api.get(job["outputUrl"])
    with Image.open(BytesIO(output.content)) as image:
        assert image.getexif().get(ORIENTATION, 1) == 1
        assert image.width > image.height
        rgb = image.convert("RGB")
        seen = [
            _nearest(rgb.getpixel((int(image.width * x), int(image.height * y))))  # type: ignore[arg-type]
            for y in (0.25, 0.75)
            for x in (0.25, 0.75)
        ]
    assert seen == list(CORNERS)
