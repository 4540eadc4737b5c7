"""The TV wall's page: the newest pictures of an event for everybody in the hall; no sign-in, no names."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.api.media import qr_image
from app.domain.errors import NotFound
from console.parts.plain import document
from console.parts.reads import Facts, reads_of
from console.texts import COOKIE, language, text

router = APIRouter(include_in_schema=False)


async def _page(request: Request, lang: str | None, event: Facts | None, others: list[Facts]) -> HTMLResponse:
    kiosk = await reads_of(request).kiosk_url(event["id"]) if event else None
    chosen = language({COOKIE: lang} if lang else request.cookies)
    facts = event and {name: event[name] for name in ("slug", "name", "status")}
    listed = [{"slug": one["slug"], "name": one["name"]} for one in others]
    return document(
        "wall",
        lang=chosen,
        title=event["name"] if event else text("wall.title", chosen),
        host=request.headers.get("host", ""),
        words=("brand", "wall"),
        data={"event": facts, "others": listed, "lang": chosen, "kiosk": kiosk is not None},
        status=200 if event or others else 404,
    )


@router.get("/wall")
async def chosen(request: Request, lang: Annotated[str | None, Query()] = None) -> Response:
    """The wall of the only open event; with several, the choice of one."""
    found = await reads_of(request).open_events()
    if len(found) == 1:
        return RedirectResponse(
            f"/wall/{found[0]['slug']}" + (f"?lang={lang}" if lang in ("id", "en") else "")
        )
    return await _page(request, lang, None, found)


@router.get("/wall/{event}")
async def of_event(request: Request, event: str, lang: Annotated[str | None, Query()] = None) -> Response:
    """The wall of one event, by id or slug; `?lang=en` for a TV that has no keyboard."""
    return await _page(request, lang, await reads_of(request).kiosk_event(event), [])


@router.get("/wall/{event}/kiosk.svg")
async def kiosk_qr(request: Request, event: str) -> Response:
    """The QR of the event's kiosk, for who sees the wall and wants a photo too."""
    address = await reads_of(request).kiosk_url(event)
    if address is None:
        raise NotFound("PAGE_NOT_FOUND", "Guests sign up on the tablet: their phones cannot open the kiosk.")
    return qr_image(address)
