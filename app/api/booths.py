"""Booths: whose guest they hold."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.api.given import GivenPorts, GivenPrincipal
from app.domain.messages import Wire
from app.ports import Ports
from app.services import booths
from app.services.booths import ActiveView

router = APIRouter(tags=["booths"])


class Activate(Wire):
    """Whose guest the booth's camera files belong to from now on."""

    session_id: str
    event_id: str
    mode: str = "style"
    style_id: str


class ActiveSession(Wire):
    """The booth's active guest and for how long yet."""

    booth_id: str
    session_id: str
    event_id: str
    code: str
    name: str
    whatsapp: str
    mode: str
    style_id: str
    operator_id: str | None
    started_at: datetime
    expires_at: datetime
    ttl_seconds_remaining: int


def _active(ports: Ports, view: ActiveView) -> ActiveSession:
    left = (view.expires_at - ports.clock.now()).total_seconds()
    return ActiveSession(
        booth_id=view.booth_id,
        session_id=view.session_id,
        event_id=view.event_id,
        code=view.code,
        name=view.guest_name,
        whatsapp=view.whatsapp,
        mode=view.mode,
        style_id=view.style_id,
        operator_id=view.operator_id,
        started_at=view.started_at,
        expires_at=view.expires_at,
        ttl_seconds_remaining=max(0, round(left)),
    )


@router.post("/booth/{booth_id}/active-session", summary="Make a guest the booth's active one")
async def activate(
    booth_id: str, body: Activate, ports: GivenPorts, principal: GivenPrincipal
) -> ActiveSession:
    """409 BOOTH_BUSY with `holder` while another guest is active."""
    view = await booths.activate(
        ports,
        principal,
        booth_id,
        session_id=body.session_id,
        event_id=body.event_id,
        mode=body.mode,
        style_id=body.style_id,
    )
    return _active(ports, view)


@router.get("/booth/{booth_id}/active-session", summary="The booth's active guest")
async def active(booth_id: str, ports: GivenPorts, principal: GivenPrincipal) -> ActiveSession:
    """404 NO_ACTIVE_SESSION when there is none."""
    return _active(ports, await booths.active(ports, principal, booth_id))


@router.post("/booth/{booth_id}/active-session/refresh", summary="Start the active guest's time anew")
async def refresh(booth_id: str, ports: GivenPorts, principal: GivenPrincipal) -> ActiveSession:
    """404 NO_ACTIVE_SESSION when there is none."""
    return _active(ports, await booths.refresh(ports, principal, booth_id))


@router.delete("/booth/{booth_id}/active-session", status_code=204, summary="End this guest's time")
async def end(
    booth_id: str,
    ports: GivenPorts,
    principal: GivenPrincipal,
    session_id: Annotated[str, Query(alias="sessionId")],
) -> Response:
    """Names the session it means to end: 409 NOT_THE_ACTIVE_SESSION when it is another one by now."""
    await booths.end(ports, principal, booth_id, session_id)
    return Response(status_code=204)
