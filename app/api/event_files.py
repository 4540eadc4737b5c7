"""An event's configuration as a file, copies of events, and trying a frame or a style on a sample picture."""

import asyncio
import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.api.given import GivenPorts, GivenPrincipal
from app.api.multipart import streamed
from app.api.setup import OVERLAY_MAX
from app.api.setup_models import EventAnswer, EventCopy, PlanAnswer, event_answer, plan_answer
from app.domain import event_file as files
from app.domain.errors import Invalid
from app.services import event_file, event_import, previews

router = APIRouter()
media = APIRouter(include_in_schema=False)

PARAMS_MAX = 4000
_KEPT = {"Cache-Control": "private, max-age=3600"}
_ASKED = {"Cache-Control": "no-store"}


@router.post("/events/{event_id}/copy", status_code=201, tags=["events"], summary="Copy an event")
async def copy_event(
    event_id: str, body: EventCopy, ports: GivenPorts, principal: GivenPrincipal
) -> EventAnswer:
    """Its settings and frame under a new name; booths stay where they are. Administrators only."""
    view = await event_file.copy(ports, principal, event_id, name=body.name, slug=body.slug)
    return event_answer(view)


@router.get("/events/{event_id}/configuration", tags=["events"], summary="Export an event's configuration")
async def export_event(event_id: str, ports: GivenPorts, principal: GivenPrincipal) -> Response:
    """One JSON file with settings, frame, booths (without tokens) and styles. Administrators only."""
    file = await event_file.export(ports, principal, event_id)
    content = await asyncio.to_thread(file.model_dump_json, by_alias=True, indent=1)
    headers = {"Content-Disposition": f'attachment; filename="photobot-{file.event.slug}.json"'}
    return Response(content, media_type="application/json", headers=headers)


@router.post("/events/configuration", tags=["events"], summary="Import an event's configuration")
async def import_event(
    request: Request,
    ports: GivenPorts,
    principal: GivenPrincipal,
    apply: Annotated[bool, Query()] = False,
    styles: Annotated[bool, Query(description="Also change styles that are here already.")] = False,
) -> PlanAnswer:
    """A multipart form with `file`. Answers what it would do; with `apply` it is done, all or nothing.

    Done again it changes nothing. It never closes an event, moves a booth or takes anything away.
    """
    principal.require_house()
    async with streamed(request, "file", (), files.FILE_MAX) as form:
        content = await asyncio.to_thread(form.path.read_bytes)
        file = await asyncio.to_thread(files.read, content)
    plan = await event_import.put(ports, principal, file, apply=apply, change_styles=styles)
    return plan_answer(plan)


@router.post("/events/{event_id}/overlay/preview", tags=["events"], summary="Try a frame on a sample")
async def try_overlay(
    event_id: str, request: Request, ports: GivenPorts, principal: GivenPrincipal
) -> Response:
    """A multipart form with `image`; answers a JPEG and stores nothing. Administrators only."""
    principal.require_role("admin")
    async with streamed(request, "image", (), OVERLAY_MAX) as form:
        content = await previews.of_frame(ports, principal, event_id, form.path)
    return Response(content, media_type="image/jpeg", headers=_ASKED)


@media.get("/media/sample")
async def the_sample(_: GivenPrincipal) -> Response:
    """The sample picture itself."""
    return Response(await previews.plain(), media_type="image/jpeg", headers=_KEPT)


@media.get("/media/events/{event_id}/framed")
async def framed_sample(event_id: str, ports: GivenPorts, principal: GivenPrincipal) -> Response:
    """The sample with the event's frame; a query string makes it a picture of its own for the cache."""
    content = await previews.of_frame(ports, principal, event_id, None)
    return Response(content, media_type="image/jpeg", headers=_KEPT)


@media.get("/media/styles/{style_id}/sample")
async def styled_sample(
    style_id: str,
    ports: GivenPorts,
    principal: GivenPrincipal,
    params: Annotated[str | None, Query(max_length=PARAMS_MAX)] = None,
) -> Response:
    """The sample in a local style, with `params` (JSON) that are not saved yet."""
    content = await previews.of_style(ports, principal, style_id, _params(params))
    return Response(content, media_type="image/jpeg", headers=_KEPT)


def _params(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise Invalid(
            "PARAMS_INVALID", "These are no parameters: JSON with names and values.", field="params"
        )
    return read
