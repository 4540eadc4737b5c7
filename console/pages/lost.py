"""The page for an address that leads nowhere: one sentence in both languages, the way back, never a trace."""

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.api.errors import problem_of
from app.domain.errors import NotFound, PhotobotError
from console.parts.plain import document
from console.texts import language, text


def lost_page(request: Request, *, code: str, status: int, needs: object = None) -> HTMLResponse:
    """Says in words what `code` means, or which role one `needs`; operators get links back to the console."""
    lang = language(request.cookies)
    console = request.url.path.startswith("/console")
    return document(
        "lost",
        lang=lang,
        title=text("lost.notYours" if status == 403 else "lost.title", lang),
        host=request.headers.get("host", ""),
        words=("brand", "lang", "lost", "error"),
        data={"code": code, "console": console, "needs": needs, "refused": status == 403},
        operators=console,
        status=status,
    )


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, PhotobotError):
        raise error
    status = problem_of(error).status_code
    return lost_page(request, code=error.code, status=status, needs=error.extra.get("needs"))


async def _unknown(request: Request, error: Exception) -> Response:
    missing = NotFound("PAGE_NOT_FOUND", "There is nothing at this address.")
    if "text/html" in request.headers.get("accept", ""):
        return lost_page(request, code=missing.code, status=404)
    return problem_of(missing)


def take_over(pages: FastAPI) -> None:
    """Answer with this page wherever `pages` (NiceGUI's application) knows no page or a page refuses."""
    pages.add_exception_handler(PhotobotError, _refused)
    pages.add_exception_handler(404, _unknown)
    pages.add_exception_handler(HTTPException, _http)


async def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == 404:
        return await _unknown(request, error)
    return Response(status_code=error.status_code, headers=error.headers)
