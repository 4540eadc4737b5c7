"""Camera files: sent by watchers, given to guests and taken back by operators."""

from datetime import datetime

from fastapi import APIRouter, Request

from app.api.given import GivenBooth, GivenPorts, GivenPrincipal
from app.api.multipart import Form, streamed
from app.domain.errors import Invalid
from app.domain.messages import Wire
from app.imaging.facts import SENSIBLE_YEARS
from app.ports import Ports
from app.services import shot_files, tray
from app.services.shot_files import Sent
from app.services.shots import Received

router = APIRouter(tags=["shots"])

SHOT_FIELDS = (
    "shotId",
    "fileName",
    "sha256",
    "appearedAt",
    "appearedEarliest",
    "appearedLatest",
    "takenAt",
    "camera",
    "reducedOf",
    "qr",
)


class ShotAnswer(Wire):
    """What became of a shot. `originalWanted`: only a reduced copy is here; `rawWanted`: its RAW is kept.

    A `duplicate` is answered with the id of the shot that it is the same as.
    """

    shot_id: str
    state: str
    job_id: str | None
    reason: str | None
    original_wanted: bool
    raw_wanted: bool


class RawAnswer(Wire):
    """Whether the RAW is kept; it is not where the event does not want it."""

    stored: bool


class Assign(Wire):
    """The guest a shot from the tray is given to."""

    session_id: str


class Reject(Wire):
    """Why a shot is put away."""

    reason: str = ""


def _shot(received: Received) -> ShotAnswer:
    return ShotAnswer(**received.__dict__)


def _time(ports: Ports, form: Form, field: str) -> datetime | None:
    text = form.get(field)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("TIME_INVALID", f"{field} is no ISO time.", field=field) from None
    if moment.year not in SENSIBLE_YEARS:
        if field == "takenAt":
            return None  # refused for what its camera says, a photo would never come
        raise Invalid("TIME_INVALID", f"{field} is too long ago or too far ahead.", field=field)
    return moment if moment.tzinfo else moment.replace(tzinfo=ports.clock.now().tzinfo)


def _sent(ports: Ports, form: Form) -> Sent:
    form.need("appearedAt")
    return Sent(
        shot_id=form.need("shotId"),
        file_name=form.need("fileName"),
        sha256=form.need("sha256"),
        appeared_at=_time(ports, form, "appearedAt") or ports.clock.now(),
        appeared_earliest=_time(ports, form, "appearedEarliest"),
        appeared_latest=_time(ports, form, "appearedLatest"),
        taken_at=_time(ports, form, "takenAt"),
        camera=form.get("camera"),
        reduced_of=form.get("reducedOf"),
        qr=form.get("qr"),
    )


@router.post("/booth/{booth_id}/shots", summary="Send a camera file (watchers)")
async def receive(booth_id: str, request: Request, ports: GivenPorts, booth: GivenBooth) -> ShotAnswer:
    """Multipart: `shotId`, `fileName`, `sha256`, `appearedAt`, `file`, and what is known of
    `appearedEarliest`, `appearedLatest` (bounds in the server's time), `takenAt` (the camera's clock),
    `camera`, `qr` (text of a photographed QR), `reducedOf` (the original's sha256 where `file` is a reduced
    copy sent before it). Repeats are harmless. 507 STORAGE_FULL: keep the file and try again. A file whose
    bounds nobody tells may be of anybody who was here: it waits in the tray.
    """
    async with streamed(request, "file", SHOT_FIELDS, ports.policy.max_upload_bytes) as form:
        return _shot(await shot_files.receive(ports, booth, _sent(ports, form), form.path, form.sha256))


@router.post(
    "/booth/{booth_id}/shots/{shot_id}/original", summary="Send a reduced shot's original (watchers)"
)
async def original(
    booth_id: str, shot_id: str, request: Request, ports: GivenPorts, booth: GivenBooth
) -> ShotAnswer:
    """Multipart: `sha256`, `file`, and `reducedOf` (the hash the file had when its copy was sent) where its
    metadata were written anew since. The job under way is not disturbed; making it again uses the original.
    """
    async with streamed(request, "file", ("sha256", "reducedOf"), ports.policy.max_upload_bytes) as form:
        return _shot(
            await shot_files.original(
                ports,
                booth,
                shot_id,
                form.need("sha256"),
                form.path,
                form.sha256,
                announced=form.get("reducedOf"),
            )
        )


@router.post("/booth/{booth_id}/shots/{shot_id}/raw", summary="Send the RAW beside a shot (watchers)")
async def raw(
    booth_id: str, shot_id: str, request: Request, ports: GivenPorts, booth: GivenBooth
) -> RawAnswer:
    """Multipart: `fileName`, `sha256`, `file`. Kept where the event wants it; never developed."""
    async with streamed(request, "file", ("fileName", "sha256"), ports.policy.max_raw_bytes) as form:
        name, claimed = form.need("fileName"), form.need("sha256")
        stored = await shot_files.raw(ports, booth, shot_id, name, claimed, form.path, form.sha256)
        return RawAnswer(stored=stored)


@router.post("/shots/{shot_id}/assign", summary="Give a shot from the tray to a guest")
async def assign(shot_id: str, body: Assign, ports: GivenPorts, principal: GivenPrincipal) -> ShotAnswer:
    """Makes the job; 409 SHOT_NOT_IN_TRAY when somebody was faster. A photographed QR can be given, too."""
    return _shot(await tray.assign(ports, principal, shot_id, body.session_id))


@router.post("/shots/{shot_id}/unassign", summary="Take a shot back from its guest")
async def unassign(shot_id: str, ports: GivenPorts, principal: GivenPrincipal) -> ShotAnswer:
    """Stops its job and puts it into the tray; 409 ALREADY_DELIVERED once the guest has the picture."""
    return _shot(await tray.unassign(ports, principal, shot_id))


@router.post("/shots/{shot_id}/reject", summary="Put a shot from the tray away")
async def reject(shot_id: str, body: Reject, ports: GivenPorts, principal: GivenPrincipal) -> ShotAnswer:
    """Nothing is made of it."""
    return _shot(await tray.reject(ports, principal, shot_id, body.reason))


@router.post("/shots/{shot_id}/restore", summary="Put a rejected shot back into the tray")
async def restore(shot_id: str, ports: GivenPorts, principal: GivenPrincipal) -> ShotAnswer:
    """409 SHOT_NOT_REJECTED for any other shot."""
    return _shot(await tray.restore(ports, principal, shot_id))
