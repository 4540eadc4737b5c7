"""Guests register (public) and are looked up by code (operators)."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import field_validator

from app.api.given import GivenIp, GivenPorts, GivenPrincipal
from app.domain.messages import Wire
from app.services import sending, sessions

router = APIRouter(prefix="/sessions", tags=["sessions"])


class NewSession(Wire):
    """What a guest types at the kiosk."""

    event_id: str
    name: str
    whatsapp: str
    consent: bool = False
    language: Literal["id", "en"] = "id"

    @field_validator("consent", mode="before")
    @classmethod
    def _said_clearly(cls, value: object) -> bool:
        """Consent is `true` and nothing that merely looks like it."""
        return value is True


class SessionMade(Wire):
    """The code to show at the booth."""

    session_id: str
    code: str
    expires_at: datetime


class SessionFound(Wire):
    """The guest behind a code."""

    session_id: str
    name: str
    whatsapp: str
    event_id: str


@router.post("", status_code=201, summary="Register a guest")
async def register(
    body: NewSession, request: Request, response: Response, ports: GivenPorts, ip: GivenIp
) -> SessionMade:
    """Public, limited per address and device (`X-Device-Id`). `Location` is the guest's own page.

    With the same `Idempotency-Key` again (16 to 200 characters, random) it is the same visit.
    """
    made = await sessions.register(
        ports,
        event_id=body.event_id,
        name=body.name,
        whatsapp=body.whatsapp,
        consent=body.consent,
        language=body.language,
        ip=ip,
        device=request.headers.get("x-device-id"),
        key=request.headers.get("idempotency-key"),
    )
    response.headers["Location"] = f"/r/{made.token}"
    return SessionMade(session_id=made.session_id, code=made.code, expires_at=made.expires_at)


class PlaceBody(Wire):
    """Where a guest is to wait: at a booth, or (null) wherever it is their turn; `active`: it is their turn
    there, which ends when they are sent elsewhere and begins again when that is undone.
    """

    session_id: str
    booth_id: str | None = None
    active: bool = False


class Places(Wire):
    """Guests and where they are to wait."""

    items: list[PlaceBody]


@router.post("/send", summary="Send guests to a booth")
async def send(body: Places, ports: GivenPorts, principal: GivenPrincipal) -> Places:
    """Supervisors and up. Answers where they were: the same call with that answer undoes it."""
    places = [sending.Place(item.session_id, item.booth_id, item.active) for item in body.items]
    return Places(
        items=[PlaceBody(**vars(before)) for before in await sending.send(ports, principal, places)]
    )


@router.get("/{code:path}", summary="Find a guest by code")
async def by_code(code: str, ports: GivenPorts, principal: GivenPrincipal) -> SessionFound:
    """Any case, spaces and a scanned link with `#CODE` are understood; 404 for unknown or expired ones."""
    found = await sessions.by_code(ports, principal, code)
    return SessionFound(
        session_id=found.id, name=found.guest_name, whatsapp=found.whatsapp, event_id=found.event_id
    )
