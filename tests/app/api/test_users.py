"""Staff accounts over HTTP: made, limited, signed out, given a new password; one's own password."""

import secrets
from typing import Any

import httpx
import pytest

from tests.app.api.conftest import Place, refused
from tests.fakes.stack import Stack


def _made(boss: httpx.Client, **fields: object) -> dict[str, Any]:
    body = {"username": f"u-{secrets.token_hex(4)}", "role": "operator", "allEvents": True, **fields}
    answer = boss.post("/users", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_an_account_from_first_to_last(shared_stack: Stack, boss: httpx.Client, place: Place) -> None:
    user = _made(boss, allEvents=False, events=[place.event_id])
    assert "password" not in boss.get("/users").text.replace(user["username"], "")
    client = shared_stack.client(user["username"], user["password"])
    assert [event["id"] for event in client.get("/events").json()["items"]] == [place.event_id]
    refused(client.get("/users"), 403, "ROLE_TOO_LOW")

    change = {"role": "supervisor", "allEvents": True}
    stale = boss.patch(f"/users/{user['id']}", json=change, headers={"If-Match": user["mark"]})
    assert (stale.json()["role"], stale.json()["allEvents"]) == ("supervisor", True)
    refused(
        boss.patch(f"/users/{user['id']}", json=change, headers={"If-Match": user["mark"]}),
        409,
        "CHANGED_MEANWHILE",
    )
    assert client.get("/auth/me").json()["role"] == "supervisor"

    secret = boss.post(f"/users/{user['id']}/password").json()["password"]
    refused(client.get("/auth/me"), 401, "TOKEN_INVALID")
    client = shared_stack.client(user["username"], secret)
    assert boss.delete(f"/users/{user['id']}/sign-ins").json() == {"ended": 1}
    refused(client.get("/auth/me"), 401, "TOKEN_INVALID")

    assert boss.patch(f"/users/{user['id']}", json={"enabled": False}).json()["enabled"] is False
    again = shared_stack.client(None).post(
        "/auth/login", json={"username": user["username"], "password": secret}
    )
    refused(again, 401, "LOGIN_FAILED")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"username": "a b"}, 422, "USERNAME_INVALID"),
        ({"username": "boss"}, 409, "USERNAME_TAKEN"),
        ({"role": "king"}, 422, "REQUEST_INVALID"),
        ({"allEvents": False}, 422, "EVENTS_REQUIRED"),
        ({"allEvents": False, "events": ["nowhere"]}, 404, "EVENT_NOT_FOUND"),
    ],
)
def test_what_is_no_account(body: dict[str, object], status: int, code: str, boss: httpx.Client) -> None:
    fresh = {"username": f"u-{secrets.token_hex(4)}", "role": "operator", "allEvents": True}
    refused(boss.post("/users", json=fresh | body), status, code)


def test_nobody_takes_their_own_rights_away(boss: httpx.Client) -> None:
    own = next(user for user in boss.get("/users").json()["items"] if user["username"] == "boss")
    for less in ({"role": "operator"}, {"enabled": False}, {"allEvents": False, "events": []}):
        refused(boss.patch(f"/users/{own['id']}", json=less), 409, "OWN_ACCOUNT")


def test_an_administrator_of_one_event_rules_no_accounts(
    shared_stack: Stack, boss: httpx.Client, place: Place
) -> None:
    user = _made(boss, role="admin", allEvents=False, events=[place.event_id])
    client = shared_stack.client(user["username"], user["password"])
    refused(client.get("/users"), 403, "WHOLE_HOUSE_ONLY")
    refused(client.patch(f"/users/{user['id']}", json={"allEvents": True}), 403, "WHOLE_HOUSE_ONLY")
    answer = client.get("/audit")
    assert answer.status_code == 200, answer.text
    entries = answer.json()["items"]
    assert {entry["eventId"] for entry in entries} == {place.event_id}


def test_a_password_of_ones_own(shared_stack: Stack, boss: httpx.Client) -> None:
    user = _made(boss)
    client = shared_stack.client(user["username"], user["password"])
    other = shared_stack.client(None)
    login = {"username": user["username"], "password": user["password"]}
    other.headers["Authorization"] = f"Bearer {other.post('/auth/login', json=login).json()['token']}"
    new = "a-much-better-one"
    refused(client.post("/me/password", json={"old": "wrong", "new": new}), 403, "PASSWORD_WRONG")
    short = client.post("/me/password", json={"old": user["password"], "new": "short"})
    assert refused(short, 422, "PASSWORD_TOO_SHORT")["field"] == "new"
    assert client.post("/me/password", json={"old": user["password"], "new": new}).status_code == 204
    assert client.get("/auth/me").status_code == 200
    refused(other.get("/auth/me"), 401, "TOKEN_INVALID")
    assert other.post("/auth/login", json=login | {"password": new}).status_code == 200


def test_the_audit_log_is_read_page_by_page_and_tells_no_numbers(
    shared_stack: Stack, boss: httpx.Client, place: Place, sql: Any
) -> None:
    for days in range(1, 71):
        boss.patch(f"/events/{place.event_id}", json={"retentionDays": days})
    because = "call 0812 3456 7890 or +62 812-3456-7890, photo 20261126"
    sql(
        "INSERT INTO audit_log (actor, action, subject, event_id, data) VALUES ('=cmd()', 'job_replayed',"
        f' \'x\', \'{place.event_id}\', \'{{"because": "{because}", "token": "geheim"}}\')'
    )
    first = boss.get("/audit", params={"eventId": place.event_id}).json()
    assert len(first["items"]) == 60
    newest = first["items"][0]
    assert (newest["actor"], newest["data"]) == ("=cmd()", {"because": "call … or …, photo 20261126"})
    assert first["items"][1]["name"] == _name(boss, place)
    rest = boss.get("/audit", params={"eventId": place.event_id, "before": first["next"]}).json()
    assert rest["next"] is None
    assert rest["items"][-1]["action"] == "event_created"
    ids = [entry["id"] for entry in first["items"] + rest["items"]]
    assert ids == sorted(set(ids), reverse=True)
    some = boss.get(
        "/audit", params={"eventId": place.event_id, "who": "boss", "what": "booth_created"}
    ).json()
    assert [entry["subject"] for entry in some["items"]] == [place.booth_id]

    csv = httpx.get(
        f"{shared_stack.url}/console/admin/audit.csv",
        params={"eventId": place.event_id},
        headers={**boss.headers, "Cookie": "lang=en"},
    )
    lines = csv.text.lstrip("\ufeff").splitlines()
    assert lines[0] == "Time,Who,What happened,Reason,Event,Code,About"
    assert "'=cmd()" in lines[1]
    assert "3456" not in csv.text
    assert f"Changed the event {_name(boss, place)}: Photos are kept (days)" in lines[2]


def _name(boss: httpx.Client, place: Place) -> str:
    items = boss.get("/events").json()["items"]
    return str(next(event["name"] for event in items if event["id"] == place.event_id))
