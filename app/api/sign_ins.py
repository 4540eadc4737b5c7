"""Where accounts are signed in: one's own to see and to end, others' for administrators."""

from datetime import datetime

from fastapi import APIRouter, Response

from app.api.given import GivenPorts, GivenPrincipal
from app.domain.messages import Wire
from app.services import sign_ins
from app.services.sign_ins import SignInView

router = APIRouter(prefix="/auth", tags=["auth"])


class SignInAnswer(Wire):
    """One that holds. `agent`: what the browser or program calls itself; `mine`: the one that asks."""

    id: str
    kind: str
    agent: str
    began_at: datetime
    used_at: datetime | None
    expires_at: datetime
    mine: bool


class SignIns(Wire):
    """All sign-ins of an account that hold."""

    items: list[SignInAnswer]


class Ended(Wire):
    """How many sign-ins were ended."""

    ended: int


def _answer(views: list[SignInView]) -> SignIns:
    return SignIns(items=[SignInAnswer(**view.__dict__) for view in views])


@router.get("/sign-ins", summary="Where am I signed in")
async def own(ports: GivenPorts, principal: GivenPrincipal) -> SignIns:
    """This sign-in first, then the last used."""
    return _answer(await sign_ins.own(ports, principal))


@router.delete("/sign-ins/{sign_in_id}", status_code=204, summary="End one of my sign-ins")
async def end(sign_in_id: str, ports: GivenPorts, principal: GivenPrincipal) -> Response:
    """Its requests are refused at once, its open screens leave within ten seconds; 404 SIGN_IN_NOT_FOUND."""
    await sign_ins.end(ports, principal, sign_in_id)
    return Response(status_code=204)


@router.post("/sign-ins/end-others", summary="End all my other sign-ins")
async def end_others(ports: GivenPorts, principal: GivenPrincipal) -> Ended:
    """All but the one that asks."""
    return Ended(ended=await sign_ins.end_others(ports, principal))


@router.get("/accounts/{username}/sign-ins", summary="Where an account is signed in")
async def of_account(username: str, ports: GivenPorts, principal: GivenPrincipal) -> SignIns:
    """For administrators of all events; 404 USER_NOT_FOUND."""
    return _answer(await sign_ins.of_account(ports, principal, username))


@router.delete("/accounts/{username}/sign-ins", summary="End an account's sign-ins")
async def end_of_account(username: str, ports: GivenPorts, principal: GivenPrincipal) -> Ended:
    """For administrators of all events; one's own that asks stays. 404 USER_NOT_FOUND."""
    return Ended(ended=await sign_ins.end_of_account(ports, principal, username))
