"""Pictures that are none, or too much: each refused in its own words, and nothing of it stays."""

import zlib
from collections.abc import Callable
from io import BytesIO

import httpx
import pytest
from PIL import Image

from tests.app.api.conftest import Place, new_place, refused
from tests.app.imaging.pictures import chunk, jpeg_bytes, png
from tests.fakes.stack import picture, post_job

MB = 1024 * 1024


@pytest.fixture(scope="module")
def spot(boss: httpx.Client) -> Place:
    """An event with a booth for this module."""
    return new_place(boss)


@pytest.fixture
def place(spot: Place) -> Place:
    """The tests of this module share the place."""
    return spot


def _bomb() -> bytes:
    """A PNG of a few kilobytes whose text chunk unpacks to 64 MB."""
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * 64 * MB))
    return png(64, 64, text, pixels=b"\0" * (64 * 3 + 1) * 64)


def _gif() -> bytes:
    buffer = BytesIO()
    Image.new("P", (32, 32)).save(buffer, "GIF")
    return buffer.getvalue()


BAD: dict[str, tuple[Callable[[], bytes], int, str]] = {
    "empty": (lambda: b"", 422, "IMAGE_EMPTY"),
    "text": (lambda: b"I am no picture, I am a letter. " * 50, 415, "IMAGE_NOT_AN_IMAGE"),
    "page": (lambda: b"<!doctype html><script>alert(1)</script>", 415, "IMAGE_NOT_AN_IMAGE"),
    "drawing": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "IMAGE_UNSUPPORTED"),
    "other format": (_gif, 415, "IMAGE_UNSUPPORTED"),
    "truncated": (lambda: picture()[:-9000], 422, "IMAGE_BROKEN"),
    "only a head": (lambda: picture()[:200], 422, "IMAGE_BROKEN"),
    "60 MB": (lambda: picture() + b"\0" * 60 * MB, 413, "IMAGE_TOO_LARGE"),
    "300 megapixels": (lambda: png(20_000, 15_000), 413, "IMAGE_TOO_MANY_PIXELS"),
    "101 megapixels": (lambda: png(10_100, 10_000), 413, "IMAGE_TOO_MANY_PIXELS"),
    "PNG bomb of pixels": (lambda: png(9_000, 9_000, pixels=b"\0" * 1000), 422, "IMAGE_BROKEN"),
    "no pixels": (lambda: png(0, 0), 422, "IMAGE_BROKEN"),
}


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("name", BAD)
def test_a_bad_picture_is_refused_and_leaves_nothing(
    name: str, operator: httpx.Client, place: Place, guest: dict[str, str]
) -> None:
    make, status, code = BAD[name]
    refused(post_job(operator, guest, place.event_id, make(), idempotency_key=f"bad {name}"), status, code)


@pytest.mark.usefixtures("nothing_left")
def test_a_packed_text_bomb_is_no_picture(
    operator: httpx.Client, place: Place, guest: dict[str, str]
) -> None:
    answer = post_job(operator, guest, place.event_id, _bomb())
    assert answer.status_code in (413, 422), answer.text


def _exif_garbage(payload: bytes) -> bytes:
    data = jpeg_bytes(Image.new("RGB", (200, 160), (200, 120, 90)))
    segment = b"Exif\0\0" + payload
    return data[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment + data[2:]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"rubbish",
        b"II*\0\xff\xff\xff\xff",
        b"II*\0\x08\0\0\0\xff\xff" + b"\x12\x01\x03\0\x01\0\0\0\x63\0\0\0",
        b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x02\xff\xff\xff\xff\0\0\0\0",
        bytes(range(256)) * 100,
    ],
)
def test_garbage_in_the_exif_of_a_sound_picture_does_not_matter(
    payload: bytes, operator: httpx.Client, place: Place, guest: dict[str, str]
) -> None:
    answer = post_job(operator, guest, place.event_id, _exif_garbage(payload), mode="original")
    assert answer.status_code == 202, answer.text


@pytest.mark.parametrize(
    "file_name",
    [
        "../../etc/passwd",
        "C:\\x\\CON.jpg",
        "a\x00b.jpg",
        "/abs/olute.jpg",
        "",
        "x" * 3000 + ".jpg",
        "😀.jpg",
        '";x="',
    ],
)
def test_a_file_name_is_never_a_path(
    file_name: str, operator: httpx.Client, place: Place, guest: dict[str, str]
) -> None:
    body = {
        "sessionId": guest["sessionId"],
        "eventId": place.event_id,
        "styleId": "pencil",
        "mode": "original",
    }
    head = file_name.replace('"', "%22").encode()
    parts = b"".join(
        f'--XX\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in body.items()
    )
    parts += b'--XX\r\nContent-Disposition: form-data; name="image"; filename="' + head + b'"\r\n\r\n'
    parts += picture(200, 200, seed=len(file_name)) + b"\r\n--XX--\r\n"
    answer = operator.post(
        "/jobs", content=parts, headers={"Content-Type": "multipart/form-data; boundary=XX"}
    )
    if answer.status_code != 202:
        refused(answer, 422, "MULTIPART_INVALID")
        return
    job = operator.get(f"/jobs/{answer.json()['jobId']}").json()
    assert f"/{place.event_id}/" in job["inputUrl"]
    assert "/input.jpg?" in job["inputUrl"]


def test_what_the_sender_calls_it_does_not_count(
    operator: httpx.Client, place: Place, guest: dict[str, str]
) -> None:
    answer = operator.post(
        "/jobs",
        data={"sessionId": guest["sessionId"], "eventId": place.event_id, "styleId": "pencil"},
        files={"image": ("letter.txt", picture(200, 200, kind="PNG"), "text/plain")},
    )
    assert answer.status_code == 202, answer.text
    job = operator.get(f"/jobs/{answer.json()['jobId']}").json()
    assert operator.get(job["inputUrl"]).headers["content-type"] == "image/png"
