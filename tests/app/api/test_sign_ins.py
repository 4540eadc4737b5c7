"""Where an account is signed in: seen, ended by its owner and by an administrator, out on open screens."""

import secrets
import time

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.app.api.conftest import Sql, refused
from tests.fakes.board_client import ws
from tests.fakes.stack import Stack, wait_for

PASSWORD = "a-password-of-this-test"
CHROME = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"


@pytest.fixture
def account(shared_stack: Stack) -> str:
    """An account of this test's own: signing in is limited per account."""
    name = f"doors-{secrets.token_hex(3)}"
    shared_stack.command("user", "add", name, "--role", "operator", "--password-stdin", typed=PASSWORD)
    return name


def program(stack: Stack, account: str) -> httpx.Client:
    """A program, freshly signed in."""
    client = stack.client(None)
    answer = client.post("/auth/login", json={"username": account, "password": PASSWORD})
    client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
    return client


def browser(stack: Stack, account: str) -> httpx.Client:
    """A browser, freshly signed in by the form."""
    client = stack.client(None)
    client.headers["User-Agent"] = CHROME
    answer = client.post(f"{stack.url}/login", data={"username": account, "password": PASSWORD})
    assert answer.status_code == 303
    client.headers["Origin"] = stack.url
    return client


def test_the_owner_sees_each_and_ends_one_and_then_all_others(shared_stack: Stack, account: str) -> None:
    tablet, script, lost = (
        browser(shared_stack, account),
        program(shared_stack, account),
        browser(shared_stack, account),
    )
    items = tablet.get("/auth/sign-ins").json()["items"]
    assert [(item["kind"], item["mine"]) for item in items[:1]] == [("cookie", True)]
    assert sorted(item["kind"] for item in items) == ["cookie", "cookie", "token"]
    assert items[0]["agent"] == CHROME
    assert items[0]["usedAt"] >= items[0]["beganAt"]
    theirs = next(item["id"] for item in lost.get("/auth/sign-ins").json()["items"] if item["mine"])
    assert tablet.delete(f"/auth/sign-ins/{theirs}").status_code == 204
    refused(lost.get("/auth/me"), 401, "NOT_SIGNED_IN")
    refused(tablet.delete(f"/auth/sign-ins/{theirs}"), 404, "SIGN_IN_NOT_FOUND")
    assert script.get("/auth/me").status_code == 200
    assert tablet.post("/auth/sign-ins/end-others", json={}).json() == {"ended": 1}
    refused(script.get("/auth/me"), 401, "TOKEN_INVALID")
    assert [item["mine"] for item in tablet.get("/auth/sign-ins").json()["items"]] == [True]


def test_the_audit_log_says_how_many_were_ended(
    shared_stack: Stack, boss: httpx.Client, account: str
) -> None:
    tablet, _lost, _other = (browser(shared_stack, account) for _ in range(3))
    ids = [item["id"] for item in tablet.get("/auth/sign-ins").json()["items"] if not item["mine"]]
    assert tablet.delete(f"/auth/sign-ins/{ids[0]}").status_code == 204
    browser(shared_stack, account)
    assert tablet.post("/auth/sign-ins/end-others", json={}).json() == {"ended": 2}
    user = next(one for one in boss.get("/users").json()["items"] if one["username"] == account)
    assert boss.delete(f"/users/{user['id']}/sign-ins").json() == {"ended": 1}
    told = boss.get(f"{shared_stack.url}/console/admin/audit.csv", headers={"Cookie": "lang=en"}).text
    lines = [line for line in told.splitlines() if f"sign-ins of {account}" in line]
    assert [line.partition(f"Ended sign-ins of {account}: ")[2][:1] for line in lines] == ["1", "2", "1"]


def test_nobody_ends_anothers_but_an_administrator(
    shared_stack: Stack, account: str, boss: httpx.Client, operator: httpx.Client, stranger: httpx.Client
) -> None:
    tablet = browser(shared_stack, account)
    item = tablet.get("/auth/sign-ins").json()["items"][0]["id"]
    refused(operator.delete(f"/auth/sign-ins/{item}"), 404, "SIGN_IN_NOT_FOUND")
    path = f"/auth/accounts/{account}/sign-ins"
    for call in (operator.get, operator.delete):
        refused(call(path), 403, "ROLE_TOO_LOW")
    for answer in (
        stranger.get("/auth/sign-ins"),
        stranger.delete(path),
        stranger.delete(f"/auth/sign-ins/{item}"),
    ):
        refused(answer, 401, "NOT_SIGNED_IN")
    assert [row["id"] for row in boss.get(path).json()["items"]] == [item]
    assert boss.delete(path).json() == {"ended": 1}
    refused(tablet.get("/auth/me"), 401, "NOT_SIGNED_IN")
    refused(boss.delete("/auth/accounts/nobody-here/sign-ins"), 404, "USER_NOT_FOUND")
    assert boss.get("/auth/me").status_code == 200


def test_an_open_screen_of_an_ended_sign_in_is_out_within_ten_seconds(
    shared_stack: Stack, account: str
) -> None:
    tablet, lost = browser(shared_stack, account), browser(shared_stack, account)
    cookie = f"photobot={lost.cookies['photobot']}"
    address = ws(shared_stack, "/ws/board?event=photobot")
    with connect(address, additional_headers={"Cookie": cookie, "Origin": shared_stack.url}) as board:
        board.recv(5)
        assert tablet.post("/auth/sign-ins/end-others", json={}).json()["ended"] == 1
        until = time.monotonic() + 15  # ten, and a busy machine
        with pytest.raises(ConnectionClosed, match="4401"):
            _listen(board, until)


def _listen(board: ClientConnection, until: float) -> None:
    while True:
        board.recv(max(0.0, until - time.monotonic()))


def test_when_it_was_used_last_is_right_to_a_minute(shared_stack: Stack, account: str, sql: Sql) -> None:
    tablet = browser(shared_stack, account)
    mine = tablet.get("/auth/sign-ins").json()["items"][0]
    assert tablet.get("/auth/sign-ins").json()["items"][0]["usedAt"] == mine["usedAt"], "no write for each"
    sql(f"UPDATE sign_ins SET used_at = now() - interval '2 minutes' WHERE id = '{mine['id']}'")
    wait_for(lambda: tablet.get("/auth/sign-ins").json()["items"][0]["usedAt"] > mine["usedAt"], 10)
