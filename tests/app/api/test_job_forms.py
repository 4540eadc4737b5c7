"""What a posted job may say: unknown things, wrong values, broken forms; each refused, nothing kept."""

import socket
from collections.abc import Callable

import httpx
import pytest

from tests.app.api.conftest import Place, new_place, refused
from tests.fakes.stack import Stack, picture, post_job, register, wait_for

pytestmark = pytest.mark.usefixtures("nothing_left")

ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
IMAGE = picture(320, 240)


@pytest.fixture(scope="module")
def spot(boss: httpx.Client) -> Place:
    """An event with a booth for this module."""
    return new_place(boss)


@pytest.fixture
def place(spot: Place) -> Place:
    """The tests of this module share the place."""
    return spot


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"sessionId": ULID}, 404, "SESSION_NOT_FOUND"),
        ({"sessionId": "no ulid at all"}, 404, "SESSION_NOT_FOUND"),
        ({"sessionId": "x" * 4000}, 404, "SESSION_NOT_FOUND"),
        ({"eventId": ULID}, 404, "EVENT_NOT_FOUND"),
        ({"eventId": "../.."}, 404, "EVENT_NOT_FOUND"),
        ({"boothId": "booth-404"}, 404, "BOOTH_NOT_FOUND"),
        ({"boothId": "booth-1"}, 409, "BOOTH_AT_OTHER_EVENT"),
        ({"styleId": "no-such-style"}, 404, "STYLE_NOT_FOUND"),
        ({"mode": "fancy"}, 422, "MODE_INVALID"),
        ({"seed": "-1"}, 422, "SEED_INVALID"),
        ({"seed": "1.5"}, 422, "SEED_INVALID"),
        ({"seed": "٣"}, 422, "SEED_INVALID"),
        ({"seed": str(2**31)}, 422, "SEED_INVALID"),
        ({"seed": "9" * 4000}, 422, "SEED_INVALID"),
        ({"sessionId": ""}, 422, "FIELD_REQUIRED"),
        ({"eventId": " "}, 422, "FIELD_REQUIRED"),
        ({"styleId": ""}, 422, "FIELD_REQUIRED"),
        ({"styleId": "x" * 5000}, 422, "FIELD_TOO_LONG"),
        ({"sessionId": "a\0b"}, 422, "VALUE_INVALID"),
        ({"styleId": "pencil\0"}, 422, "VALUE_INVALID"),
        ({"boothId": "\0"}, 422, "VALUE_INVALID"),
        ({"eventId": "\0" * 26}, 422, "VALUE_INVALID"),
        ({"idempotency_key": "k" * 201}, 422, "IDEMPOTENCY_KEY_INVALID"),
        ({"idempotency_key": "auto:mine"}, 422, "IDEMPOTENCY_KEY_INVALID"),
    ],
)
def test_wrong_fields(
    fields: dict[str, str],
    status: int,
    code: str,
    operator: httpx.Client,
    place: Place,
    guest: dict[str, str],
) -> None:
    event_id = fields.pop("eventId", place.event_id)
    refused(post_job(operator, guest, event_id, IMAGE, **fields), status, code)


def test_a_guest_of_another_event(operator: httpx.Client, boss: httpx.Client, place: Place) -> None:
    other = new_place(boss)
    elsewhere = register(operator, other.event_id)
    refused(post_job(operator, elsewhere, place.event_id, IMAGE), 409, "SESSION_OF_OTHER_EVENT")
    mine = register(operator, place.event_id)
    answer = post_job(operator, mine, place.event_id, IMAGE, boothId=other.booth_id)
    refused(answer, 409, "BOOTH_AT_OTHER_EVENT")


def test_a_closed_event(operator: httpx.Client, boss: httpx.Client) -> None:
    place = new_place(boss)
    guest = register(operator, place.event_id)
    assert boss.patch(f"/events/{place.event_id}", json={"status": "closed"}).status_code == 200
    refused(post_job(operator, guest, place.event_id, IMAGE), 410, "EVENT_CLOSED")


def test_a_style_that_is_switched_off(
    operator: httpx.Client, boss: httpx.Client, place: Place, guest: dict[str, str]
) -> None:
    name = {"en": "Off", "id": "Mati"}
    style = {"id": place.booth_id, "name": name, "provider": "local"}
    assert boss.post("/styles", json=style).status_code == 201
    assert boss.patch(f"/styles/{place.booth_id}", json={"enabled": False}).json()["enabled"] is False
    answer = post_job(operator, guest, place.event_id, IMAGE, styleId=place.booth_id)
    refused(answer, 409, "STYLE_DISABLED")


def test_an_expired_guest(brief_operator: httpx.Client, brief_stack: Stack) -> None:
    event_id = brief_operator.get("/events").json()["items"][0]["id"]
    late = register(brief_operator, event_id)
    wait_for(lambda: brief_operator.get(f"/sessions/{late['code']}").status_code == 404)
    refused(post_job(brief_operator, late, event_id, IMAGE), 410, "SESSION_EXPIRED")
    refused(brief_operator.get(f"/sessions/{late['code']}"), 404, "SESSION_EXPIRED")
    assert brief_operator.get("/jobs").json()["items"] == []
    assert not list((brief_stack.folder / "data" / "objects").rglob("input.*"))


def test_a_form_without_a_picture(operator: httpx.Client, place: Place, guest: dict[str, str]) -> None:
    data = {"sessionId": guest["sessionId"], "eventId": place.event_id, "styleId": "pencil"}
    files = {name: (None, value) for name, value in data.items()}
    assert refused(operator.post("/jobs", files=files), 422, "FIELD_REQUIRED")["field"] == "image"


@pytest.mark.parametrize("missing", ["sessionId", "eventId", "styleId"])
def test_a_missing_field_is_named(
    missing: str, operator: httpx.Client, place: Place, guest: dict[str, str]
) -> None:
    data = {"sessionId": guest["sessionId"], "eventId": place.event_id, "styleId": "pencil"}
    data.pop(missing)
    answer = operator.post("/jobs", data=data, files={"image": IMAGE})
    assert refused(answer, 422, "FIELD_REQUIRED")["field"] == missing


def _form(place: Place, guest: dict[str, str], **more: bytes) -> bytes:
    fields = {
        "sessionId": guest["sessionId"].encode(),
        "eventId": place.event_id.encode(),
        "styleId": b"pencil",
        **more,
    }
    parts = [
        b'--XX\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value)
        for name, value in fields.items()
    ]
    image = b'--XX\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n' + IMAGE
    return b"".join(parts) + image + b"\r\n--XX--\r\n"


BROKEN: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "nothing": (lambda _: b"", "multipart/form-data; boundary=XX"),
    "no boundary given": (lambda form: form, "multipart/form-data"),
    "another boundary": (lambda form: form, "multipart/form-data; boundary=YY"),
    "empty boundary": (lambda form: form, "multipart/form-data; boundary="),
    "garbage": (lambda _: b"\xff\x00garbage" * 100, "multipart/form-data; boundary=XX"),
    "cut inside the picture": (lambda form: form[: len(form) // 2], "multipart/form-data; boundary=XX"),
    "cut before the end": (lambda form: form[:-8], "multipart/form-data; boundary=XX"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_form(name: str, operator: httpx.Client, place: Place, guest: dict[str, str]) -> None:
    cut, content_type = BROKEN[name]
    answer = operator.post("/jobs", content=cut(_form(place, guest)), headers={"Content-Type": content_type})
    refused(answer, 422, "MULTIPART_INVALID")


def test_a_field_that_is_no_text(operator: httpx.Client, place: Place, guest: dict[str, str]) -> None:
    answer = operator.post(
        "/jobs",
        content=_form(place, guest, mode=b"\xff\xfe\xfa"),
        headers={"Content-Type": "multipart/form-data; boundary=XX"},
    )
    assert refused(answer, 422, "FIELD_INVALID")["field"] == "mode"


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "image/jpeg", "application/x-www-form-urlencoded"]
)
def test_another_content_type(content_type: str, operator: httpx.Client) -> None:
    answer = operator.post("/jobs", content=IMAGE, headers={"Content-Type": content_type})
    refused(answer, 415, "FORM_EXPECTED")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"sessionId": 1}', b"[" * 100_000]
)
def test_json_that_is_none(body: bytes, operator: httpx.Client) -> None:
    answer = operator.post("/jobs", content=body, headers={"Content-Type": "application/json"})
    refused(answer, 422, "REQUEST_INVALID")


def test_a_form_with_endless_rubbish_beside_the_picture_is_cut_off(
    operator: httpx.Client, place: Place, guest: dict[str, str]
) -> None:
    form = _form(place, guest)
    rubbish = b'--XX\r\nContent-Disposition: form-data; name="other"\r\n\r\n' + b"x" * 60 * 1024 * 1024
    answer = operator.post(
        "/jobs",
        content=rubbish + b"\r\n" + form,
        headers={"Content-Type": "multipart/form-data; boundary=XX"},
    )
    refused(answer, 413, "IMAGE_TOO_LARGE")


def test_a_sender_that_goes_away_in_the_middle(
    operator: httpx.Client, place: Place, guest: dict[str, str], shared_stack: Stack
) -> None:
    form = _form(place, guest)
    head = (
        f"POST /api/v1/jobs HTTP/1.1\r\nHost: x\r\nAuthorization: {operator.headers['authorization']}\r\n"
        f"Content-Type: multipart/form-data; boundary=XX\r\nContent-Length: {len(form)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", shared_stack.port), timeout=10) as connection:
        connection.sendall(head.encode() + form[: len(form) // 2])
        wait_for(lambda: list(shared_stack.folder.glob("photobot-in-*")))
    wait_for(lambda: not list(shared_stack.folder.glob("photobot-in-*")))
    assert operator.get("/auth/me").status_code == 200


def test_a_second_file_in_one_form_is_refused(operator: httpx.Client, place: Place) -> None:
    """The stored picture must be the one whose hash stands for the request."""
    guest = register(operator, place.event_id)
    files = [
        ("image", ("a.jpg", picture(seed=1), "image/jpeg")),
        ("image", ("b.jpg", picture(seed=2), "image/jpeg")),
    ]
    data = {"sessionId": guest["sessionId"], "eventId": place.event_id, "styleId": "pencil"}
    refused(operator.post("/jobs", data=data, files=files), 422, "MULTIPART_INVALID")
