"""A guest's result page: light enough for any phone, under a strict policy, live by its own socket."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from console.parts.plain import document
from console.parts.reads import reads_of
from console.texts import language, text

router = APIRouter(include_in_schema=False)
STATUS = {"missing": 404, "expired": 410, "revoked": 410}


@router.get("/r/{token}")
async def result(request: Request, token: str) -> HTMLResponse:
    """The page of one guest's visit; says kindly when the link is over or unknown."""
    lang = language(request.cookies)
    facts = await reads_of(request).guest(token)
    state = facts["state"]
    known = state not in STATUS
    seen = ("code", "name", "eventName", "until") if known else ("eventName",)
    return document(
        "guest",
        lang=lang,
        title=text("guest.title", lang, name=facts["name"]) if known else text(f"guest.{state}", lang),
        host=request.headers.get("host", ""),
        words=("brand", "lang", "guest", "stage", "error"),
        data={"state": state} | {name: facts.get(name) for name in seen},
        remote_images=True,
        status=STATUS.get(state, 200),
    )
