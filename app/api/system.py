"""/health (live and ready, each dependency named) and /metrics."""

from typing import Literal

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, Response

from app.api.given import GivenPorts
from app.domain.messages import Wire
from app.services import health, metrics

router = APIRouter(tags=["system"])


class PartAnswer(Wire):
    """One part of the installation."""

    name: str
    ok: bool
    detail: str
    required: bool


class Health(Wire):
    """`down`: a required part is away; `degraded`: another one is."""

    status: Literal["ok", "degraded", "down"]
    parts: list[PartAnswer]


async def _health(ports: GivenPorts) -> Health:
    found = [PartAnswer(**part.__dict__) for part in await health.parts(ports)]
    if any(part.required and not part.ok for part in found):
        return Health(status="down", parts=found)
    return Health(status="ok" if all(part.ok for part in found) else "degraded", parts=found)


@router.get("/health", summary="Every part by name", response_model=Health)
async def everything(ports: GivenPorts) -> Response:
    """503 when a required part is away."""
    answer = await _health(ports)
    return JSONResponse(answer.wire(), 503 if answer.status == "down" else 200)


@router.get("/health/live", summary="Is the process alive")
async def live() -> dict[str, str]:
    """Answers as long as the event loop turns."""
    return {"status": "ok"}


@router.get("/health/ready", summary="May traffic come", response_model=Health)
async def ready(ports: GivenPorts) -> Response:
    """503 until database and storage answer."""
    return await everything(ports)


@router.get("/metrics", include_in_schema=False)
async def scrape(ports: GivenPorts) -> Response:
    """Prometheus text: jobs_total{status,provider}, job_duration_ms{provider}, queue_depth, and this
    process' event_loop_lag_seconds."""
    await metrics.refresh(ports)
    return Response(generate_latest(metrics.REGISTRY), media_type=CONTENT_TYPE_LATEST)
