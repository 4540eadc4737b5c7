"""Who comes in: a pure-ASGI middleware that reads token or cookie, guards paths, and refuses foreign sites.

It answers before any page is built: what is not named as open needs a sign-in.
"""

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote, urlsplit

import structlog
from cachetools import TTLCache
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.bodies import bounded, drain
from app.api.errors import problem, problem_of, unexpected
from app.domain.access import Principal
from app.domain.errors import NotAllowed, PhotobotError
from app.ports import Ports
from app.services import accounts
from console.doors import StaffNetworks
from console.pages.lost import lost_page

log = structlog.get_logger()

COOKIE = "photobot"
SAFE = {"GET", "HEAD", "OPTIONS"}
GONE_SECONDS = 0.05
"""A server knows at once that a client is gone; one that is there is silent."""
# No sign-in and no look at the database: what a guest's phone, a kiosk or a probe opens.
OPEN = (
    "/static/",
    "/kiosk",
    "/r/",
    "/ws/guest/",
    "/wall",
    "/ws/wall/",
    "/api/v1/guest/",
    "/ws/watcher",
    "/files/",
    "/health",
    "/favicon",
    "/_nicegui/",
    "/trust",
)
# Open to post to: a stale token that a program still sends must not keep it from signing in.
OPEN_POSTS = ("/api/v1/auth/login", "/api/v1/sessions", "/login", "/api/v1/providers/kie/callback")
# Opened by a booth's own token, which its endpoints read.
OF_WATCHERS = re.compile(r"/api/v1/booth/[^/]+/shots(?:/[^/]+/(?:original|raw))?")
# Signed in or sent to /login.
PAGES = ("/console", "/_nicegui_ws")
# Asked for by the dozen, and wanted at once.
THUMBNAILS = "/media/shots/"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": (
        "frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-DNS-Prefetch-Control": "off",
    "X-Permitted-Cross-Domain-Policies": "none",
    "X-Download-Options": "noopen",
    "X-XSS-Protection": "0",
    "Origin-Agent-Cluster": "?1",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
}


class Guard:
    """Wraps the whole application."""

    def __init__(
        self,
        app: ASGIApp,
        origins: Sequence[str] = (),
        *,
        staff: StaffNetworks | None = None,
        hsts: bool = True,
    ) -> None:
        """`origins` are other sites that may use the API, with a token and never with our cookie.

        `staff` says from where more than the guests' pages may be opened; `hsts`, that TLS is for all of it.
        """
        self.app = app
        self._origins = frozenset(origins)
        self._staff = staff or StaffNetworks()
        self._hsts = hsts
        self._lately: TTLCache[str, Principal] = TTLCache(1000, ttl=10)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, answer it here, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        scope.setdefault("state", {}).update(principal=None, hsts=self._hsts)
        answer = await self._answer(scope)
        if answer is not None:
            await _respond(answer, scope, receive, send)
            return
        if scope["type"] == "websocket":
            await self.app(
                scope, receive, send
            )  # thirty screens get thirty frames a second: no layer for each
            return
        await self._pass_on(scope, receive, send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application and answer its accidents.

        Starlette's own handler would raise them again and close the connection under the next request.
        """
        started = False
        last: Message | None = None
        told = _with_headers(scope, send)

        async def heard() -> Message:
            nonlocal last
            last = await receive()
            return last

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await told(message)

        try:
            await self.app(scope, _bounded(scope, heard), watched)
        except Exception as error:
            if started:
                raise
            if await _left(error, receive, last):
                log.info("client_gone", path=scope["path"])
                return
            await _respond(unexpected(scope["path"], error), scope, receive, send, last)

    async def _known(self, scope: Scope, headers: Headers) -> Principal | None:
        """Who asks. For thumbnails looked up once in ten seconds, as for the screens that show them."""
        secret = _cookie(headers)
        if not secret or "authorization" in headers or not scope["path"].startswith(THUMBNAILS):
            return await _principal(scope, headers)
        found = self._lately.get(secret) or await _principal(scope, headers)
        if found is not None:
            self._lately.setdefault(secret, found)
        return found

    async def _answer(self, scope: Scope) -> Response | None:
        path: str = scope["path"]
        headers = Headers(scope=scope)
        if not self._staff.let(scope):
            return _elsewhere(scope, headers)
        if _is_foreign(scope, headers) and not self._is_listed(headers):
            return problem(403, "Forbidden", "FOREIGN_SITE", "This request came from another site.")
        if path.startswith(OPEN) or (scope.get("method") == "POST" and path in OPEN_POSTS):
            return None
        try:
            scope["state"]["principal"] = await self._known(scope, headers)
        except PhotobotError as error:
            return problem_of(error)
        except Exception as error:
            log.warning("guard_without_database", error=type(error).__name__)
            return problem(
                503, "Unavailable", "DATABASE_AWAY", "The database does not answer. Please try again."
            )
        if scope["state"]["principal"] is None and path.startswith(PAGES):
            return _to_login(scope, headers)
        return None

    def _is_listed(self, headers: Headers) -> bool:
        return headers.get("origin") in self._origins and COOKIE not in headers.get("cookie", "")


async def _left(error: Exception, receive: Receive, last: Message | None) -> bool:
    """Whether nothing went wrong but that the client did not wait for its answer.

    Middlewares over a streamed answer (NiceGUI's, over a file) say only that none came.
    """
    if not isinstance(error, ClientDisconnect) and str(error) != "No response returned.":
        return False
    with suppress(TimeoutError):
        async with asyncio.timeout(GONE_SECONDS):
            while last is None or last["type"] == "http.request":
                last = await receive()
    return last is not None and last["type"] == "http.disconnect"


def _bounded(scope: Scope, receive: Receive) -> Receive:
    """NiceGUI's own endpoints (uploads, polling) bound themselves."""
    if scope["type"] != "http" or scope["path"].startswith("/_nicegui"):
        return receive
    return bounded(scope, receive)


async def _principal(scope: Scope, headers: Headers) -> Principal | None:
    ports: Ports = scope["app"].state.ports
    token = _token(scope, headers)
    if token:
        return await accounts.by_token(ports, token)
    secret = _cookie(headers)
    return await accounts.by_cookie(ports, secret) if secret else None


def _token(scope: Scope, headers: Headers) -> str:
    """A bearer token; a booth's own token is none of ours here."""
    if OF_WATCHERS.fullmatch(scope["path"]):
        return ""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    if scope["path"] == "/ws/news":
        return HTTPConnection(scope).query_params.get("token", "")
    return ""


def _cookie(headers: Headers) -> str:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _is_foreign(scope: Scope, headers: Headers) -> bool:
    """A browser acting for another site: unsafe requests and sockets with a foreign origin."""
    if scope["type"] == "http" and scope["method"] in SAFE:
        return False
    if "authorization" in headers and COOKIE not in headers.get("cookie", ""):
        return False
    if headers.get("sec-fetch-site", "same-origin") in ("cross-site", "same-site"):
        return True
    origin = headers.get("origin")
    if origin is None:
        return False
    try:
        return urlsplit(origin).netloc != headers.get("host", "")
    except ValueError:  # no browser sends such an origin
        return True


def _elsewhere(scope: Scope, headers: Headers) -> Response:
    """For somebody outside of STAFF_NETWORKS: a page in words, a problem for programs."""
    refusal = NotAllowed("STAFF_NETWORK_ONLY", "This is open from the staff's network only.")
    if scope["type"] == "http" and scope["method"] in SAFE and "text/html" in headers.get("accept", ""):
        return lost_page(Request(scope), code=refusal.code, status=403)
    return problem_of(refusal)


def _to_login(scope: Scope, headers: Headers) -> Response:
    if scope["type"] == "http" and "text/html" in headers.get("accept", ""):
        query = scope["query_string"].decode("latin-1")
        wanted = f"{scope['path']}?{query}" if query else scope["path"]
        return RedirectResponse(f"/login?next={quote(wanted)}", 303)
    return problem(401, "Not signed in", "NOT_SIGNED_IN", "Please sign in first.")


async def _respond(
    answer: Response, scope: Scope, receive: Receive, send: Send, last: Message | None = None
) -> None:
    """`last` is what was received of the request so far: behind its end nothing comes, only waiting."""
    if scope["type"] == "http":
        if scope["method"] not in SAFE:
            await drain(receive, last)
        await answer(scope, receive, _with_headers(scope, send))
        return
    # A socket that is refused before it is accepted becomes a plain 403 to the client.
    await receive()
    await send({"type": "websocket.close", "code": 4401 if answer.status_code == 401 else 4403})


def _with_headers(scope: Scope, send: Send) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if scope["path"].startswith("/api/v1/"):
                headers.setdefault("Cache-Control", "no-store")
            if scope["state"]["hsts"] and scope.get("scheme") == "https":
                headers.setdefault("Strict-Transport-Security", "max-age=15552000")
        await send(message)

    return wrapped
