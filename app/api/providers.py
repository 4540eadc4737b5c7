"""Where providers on the internet call back. Open to everybody, heard only when signed."""

from typing import Annotated

from fastapi import APIRouter, Header, Request

from app.api.given import GivenPorts
from app.domain.messages import Wire
from app.services import callbacks

router = APIRouter(tags=["providers"])


class Heard(Wire):
    """The callback was heard; whether a job waited for it is nobody else's business."""

    status: str = "heard"


@router.post("/providers/kie/callback", status_code=202, summary="kie.ai: a task has ended")
async def kie(
    request: Request,
    ports: GivenPorts,
    x_webhook_timestamp: Annotated[str, Header()] = "",
    x_webhook_signature: Annotated[str, Header()] = "",
) -> Heard:
    """401 unless signed with the webhook key within the last five minutes."""
    await callbacks.kie_called(ports, await request.body(), x_webhook_timestamp, x_webhook_signature)
    return Heard()
