"""Whose guest a booth holds: one at a time, for a while, ended by name."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.app.api.conftest import Place, Sql, new_place, refused
from tests.fakes.stack import Stack, first_event, register, wait_for


def _activate(client: httpx.Client, place: Place, guest: dict[str, str], **fields: object) -> httpx.Response:
    body = {"sessionId": guest["sessionId"], "eventId": place.event_id, "styleId": "pencil", **fields}
    return client.post(f"/booth/{place.booth_id}/active-session", json=body)


def _url(place: Place) -> str:
    return f"/booth/{place.booth_id}/active-session"


def test_the_answer_holds_all_that_a_booth_shows(
    operator: httpx.Client, place: Place, guest: dict[str, str]
) -> None:
    answer = _activate(operator, place, guest, mode="original").json()
    shown = {key: answer[key] for key in ("boothId", "sessionId", "eventId", "code", "mode", "styleId")}
    assert shown == {
        "boothId": place.booth_id,
        "sessionId": guest["sessionId"],
        "eventId": place.event_id,
        "code": guest["code"],
        "mode": "original",
        "styleId": "pencil",
    }
    assert (answer["name"], answer["whatsapp"]) == ("Ayu Lestari", "+6281234567890")
    assert 1790 <= answer["ttlSecondsRemaining"] <= 1800
    again = operator.get(_url(place)).json()
    assert again.pop("ttlSecondsRemaining") <= answer.pop("ttlSecondsRemaining")
    assert again == answer


def test_a_busy_booth_says_with_whom(operator: httpx.Client, place: Place, guest: dict[str, str]) -> None:
    other = register(operator, place.event_id, "Budi")
    assert _activate(operator, place, guest).status_code == 200
    holder = refused(_activate(operator, place, other), 409, "BOOTH_BUSY")["holder"]
    assert holder == {"sessionId": guest["sessionId"], "code": guest["code"], "name": "Ayu Lestari"}


def test_the_same_guest_renews(operator: httpx.Client, place: Place, guest: dict[str, str], sql: Sql) -> None:
    first = _activate(operator, place, guest).json()
    second = _activate(operator, place, guest, mode="original").json()
    assert second["mode"] == "original"
    assert second["expiresAt"] > first["expiresAt"]
    assert second["startedAt"] == first["startedAt"]
    held = f"SELECT count(*) FROM booth_sessions WHERE booth_id = '{place.booth_id}' AND ended_at IS NULL"
    assert sql(held) == "1"


def test_refresh_starts_the_time_anew(operator: httpx.Client, place: Place, guest: dict[str, str]) -> None:
    refused(operator.post(f"{_url(place)}/refresh"), 404, "NO_ACTIVE_SESSION")
    first = _activate(operator, place, guest).json()
    second = operator.post(f"{_url(place)}/refresh").json()
    assert second["expiresAt"] > first["expiresAt"]
    assert second["sessionId"] == guest["sessionId"]


def test_delete_ends_only_whom_it_names(operator: httpx.Client, place: Place, guest: dict[str, str]) -> None:
    other = register(operator, place.event_id, "Budi")
    mine = {"sessionId": guest["sessionId"]}
    refused(operator.delete(_url(place), params=mine), 404, "NO_ACTIVE_SESSION")
    _activate(operator, place, guest)
    wrong = operator.delete(_url(place), params={"sessionId": other["sessionId"]})
    refused(wrong, 409, "NOT_THE_ACTIVE_SESSION")
    refused(operator.delete(_url(place)), 422, "REQUEST_INVALID")
    assert operator.delete(_url(place), params=mine).status_code == 204
    refused(operator.get(_url(place)), 404, "NO_ACTIVE_SESSION")
    assert _activate(operator, place, other).status_code == 200
    refused(operator.delete(_url(place), params=mine), 409, "NOT_THE_ACTIVE_SESSION")
    assert operator.get(_url(place)).json()["sessionId"] == other["sessionId"]


def test_of_ten_at_once_exactly_one_gets_the_booth(operator: httpx.Client, place: Place) -> None:
    guests = [register(operator, place.event_id, f"Guest {'abcdefghij'[n]}") for n in range(10)]
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda one: _activate(operator, place, one), guests))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
    won = next(answer.json()["sessionId"] for answer in answers if answer.status_code == 200)
    assert operator.get(_url(place)).json()["sessionId"] == won
    for answer in answers:
        if answer.status_code == 409:
            holder = refused(answer, 409, "BOOTH_BUSY")["holder"]
            assert isinstance(holder, dict)
            assert holder["sessionId"] == won


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"sessionId": "nobody"}, 404, "SESSION_NOT_FOUND"),
        ({"eventId": "nowhere"}, 409, "BOOTH_AT_OTHER_EVENT"),
        ({"styleId": "nothing"}, 404, "STYLE_NOT_FOUND"),
        ({"mode": "fancy"}, 422, "MODE_INVALID"),
        ({"mode": None}, 422, "REQUEST_INVALID"),
        ({"sessionId": None}, 422, "REQUEST_INVALID"),
        ({"sessionId": "a\0"}, 422, "VALUE_INVALID"),
        ({"styleId": "a\0"}, 422, "VALUE_INVALID"),
        ({"eventId": "a\0"}, 409, "BOOTH_AT_OTHER_EVENT"),
    ],
)
def test_what_cannot_be_activated(
    fields: dict[str, object],
    status: int,
    code: str,
    operator: httpx.Client,
    place: Place,
    guest: dict[str, str],
) -> None:
    refused(_activate(operator, place, guest, **fields), status, code)
    refused(operator.get(_url(place)), 404, "NO_ACTIVE_SESSION")


@pytest.mark.parametrize("booth_id", ["booth-404", "%00", "..%2f..", "x" * 2000])
def test_a_booth_that_is_not_there(
    booth_id: str, operator: httpx.Client, place: Place, guest: dict[str, str]
) -> None:
    body = {"sessionId": guest["sessionId"], "eventId": place.event_id, "styleId": "pencil"}
    for answer in (
        operator.post(f"/booth/{booth_id}/active-session", json=body),
        operator.get(f"/booth/{booth_id}/active-session"),
        operator.post(f"/booth/{booth_id}/active-session/refresh"),
        operator.delete(f"/booth/{booth_id}/active-session", params={"sessionId": "x"}),
    ):
        assert answer.status_code in (404, 422), answer.text
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_guest_of_another_event_and_a_closed_event(
    operator: httpx.Client, boss: httpx.Client, place: Place, guest: dict[str, str]
) -> None:
    other = new_place(boss)
    elsewhere = register(operator, other.event_id)
    refused(_activate(operator, place, elsewhere), 409, "SESSION_OF_OTHER_EVENT")
    boss.patch(f"/events/{place.event_id}", json={"status": "closed"})
    refused(_activate(operator, place, guest), 410, "EVENT_CLOSED")


def test_moving_the_booth_ends_its_guest(
    operator: httpx.Client, boss: httpx.Client, place: Place, guest: dict[str, str]
) -> None:
    _activate(operator, place, guest)
    other = new_place(boss)
    where = {"name": "Moved", "eventId": other.event_id}
    moved = boss.put(f"/booths/{place.booth_id}?anyway=true", json=where)
    assert (moved.json()["eventId"], moved.json()["name"]) == (other.event_id, "Moved")
    refused(operator.get(_url(place)), 404, "NO_ACTIVE_SESSION")


def test_time_runs_out(brief_stack: Stack, brief_operator: httpx.Client) -> None:
    event_id = first_event(brief_operator)
    spot = Place(event_id, "", "booth-2")
    one, two = register(brief_operator, event_id), register(brief_operator, event_id, "Budi")
    assert _activate(brief_operator, spot, one).json()["ttlSecondsRemaining"] <= 1
    wait_for(lambda: brief_operator.get(_url(spot)).status_code == 404)
    refused(brief_operator.post(f"{_url(spot)}/refresh"), 404, "NO_ACTIVE_SESSION")
    ended = brief_operator.delete(_url(spot), params={"sessionId": one["sessionId"]})
    refused(ended, 404, "NO_ACTIVE_SESSION")
    assert _activate(brief_operator, spot, two).status_code == 200


def test_an_expired_guest_cannot_be_activated(brief_operator: httpx.Client) -> None:
    event_id = first_event(brief_operator)
    late = register(brief_operator, event_id)
    wait_for(lambda: brief_operator.get(f"/sessions/{late['code']}").status_code == 404)
    refused(_activate(brief_operator, Place(event_id, "", "booth-1"), late), 410, "SESSION_EXPIRED")
