"""Which doors lead where: what opens over plain HTTP, and from outside of the staff's networks."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.bodies import drain
from app.api.errors import problem
from console.pages.trust import secure_address

READING = frozenset({"GET", "HEAD"})
# The result page and the wall, and all that they load; what ends with a slash is no address by itself.
RESULT = ("/r/", "/ws/guest/", "/api/v1/guest/", "/static/", "/favicon.ico")
WALL = ("/wall", "/ws/wall")
# Pictures by signed links; whoever has none gets none.
SIGNED = ("/files/",)
# How a tablet learns to trust this server; the certificate is no secret.
TRUST = ("/trust",)
# What registers guests, and probes that say nothing but "alive".
KIOSK = ("/kiosk", "/health/live")
# Posted from outside of the staff's networks: guests register; a provider's call counts only when signed.
POSTED = frozenset({"/api/v1/sessions", "/api/v1/providers/kie/callback"})


def is_for_guests(scope: Scope) -> bool:
    """The result page or the wall, or something they load."""
    path: str = scope["path"]
    return _leads(path, *RESULT, *WALL) or (_leads(path, *SIGNED) and _reads(scope))


def is_for_everybody(scope: Scope) -> bool:
    """What may be opened from any network: the guests' pages, and the kiosk."""
    path: str = scope["path"]
    if scope["type"] == "http" and scope["method"] == "POST" and path in POSTED:
        return True
    return is_for_guests(scope) or _leads(path, *KIOSK)


class StaffNetworks:
    """STAFF_NETWORKS: from where all else may be opened. Without any, from everywhere."""

    def __init__(self, networks: Sequence[IPv4Network | IPv6Network] = ()) -> None:
        self._networks = tuple(networks)

    def let(self, scope: Scope) -> bool:
        """Whether the client may open this path from where it is.

        The address is the one uvicorn gives: behind a proxy that it trusts, what the proxy says.
        """
        return not self._networks or is_for_everybody(scope) or self._has(scope.get("client"))

    def _has(self, client: tuple[str, int] | None) -> bool:
        try:
            address = ip_address(client[0].partition("%")[0] if client else "")
        except ValueError:  # a socket file, or a proxy that gives something else: nobody we know
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return address.is_loopback or any(address in network for network in self._networks)


class PlainDoor:
    """Around the application where it is served without TLS beside a door that has it: guests' pages only."""

    def __init__(self, app: ASGIApp, *, tls_port: int, has_ca: bool) -> None:
        self._app, self._tls_port, self._has_ca = app, tls_port, has_ca

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let guests through; send people to the secure address, and refuse programs."""
        if scope["type"] not in ("http", "websocket") or is_for_guests(scope) or _is_trust(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 4403})
        else:
            if not _reads(scope):
                await drain(receive)
            await self._answer(scope)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response:
        headers = Headers(scope=scope)
        base = secure_address(headers.get("host", ""), self._tls_port)
        if not _reads(scope) or "text/html" not in headers.get("accept", ""):
            return problem(403, "Forbidden", "HTTPS_ONLY", f"This is open at {base} only.")
        query = scope["query_string"].decode("latin-1")
        wanted = quote(scope["path"]) + (f"?{query}" if query else "")
        if self._has_ca:  # a tablet that does not trust us yet would only see a warning there
            return RedirectResponse(f"{TRUST[0]}?to={quote(wanted, safe='')}", 303)
        return RedirectResponse(base + wanted, 307)


def _is_trust(scope: Scope) -> bool:
    return scope["type"] == "http" and _reads(scope) and _leads(scope["path"], *TRUST)


def _leads(path: str, *doors: str) -> bool:
    return any(path.startswith(door if door.endswith("/") else f"{door}/") or path == door for door in doors)


def _reads(scope: Scope) -> bool:
    return scope["type"] == "websocket" or scope["method"] in READING
