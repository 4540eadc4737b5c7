"""The other half of a watcher's connection: the server's time, its wishes, and the laptop's health."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from socket import IPPROTO_TCP, TCP_CORK
from typing import Any

import httpx
import pytest
from ulid import ULID
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.console.test_watcher_socket import PREVIEW, bounds, hello, seen, tell, watcher
from tests.fakes.board_client import BoardClient, cookie_of, screen, ws
from tests.fakes.stack import OPERATOR, Stack, picture, wait_for


@pytest.fixture(scope="module")
def token(shared_stack: Stack) -> str:
    """A token of booth-1."""
    return shared_stack.booth_token("booth-1")


@pytest.fixture(scope="module")
def cookie(shared_stack: Stack) -> str:
    """Signed in once: so many sign-ins in a minute would be throttled."""
    return cookie_of(shared_stack, "operator", OPERATOR)


@pytest.fixture
def board(shared_stack: Stack, cookie: str) -> Iterator[BoardClient]:
    """A screen."""
    with screen(shared_stack, "/ws/board", Cookie=cookie) as client:
        wait_for(lambda: not client.row("booth", "booth-1").get("watcherOnline"), 20)
        yield client


def beat(socket: ClientConnection, **more: Any) -> None:
    """A heartbeat."""
    socket.send(json.dumps({"type": "heartbeat", **more}))


def heard(socket: ClientConnection, kind: str, seconds: float = 10) -> dict[str, Any]:
    """The next message of a kind."""
    while True:
        message: dict[str, Any] = json.loads(socket.recv(seconds))
        if message["type"] == kind:
            return message


def test_a_heartbeat_is_answered_with_the_servers_time(shared_stack: Stack, token: str) -> None:
    with watcher(shared_stack, token) as socket:
        before = datetime.now(UTC)
        beat(socket, sent=123.456, pending=0)
        answer = heard(socket, "heard")
        assert answer["echo"] == 123.456
        assert answer["keepRaw"] is False
        at = datetime.fromisoformat(answer["serverTime"])
        assert before - timedelta(seconds=1) <= at <= datetime.now(UTC) + timedelta(seconds=1)
        beat(socket)
        beat(socket, sent=7)
        assert heard(socket, "heard")["echo"] == 7, "who sends no clock gets none"


def test_the_laptops_health_shows_and_small_changes_make_no_news(
    shared_stack: Stack, token: str, board: BoardClient
) -> None:
    waits = datetime(2026, 11, 26, 12, 0, tzinfo=UTC).isoformat().replace("+00:00", "Z")
    with watcher(shared_stack, token) as socket:
        facts = {"pending": 3, "bytesWaiting": 50_000_000, "oldestWaitingAt": waits, "trouble": "SLOW_LINE"}
        beat(socket, **facts, freeBytes=80_000_000_000, bytesPerSecond=400_000, lastShotAt=waits)
        board.until("booth", "booth-1", watcherPending=3, watcherOnline=True)
        row = board.row("booth", "booth-1")
        shown = {key: row["watcherHealth"][key] for key in ("waiting", "bytesWaiting", "trouble", "host")}
        assert shown == {
            "waiting": 3,
            "bytesWaiting": 50_000_000,
            "trouble": "SLOW_LINE",
            "host": "laptop",
        }
        assert row["watcherHealth"]["hotfolder"] == "/photos"
        assert row["lastShotAt"] is not None
        for free in range(5):
            beat(socket, **facts, freeBytes=80_000_000_000 - free * 1000, bytesPerSecond=400_010 + free)
        beat(socket, sent=1)
        heard(socket, "heard")
        beat(socket, pending=0, freeBytes=80_000_000_000)
        board.until("booth", "booth-1", watcherPending=0)
        now = board.row("booth", "booth-1")
        assert now["revision"] <= row["revision"] + 2, "five beats that change nothing are no news"
        assert now["watcherHealth"]["trouble"] is None
        beat(socket, trouble="FOLDER_TAKEN")
        board.until("booth", "booth-1", watcherOnline=True)
        wait_for(
            lambda: "booth-1: another watcher works on its camera folder" in _said_of_watchers(shared_stack)
        )


def _said_of_watchers(stack: Stack) -> str:
    parts = httpx.get(f"{stack.url}/health").json()["parts"]
    return str(next(part["detail"] for part in parts if part["name"] == "watchers"))


def test_a_rescan_is_passed_on(shared_stack: Stack, token: str) -> None:
    operator = shared_stack.client()
    with watcher(shared_stack, token) as socket:
        wait_for(lambda: operator.post("/booths/booth-1/rescan").status_code == 202, 10)
        assert heard(socket, "rescan") == {"type": "rescan"}
        with pytest.raises(TimeoutError):
            heard(socket, "rescan", 2.5)
    with watcher(shared_stack, token) as again, pytest.raises(TimeoutError):
        heard(again, "rescan", 2.5)


def test_a_laptop_is_told_what_was_put_away_also_when_it_comes_later(
    shared_stack: Stack, token: str, board: BoardClient
) -> None:
    shot, operator = str(ULID()), shared_stack.client()
    with watcher(shared_stack, token) as socket:
        tell(socket, "invalid", shot, reason="IMAGE_BROKEN", message="No.")
        board.until("shot", shot, state="invalid")
        assert operator.post(f"/shots/{shot}/reject", json={"reason": "no"}).status_code == 200
        while shot not in (told := heard(socket, "put_away"))["rejected"]:
            assert told["erased"] == []
    with watcher(shared_stack, token) as again:
        assert shot in heard(again, "put_away")["rejected"]


def test_a_silent_laptop_is_shown_soon_and_keeps_its_place(
    shared_stack: Stack, token: str, board: BoardClient
) -> None:
    with watcher(shared_stack, token) as socket:
        beat(socket)
        board.until("booth", "booth-1", watcherOnline=True)
        board.until("booth", "booth-1", watcherOnline=False)
        assert board.row("booth", "booth-1")["watcherHealth"]["silent"] is True
        headers = {"Authorization": f"Bearer {token}"}
        with connect(ws(shared_stack, "/ws/watcher"), additional_headers=headers) as other:
            other.send(hello(host="another laptop"))
            assert heard(other, "refused")["code"] == "ANOTHER_WATCHER"
        beat(socket)
        board.until("booth", "booth-1", watcherOnline=True)


def test_who_says_goodbye_is_no_alarm(shared_stack: Stack, token: str, board: BoardClient) -> None:
    with watcher(shared_stack, token) as socket:
        board.until("booth", "booth-1", watcherOnline=True)
        socket.send(json.dumps({"type": "goodbye"}))
    board.until("booth", "booth-1", watcherOnline=False)
    assert board.row("booth", "booth-1")["watcherHealth"]["stopped"] is True
    with watcher(shared_stack, token):
        board.until("booth", "booth-1", watcherOnline=True)
    board.until("booth", "booth-1", watcherOnline=False)
    assert board.row("booth", "booth-1")["watcherHealth"]["stopped"] is False


def test_what_is_said_right_before_the_end_counts_although_its_answer_reaches_nobody(
    shared_stack: Stack, token: str, board: BoardClient
) -> None:
    shot = str(ULID())
    with watcher(shared_stack, token) as socket:
        board.until("booth", "booth-1", watcherOnline=True)
        socket.socket.setsockopt(IPPROTO_TCP, TCP_CORK, 1)  # all of it arrives together with the end
        beat(socket, sent=1)
        tell(socket, "invalid", shot, reason="IMAGE_BROKEN", message="No.")
        socket.send(json.dumps({"type": "goodbye"}))
        with socket.protocol_mutex:
            socket.protocol.send_close(1000)
            socket.send_data()
        socket.socket.setsockopt(IPPROTO_TCP, TCP_CORK, 0)
    board.until("shot", shot, state="invalid")
    board.until("booth", "booth-1", watcherOnline=False)
    assert board.row("booth", "booth-1")["watcherHealth"]["stopped"] is True


def test_a_revoked_token_cuts_its_watcher_off(shared_stack: Stack, board: BoardClient, token: str) -> None:
    boss = shared_stack.admin()
    made = boss.post("/booths/booth-1/tokens", json={"label": "lost laptop"}).json()
    with watcher(shared_stack, made["token"]) as socket:
        board.until("booth", "booth-1", watcherOnline=True)
        assert boss.delete(f"/booths/booth-1/tokens/{made['id']}").status_code == 204
        assert heard(socket, "refused")["code"] == "BOOTH_TOKEN_INVALID"
        with pytest.raises(ConnectionClosed, match="4401"):
            socket.recv(5)
    board.until("booth", "booth-1", watcherOnline=False)
    with watcher(shared_stack, token):
        board.until("booth", "booth-1", watcherOnline=True)


def test_the_cameras_own_thumbnail_comes_first_and_never_last(
    shared_stack: Stack, token: str, board: BoardClient
) -> None:
    operator = shared_stack.client()
    shot, early = str(ULID()), picture(64, 48, seed=9)
    embedded = base64.b64encode(early).decode()

    def shown(**version: int) -> bytes:
        return operator.get(f"{shared_stack.url}/media/shots/{shot}/preview", params=version).content

    with watcher(shared_stack, token) as socket:
        facts = {"bytesExpected": 8_000_000, "camera": "Maker \u0000Model", "takenAt": "2020-01-01T10:00:00"}
        tell(socket, "receiving", shot, preview=embedded, **facts)
        board.until("shot", shot, previewVersion=1, bytesExpected=8_000_000, camera="Maker Model")
        assert shown() == shown(v=1) == early
        tell(socket, "receiving", shot, bytesSeen=5_000_000)
        board.until("shot", shot, bytesSeen=5_000_000)
        row = board.row("shot", shot)
        assert (row["camera"], row["bytesExpected"], row["hasPreview"]) == ("Maker Model", 8_000_000, True)
        seen(socket, shot, b"whole")
        board.until("shot", shot, state="seen", previewVersion=2)
        tell(socket, "receiving", shot, preview=embedded, bytesSeen=6_000_000)
        board.until("shot", shot, bytesSeen=6_000_000)
        assert board.row("shot", shot)["previewVersion"] == 2
        assert shown(v=2) == PREVIEW
        stranger = httpx.get(f"{shared_stack.url}/media/shots/{shot}/preview?v=2")
        assert stranger.status_code == 401
    assert shown() == PREVIEW


def test_a_file_that_grew_after_all_is_received_again(
    shared_stack: Stack, token: str, board: BoardClient
) -> None:
    stalled, broken = str(ULID()), str(ULID())
    with watcher(shared_stack, token) as socket:
        rescued = base64.b64encode(PREVIEW).decode()
        tell(socket, "invalid", stalled, reason="INCOMPLETE", message="No.", preview=rescued)
        board.until("shot", stalled, state="invalid", reason="INCOMPLETE", previewVersion=1)
        tell(socket, "receiving", stalled, bytesSeen=2000)
        board.until("shot", stalled, state="receiving", reason=None)
        tell(socket, "invalid", broken, reason="IMAGE_BROKEN", message="No.")
        board.until("shot", broken, state="invalid")
        tell(socket, "receiving", broken, bytesSeen=2000)
        seen(socket, stalled, b"whole after all")
        board.until("shot", stalled, state="seen", previewVersion=2)
    assert board.row("shot", broken)["state"] == "invalid"


def test_shots_that_come_with_no_ulid_are_refused_and_the_next_is_taken(
    shared_stack: Stack, token: str, board: BoardClient
) -> None:
    good = str(ULID())
    with watcher(shared_stack, token) as socket:
        tell(socket, "receiving", "../x")
        socket.send(json.dumps({"type": "seen", "shotId": "", "fileName": "", "bytesSeen": 1, **bounds()}))
        tell(socket, "receiving", good)
        board.until("shot", good, state="receiving")
