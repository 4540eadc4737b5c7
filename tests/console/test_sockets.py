"""/ws/board, /ws/news and /ws/guest over real connections to a real web."""

import json
import threading
import time
from contextlib import ExitStack

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from console.guest_socket import PER_LINK
from tests.fakes.board_client import cookie_of, screen, ws
from tests.fakes.stack import OPERATOR, Stack, finished, first_event, post_job, register, wait_for


@pytest.fixture(scope="module")
def cookie(shared_stack: Stack) -> str:
    """A signed-in browser."""
    return cookie_of(shared_stack, "operator", OPERATOR)


@pytest.fixture(scope="module")
def other_event(shared_stack: Stack) -> str:
    """A second event, and an account `wayan` that sees only it."""
    admin = shared_stack.admin()
    made = admin.post("/events", json={"slug": "wedding", "name": "Wedding"})
    assert made.status_code == 201, made.text
    event_id = str(made.json()["id"])
    shared_stack.command(
        "user", "add", "wayan", "--role", "operator", "--event", event_id, "--password-stdin",
        typed="wayans-password\n",
    )  # fmt: skip
    return event_id


def test_a_stranger_sees_nothing(shared_stack: Stack) -> None:
    for path in ("/ws/board", "/ws/news"):
        with connect(ws(shared_stack, path)) as socket, pytest.raises(ConnectionClosed, match="4401"):
            socket.recv(5)
    with pytest.raises(InvalidStatus), connect(ws(shared_stack, "/ws/news?token=wrong")):
        pass


def test_another_site_is_refused(shared_stack: Stack, cookie: str) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        with pytest.raises(InvalidStatus) as refused:
            connect(ws(shared_stack, "/ws/board"), additional_headers={"Cookie": cookie, **headers})
        assert refused.value.response.status_code == 403


def test_snapshot_deltas_and_ticks(shared_stack: Stack, cookie: str) -> None:
    operator = shared_stack.client()
    event_id = first_event(operator)
    with screen(shared_stack, "/ws/board", Cookie=cookie, Origin=shared_stack.url) as board:
        assert (board.frames[0]["type"], board.frames[0]["seq"], board.frames[0]["fresh"]) == (
            "snapshot",
            0,
            True,
        )
        assert {row["id"] for row in board.of("booth")} >= {"booth-1", "booth-2"}
        guest = register(operator, event_id)
        board.until("guest", guest["sessionId"], state="registered")
        job_id = post_job(operator, guest, event_id).json()["jobId"]
        board.until("job", job_id, 40, status="succeeded", percent=100, hasOutput=True)
        board.until("guest", guest["sessionId"], state="done", jobsDone=1)
        ticks = sum(frame["type"] == "tick" for frame in board.frames)
        wait_for(lambda: sum(frame["type"] == "tick" for frame in board.frames) >= ticks + 2, 10)
        seqs = [frame["seq"] for frame in board.frames if frame["type"] == "delta"]
        assert seqs == list(range(1, len(seqs) + 1))
        assert all(frame["age"] < 6 and frame["fresh"] for frame in board.frames)
        assert "6281234567890" not in json.dumps(list(board.rows.values()))

        before = dict(board.rows)
        board.ask_snapshot()
        wait_for(lambda: sum(frame["type"] == "snapshot" for frame in board.frames) == 2, 10)
        assert set(before) <= set(board.rows)


def test_rubbish_from_a_client_is_ignored(shared_stack: Stack, cookie: str) -> None:
    with screen(shared_stack, "/ws/board", Cookie=cookie) as board:
        for rubbish in ("{", "[]", '"x"', "x" * 5000, "[" * 900, b"\x00\xff", '{"type": 7}'):
            board.socket.send(rubbish)
        board.ask_snapshot()
        wait_for(lambda: sum(frame["type"] == "snapshot" for frame in board.frames) == 2, 10)
        assert board.close_code is None


def test_an_account_sees_only_its_event(shared_stack: Stack, other_event: str) -> None:
    operator = shared_stack.client()
    event_id = first_event(shared_stack.client())
    here = other_event if event_id != other_event else event_id
    elsewhere = next(
        event["id"] for event in operator.get("/events").json()["items"] if event["id"] != other_event
    )
    cookie = cookie_of(shared_stack, "wayan", "wayans-password")
    with screen(shared_stack, "/ws/board", Cookie=cookie) as board:
        hidden = register(operator, elsewhere)
        shown = register(operator, here)
        board.until("guest", shown["sessionId"])
        # Providers and lanes are the whole house's and tell nothing of any guest.
        of_events = [row for row in board.rows.values() if row["kind"] not in ("provider", "lane")]
        assert {row["eventId"] for row in of_events} == {other_event}
        assert not board.row("guest", hidden["sessionId"])
    with (
        connect(
            ws(shared_stack, f"/ws/board?event={elsewhere}"), additional_headers={"Cookie": cookie}
        ) as no,
        pytest.raises(Exception, match="4403"),
    ):
        no.recv(5)


def test_programs_hear_news_by_token_and_scope(shared_stack: Stack, other_event: str) -> None:
    operator = shared_stack.client()
    token = str(operator.headers["Authorization"]).partition(" ")[2]
    event_id = first_event(operator)
    guest = register(operator, event_id)
    with (
        screen(shared_stack, f"/ws/news?event={event_id}&booth=booth-1&token={token}") as by_query,
        screen(shared_stack, f"/ws/news?event={other_event}", Authorization=f"Bearer {token}") as by_header,
    ):
        there = post_job(operator, guest, event_id, boothId="booth-2").json()["jobId"]
        here = post_job(operator, guest, event_id, boothId="booth-1", seed="7").json()["jobId"]
        stranger = register(operator, other_event)
        by_query.until("job", here)
        by_header.until("guest", stranger["sessionId"])
        assert not by_query.row("job", there)
        assert {row["id"] for row in by_query.of("booth")} == {"booth-1"}
        assert not by_query.row("guest", stranger["sessionId"])
        assert not by_header.of("job")
    for job_id in (here, there):
        finished(operator, job_id)


def test_a_revoked_sign_in_is_shown_the_door(shared_stack: Stack) -> None:
    cookie = cookie_of(shared_stack, "operator", OPERATOR)
    with screen(shared_stack, "/ws/board", Cookie=cookie) as board:
        stranger = shared_stack.client(None)
        out = stranger.post(
            f"{shared_stack.url}/logout", headers={"Cookie": cookie, "Origin": shared_stack.url}
        )
        assert out.status_code == 303
        gone_at = time.monotonic()
        assert board.ended(20) == 4401
        print(f"closed {time.monotonic() - gone_at:.1f} s after the logout")


def test_a_guest_follows_the_own_picture(shared_stack: Stack) -> None:
    operator = shared_stack.client()
    event_id = first_event(operator)
    guest, other = register(operator, event_id), register(operator, event_id, "Budi")
    frames: list[dict[str, object]] = []
    with connect(ws(shared_stack, f"/ws/guest/{guest['token']}")) as socket:
        threading.Thread(
            target=lambda: frames.extend(json.loads(text) for text in _texts(socket)), daemon=True
        ).start()
        wait_for(lambda: frames, 10)
        job_id = post_job(operator, guest, event_id).json()["jobId"]
        finished(operator, post_job(operator, other, event_id).json()["jobId"])
        wait_for(lambda: [job for frame in frames for job in _done(frame)], 40)
        wait_for(lambda: any(frame["type"] == "tick" for frame in frames), 15)
    assert (frames[0]["type"], frames[0]["jobs"]) == ("snapshot", [])
    told = [frame for frame in frames if frame["type"] == "jobs"]
    assert {job["id"] for frame in told for job in frame["jobs"]} == {job_id}  # type: ignore[attr-defined]
    assert _done(told[-1])[0]["hasOutput"] is True
    assert "Budi" not in json.dumps(frames)


def test_an_unknown_link_is_over(shared_stack: Stack) -> None:
    with connect(ws(shared_stack, "/ws/guest/AAAAAAAAAAAAAAAAAAAAAAAA")) as socket:
        assert json.loads(socket.recv(5)) == {"type": "over", "code": "LINK_UNKNOWN"}
        with pytest.raises(ConnectionClosed, match="4410"):
            socket.recv(5)


def test_whatever_booth_an_address_names_the_web_is_seen_alive(shared_stack: Stack, cookie: str) -> None:
    token = shared_stack.admin().headers["Authorization"]
    with (
        screen(shared_stack, "/ws/board?booth=%00&v=1", Cookie=cookie),
        screen(shared_stack, "/ws/board?watch", Authorization=token) as board,
    ):

        def told() -> list[dict[str, object]]:
            here = [row for row in board.of("program") if row["role"] == "web" and not row["endedAt"]]
            return [one for row in here for one in row["facts"]["screens"] if one["outdated"]]

        assert wait_for(told, 20)[0]["boothId"] == ""


def test_one_link_holds_a_few_places_only(shared_stack: Stack) -> None:
    operator = shared_stack.client()
    guest = register(operator, first_event(operator))
    with ExitStack() as opened:
        for _ in range(PER_LINK):
            socket = opened.enter_context(connect(ws(shared_stack, f"/ws/guest/{guest['token']}")))
            assert json.loads(socket.recv(10))["type"] == "snapshot"
        one_more = opened.enter_context(connect(ws(shared_stack, f"/ws/guest/{guest['token']}")))
        with pytest.raises(ConnectionClosed, match="1013"):  # its page tries again after a while
            one_more.recv(10)
        socket.close()

        def lets_in() -> bool:
            with connect(ws(shared_stack, f"/ws/guest/{guest['token']}")) as again:
                try:
                    return bool(again.recv(10))
                except ConnectionClosed:
                    return False

        wait_for(lets_in)


def _texts(socket: object) -> list[str]:
    """What comes in until the connection ends, as it comes."""
    return socket  # type: ignore[return-value]


def _done(frame: dict[str, object]) -> list[dict[str, object]]:
    return [job for job in frame.get("jobs", []) if job["status"] == "succeeded"]  # type: ignore[attr-defined]
