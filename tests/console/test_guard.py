"""The guard's last word on accidents: a client that went away is none, everything else is one."""

import anyio
import pytest
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.testing import capture_logs

from console.guard import Guard

SCOPE: Scope = {
    "type": "http",
    "method": "GET",
    "path": "/favicon.ico",
    "query_string": b"",
    "headers": [],
    "asgi": {"spec_version": "2.3"},
}


async def _slow_icon(scope: Scope, receive: Receive, send: Send) -> None:
    """What NiceGUI's own middlewares do with a file: streams it, and stops when the client is gone."""

    async def chunks() -> object:
        yield b"<svg/>"

    class Late(StreamingResponse):
        async def stream_response(self, send: Send) -> None:
            await anyio.sleep(5)
            await super().stream_response(send)

    await Late(chunks())(scope, receive, send)  # type: ignore[arg-type]  # an async generator of bytes


async def _broken(_: Scope, __: Receive, ___: Send) -> None:
    raise RuntimeError("No response returned.")


async def _pass(request: Request, call_next: RequestResponseEndpoint) -> Response:
    return await call_next(request)


async def _asked(app: ASGIApp, *, gone: bool) -> tuple[list[Message], list[str]]:
    """What is sent to a client and what is logged at level error."""
    sent: list[Message] = []
    messages: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        if not gone:
            await anyio.sleep_forever()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    with capture_logs() as logs:
        await Guard(app)({**SCOPE, "state": {}}, receive, send)
    return sent, [entry["event"] for entry in logs if entry["log_level"] == "error"]


async def test_a_client_that_went_away_is_no_error() -> None:
    sent, errors = await _asked(BaseHTTPMiddleware(_slow_icon, _pass), gone=True)
    assert (sent, errors) == ([], [])


@pytest.mark.parametrize("gone", [True, False])
async def test_a_fault_of_ours_stays_one_whoever_is_there(gone: bool) -> None:
    async def broken(_: Scope, __: Receive, ___: Send) -> None:
        raise ZeroDivisionError

    sent, errors = await _asked(broken, gone=gone)
    assert errors == ["request_failed"]
    assert sent[0]["status"] == 500


async def test_an_answer_that_never_came_is_an_error_while_its_client_waits() -> None:
    sent, errors = await _asked(_broken, gone=False)
    assert errors == ["request_failed"]
    assert sent[0]["status"] == 500
