"""The guest tablet's page: static markup with the event's facts; its module does the rest against the API.

Installed as an app it starts without the server too: nothing on it is of a guest, so its shell may be kept.
"""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from console.parts import kiosk_app
from console.parts.plain import document
from console.parts.reads import reads_of
from console.texts import language, text

router = APIRouter(include_in_schema=False)
WORDS = ("brand", "kiosk", "turn", "error")


async def _page(request: Request, key: str | None) -> HTMLResponse:
    lang = language(request.cookies)
    event = await reads_of(request).kiosk_event(key)
    app = "/kiosk/app.webmanifest" if key is None else f"/kiosk/app.webmanifest?event={quote(key, safe='')}"
    facts = None if event is None else {name: event[name] for name in ("id", "slug", "name", "status")}
    return document(
        "kiosk",
        lang=lang,
        title=text("kiosk.title", lang),
        host=request.headers.get("host", ""),
        words=WORDS,
        data={"event": facts},
        touch_only=True,
        manifest=app,
        status=200 if event is not None else 404,
    )


@router.get("/kiosk")
async def newest(request: Request) -> HTMLResponse:
    """The kiosk of the newest open event."""
    return await _page(request, None)


@router.get("/kiosk/sw.js")
async def worker(_: Request) -> Response:
    """The service worker, for the kiosk's addresses only."""
    headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": "/kiosk"}
    return Response(kiosk_app.worker("kiosk", WORDS), media_type="text/javascript", headers=headers)


@router.get("/kiosk/app.webmanifest")
async def app_manifest(request: Request, event: Annotated[str | None, Query()] = None) -> Response:
    """What an installed kiosk is called, starts with and looks like."""
    found = await reads_of(request).kiosk_event(event)
    path = "/kiosk" if event is None or found is None else f"/kiosk/{found['slug']}"
    facts = kiosk_app.manifest(language(request.cookies), path, found["name"] if found else None)
    headers = {"Cache-Control": "no-cache"}
    return JSONResponse(facts, media_type="application/manifest+json", headers=headers)


@router.head("/kiosk/state")
async def state(request: Request) -> Response:
    """Whether the server is there, and the newest open event with it."""
    return await _state(request, None)


@router.head("/kiosk/{event}/state")
async def state_of_event(request: Request, event: str) -> Response:
    """Whether the server is there, and this event still open."""
    return await _state(request, event)


async def _state(request: Request, key: str | None) -> Response:
    event = await reads_of(request).kiosk_event(key)
    status = event["status"] if event else "none"
    return Response(status_code=204, headers={"X-Event-Status": status, "Cache-Control": "no-store"})


@router.get("/kiosk/{event}")
async def of_event(request: Request, event: str) -> HTMLResponse:
    """The kiosk of one event, by id or slug."""
    return await _page(request, event)
