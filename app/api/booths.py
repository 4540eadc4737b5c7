"""Booths: whose guest they hold, and the shots their watchers send."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.api.given import GivenBooth, GivenPorts, GivenPrincipal
from app.api.multipart import streamed
from app.domain.errors import Invalid
from app.domain.messages import Wire
from app.ports import Ports
from app.services import booths, shots, tray
from app.services.booths import ActiveView
from app.services.shots import Received, Sent

router = APIRouter(tags=["booths"])

SHOT_FIELDS = ("shotId", "fileName", "sha256", "appearedAt", "takenAt")


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


class ShotAnswer(Wire):
    """What became of a shot."""

    shot_id: str
    state: str
    job_id: str | None
    reason: str | None


class Assign(Wire):
    """The guest a shot from the tray is given to."""

    session_id: str


class Reject(Wire):
    """Why a shot is put away."""

    reason: str = ""


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


def _shot(received: Received) -> ShotAnswer:
    return ShotAnswer(**received.__dict__)


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


@router.post("/booth/{booth_id}/shots", summary="Send a camera file (watchers)")
async def receive(booth_id: str, request: Request, ports: GivenPorts, booth: GivenBooth) -> ShotAnswer:
    """Multipart: `shotId`, `fileName`, `sha256`, `appearedAt`, `takenAt`, `file`. Repeats are harmless."""
    async with streamed(request, "file", SHOT_FIELDS, ports.policy.max_upload_bytes) as form:
        sent = Sent(
            shot_id=form.need("shotId"),
            file_name=form.need("fileName"),
            sha256=form.need("sha256"),
            appeared_at=_time(ports, form.need("appearedAt"), "appearedAt"),
            taken_at=_time(ports, taken, "takenAt") if (taken := form.get("takenAt")) else None,
        )
        return _shot(await shots.receive(ports, booth, sent, form.path, form.sha256))


def _time(ports: Ports, text: str, field: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("TIME_INVALID", f"{field} is no ISO time.", field=field) from None
    if not 1970 <= moment.year <= 2200:  # a camera's clock may be wrong, but the database must hold it
        raise Invalid("TIME_INVALID", f"{field} is too long ago or too far ahead.", field=field)
    return moment if moment.tzinfo else moment.replace(tzinfo=ports.clock.now().tzinfo)


@router.post("/shots/{shot_id}/assign", tags=["shots"], summary="Give a shot from the tray to a guest")
async def assign(shot_id: str, body: Assign, ports: GivenPorts, principal: GivenPrincipal) -> ShotAnswer:
    """Makes the job; 409 SHOT_NOT_IN_TRAY when somebody was faster."""
    return _shot(await tray.assign(ports, principal, shot_id, body.session_id))


@router.post("/shots/{shot_id}/reject", tags=["shots"], summary="Put a shot from the tray away")
async def reject(shot_id: str, body: Reject, ports: GivenPorts, principal: GivenPrincipal) -> ShotAnswer:
    """Nothing is made of it."""
    return _shot(await tray.reject(ports, principal, shot_id, body.reason))
