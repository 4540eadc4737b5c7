"""The sign-in page: a plain form that posts to `/login` (the guard's route) and says what went wrong."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from console.parts.plain import document
from console.texts import language, text

router = APIRouter(include_in_schema=False)


def safe_next(wanted: str | None) -> str:
    """Where to go after signing in: a path of ours, never another host."""
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")) or "\\" in wanted:
        return "/console"
    return wanted


def login_page(
    request: Request,
    *,
    error: str | None = None,
    username: str = "",
    wanted: str | None = None,
    wait: int = 0,
    status: int = 200,
) -> HTMLResponse:
    """The form; `error` is an error code whose sentence stands above the fields.

    `wanted` is where to go afterwards, `wait` the seconds before which nobody gets in.
    """
    lang = language(request.cookies)
    return document(
        "login",
        lang=lang,
        title=text("login.title", lang),
        host=request.headers.get("host", ""),
        words=("brand", "lang", "login", "error"),
        data={
            "error": None if error is None else {"code": error},
            "next": safe_next(wanted or request.query_params.get("next")),
            "username": username,
            "wait": wait,
        },
        operators=True,
        status=status,
    )


@router.get("/login")
async def login(request: Request) -> HTMLResponse:
    """The empty form, or with the error that a redirect names (`/login?error=SIGNED_OUT`)."""
    return login_page(request, error=request.query_params.get("error"))
