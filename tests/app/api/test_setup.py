"""Events, booths and styles made and changed by an administrator; the frame that really is on the picture."""

from io import BytesIO

import httpx
import pytest
from PIL import Image

from tests.app.api.conftest import Place, refused
from tests.fakes.stack import Stack, finished, picture, post_job

FRAME_RED = (230, 20, 30)


def _frame(width: int = 900, height: int = 1200) -> bytes:
    """Red with a see-through window."""
    image = Image.new("RGBA", (width, height), (*FRAME_RED, 255))
    image.paste((0, 0, 0, 0), (100, 100, width - 100, height - 100))
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _nested(depth: int) -> dict[str, object]:
    """What could be stored, but no list of styles could be answered with it any more."""
    value: dict[str, object] = {"a": 1}
    for _ in range(depth):
        value = {"a": value}
    return value


def _overlay(client: httpx.Client, event_id: str, content: bytes) -> httpx.Response:
    return client.put(f"/events/{event_id}/overlay", files={"image": ("frame.png", content, "image/png")})


def _pixels(url: str) -> Image.Image:
    return Image.open(BytesIO(httpx.get(url).content)).convert("RGB")


def _near(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 25 for a, b in zip(one, other, strict=True))


def test_the_frame_is_on_the_picture_and_only_there(
    operator: httpx.Client, boss: httpx.Client, place: Place, guest: dict[str, str]
) -> None:
    image = picture(900, 1200)
    plain = post_job(operator, guest, place.event_id, image, mode="original", seed="1").json()["jobId"]
    assert finished(operator, plain)["status"] == "succeeded"
    assert _overlay(boss, place.event_id, _frame()).json()["overlay"] is True
    framed = post_job(operator, guest, place.event_id, image, mode="original", seed="2").json()["jobId"]
    bare, dressed = (_pixels(finished(operator, job_id)["outputUrl"]) for job_id in (plain, framed))
    assert bare.size == dressed.size == (900, 1200)
    for corner in ((20, 20), (880, 20), (20, 1180), (880, 1180), (450, 50)):
        assert _near(dressed.getpixel(corner), FRAME_RED)  # type: ignore[arg-type]
        assert not _near(bare.getpixel(corner), FRAME_RED)  # type: ignore[arg-type]
    small, window = bare.resize((45, 60)), dressed.resize((45, 60))
    inside = [(x, y) for x in range(8, 37, 4) for y in range(8, 52, 4)]
    assert all(_near(small.getpixel(at), window.getpixel(at)) for at in inside)  # type: ignore[arg-type]


def test_the_frame_is_taken_away(boss: httpx.Client, place: Place) -> None:
    _overlay(boss, place.event_id, _frame())
    assert boss.delete(f"/events/{place.event_id}/overlay").json()["overlay"] is False
    refused(boss.delete("/events/nowhere/overlay"), 404, "EVENT_NOT_FOUND")


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "OVERLAY_UNSUITABLE"),
        (b"no picture", 422, "OVERLAY_UNSUITABLE"),
        (picture(900, 1200), 422, "OVERLAY_UNSUITABLE"),
        (picture(900, 1200, kind="PNG"), 422, "OVERLAY_UNSUITABLE"),
        (_frame(300, 400), 422, "OVERLAY_UNSUITABLE"),
        (_frame()[:-300], 422, "OVERLAY_UNSUITABLE"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 21 * 1024 * 1024, 413, "IMAGE_TOO_LARGE"),
    ],
)
@pytest.mark.usefixtures("nothing_left")
def test_what_is_no_frame(content: bytes, status: int, code: str, boss: httpx.Client, place: Place) -> None:
    refused(_overlay(boss, place.event_id, content), status, code)
    events = boss.get("/events").json()["items"]
    assert [event["overlay"] for event in events if event["id"] == place.event_id] == [False]


def test_a_frame_for_no_event_is_not_stored(boss: httpx.Client, shared_stack: Stack) -> None:
    refused(_overlay(boss, "01ARZ3NDEKTSV4RRFFQ69G5FAV", _frame()), 404, "EVENT_NOT_FOUND")
    refused(_overlay(boss, "a%00b", _frame()), 422, "VALUE_INVALID")
    assert not (shared_stack.folder / "data/objects/events/01ARZ3NDEKTSV4RRFFQ69G5FAV").exists()


def test_an_event_from_first_to_last(operator: httpx.Client, boss: httpx.Client, place: Place) -> None:
    changed = boss.patch(
        f"/events/{place.event_id}",
        json={"name": " Nikah Ayu & Budi ", "startsOn": "2026-12-31", "retentionDays": 7, "status": "closed"},
    ).json()
    assert {key: changed[key] for key in ("name", "startsOn", "retentionDays", "status", "slug")} == {
        "name": "Nikah Ayu & Budi",
        "startsOn": "2026-12-31",
        "retentionDays": 7,
        "status": "closed",
        "slug": place.slug,
    }
    listed = {event["id"]: event for event in operator.get("/events").json()["items"]}
    assert listed[place.event_id] == changed
    assert boss.patch(f"/events/{place.event_id}", json={}).json() == changed


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": "", "slug": "a1"}, 422, "NAME_INVALID"),
        ({"name": " ", "slug": "a1"}, 422, "NAME_INVALID"),
        ({"name": "x" * 121, "slug": "a1"}, 422, "NAME_INVALID"),
        ({"name": "a\0b", "slug": "a1"}, 422, "NAME_INVALID"),
        ({"name": "a\u202eb", "slug": "a1"}, 422, "NAME_INVALID"),
        ({"name": "A", "slug": "A B"}, 422, "SLUG_INVALID"),
        ({"name": "A", "slug": "../x"}, 422, "SLUG_INVALID"),
        ({"name": "A", "slug": "-a"}, 422, "SLUG_INVALID"),
        ({"name": "A", "slug": "a\n"}, 422, "SLUG_INVALID"),
        ({"name": "A", "slug": "x" * 41}, 422, "SLUG_INVALID"),
        ({"name": "A", "slug": "photobot"}, 409, "SLUG_TAKEN"),
        ({"name": "A", "slug": "a1", "startsOn": "soon"}, 422, "REQUEST_INVALID"),
        ({"slug": "a1"}, 422, "REQUEST_INVALID"),
    ],
)
def test_what_is_no_event(body: dict[str, str], status: int, code: str, boss: httpx.Client) -> None:
    refused(boss.post("/events", json=body), status, code)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": ""}, "NAME_INVALID"),
        ({"name": "a\0"}, "NAME_INVALID"),
        ({"status": "gone"}, "REQUEST_INVALID"),
        ({"retentionDays": 0}, "REQUEST_INVALID"),
        ({"retentionDays": 10**12}, "REQUEST_INVALID"),
    ],
)
def test_what_an_event_cannot_become(
    body: dict[str, object], code: str, boss: httpx.Client, place: Place
) -> None:
    refused(boss.patch(f"/events/{place.event_id}", json=body), 422, code)
    refused(boss.patch("/events/nowhere", json={"name": "x"}), 404, "EVENT_NOT_FOUND")
    refused(boss.patch("/events/a%00b", json={"name": "x"}), 422, "VALUE_INVALID")


def test_booths(operator: httpx.Client, boss: httpx.Client, place: Place) -> None:
    mine = operator.get("/booths", params={"eventId": place.event_id}).json()["items"]
    assert [(booth["id"], booth["name"], booth["eventId"]) for booth in mine] == [
        (place.booth_id, "Booth", place.event_id)
    ]
    assert operator.get("/booths", params={"eventId": "nowhere"}).json()["items"] == []
    refused(operator.get("/booths?eventId=%00"), 422, "VALUE_INVALID")
    assert {"booth-1", "booth-2"} <= {booth["id"] for booth in operator.get("/booths").json()["items"]}


@pytest.mark.parametrize(
    ("booth_id", "body", "status", "code"),
    [
        ("a%20b", {}, 422, "BOOTH_ID_INVALID"),
        ("a%00", {}, 422, "BOOTH_ID_INVALID"),
        ("%C3%BC", {}, 422, "BOOTH_ID_INVALID"),
        ("x" * 41, {}, 422, "BOOTH_ID_INVALID"),
        ("---", {}, 422, "BOOTH_ID_INVALID"),
        ("ok-1", {"name": ""}, 422, "NAME_INVALID"),
        ("ok-1", {"name": "x" * 61}, 422, "NAME_INVALID"),
        ("ok-1", {"name": "a\0"}, 422, "NAME_INVALID"),
        ("ok-1", {"eventId": "nowhere"}, 404, "EVENT_NOT_FOUND"),
        ("ok-1", {"eventId": None}, 422, "REQUEST_INVALID"),
    ],
)
def test_what_is_no_booth(
    booth_id: str, body: dict[str, object], status: int, code: str, boss: httpx.Client, place: Place
) -> None:
    answer = boss.put(f"/booths/{booth_id}", json={"name": "B", "eventId": place.event_id, **body})
    refused(answer, status, code)


def test_styles(operator: httpx.Client, boss: httpx.Client, place: Place) -> None:
    styles = operator.get("/styles").json()["items"]
    assert len([style for style in styles if style["provider"] == "local"]) >= 8
    assert all(style["name"]["en"] and style["name"]["id"] for style in styles)
    new = {"id": place.slug, "name": {"en": "New", "id": "Baru"}, "provider": "local", "position": 3}
    made = boss.post("/styles", json=new)
    facts = {**new, "enabled": True, "chain": [], "params": {}}
    assert (made.status_code, made.json()) == (201, facts | {"mark": made.json()["mark"]})
    refused(boss.post("/styles", json=new), 409, "STYLE_EXISTS")
    changed = boss.patch(f"/styles/{place.slug}", json={"enabled": False, "name": {"en": "N", "id": "B"}})
    assert changed.json() == facts | {
        "name": {"en": "N", "id": "B"},
        "enabled": False,
        "mark": changed.json()["mark"],
    }
    chain = [{"style": "oil"}, {"original": True}]
    assert boss.patch(f"/styles/{place.slug}", json={"chain": chain}).json()["chain"] == chain
    refused(boss.patch(f"/styles/{place.slug}", json={"chain": [{"provider": "x"}]}), 422, "CHAIN_INVALID")
    refused(boss.patch("/styles/nothing", json={"enabled": True}), 404, "STYLE_NOT_FOUND")
    refused(boss.patch("/styles/a%00", json={"enabled": True}), 422, "VALUE_INVALID")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"id": "A B"}, "STYLE_ID_INVALID"),
        ({"id": "a\0"}, "STYLE_ID_INVALID"),
        ({"provider": "nobody"}, "PROVIDER_UNKNOWN"),
        ({"name": {"en": "", "id": "x"}}, "NAME_INVALID"),
        ({"name": {"en": "a\0", "id": "x"}}, "NAME_INVALID"),
        ({"name": "plain"}, "REQUEST_INVALID"),
        ({"params": {"a": "b\0"}}, "VALUE_INVALID"),
        ({"params": {"a\0": 1}}, "VALUE_INVALID"),
        ({"params": []}, "REQUEST_INVALID"),
        ({"params": _nested(300)}, "PARAMS_TOO_DEEP"),
        ({"chain": [{"provider": "local", "params": _nested(300)}]}, "PARAMS_TOO_DEEP"),
        ({"position": 2**40}, "VALUE_INVALID"),
        ({"position": "first"}, "REQUEST_INVALID"),
    ],
)
def test_what_is_no_style(change: dict[str, object], code: str, boss: httpx.Client, place: Place) -> None:
    new = {"id": place.slug, "name": {"en": "New", "id": "Baru"}, "provider": "local"}
    refused(boss.post("/styles", json={**new, **change}), 422, code)
    assert boss.get("/styles").status_code == 200
