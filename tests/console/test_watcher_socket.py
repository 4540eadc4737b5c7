"""/ws/watcher and the shots' upload, as a camera laptop uses them, and what the board shows of it."""

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from ulid import ULID
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.fakes.board_client import BoardClient, cookie_of, screen, ws
from tests.fakes.stack import OPERATOR, Stack, finished, first_event, picture, register, wait_for

PREVIEW = picture(160, 120)


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


def hello(booth: str = "booth-1", host: str = "laptop") -> str:
    """A watcher's first words."""
    words = {"type": "hello", "boothId": booth, "version": "1", "host": host, "hotfolder": "/photos"}
    return json.dumps(words)


@contextmanager
def watcher(stack: Stack, token: str) -> Iterator[ClientConnection]:
    """A welcomed watcher."""
    headers = {"Authorization": f"Bearer {token}"}
    with connect(ws(stack, "/ws/watcher"), additional_headers=headers) as socket:
        socket.send(hello())
        welcome = json.loads(socket.recv(10))
        assert (welcome["type"], welcome["boothId"]) == ("welcome", "booth-1")
        yield socket


def bounds() -> dict[str, str]:
    """A file that appeared just now."""
    now = datetime.now(UTC)
    earliest = (now - timedelta(milliseconds=5)).isoformat()
    return {"appearedAt": earliest, "appearedEarliest": earliest, "appearedLatest": now.isoformat()}


def tell(socket: ClientConnection, kind: str, shot_id: str, **more: Any) -> None:
    """Say something of a file."""
    facts = {
        "type": kind,
        "shotId": shot_id,
        "fileName": "DSC_1.JPG",
        "bytesSeen": 1000,
        **bounds(),
        **more,
    }
    socket.send(json.dumps(facts))


def seen(socket: ClientConnection, shot_id: str, image: bytes) -> None:
    """A file is whole."""
    preview = base64.b64encode(PREVIEW).decode()
    tell(socket, "seen", shot_id, sha256=hashlib.sha256(image).hexdigest(), takenAt=None, preview=preview)


def upload(stack: Stack, token: str, shot_id: str, image: bytes) -> dict[str, Any]:
    """Send the file."""
    answer = httpx.post(
        f"{stack.url}/api/v1/booth/booth-1/shots",
        headers={"Authorization": f"Bearer {token}"},
        data={
            "shotId": shot_id,
            "fileName": "DSC_1.JPG",
            "sha256": hashlib.sha256(image).hexdigest(),
            **bounds(),
        },
        files={"file": ("DSC_1.JPG", image, "image/jpeg")},
        timeout=30,
    )
    assert answer.status_code in (200, 201), answer.text
    found: dict[str, Any] = answer.json()
    return found


def activate(stack: Stack, guest: dict[str, str], event_id: str) -> None:
    """Make a guest the booth's active one."""
    operator = stack.client()
    held = operator.get("/booth/booth-1/active-session")
    if held.status_code == 200:
        params = {"sessionId": held.json()["sessionId"]}
        assert operator.delete("/booth/booth-1/active-session", params=params).status_code == 204
    body = {"sessionId": guest["sessionId"], "eventId": event_id, "mode": "style", "styleId": "pencil"}
    answer = operator.post("/booth/booth-1/active-session", json=body)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("authorization", ["", "Bearer wrong", "Basic x"])
def test_without_its_token_no_watcher_is_taken(shared_stack: Stack, authorization: str) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    with connect(ws(shared_stack, "/ws/watcher"), additional_headers=headers) as socket:
        assert json.loads(socket.recv(5))["code"] == "BOOTH_TOKEN_INVALID"
        with pytest.raises(ConnectionClosed, match="4401"):
            socket.recv(5)


def test_a_token_is_for_one_booth(shared_stack: Stack, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    with connect(ws(shared_stack, "/ws/watcher"), additional_headers=headers) as socket:
        socket.send(hello("booth-2"))
        assert json.loads(socket.recv(5))["code"] == "WRONG_BOOTH"


def test_a_second_watcher_is_refused(shared_stack: Stack, token: str, board: BoardClient) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    with watcher(shared_stack, token) as first:
        board.until("booth", "booth-1", watcherOnline=True)
        with connect(ws(shared_stack, "/ws/watcher"), additional_headers=headers) as second:
            second.send(hello(host="another laptop"))
            assert json.loads(second.recv(5))["code"] == "ANOTHER_WATCHER"
            with pytest.raises(ConnectionClosed, match="4409"):
                second.recv(5)
        first.send('{"type":"heartbeat","pending":7,"freeBytes":5000000000}')
        board.until("booth", "booth-1", watcherPending=7, watcherFreeBytes=5_000_000_000, watcherOnline=True)
    board.until("booth", "booth-1", watcherOnline=False)


def test_the_same_folder_takes_its_own_place_over(
    shared_stack: Stack, token: str, board: BoardClient
) -> None:
    """After a cut the server still holds the dead connection: the laptop must not be refused for itself."""
    with watcher(shared_stack, token) as dead:
        with watcher(shared_stack, token) as again:
            dead.close()
            again.send('{"type":"heartbeat","pending":3}')
            board.until("booth", "booth-1", watcherPending=3, watcherOnline=True)
        board.until("booth", "booth-1", watcherOnline=False)


def test_a_shot_grows_before_the_operators_eyes(shared_stack: Stack, token: str, board: BoardClient) -> None:
    operator = shared_stack.client()
    shot, broken, vanished = str(ULID()), str(ULID()), str(ULID())
    with watcher(shared_stack, token) as socket:
        tell(socket, "receiving", shot, bytesSeen=10)
        board.until("shot", shot, state="receiving", bytesSeen=10)
        tell(socket, "receiving", shot, bytesSeen=900)
        board.until("shot", shot, bytesSeen=900)
        for rubbish in (
            "{",
            "[]",
            '{"type":"dance"}',
            b"\x00",
            "[" * 5000,
            '{"type":"heartbeat","pending":"x"}',
        ):
            socket.send(rubbish)
        tell(socket, "seen", shot, sha256="0" * 64, takenAt=None, preview="no base64!")
        seen(socket, shot, PREVIEW)
        board.until("shot", shot, state="seen", hasPreview=True)
        tell(socket, "invalid", broken, reason="IMAGE_BROKEN", message="No.")
        board.until("shot", broken, state="invalid", reason="IMAGE_BROKEN")
        tell(socket, "receiving", vanished)
        board.until("shot", vanished, state="receiving")
        socket.send(json.dumps({"type": "gone", "shotId": vanished}))
        wait_for(lambda: board.row("shot", vanished).get("state") != "receiving", 10)
        board.until("booth", "booth-1", watcherOnline=True)
    preview = operator.get(f"{shared_stack.url}/media/shots/{shot}/preview")
    assert (preview.status_code, preview.content) == (200, PREVIEW)
    assert httpx.get(f"{shared_stack.url}/media/shots/{shot}/preview").status_code == 401


def test_a_shot_is_the_guests_who_held_the_booth_when_it_was_seen(
    shared_stack: Stack, token: str, board: BoardClient
) -> None:
    operator = shared_stack.client()
    event_id = first_event(operator)
    first, second = register(operator, event_id, "Ayu"), register(operator, event_id, "Budi")
    image, shot = picture(400, 300, seed=77), str(ULID())
    activate(shared_stack, first, event_id)
    with watcher(shared_stack, token) as socket:
        seen(socket, shot, image)
        board.until("shot", shot, state="seen", guestName="Ayu")
        activate(shared_stack, second, event_id)
        board.until("guest", second["sessionId"], state="active", boothId="booth-1")

        received = upload(shared_stack, token, shot, image)
        again = upload(shared_stack, token, shot, image)
        twin = upload(shared_stack, token, str(ULID()), image)

    assert received["state"] == "assigned"
    assert (again["jobId"], twin["jobId"], twin["state"]) == (
        received["jobId"],
        received["jobId"],
        "duplicate",
    )
    board.until("shot", shot, state="assigned", guestName="Ayu", jobId=received["jobId"])
    job = finished(operator, received["jobId"])
    assert (job["sessionId"], job["status"]) == (first["sessionId"], "succeeded")
    wait_for(lambda: board.row("guest", first["sessionId"]).get("jobsDone") == 1, 10)


def test_a_file_that_is_no_photo_is_put_away_comes_back_and_may_still_grow(
    shared_stack: Stack, token: str, board: BoardClient
) -> None:
    """Who puts an unfinished file away must not lose the photo that it becomes."""
    shot_id = str(ULID())
    common = {"shotId": shot_id, "fileName": "IMG_8.JPG", "bytesSeen": 5000, **bounds()}
    operator = shared_stack.client()

    def state() -> tuple[str, str | None]:
        row = board.row("shot", shot_id)
        return row.get("state", ""), row.get("reason")

    with watcher(shared_stack, token) as socket:
        socket.send(json.dumps({"type": "invalid", "reason": "INCOMPLETE", "message": "Cut.", **common}))
        wait_for(lambda: state() == ("invalid", "INCOMPLETE"), 10)
        put_away = operator.post(f"/shots/{shot_id}/reject", json={"reason": "SEEN_TO"})
        assert put_away.json()["state"] == "rejected", put_away.text
        assert operator.post(f"/shots/{shot_id}/restore").json()["state"] == "invalid"
        wait_for(lambda: state() == ("invalid", "INCOMPLETE"), 10)
        operator.post(f"/shots/{shot_id}/reject", json={"reason": "SEEN_TO"})
        wait_for(lambda: state() == ("rejected", "INCOMPLETE"), 10)
        socket.send(json.dumps({"type": "receiving", **common, "bytesSeen": 9000}))
        wait_for(lambda: state() == ("receiving", None), 10)
        assert operator.post(f"/shots/{shot_id}/restore").status_code == 409
