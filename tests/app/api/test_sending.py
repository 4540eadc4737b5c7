"""Guests sent to another booth: who may, what follows, and that the answer undoes it."""

from typing import Any

import httpx

from tests.app.api.conftest import Place, refused
from tests.fakes.stack import register

NOBODY = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


def send(client: httpx.Client, *items: dict[str, Any]) -> httpx.Response:
    return client.post("/sessions/send", json={"items": list(items)})


def place_of(sessions: httpx.Response) -> list[tuple[str, str | None, bool]]:
    assert sessions.status_code == 200, sessions.text
    return [(one["sessionId"], one["boothId"], one["active"]) for one in sessions.json()["items"]]


def test_a_guest_in_line_is_sent_and_back(boss: httpx.Client, operator: httpx.Client, place: Place) -> None:
    guest = register(operator, place.event_id)["sessionId"]
    there = {"sessionId": guest, "boothId": place.booth_id}
    refused(send(operator, there), 403, "ROLE_TOO_LOW")
    sent = send(boss, there)
    assert place_of(sent) == [(guest, None, False)]
    assert place_of(boss.post("/sessions/send", json=sent.json())) == [(guest, place.booth_id, False)]


def test_who_is_being_photographed_leaves_the_booth_and_comes_back(
    boss: httpx.Client, operator: httpx.Client, place: Place
) -> None:
    turn = f"/booth/{place.booth_id}/active-session"
    guest, other = (register(operator, place.event_id)["sessionId"] for _ in range(2))
    body = {"sessionId": guest, "eventId": place.event_id, "styleId": "pencil"}
    assert operator.post(turn, json=body).status_code == 200
    sent = send(boss, {"sessionId": guest, "boothId": None})
    assert place_of(sent) == [(guest, place.booth_id, True)]
    refused(operator.get(turn), 404, "NO_ACTIVE_SESSION")
    assert place_of(boss.post("/sessions/send", json=sent.json())) == [(guest, None, False)]
    assert operator.get(turn).json()["sessionId"] == guest

    sent = send(boss, {"sessionId": guest, "boothId": None})
    assert operator.post(turn, json={**body, "sessionId": other}).status_code == 200
    boss.post("/sessions/send", json=sent.json())
    assert operator.get(turn).json()["sessionId"] == other  # nobody is put out by an undo


def test_only_within_the_event(boss: httpx.Client, operator: httpx.Client, place: Place) -> None:
    guest = register(operator, place.event_id)["sessionId"]
    refused(send(boss, {"sessionId": guest, "boothId": "booth-1"}), 409, "BOOTH_AT_OTHER_EVENT")
    refused(send(boss, {"sessionId": NOBODY, "boothId": place.booth_id}), 404, "SESSION_NOT_FOUND")
    refused(send(boss), 422, "TOO_MANY_GUESTS")
