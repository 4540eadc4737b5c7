"""Pictures for our own pages: a redirect to a signed link, or a watcher's thumbnail; and QR codes."""

import io
from collections.abc import Mapping
from typing import Annotated, Literal

import qrcode
import qrcode.image.svg
from fastapi import APIRouter, Query
from starlette.responses import RedirectResponse, Response

from app.api.given import GivenPorts, GivenPrincipal
from app.ports import Ports
from app.services import guest_page, jobs, shots

router = APIRouter(include_in_schema=False)

Picture = Literal["thumb", "preview", "output", "input"]
_KINDS: dict[str, str] = {"thumb": "thumb", "preview": "preview", "output": "full", "input": "input"}
# A link is signed for ten minutes; a browser may keep the redirect for half of that.
_CACHE = {"Cache-Control": "private, max-age=300"}
# A phone asks each time: the picture may have gone to another guest, or come back under another name.
_ASKED = {"Cache-Control": "no-store"}


async def _redirect(
    ports: Ports, key: str, filename: str | None = None, cache: Mapping[str, str] = _CACHE
) -> Response:
    url = await ports.storage.signed_get_url(key, seconds=ports.policy.signed_url_ttl, filename=filename)
    return RedirectResponse(url, 302, headers={} if filename else cache)


@router.get("/media/jobs/{job_id}/qr.svg")
async def qr_of_job(job_id: str, ports: GivenPorts, principal: GivenPrincipal) -> Response:
    """The QR of the guest's page, to be shared from the console."""
    view = await jobs.detail(ports, principal, job_id)
    return qr_image(guest_page.scan_link(ports, view.guest_token, view.row.code))


@router.get("/media/jobs/{job_id}/live")
async def preview_of_job(
    job_id: str, ports: GivenPorts, principal: GivenPrincipal, v: Annotated[str, Query()] = ""
) -> Response:
    """What a job's picture looks like so far; `v` is the row's previewVersion."""
    headers = {"Cache-Control": "private, max-age=600" if v else "no-store"}
    content = await jobs.live_preview(ports, principal, job_id)
    return Response(content, media_type="image/jpeg", headers=headers)


@router.get("/media/jobs/{job_id}/{picture}")
async def of_job(job_id: str, picture: Picture, ports: GivenPorts, principal: GivenPrincipal) -> Response:
    """A job's picture for the console."""
    return await _redirect(ports, await jobs.output_key(ports, principal, job_id, _KINDS[picture]))


@router.get("/media/shots/{shot_id}/preview")
async def of_shot(
    shot_id: str, ports: GivenPorts, principal: GivenPrincipal, v: Annotated[str, Query()] = ""
) -> Response:
    """A camera file's thumbnail as the watcher sent it; `v` makes it a picture of its own for the cache."""
    headers = {"Cache-Control": "private, max-age=86400"} if v else {"Cache-Control": "no-store"}
    version = int(v) if v.isascii() and v.isdecimal() and len(v) < 3 else None
    content = await shots.preview(ports, principal, shot_id, version)
    return Response(content, media_type="image/jpeg", headers=headers)


@router.get("/r/{token}/qr.svg")
async def qr_of_guest(token: str, ports: GivenPorts) -> Response:
    """The QR of a guest's page: a phone opens it, a booth's scanner reads the code behind the `#`."""
    page = await guest_page.state(ports, token)
    return qr_image(guest_page.scan_link(ports, token, page.guest.code))


@router.get("/r/{token}/jobs/{job_id}/{picture}")
async def of_guest(
    token: str,
    job_id: str,
    picture: Literal["thumb", "preview", "before", "output", "download"],
    ports: GivenPorts,
) -> Response:
    """One of the guest's own pictures; `download` is saved under a name."""
    kind = "full" if picture in ("output", "download") else picture
    key = await guest_page.output_key(ports, token, job_id, kind)
    name = f"photobot-{job_id[-8:]}.jpg" if picture == "download" else None
    return await _redirect(ports, key, name, _ASKED)


def qr_image(text: str) -> Response:
    """A text as a QR code."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=2)
    code.add_data(text)
    image = code.make_image(image_factory=qrcode.image.svg.SvgPathFillImage)
    buffer = io.BytesIO()
    image.save(buffer)
    headers = {"Cache-Control": "private, max-age=86400"}
    return Response(buffer.getvalue(), media_type="image/svg+xml", headers=headers)
