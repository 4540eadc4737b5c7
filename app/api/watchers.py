"""Camera laptops and their cameras: tokens, rescan, and how far each camera's clock is off."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from app.api.given import GivenPorts, GivenPrincipal
from app.domain.messages import Wire
from app.services import booth_tokens, cameras, watchers
from app.services.booth_tokens import TokenView
from app.services.cameras import CameraView

router = APIRouter(tags=["watchers"])

OFFSET_MAX = 200 * 366 * 86400.0


class TokenAnswer(Wire):
    """A valid token of a booth; `usedAt` is kept to the minute."""

    id: str
    label: str
    made_by: str
    created_at: datetime
    used_at: datetime | None


class Tokens(Wire):
    """The booth's valid tokens, newest first."""

    items: list[TokenAnswer]


class NewToken(Wire):
    """What the token is for, in the maker's words."""

    label: str = ""


class MadeToken(TokenAnswer):
    """A fresh token with its secret, which is shown this once."""

    token: str


class CameraAnswer(Wire):
    """A camera and its clock: server time = camera time + `offsetSeconds`; null while it is not known.

    `source` is `hand` or `measured`; `samples` live shots were measured. `contradictionSeconds`: by so much
    the camera's live shots speak against an offset set by hand.
    """

    key: str
    camera: str
    source: str
    offset_seconds: float | None
    samples: int
    contradiction_seconds: float | None
    last_shot_at: datetime | None
    updated_at: datetime


class Cameras(Wire):
    """The cameras that a booth has seen."""

    items: list[CameraAnswer]


class ClockPut(Wire):
    """How far the camera's clock is behind the server's, in seconds."""

    offset_seconds: Annotated[float, Field(ge=-OFFSET_MAX, le=OFFSET_MAX, allow_inf_nan=False)]


def _token(view: TokenView) -> TokenAnswer:
    return TokenAnswer(**view.__dict__)


def _camera(view: CameraView) -> CameraAnswer:
    return CameraAnswer(**view.__dict__)


@router.get("/booths/{booth_id}/tokens", summary="List a booth's tokens")
async def list_tokens(booth_id: str, ports: GivenPorts, principal: GivenPrincipal) -> Tokens:
    """Supervisors and administrators; secrets are never shown again."""
    return Tokens(items=[_token(view) for view in await booth_tokens.list_for(ports, principal, booth_id)])


@router.post("/booths/{booth_id}/tokens", status_code=201, summary="Make a token for a camera laptop")
async def make_token(
    booth_id: str, body: NewToken, ports: GivenPorts, principal: GivenPrincipal
) -> MadeToken:
    """Supervisors and administrators. `token` is shown this once."""
    view, secret = await booth_tokens.make(ports, principal, booth_id, body.label)
    return MadeToken(**view.__dict__, token=secret)


@router.delete("/booths/{booth_id}/tokens/{token_id}", status_code=204, summary="Revoke a token")
async def revoke_token(
    booth_id: str, token_id: str, ports: GivenPorts, principal: GivenPrincipal
) -> Response:
    """A watcher that is connected with it is cut off within seconds."""
    await booth_tokens.revoke(ports, principal, booth_id, token_id)
    return Response(status_code=204)


@router.post("/booths/{booth_id}/rescan", status_code=202, summary="Have the watcher look again")
async def rescan(booth_id: str, ports: GivenPorts, principal: GivenPrincipal) -> Response:
    """The watcher looks through its whole folder; 409 WATCHER_AWAY when none is connected."""
    await watchers.ask_rescan(ports, principal, booth_id)
    return Response(status_code=202)


@router.get("/booths/{booth_id}/cameras", summary="List a booth's cameras")
async def list_cameras(booth_id: str, ports: GivenPorts, principal: GivenPrincipal) -> Cameras:
    """Each with what is known of its clock."""
    return Cameras(items=[_camera(view) for view in await cameras.list_for(ports, principal, booth_id)])


@router.put("/booths/{booth_id}/cameras/{camera_key}/clock", summary="Set a camera's clock offset")
async def set_clock(
    booth_id: str, camera_key: str, body: ClockPut, ports: GivenPorts, principal: GivenPrincipal
) -> CameraAnswer:
    """From now on the camera's times decide whose its shots are; measuring never changes this offset."""
    return _camera(await cameras.set_clock(ports, principal, booth_id, camera_key, body.offset_seconds))


@router.delete("/booths/{booth_id}/cameras/{camera_key}/clock", summary="Measure a camera's clock anew")
async def forget_clock(
    booth_id: str, camera_key: str, ports: GivenPorts, principal: GivenPrincipal
) -> CameraAnswer:
    """Forgets an offset set by hand or measured; it is measured again from the next live shots."""
    return _camera(await cameras.forget_clock(ports, principal, booth_id, camera_key))
