"""What a console's address shows while the server is away, kept by a service worker for a reload then."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from console.parts import kiosk_app
from console.parts.plain import document
from console.texts import language, text

router = APIRouter(include_in_schema=False)
WORDS = ("brand", "lang", "away", "tryAgain")


@router.get("/console/away")
async def away(request: Request) -> HTMLResponse:
    """Nothing on it is anybody's: it may be kept."""
    lang = language(request.cookies)
    return document(
        "away",
        lang=lang,
        title=text("away.title", lang),
        host=request.headers.get("host", ""),
        words=WORDS,
        data={},
        operators=True,
    )


@router.get("/console/sw.js")
async def worker(_: Request) -> Response:
    """The service worker, for the console's addresses only."""
    headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": "/console"}
    return Response(kiosk_app.worker("away", WORDS), media_type="text/javascript", headers=headers)
