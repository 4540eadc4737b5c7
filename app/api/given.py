"""What every endpoint is given: the ports, who asks, from which address."""

from typing import Annotated

from fastapi import Depends, Request

from app.domain.access import Principal
from app.domain.errors import NotSignedIn
from app.ports import Ports
from app.services import booth_tokens
from app.services.booths import BoothView


def _ports(request: Request) -> Ports:
    ports: Ports = request.app.state.ports
    return ports


def _principal(request: Request) -> Principal:
    principal: Principal | None = request.scope.get("state", {}).get("principal")
    if principal is None:
        raise NotSignedIn("NOT_SIGNED_IN", "Please sign in first.")
    return principal


def client_ip(request: Request) -> str:
    """The address of whoever asks, as the server sees it (uvicorn resolves trusted proxies)."""
    return request.client.host if request.client else "unknown"


def bearer(request: Request) -> str:
    """The token of an Authorization header, empty without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def _watchers_booth(request: Request, booth_id: str) -> BoothView:
    booth = await booth_tokens.of_token(_ports(request), bearer(request))
    if booth.id != booth_id:
        raise NotSignedIn("BOOTH_TOKEN_INVALID", "This token belongs to another booth.")
    return booth


GivenPorts = Annotated[Ports, Depends(_ports)]
GivenPrincipal = Annotated[Principal, Depends(_principal)]


def _agent(request: Request) -> str:
    return request.headers.get("user-agent", "")


GivenIp = Annotated[str, Depends(client_ip)]
GivenAgent = Annotated[str, Depends(_agent)]
GivenBooth = Annotated[BoothView, Depends(_watchers_booth)]
