"""Reads a guest's QR code out of one small frame of a booth's webcam."""

from fastapi import APIRouter, Request

from app.api.given import GivenPorts, GivenPrincipal
from app.domain.messages import Wire
from app.services import codes

router = APIRouter(tags=["sessions"])

FRAME = {
    "requestBody": {
        "required": True,
        "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class CodeRead(Wire):
    """The text of the code; null where the frame shows none."""

    text: str | None


@router.post("/codes/read", openapi_extra=FRAME, summary="Read a QR code")
async def read(request: Request, ports: GivenPorts, principal: GivenPrincipal) -> CodeRead:
    """The body is a JPEG of at most 256 KiB; at most 240 frames a minute by one account."""
    return CodeRead(text=await codes.read(ports, principal, await request.body()))
