"""All of /api/v1, and the JSON 404 under it."""

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response

from app.api import auth, booths, jobs, media, sessions, setup, system
from app.api.errors import add_error_handlers, problem

PREFIX = "/api/v1"


async def _unknown(request: Request) -> Response:
    return problem(404, "Not found", "NOT_FOUND", f"There is nothing at {request.url.path}.")


def add_api(app: FastAPI) -> None:
    """Put the API, health, metrics, media and our errors on an application."""
    v1 = APIRouter(prefix=PREFIX)
    for part in (auth, sessions, jobs, booths, setup):
        v1.include_router(part.router)
    app.include_router(v1)
    app.include_router(system.router)
    app.include_router(media.router)
    add_error_handlers(app)
    # Without it each unknown URL would make a NiceGUI client that is kept for a minute.
    app.add_route("/api/{path:path}", _unknown, methods=["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"])
