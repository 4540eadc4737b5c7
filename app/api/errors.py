"""The one place where our errors become HTTP: problem+json (RFC 9457) with a stable `code`."""

import uuid
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic.alias_generators import to_camel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from app.domain.errors import (
    DISK_FULL,
    Conflict,
    Gone,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    PhotobotError,
    StorageFull,
    TooLarge,
    TooMany,
    Unavailable,
    UnsupportedMedia,
)

log = structlog.get_logger()

STATUS: dict[type[PhotobotError], tuple[int, str]] = {
    NotSignedIn: (401, "Not signed in"),
    NotAllowed: (403, "Not allowed"),
    NotFound: (404, "Not found"),
    Conflict: (409, "Conflict"),
    Gone: (410, "Gone"),
    TooLarge: (413, "Too large"),
    UnsupportedMedia: (415, "Unsupported media type"),
    Invalid: (422, "Invalid"),
    TooMany: (429, "Too many requests"),
    Unavailable: (503, "Unavailable"),
    StorageFull: (507, "Insufficient storage"),
}
_CODES = {400: "BAD_REQUEST", 404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 413: "BODY_TOO_LARGE"}

_DATABASE_AWAY = {"OperationalError", "InterfaceError", "InternalError", "DBAPIError", "TimeoutError"}


def problem(status: int, title: str, code: str, detail: str, **extra: Any) -> JSONResponse:
    """An answer of type application/problem+json; extra members in camelCase."""
    body = {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail}
    body |= {to_camel(key): value for key, value in extra.items()}
    headers = {"Retry-After": str(extra["retry_after"])} if "retry_after" in extra else {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def problem_of(error: PhotobotError) -> JSONResponse:
    """The answer for one of our errors."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            status, title = STATUS[kind]
            return problem(status, title, error.code, error.message, **error.extra)
    return problem(500, "Error", error.code, error.message)


async def _ours(_: Request, error: Exception) -> Response:
    if not isinstance(error, PhotobotError):
        raise error
    return problem_of(error)


async def _validation(_: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    if any(item["type"] == "json_invalid" for item in error.errors()):
        return problem(422, "Invalid", "JSON_INVALID", "The body cannot be read as JSON.")
    fields = [
        {"field": ".".join(str(part) for part in item["loc"][1:]), "message": item["msg"]}
        for item in error.errors()
    ]
    first = fields[0] if fields else {"field": "", "message": "The request cannot be read."}
    detail = f"{first['field']}: {first['message']}" if first["field"] else first["message"]
    return problem(422, "Invalid", "REQUEST_INVALID", detail, field=first["field"], errors=fields)


async def _http(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    code = _CODES.get(error.status_code, "HTTP_ERROR")
    answer = problem(error.status_code, str(error.detail), code, str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


async def _unencodable(_: Request, __: Exception) -> Response:
    return problem(422, "Invalid", "VALUE_INVALID", "A text with half a character in it (a lone surrogate).")


async def _went_away(_: Request, __: Exception) -> Response:
    return problem(400, "Bad request", "CLIENT_GONE", "The sender went away before the end of its request.")


def unexpected(path: str, error: Exception) -> Response:
    """The answer for an error nobody planned: the database is away, or a fault of ours with a reference."""
    reference = uuid.uuid4().hex[:8]
    if isinstance(error, OSError) and error.errno in DISK_FULL:
        log.error("disk_full", path=path)
        return problem_of(StorageFull())
    if _is_database(error):
        log.warning("database_away", path=path, error=type(error).__name__)
        return problem(503, "Unavailable", "DATABASE_AWAY", "The database does not answer. Please try again.")
    log.error("request_failed", path=path, reference=reference, exc_info=error)
    return problem(
        500, "Error", "INTERNAL", f"Something went wrong here (reference {reference}).", reference=reference
    )


def _is_database(error: Exception) -> bool:
    """A lost connection shows as an OSError, a timeout or the driver's own classes; we import none here.

    A constraint or a statement of ours that is wrong has a class of its own, and is not the database's fault.
    """
    if isinstance(error, OSError | TimeoutError):
        return True
    library = type(error).__module__.split(".")[0]
    # SQLAlchemy's, also while connecting (db/connect.py); the driver's own come from beside its pool only.
    return library == "asyncpg" or (library == "sqlalchemy" and type(error).__name__ in _DATABASE_AWAY)


def add_error_handlers(app: FastAPI) -> None:
    """Teach an application our errors."""
    app.add_exception_handler(PhotobotError, _ours)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(UnicodeEncodeError, _unencodable)
    app.add_exception_handler(ClientDisconnect, _went_away)
