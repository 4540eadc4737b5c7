"""The page of a booth's camera laptop, for whoever sets it up or looks why nothing comes."""

from starlette.requests import Request

from console.components.camera_laptop import CameraLaptop
from console.parts.reads import principal_of, reads_of
from console.parts.shell import desk, page


@page("/console/booth/{booth_id}/camera")
async def laptop(request: Request, booth_id: str) -> None:
    """Operators read it; supervisors make tokens and set clocks, administrators set the event's switches."""
    who = principal_of(request)
    found = await reads_of(request).laptop(who, booth_id)
    with desk(
        "laptop",
        username=who.username,
        sheet="laptop",
        event=found["eventId"],
        booth=found["id"],
        event_name=found["eventName"],
        booth_name=found["name"],
    ) as scope:
        CameraLaptop(scope=scope, laptop=found, role=who.role)
