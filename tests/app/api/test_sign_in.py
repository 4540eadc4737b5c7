"""Tokens, roles and what an account may see; the tokens of booths."""

import secrets
import time
from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest

from tests.app.api.conftest import Place, Sql, new_place, refused
from tests.fakes.stack import OPERATOR, SECRET, Stack, picture, post_job, register

PASSWORD = "a-password-of-this-test"


def _claims(**more: object) -> dict[str, object]:
    later = datetime.now(UTC) + timedelta(hours=1)
    return {"sub": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "role": "admin", "jti": "nope", "exp": later, **more}


def _login(stranger: httpx.Client, username: str, password: str = PASSWORD) -> str:
    answer = stranger.post("/auth/login", json={"username": username, "password": password})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["token"])


def _me(stranger: httpx.Client, token: str) -> httpx.Response:
    return stranger.get("/auth/me", headers={"Authorization": f"Bearer {token}"})


@pytest.fixture(scope="module")
def limited(shared_stack: Stack, boss: httpx.Client) -> tuple[httpx.Client, Place]:
    """An operator who is given one event only, and that event."""
    own = new_place(boss)
    name = f"limited-{secrets.token_hex(3)}"
    shared_stack.command(
        "user", "add", name, "--role", "operator", "--event", own.event_id, "--password-stdin", typed=PASSWORD
    )
    return shared_stack.client(name, PASSWORD), own


@pytest.fixture(scope="module")
def spare(shared_stack: Stack) -> str:
    """An account that only this module signs in with."""
    name = f"spare-{secrets.token_hex(3)}"
    shared_stack.command("user", "add", name, "--role", "supervisor", "--password-stdin", typed=PASSWORD)
    return name


def test_the_token_says_who_and_for_how_long(stranger: httpx.Client, spare: str) -> None:
    answer = stranger.post("/auth/login", json={"username": spare, "password": PASSWORD}).json()
    claims = jwt.decode(answer["token"], SECRET, ["HS256"])
    assert {"sub", "role", "exp", "jti"} <= set(claims)
    assert claims["role"] == answer["role"] == "supervisor"
    assert 3500 < claims["exp"] - time.time() < 3700
    assert _me(stranger, answer["token"]).json() == {"username": spare, "role": "supervisor", "events": None}


def test_a_logged_out_token_is_over_and_another_one_lives_on(stranger: httpx.Client, spare: str) -> None:
    mine, other = _login(stranger, spare), _login(stranger, spare)
    ended = stranger.post("/auth/logout", headers={"Authorization": f"Bearer {mine}"})
    assert ended.status_code == 204
    refused(_me(stranger, mine), 401, "TOKEN_INVALID")
    assert _me(stranger, other).status_code == 200


def test_an_expired_token(stranger: httpx.Client, spare: str, sql: Sql) -> None:
    token = _login(stranger, spare)
    jti = jwt.decode(token, SECRET, ["HS256"])["jti"]
    sql(f"UPDATE sign_ins SET expires_at = now() - interval '1 second' WHERE id = '{jti}'")
    answer = _me(stranger, token)
    refused(answer, 401, "TOKEN_INVALID")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_of_a_switched_off_account(stranger: httpx.Client, spare: str, sql: Sql) -> None:
    token = _login(stranger, spare)
    sql(f"UPDATE users SET disabled_at = now() WHERE username = '{spare}'")
    refused(_me(stranger, token), 401, "TOKEN_INVALID")
    again = stranger.post("/auth/login", json={"username": spare, "password": PASSWORD})
    refused(again, 401, "LOGIN_FAILED")
    sql(f"UPDATE users SET disabled_at = NULL WHERE username = '{spare}'")


GARBAGE = {
    "no token": "abc",
    "three dots": "a.b.c",
    "alg none": jwt.encode(_claims(), None, "none"),
    "other secret": jwt.encode(_claims(), "another-secret-that-is-long-enough-too", "HS256"),
    "unknown id": jwt.encode(_claims(), SECRET, "HS256"),
    "number id": jwt.encode(_claims(sub="x", jti="9" * 5000), SECRET, "HS256"),
    "no id": jwt.encode({"sub": "x", "exp": 2**31}, SECRET, "HS256"),
    "other algorithm": jwt.encode(_claims(), SECRET * 3, "HS512"),
    "bytes": "\xff\xfe",
}


@pytest.mark.parametrize("name", GARBAGE)
def test_a_garbage_token(name: str, stranger: httpx.Client) -> None:
    headers = {"Authorization": f"Bearer {GARBAGE[name]}".encode("latin-1")}
    refused(stranger.get("/jobs", headers=headers), 401, "TOKEN_INVALID")


def test_the_rights_stand_in_the_database_and_not_in_the_token(
    stranger: httpx.Client, operator: httpx.Client
) -> None:
    claims = jwt.decode(operator.headers["authorization"].split()[1], SECRET, ["HS256"])
    forged = jwt.encode({**claims, "role": "admin"}, SECRET, "HS256")
    made = stranger.post(
        "/events", json={"name": "x", "slug": "x"}, headers={"Authorization": f"Bearer {forged}"}
    )
    refused(made, 403, "ROLE_TOO_LOW")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/auth/me"),
        ("GET", "/sessions/ABCD"),
        ("GET", "/jobs"),
        ("POST", "/jobs"),
        ("GET", "/jobs/x"),
        ("POST", "/jobs/x/retry"),
        ("POST", "/jobs/x/cancel"),
        ("GET", "/jobs/x/download"),
        ("POST", "/uploads"),
        ("GET", "/events"),
        ("POST", "/events"),
        ("PUT", "/events/x/overlay"),
        ("GET", "/booths"),
        ("PUT", "/booths/x"),
        ("GET", "/styles"),
        ("POST", "/styles"),
        ("GET", "/booth/booth-1/active-session"),
        ("DELETE", "/booth/booth-1/active-session?sessionId=x"),
        ("POST", "/booth/booth-1/active-session/refresh"),
        ("POST", "/shots/x/assign"),
        ("POST", "/shots/x/reject"),
    ],
)
def test_a_stranger_gets_nothing(method: str, path: str, stranger: httpx.Client) -> None:
    answer = stranger.request(method, path, json={} if method != "GET" else None)
    assert answer.status_code in (401, 422), answer.text
    if answer.status_code == 422:  # the body is looked at first, and it says nothing of what is there
        refused(answer, 422, "REQUEST_INVALID")
        return
    refused(answer, 401, "NOT_SIGNED_IN")


def test_an_operator_may_not_set_up(operator: httpx.Client, place: Place) -> None:
    calls = [
        operator.post("/events", json={"name": "Mine", "slug": "mine"}),
        operator.patch(f"/events/{place.event_id}", json={"status": "closed"}),
        operator.put(f"/events/{place.event_id}/overlay", files={"image": picture()}),
        operator.delete(f"/events/{place.event_id}/overlay"),
        operator.put(f"/booths/{place.booth_id}", json={"name": "Mine", "eventId": place.event_id}),
        operator.post("/styles", json={"id": "mine", "name": {"en": "M", "id": "M"}, "provider": "local"}),
        operator.patch("/styles/pencil", json={"enabled": False}),
    ]
    for answer in calls:
        refused(answer, 403, "ROLE_TOO_LOW")


def test_another_event_is_not_there_for_a_limited_account(
    limited: tuple[httpx.Client, Place],
    operator: httpx.Client,
    place: Place,
    guest: dict[str, str],
) -> None:
    client, own = limited
    job_id = post_job(operator, guest, place.event_id, picture(320, 240)).json()["jobId"]
    refused(client.get(f"/jobs/{job_id}"), 404, "JOB_NOT_FOUND")
    refused(client.get(f"/jobs/{job_id}/download"), 404, "JOB_NOT_FOUND")
    refused(client.post(f"/jobs/{job_id}/retry"), 404, "JOB_NOT_FOUND")
    refused(client.post(f"/jobs/{job_id}/cancel"), 404, "JOB_NOT_FOUND")
    refused(client.get("/jobs", params={"eventId": place.event_id}), 404, "EVENT_NOT_FOUND")
    refused(client.get(f"/sessions/{guest['code']}"), 404, "SESSION_NOT_FOUND")
    refused(post_job(client, guest, place.event_id, picture(320, 240)), 404, "EVENT_NOT_FOUND")
    wish = {"sessionId": guest["sessionId"], "eventId": place.event_id, "styleId": "pencil"}
    refused(client.post("/uploads", json=wish), 404, "EVENT_NOT_FOUND")
    refused(client.post(f"/booth/{place.booth_id}/active-session", json=wish), 404, "EVENT_NOT_FOUND")
    refused(client.get(f"/booth/{place.booth_id}/active-session"), 404, "EVENT_NOT_FOUND")
    refused(client.post(f"/booth/{place.booth_id}/active-session/refresh"), 404, "EVENT_NOT_FOUND")
    ended = client.delete(f"/booth/{place.booth_id}/active-session", params={"sessionId": "x"})
    refused(ended, 404, "EVENT_NOT_FOUND")
    assert client.get("/auth/me").json()["events"] == [own.event_id]
    assert [event["id"] for event in client.get("/events").json()["items"]] == [own.event_id]
    assert [booth["id"] for booth in client.get("/booths").json()["items"]] == [own.booth_id]
    assert client.get("/jobs").json()["items"] == []


def test_a_limited_account_works_at_its_own_event(limited: tuple[httpx.Client, Place]) -> None:
    client, own = limited
    guest = register(client, own.event_id)
    job_id = post_job(client, guest, own.event_id, picture(320, 240)).json()["jobId"]
    assert client.get(f"/jobs/{job_id}").status_code == 200


def test_a_limited_administrator_cannot_reach_over(
    shared_stack: Stack, boss: httpx.Client, place: Place
) -> None:
    own = new_place(boss)
    name = f"half-{secrets.token_hex(3)}"
    shared_stack.command(
        "user", "add", name, "--role", "admin", "--event", own.event_id, "--password-stdin", typed=PASSWORD
    )
    half = shared_stack.client(name, PASSWORD)
    refused(half.patch(f"/events/{place.event_id}", json={"name": "Mine"}), 404, "EVENT_NOT_FOUND")
    moved = half.put(f"/booths/{own.booth_id}", json={"name": "B", "eventId": place.event_id})
    refused(moved, 404, "EVENT_NOT_FOUND")
    taken = half.put(f"/booths/{place.booth_id}", json={"name": "B", "eventId": own.event_id})
    refused(taken, 404, "BOOTH_NOT_FOUND")
    assert boss.get("/booths", params={"eventId": place.event_id}).json()["items"]


@pytest.mark.parametrize(
    "body",
    [
        {"password": "wrong-password"},
        {"username": "nobody-here", "password": OPERATOR},
        {"username": "nobody", "password": ""},
    ],
)
def test_a_wrong_login_does_not_say_what_was_wrong(body: dict[str, str], stranger: httpx.Client) -> None:
    refusal = refused(stranger.post("/auth/login", json=body), 401, "LOGIN_FAILED")
    assert refusal["detail"] == "The name or the password is wrong."


def test_a_stale_token_does_not_keep_anybody_from_signing_in(stranger: httpx.Client, spare: str) -> None:
    stale = {"Authorization": "Bearer not-a-token-any-more"}
    body = {"username": spare, "password": PASSWORD}
    assert stranger.post("/auth/login", json=body, headers=stale).status_code == 200


def test_an_origin_that_is_no_address_is_foreign(stranger: httpx.Client) -> None:
    refused(
        stranger.post("/auth/login", json={"password": "x"}, headers={"Origin": "http://["}),
        403,
        "FOREIGN_SITE",
    )
