"""What administrators change while people work: nobody is overwritten, no booth breaks under anybody."""

import json
import secrets
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.app.api.conftest import Place, Sql, refused
from tests.app.api.test_setup import _frame, _overlay
from tests.fakes.board_client import screen
from tests.fakes.stack import Stack, finished, post_job, register


def _event(client: httpx.Client, event_id: str) -> dict[str, Any]:
    items: list[dict[str, Any]] = client.get("/events").json()["items"]
    return next(one for one in items if one["id"] == event_id)


def _hold(operator: httpx.Client, place: Place, guest: dict[str, str], style: str = "pencil") -> None:
    wish = {"sessionId": guest["sessionId"], "eventId": place.event_id, "styleId": style}
    held = operator.post(f"/booth/{place.booth_id}/active-session", json=wish)
    assert held.status_code == 200, held.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/users"),
        ("POST", "/users"),
        ("PATCH", "/users/x"),
        ("POST", "/users/x/password"),
        ("DELETE", "/users/x/sign-ins"),
        ("POST", "/booths"),
        ("PUT", "/styles/order"),
        ("POST", "/events/x/copy"),
        ("GET", "/events/x/configuration"),
        ("POST", "/events/configuration"),
        ("POST", "/events/x/overlay/preview"),
        ("GET", "/audit"),
        ("GET", "/setup/steps"),
        ("PUT", "/setup/steps/event"),
        ("POST", "/trials"),
        ("DELETE", "/events/x/trials"),
    ],
)
def test_operators_are_refused(method: str, path: str, operator: httpx.Client) -> None:
    body = {
        "username": "x", "name": "x", "slug": "x", "id": "x", "eventId": "x", "order": [], "state": "done",
        "boothId": "x",
    }  # fmt: skip
    answer = operator.request(method, path, json=body if method in ("POST", "PUT", "PATCH") else None)
    refused(answer, 403, "ROLE_TOO_LOW")


def test_an_event_is_changed_by_two_and_nobody_is_overwritten(boss: httpx.Client, place: Place) -> None:
    path, mark = f"/events/{place.event_id}", _event(boss, place.event_id)["mark"]
    first = boss.patch(path, json={"spendLimit": 50, "startsOn": "2026-12-31"}, headers={"If-Match": mark})
    assert (first.json()["spendLimit"], first.json()["startsOn"]) == (50, "2026-12-31")
    told = refused(
        boss.patch(path, json={"name": "Over"}, headers={"If-Match": mark}), 409, "CHANGED_MEANWHILE"
    )
    assert told["by"] == "boss"
    emptied = boss.patch(
        path, json={"spendLimit": None, "startsOn": None}, headers={"If-Match": first.json()["mark"]}
    )
    assert (emptied.json()["spendLimit"], emptied.json()["startsOn"], emptied.json()["mark"]) == (
        None,
        None,
        mark,
    )
    refused(boss.patch(path, json={"spendLimit": -1}), 422, "REQUEST_INVALID")


def test_nothing_is_closed_or_moved_under_a_guest(
    boss: httpx.Client, operator: httpx.Client, place: Place, guest: dict[str, str]
) -> None:
    _hold(operator, place, guest)
    other = boss.post("/events", json={"name": "Other", "slug": f"o-{secrets.token_hex(4)}"}).json()
    told = refused(boss.patch(f"/events/{place.event_id}", json={"status": "closed"}), 409, "EVENT_IN_USE")
    assert told["booths"] == [{"booth": "Booth", "guest": "Ayu Lestari"}]
    move = {"name": "Booth", "eventId": other["id"]}
    refused(boss.put(f"/booths/{place.booth_id}", json=move), 409, "BOOTH_IN_USE")
    assert operator.get(f"/booth/{place.booth_id}/active-session").status_code == 200
    renamed = boss.put(f"/booths/{place.booth_id}", json={"name": "Depan", "eventId": place.event_id})
    assert renamed.json()["name"] == "Depan"  # a name moves nobody
    assert boss.put(f"/booths/{place.booth_id}?anyway=true", json=move).json()["eventId"] == other["id"]
    refused(operator.get(f"/booth/{place.booth_id}/active-session"), 404, "NO_ACTIVE_SESSION")
    closed = boss.patch(f"/events/{place.event_id}", json={"status": "closed"})
    assert closed.json()["status"] == "closed"


def test_closing_ends_turns_and_the_booths_screen_says_so(
    shared_stack: Stack, boss: httpx.Client, operator: httpx.Client, place: Place, guest: dict[str, str]
) -> None:
    _hold(operator, place, guest)
    path = f"/events/{place.event_id}"
    signed_in = {"Authorization": operator.headers["Authorization"]}
    with screen(shared_stack, f"/ws/news?booth={place.booth_id}", **signed_in) as board:
        board.until("booth", place.booth_id, eventOpen=True)
        assert boss.patch(f"{path}?anyway=true", json={"status": "closed"}).json()["status"] == "closed"
        board.until("booth", place.booth_id, eventOpen=False, active=None)
        refused(operator.get(f"/booth/{place.booth_id}/active-session"), 404, "NO_ACTIVE_SESSION")
        refused(post_job(operator, guest, place.event_id), 410, "EVENT_CLOSED")
        boss.patch(path, json={"status": "open"})
        board.until("booth", place.booth_id, eventOpen=True)


def test_fewer_days_of_retention_ask_first(
    boss: httpx.Client, place: Place, guest: dict[str, str], sql: Sql
) -> None:
    ago = "clock_timestamp() - interval '5 days'"
    sql(f"UPDATE sessions SET created_at = {ago} WHERE id = '{guest['sessionId']}'")
    path = f"/events/{place.event_id}"
    plan = boss.get(f"{path}/retention?zone=Asia/Jakarta").json()
    assert (plan["days"], plan["held"], plan["goneGuests"]) == (30, 0, 0)
    assert [(day["guests"], day["photos"], day["files"]) for day in plan["coming"]] == [(1, 0, 0)]
    refused(boss.get(f"{path}/retention?zone=Nowhere/Land"), 422, "VALUE_INVALID")
    told = refused(boss.patch(path, json={"retentionDays": 4}), 409, "RETENTION_IN_USE")
    assert (told["guests"], told["photos"]) == (1, 0)
    assert boss.patch(path, json={"retentionDays": 6}).json()["retentionDays"] == 6
    assert boss.patch(f"{path}?anyway=true", json={"retentionDays": 4}).json()["retentionDays"] == 4


def test_a_style_is_switched_off_and_its_jobs_finish(
    boss: httpx.Client, operator: httpx.Client, place: Place, guest: dict[str, str]
) -> None:
    new = {"id": place.slug, "name": {"en": "New", "id": "Baru"}, "provider": "local"}
    assert boss.post("/styles", json=new).status_code == 201
    chain = [{"style": "oil"}]
    boss.patch(f"/styles/{place.slug}", json={"chain": chain})
    _hold(operator, place, guest, place.slug)
    off = {"enabled": False}
    refused(boss.patch(f"/styles/{place.slug}", json=off), 409, "STYLE_IN_USE")
    job_id = post_job(operator, guest, place.event_id, styleId=place.slug).json()["jobId"]
    assert boss.patch(f"/styles/{place.slug}?anyway=true", json=off).json()["enabled"] is False
    assert finished(operator, job_id)["status"] == "succeeded"
    refused(post_job(operator, guest, place.event_id, styleId=place.slug, seed="5"), 409, "STYLE_DISABLED")
    before = [style["id"] for style in boss.get("/styles").json()["items"]]
    turned = [before[1], before[0]]
    assert [style["id"] for style in boss.put("/styles/order", json={"order": turned}).json()["items"]] == [
        *turned,
        *before[2:],
    ]
    assert boss.put("/styles/order", json={"order": before}).status_code == 200


def test_a_style_and_a_frame_are_tried_on_the_sample(
    shared_stack: Stack, boss: httpx.Client, place: Place
) -> None:
    def media(path: str) -> httpx.Response:
        return httpx.get(f"{shared_stack.url}{path}", headers=boss.headers, timeout=60)

    plain, styled = (
        Image.open(BytesIO(media(path).content)) for path in ("/media/sample", "/media/styles/duotone/sample")
    )
    assert plain.size == (900, 1200)
    assert styled.getpixel((450, 600)) != plain.getpixel((450, 600))
    refused(media("/media/styles/nothing/sample"), 404, "STYLE_NOT_FOUND")
    refused(media("/media/styles/duotone/sample?params=%5B"), 422, "PARAMS_INVALID")
    refused(media(f"/media/styles/duotone/sample?params={'[' * 3000}"), 422, "PARAMS_INVALID")
    refused(media(f"/media/events/{place.event_id}/framed"), 404, "NO_OVERLAY")
    tried = boss.post(
        f"/events/{place.event_id}/overlay/preview", files={"image": ("f.png", _frame(), "image/png")}
    )
    assert Image.open(BytesIO(tried.content)).getpixel((20, 20))[0] > 200  # type: ignore[index]
    assert _event(boss, place.event_id)["overlay"] is False
    small = boss.post(
        f"/events/{place.event_id}/overlay/preview",
        files={"image": ("f.png", _frame(300, 400), "image/png")},
    )
    assert refused(small, 422, "OVERLAY_UNSUITABLE")["reason"] == "small"


def _import(boss: httpx.Client, file: object, query: str = "") -> httpx.Response:
    content = file if isinstance(file, bytes) else json.dumps(file).encode()
    return boss.post(f"/events/configuration{query}", files={"file": ("e.json", content, "application/json")})


def _does(answer: httpx.Response, what: str) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [step["does"] for step in answer.json()["steps"] if step["what"] == what]


def test_an_event_goes_out_as_a_file_and_in_again(boss: httpx.Client, place: Place, sql: Any) -> None:
    boss.patch(f"/events/{place.event_id}", json={"retentionDays": 9, "spendLimit": 12.5})
    assert _overlay(boss, place.event_id, _frame()).status_code == 200
    boss.post(f"/booths/{place.booth_id}/tokens", json={"label": "laptop"})
    answer = boss.get(f"/events/{place.event_id}/configuration")
    file = answer.json()
    assert file["event"]["retentionDays"] == 9
    assert [booth["id"] for booth in file["booths"]] == [place.booth_id]
    assert "token" not in answer.text.lower()
    again = _import(boss, file, "?apply=true")
    assert {step["does"] for step in again.json()["steps"]} == {
        "keep"
    }  # what is here already changes nothing

    slug = f"copy-{secrets.token_hex(4)}"
    file["event"] |= {"slug": slug, "name": "Salinan"}
    file["booths"] = [{"id": slug, "name": "Satu"}, {"id": place.booth_id, "name": "Dua"}]
    planned = _import(boss, file)
    assert (_does(planned, "event"), _does(planned, "overlay")) == (["make"], ["make"])
    names = {(step["name"], step["nameId"]) for step in planned.json()["steps"]}
    assert {("Pencil", "Pensil"), ("Satu", "")} <= names
    assert _does(planned, "booth") == ["make", "skip"]  # a booth is never taken from another event
    assert sql(f"SELECT count(*) FROM events WHERE slug = '{slug}'") == "0"
    done = _import(boss, file, "?apply=true").json()
    made = _event(boss, done["eventId"])
    assert (made["name"], made["retentionDays"], made["overlay"], made["spendLimit"]) == (
        "Salinan",
        9,
        True,
        12.5,
    )
    assert {step["does"] for step in _import(boss, file, "?apply=true").json()["steps"]} == {"keep", "skip"}


def test_what_is_no_configuration(boss: httpx.Client, place: Place) -> None:
    good = boss.get(f"/events/{place.event_id}/configuration").json()
    refused(_import(boss, b"no json"), 422, "FILE_NOT_OURS")
    refused(_import(boss, {"hello": 1}), 422, "FILE_NOT_OURS")
    refused(_import(boss, good | {"version": 99}), 422, "FILE_TOO_NEW")
    wrong = refused(_import(boss, good | {"booths": [{"id": "a b", "name": "x"}]}), 422, "FILE_DAMAGED")
    assert wrong["place"] == "booths.0.id"
    assert refused(_import(boss, good | {"overlay": "%%%"}), 422, "FILE_DAMAGED")["place"] == "overlay"
    refused(_import(boss, good | {"event": good["event"] | {"extraStyles": 99}}), 422, "EXTRA_STYLES_INVALID")


def test_an_event_is_copied(boss: httpx.Client, place: Place, shared_stack: Stack) -> None:
    boss.patch(f"/events/{place.event_id}", json={"extraStyles": 3})
    _overlay(boss, place.event_id, _frame())
    body = {"name": "Hari kedua", "slug": f"{place.slug}-2"}
    copied = boss.post(f"/events/{place.event_id}/copy", json=body).json()
    assert (copied["extraStyles"], copied["overlay"], copied["status"]) == (3, True, "open")
    folder = shared_stack.folder / "data/objects/events" / copied["id"] / "overlays"
    assert len(list(folder.glob("*.png"))) == 1
    refused(boss.post(f"/events/{place.event_id}/copy", json=body), 409, "SLUG_TAKEN")
    boss.patch(f"/events/{copied['id']}", json={"status": "closed"})  # other tests take the newest open one


def test_a_test_shot_from_start_to_nothing(boss: httpx.Client, operator: httpx.Client, place: Place) -> None:
    begun = boss.post("/trials", json={"boothId": place.booth_id}).json()
    assert (begun["guests"], begun["boothId"]) == (1, place.booth_id)
    visit = {"sessionId": begun["sessionId"]}
    job_id = post_job(operator, visit, place.event_id, boothId=place.booth_id).json()["jobId"]
    assert finished(operator, job_id)["status"] == "succeeded"
    assert boss.post("/trials", json={"boothId": place.booth_id}).json()["jobs"] == 1  # the same guest again
    assert boss.delete(f"/events/{place.event_id}/trials").json() == {"guests": 1}
    left = boss.get(f"/events/{place.event_id}/trials").json()
    assert (left["guests"], left["jobs"]) == (0, 0)
    refused(operator.get(f"/booth/{place.booth_id}/active-session"), 404, "NO_ACTIVE_SESSION")
    register(operator, place.event_id)
    assert boss.delete(f"/events/{place.event_id}/trials").json() == {"guests": 0}  # never a real guest


def test_steps_are_ticked_by_what_is_there_and_by_hand(boss: httpx.Client, place: Place) -> None:
    def states() -> dict[str, str]:
        return {step["name"]: step["state"] for step in boss.get("/setup/steps").json()["steps"]}

    assert states()["event"] == "done"  # this test made one
    assert boss.put("/setup/steps/password", json={"state": "skipped"}).status_code == 200
    assert states()["password"] == "skipped"
    boss.put("/setup/steps/event", json={"state": "open"})
    assert states()["event"] == "open"
    boss.put("/setup/steps/event", json={"state": "done"})
    refused(boss.put("/setup/steps/nothing", json={"state": "done"}), 422, "STEP_UNKNOWN")
