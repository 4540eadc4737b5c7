"""POST /auth/login and what belongs to it."""

from datetime import datetime

from fastapi import APIRouter, Response

from app.api.given import GivenAgent, GivenIp, GivenPorts, GivenPrincipal
from app.domain.messages import Wire
from app.services import accounts, sign_ins

router = APIRouter(prefix="/auth", tags=["auth"])


class Login(Wire):
    """A name (default: operator) and its password."""

    username: str | None = None
    password: str


class Token(Wire):
    """A JWT for `Authorization: Bearer`."""

    token: str
    role: str
    expires_at: datetime


class Me(Wire):
    """The signed-in account; `events` is null where it sees all."""

    username: str
    role: str
    events: list[str] | None


@router.post("/login", summary="Sign in a program")
async def login(body: Login, ports: GivenPorts, ip: GivenIp, agent: GivenAgent) -> Token:
    """Answers a token; 401 LOGIN_FAILED, 429 TOO_MANY."""
    signed_in = await accounts.login_for_token(ports, body.username, body.password, ip, agent)
    return Token(token=signed_in.secret, role=signed_in.role, expires_at=signed_in.expires_at)


@router.post("/logout", status_code=204, summary="End this sign-in")
async def logout(ports: GivenPorts, principal: GivenPrincipal) -> Response:
    """The token is refused from now on."""
    await sign_ins.logout(ports, principal)
    return Response(status_code=204)


@router.get("/me", summary="Who am I")
async def me(principal: GivenPrincipal) -> Me:
    """The account behind the token."""
    events = None if principal.events is None else sorted(principal.events)
    return Me(username=principal.username, role=principal.role, events=events)
