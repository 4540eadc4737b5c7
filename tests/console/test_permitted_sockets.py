"""Nobody's screen gets a row that is not theirs: every WebSocket of the matrix, by role and by event."""

import json
from contextlib import ExitStack
from dataclasses import dataclass

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.console.matrix_scene import HIDDEN, PHONE, Person, person, place
from tests.fakes.board_client import BoardClient, screen, ws
from tests.fakes.stack import Stack, register, wait_for

COME_AGAIN = 1012


@dataclass(frozen=True)
class Two:
    """Two events with a booth each, and who works at the other one."""

    here: dict[str, str]
    there: dict[str, str]
    operator: Person
    supervisor: Person
    boss: Person


@pytest.fixture(scope="module")
def two(shared_stack: Stack) -> Two:
    """An event that nobody of the other one may hear of."""
    here, there = (place(shared_stack.admin(), name) for name in (HIDDEN, "Lain"))
    operator, supervisor = (
        person(shared_stack, role, there["event_id"], here=False) for role in ("operator", "supervisor")
    )
    boss = person(shared_stack, "admin", None, here=True)
    return Two(here, there, operator, supervisor, boss)


def cookie(who: Person) -> dict[str, str]:
    """Signed in as a browser."""
    return {"Cookie": who.cookie}


def closed_with(stack: Stack, path: str, headers: dict[str, str]) -> int:
    """The code a socket is closed with before anything is sent on it; 0 for one that is not opened at all."""
    try:
        with connect(ws(stack, path), additional_headers=headers) as socket:
            with pytest.raises(ConnectionClosed):
                socket.recv(10)
            return socket.close_code or 0
    except InvalidStatus:
        return 0


def test_who_may_not_is_shown_the_door(shared_stack: Stack, two: Two) -> None:
    event = two.here["event_id"]
    token = {"Authorization": f"Bearer {two.operator.token}"}
    laptop = {"Authorization": f"Bearer {shared_stack.booth_token(two.here['booth_id'])}"}
    for path in ("/ws/board", "/ws/news", "/ws/board?watch=1"):
        assert closed_with(shared_stack, path, {}) == 4401, path
        assert closed_with(shared_stack, path, laptop) == 0, path
    for who, headers in ((two.operator, token), (two.operator, cookie(two.operator)),
                         (two.supervisor, cookie(two.supervisor))):  # fmt: skip
        assert closed_with(shared_stack, f"/ws/board?event={event}", headers) == 4403, who
        assert closed_with(shared_stack, f"/ws/news?event={event}", headers) == 4403, who
    for path in ("/ws/board?watch=1", "/ws/news?watch=1", f"/ws/board?watch=1&event={two.there['event_id']}"):
        assert closed_with(shared_stack, path, cookie(two.operator)) == 4403, path
    polled = f"{shared_stack.url}/_nicegui_ws/socket.io/?EIO=4&transport=polling"
    assert [httpx.get(polled, headers=one).status_code for one in ({}, laptop)] == [401, 401]
    with connect(ws(shared_stack, "/ws/watcher"), additional_headers=token) as socket:
        assert json.loads(socket.recv(10))["code"] == "BOOTH_TOKEN_INVALID"
    with connect(ws(shared_stack, "/ws/watcher"), additional_headers=laptop) as socket:
        hello = {"type": "hello", "boothId": two.there["booth_id"], "version": "1"}
        socket.send(json.dumps(hello | {"host": "laptop", "hotfolder": "/photos"}))
        assert json.loads(socket.recv(10))["code"] == "WRONG_BOOTH"


def test_no_row_of_another_event_arrives(shared_stack: Stack, two: Two) -> None:
    boss, operator, supervisor = shared_stack.admin(), two.operator, two.supervisor
    paths = [
        (operator, "/ws/board"),
        (operator, f"/ws/board?booth={two.here['booth_id']}"),
        (operator, f"/ws/news?token={operator.token}"),
        (supervisor, "/ws/board?watch=1"),
        (supervisor, f"/ws/board?watch=1&booth={two.here['booth_id']}"),
        (supervisor, f"/ws/board?event={two.there['event_id']}"),
    ]
    with ExitStack() as open_screens:
        screens: list[tuple[str, BoardClient]] = []
        for who, path in paths:
            headers = {} if "token=" in path else cookie(who)
            screens.append((path, open_screens.enter_context(screen(shared_stack, path, **headers))))
        foreign = register(boss, two.here["event_id"], f"Larasati {HIDDEN}")
        shown = register(boss, two.there["event_id"], "Citra Lain")
        for path, board in screens:
            board.until("guest", shown["sessionId"])  # behind the foreign one
            text = json.dumps(list(board.rows.values()))
            assert HIDDEN not in text, path
            assert foreign["sessionId"] not in text, path
            assert {row["eventId"] for row in board.rows.values()} <= {"", two.there["event_id"]}, path
            kinds = {row["kind"] for row in board.rows.values()}
            assert ("program" in kinds) is ("watch" in path), f"{path}: {kinds}"
            assert "incident" not in kinds or "watch" in path, path


def test_a_program_names_screens_of_ones_own_booths_only(shared_stack: Stack, two: Two) -> None:
    """The web's row tells which booths have open screens; the supervisor of one event reads of its own."""

    def named(board: BoardClient) -> set[str]:
        return {one["boothId"] for row in board.of("program") for one in row["facts"]["screens"]}

    mine, foreign = two.there["booth_id"], two.here["booth_id"]
    with ExitStack() as opened:
        for booth in (mine, foreign):
            path = f"/ws/board?booth={booth}&v=1"
            opened.enter_context(screen(shared_stack, path, **cookie(two.boss)))
        everything = opened.enter_context(screen(shared_stack, f"/ws/news?watch=1&token={two.boss.token}"))
        wait_for(lambda: {mine, foreign} <= named(everything), 20)
        watching = opened.enter_context(screen(shared_stack, "/ws/board?watch=1", **cookie(two.supervisor)))
        wait_for(lambda: mine in named(watching), 20)
        assert foreign not in json.dumps([*watching.rows.values()])


def test_open_sockets_tell_of_nobody_else(shared_stack: Stack, two: Two) -> None:
    boss, event = shared_stack.admin(), two.here["event_id"]
    body = {"eventId": event, "name": f"Budi {HIDDEN}", "whatsapp": PHONE, "consent": True}
    assert boss.post("/sessions", json=body).status_code == 201
    guest = register(boss, event, "Sari")
    with connect(ws(shared_stack, f"/ws/guest/{guest['token']}")) as socket:
        first = json.loads(socket.recv(10))
    assert first["guest"]["name"] == "Sari"
    assert f"Budi {HIDDEN}" not in json.dumps(first)
    with connect(ws(shared_stack, f"/ws/wall/{event}")) as socket:
        assert json.loads(socket.recv(10)) == {"type": "wall", "over": False, "pictures": []}


def test_a_screen_keeps_no_rights_that_its_account_has_lost(shared_stack: Stack, two: Two) -> None:
    boss = shared_stack.admin()
    moved = person(shared_stack, "operator", two.here["event_id"], here=True)
    lowered = person(shared_stack, "supervisor", two.there["event_id"], here=False)
    with (
        screen(shared_stack, "/ws/board", **cookie(moved)) as of_event,
        screen(shared_stack, "/ws/board?watch=1", **cookie(lowered)) as of_watch,
    ):
        less = ((moved, {"events": [two.there["event_id"]]}), (lowered, {"role": "operator"}))
        for who, change in less:
            assert boss.patch(f"/users/{who.user_id}", json=change).status_code == 200
        wait_for(lambda: of_event.close_code and of_watch.close_code, 20)
    assert (of_event.close_code, of_watch.close_code) == (COME_AGAIN, COME_AGAIN)
    # They come again, with what they have now.
    assert closed_with(shared_stack, "/ws/board?watch=1", cookie(lowered)) == 4403
    with screen(shared_stack, "/ws/board", **cookie(moved)) as again:
        assert {row["id"] for row in again.of("booth")} == {two.there["booth_id"]}
