"""All of /api/v1, and the JSON 404 under it."""

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match

from app.api import (
    audit,
    auth,
    booths,
    codes,
    event_files,
    first_steps,
    gallery,
    guest,
    jobs,
    media,
    moving,
    prints,
    providers,
    rescue,
    retention,
    sessions,
    setup,
    shots,
    sign_ins,
    system,
    users,
    wall,
    watchers,
    workflows,
)
from app.api.errors import add_error_handlers, problem

PREFIX = "/api/v1"
_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
_OTHERS = ("HEAD", "OPTIONS", "TRACE")


def _unknown(request: Request, known: Sequence[BaseRoute]) -> Response:
    """404, or 405 with what the path does take."""

    def takes(method: str) -> bool:
        scope = {**request.scope, "method": method}
        return any(route.matches(scope)[0] is Match.FULL for route in known)

    allowed = [method for method in _METHODS if takes(method)]
    path = request.url.path
    if not allowed:
        return problem(404, "Not found", "NOT_FOUND", f"There is nothing at {path}.")
    detail = f"{path} takes {', '.join(allowed)} only."
    answer = problem(405, "Method not allowed", "METHOD_NOT_ALLOWED", detail)
    answer.headers["Allow"] = ", ".join(allowed)
    return answer


def add_api(app: FastAPI) -> None:
    """Put the API, health, metrics, media and our errors on an application."""
    v1 = APIRouter(prefix=PREFIX)
    v1.include_router(sign_ins.router)
    parts = auth, sessions, guest, jobs, booths, codes, shots, watchers, setup, providers, rescue, workflows
    for part in parts:
        v1.include_router(part.router)
    for part in (moving, prints, gallery, event_files, users, audit, first_steps, retention):
        v1.include_router(part.router)
    app.include_router(v1)
    app.include_router(system.router)
    app.include_router(media.router)
    app.include_router(wall.router)
    app.include_router(event_files.media)
    add_error_handlers(app)
    known = tuple(app.routes)

    async def unknown(request: Request) -> Response:
        return _unknown(request, known)

    # Without it each unknown URL would make a NiceGUI client that is kept for a minute.
    app.add_route("/api/{path:path}", unknown, methods=[*_METHODS, *_OTHERS])
