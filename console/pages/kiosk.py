"""The guest tablet's page: static markup with the event's facts; its module does the rest against the API."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from console.parts.plain import document
from console.parts.reads import reads_of
from console.texts import language, text

router = APIRouter(include_in_schema=False)
WORDS = ("brand", "kiosk", "error")


async def _page(request: Request, key: str | None) -> HTMLResponse:
    lang = language(request.cookies)
    event = await reads_of(request).kiosk_event(key)
    facts = None if event is None else {name: event[name] for name in ("id", "slug", "name", "status")}
    return document(
        "kiosk",
        lang=lang,
        title=text("kiosk.title", lang),
        host=request.headers.get("host", ""),
        words=WORDS,
        data={"event": facts},
        touch_only=True,
        status=200 if event is not None else 404,
    )


@router.get("/kiosk")
async def newest(request: Request) -> HTMLResponse:
    """The kiosk of the newest open event."""
    return await _page(request, None)


@router.get("/kiosk/{event}")
async def of_event(request: Request, event: str) -> HTMLResponse:
    """The kiosk of one event, by id or slug."""
    return await _page(request, event)
