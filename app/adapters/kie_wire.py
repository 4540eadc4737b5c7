"""How kie.ai is spoken to: one envelope in every answer, and what each refusal, silence or loss means.

The JSON's `code` counts, not the HTTP status alone: refusals come inside HTTP 200 too. Of a request that
costs money it is known whether it can have been taken: before its body was begun it cannot.
"""

import asyncio
import json
import random
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import httpx
import structlog

from app.domain.errors import AccountFault, Fatal, OutcomeUnknown, Snooze, StageError, Transient

# The hosts stand behind a gate that turns away programs without an ordinary User-Agent.
USER_AGENT = "Mozilla/5.0 (compatible; photobot/0.1)"
RATE_SECONDS = 10.0
ANSWER_BYTES = 1024 * 1024

_log = structlog.get_logger(__name__)

# Of a gate that says these, the server behind it was not reached; of its other errors that is not known.
_NOT_REACHED = frozenset({503, 521, 522, 523, 525, 526})
_TRANSIENT = frozenset({408, 433, 455, 500, 501, 502, 503, 504})
_ACCOUNT: Mapping[int, tuple[str, str]] = {
    401: ("KIE_KEY", "kie.ai does not accept our key."),
    402: ("KIE_CREDITS", "The kie.ai account has no credits left."),
    403: ("KIE_FORBIDDEN", "kie.ai does not allow this with our key."),
    505: ("KIE_FEATURE_OFF", "kie.ai has switched this off for our account."),
}
_FATAL: Mapping[int, tuple[str, str]] = {
    400: ("KIE_REFUSED", "kie.ai refused this picture or prompt."),
    404: ("KIE_NOT_FOUND", "kie.ai does not know what it was asked for."),
    422: ("KIE_INVALID", "kie.ai refused this picture or its settings."),
}


@dataclass(frozen=True)
class Answer:
    """An answer of kie: its code, its words, its data, and kie's own clock (seconds) where it told."""

    code: int
    message: str
    data: Any
    at: float | None

    def must_be_good(self) -> None:
        """Raises what a refusal means: AccountFault, Fatal, Transient or Snooze."""
        if self.code != 200:
            raise refusal(self.code)


def is_account(code: int) -> bool:
    """Whether this code speaks of our account: no job of it can succeed now."""
    return code in _ACCOUNT


def is_transient(code: int) -> bool:
    """Whether a new try may succeed."""
    return code in _TRANSIENT or code == 429 or code > 505


def told_to_wait() -> Snooze:
    """What came over the limit was dropped, not queued: again in a window's time, not all at one moment."""
    return Snooze(RATE_SECONDS + random.uniform(0, 2), "PROVIDER_RATE")


def refusal(code: int) -> StageError:
    """What a code of kie means for the job."""
    if code == 429:
        return told_to_wait()
    if code in _ACCOUNT:
        return AccountFault(*_ACCOUNT[code])
    if is_transient(code):
        return Transient("KIE_TROUBLE", f"kie.ai has trouble (code {code}).")
    return Fatal(*_FATAL.get(code, ("KIE_REFUSED", f"kie.ai refused this (code {code}).")))


@cache
def tls() -> ssl.SSLContext:
    """One for all clients: reading the list of authorities takes a tenth of a second."""
    return httpx.create_ssl_context()


class KieWire:
    """Requests to one host of kie. `pays`: for requests that must not be repeated when the answer is lost."""

    def __init__(self, base_url: str, api_key: str, *, seconds: float, connect_seconds: float) -> None:
        self._seconds = seconds
        options: dict[str, Any] = {
            "base_url": base_url.rstrip("/"),
            "headers": {"Authorization": f"Bearer {api_key}", "User-Agent": USER_AGENT},
            "timeout": httpx.Timeout(seconds, connect=connect_seconds),
            "verify": tls(),
            "follow_redirects": False,
        }
        self._client = httpx.AsyncClient(**options)
        # On a kept connection that the other side just closed, a request is lost in a way that looks like one
        # that was taken. What costs money goes over a connection of its own.
        self._fresh = httpx.AsyncClient(**options, limits=httpx.Limits(max_keepalive_connections=0))

    async def ask(
        self, method: str, path: str, *, pays: bool = False, seconds: float | None = None, **request: Any
    ) -> Answer:
        """Ask and read the envelope, whatever its code.

        Raises Transient when nothing usable came back and nothing can have happened; OutcomeUnknown when the
        request `pays` and may have been taken.
        """
        sent = False

        async def watch(event: str, _: Mapping[str, Any]) -> None:
            nonlocal sent
            sent = sent or event.endswith("send_request_body.started")

        client = self._fresh if pays else self._client
        try:
            async with asyncio.timeout(seconds or self._seconds):
                asked = client.build_request(method, path, **request, extensions={"trace": watch})
                reply = await client.send(asked, stream=True)
                try:
                    body = await _read(reply)
                finally:
                    await reply.aclose()
        except (httpx.HTTPError, httpx.StreamError, TimeoutError) as error:
            _log.warning("kie_silent", path=path, error=type(error).__name__, sent=sent)
            if pays and sent:
                raise answer_lost() from None
            raise Transient("KIE_AWAY", "kie.ai does not answer.") from None
        answer = _envelope(reply, body)
        if answer is not None:
            return answer
        _log.warning("kie_strange_answer", path=path, status=reply.status_code)
        raise _strange(reply.status_code, pays)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()
        await self._fresh.aclose()


async def _read(reply: httpx.Response) -> bytes:
    body = b""
    async for chunk in reply.aiter_bytes():
        body += chunk
        if len(body) > ANSWER_BYTES:
            raise httpx.StreamError("the answer is too long")
    return body


def _envelope(reply: httpx.Response, body: bytes) -> Answer | None:
    """The answer, where it is one of kie's own: a JSON object with a whole number `code`."""
    try:
        told = json.loads(body)
        code = int(told["code"])
    except (ValueError, TypeError, KeyError):
        return None
    message = told.get("msg") or told.get("message") or ""
    return Answer(code, str(message), told.get("data"), _moment(reply.headers.get("date")))


def _moment(date: str | None) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() if date else None
    except ValueError:
        return None


def _strange(status: int, pays: bool) -> StageError:
    """No envelope: some server between us and kie spoke."""
    if status == 429:
        return told_to_wait()
    if status == 403:
        return Transient("KIE_BLOCKED", "The gate before kie.ai turned us away; this is not about the key.")
    if pays and (status < 400 or (status >= 500 and status not in _NOT_REACHED)):
        return answer_lost()
    return Transient("KIE_AWAY", f"kie.ai does not answer as it should (HTTP {status}).")


def answer_lost() -> OutcomeUnknown:
    """Whether kie has taken the request is not known."""
    return OutcomeUnknown("KIE_ANSWER_LOST", "kie.ai may have taken this picture; its answer was lost.")
