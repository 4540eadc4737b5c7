"""Pictures of the TV wall: given only while the wall shows them, and kept by nobody on the way."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from app.api.given import GivenIp, GivenPorts
from app.services import wall

router = APIRouter(include_in_schema=False)


@router.get("/wall/{event}/pictures/{name}/{size}")
async def picture(
    event: str,
    name: Annotated[str, Path(max_length=60)],
    size: wall.Size,
    ports: GivenPorts,
    ip: GivenIp,
) -> Response:
    """Its bytes themselves: a signed link would outlive a consent that is taken back."""
    content = await wall.image(ports, event, name, size, ip)
    return Response(content, media_type="image/jpeg", headers={"Cache-Control": "no-store"})
