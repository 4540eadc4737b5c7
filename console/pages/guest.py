"""A guest's result page: light enough for any phone, under a strict policy, live by its own socket."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from console.parts.plain import document
from console.parts.reads import reads_of
from console.texts import COOKIE, DEFAULT_LANG, Lang, language, text

router = APIRouter(include_in_schema=False)
STATUS = {"missing": 404, "expired": 410, "revoked": 410, "erased": 410}


@router.get("/r/{token}")
async def result(request: Request, token: str) -> HTMLResponse:
    """The page of one guest's visit; says kindly when the link is over or unknown."""
    facts = await reads_of(request).guest(token)
    lang = _reader(request, facts.get("language"))
    styles = await reads_of(request).styles()
    state = facts["state"]
    known = state not in STATUS
    seen = (
        ("code", "name", "eventName", "until", "shareUrl", "opensAnywhere")
        if known
        else ("eventName", "receipt")
    )
    return document(
        "guest",
        lang=lang,
        title=text("guest.title", lang, name=facts["name"]) if known else text(f"guest.{state}", lang),
        host=request.headers.get("host", ""),
        words=("brand", "lang", "close", "tryAgain", "guest", "turn", "stage", "error"),
        data={"state": state, "styles": [{"style": style["id"], **style["name"]} for style in styles]}
        | {name: facts.get(name) for name in seen},
        remote_images=True,
        follows_phone=True,
        status=STATUS.get(state, 200),
    )


def _reader(request: Request, chosen: str | None) -> Lang:
    """What this phone chose before, else what the guest chose at the kiosk, else what the phone speaks."""
    if request.cookies.get(COOKIE) in ("id", "en"):
        return language(request.cookies)
    if chosen in ("id", "en"):
        return language({COOKIE: chosen})
    for part in request.headers.get("accept-language", "").split(","):
        spoken = part.partition(";")[0].strip().partition("-")[0].lower()
        if spoken in ("id", "en"):  # phones list them by preference
            return language({COOKIE: spoken})
    return DEFAULT_LANG
