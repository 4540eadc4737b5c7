"""Signing in and out with a plain form: a fresh cookie at each login, revoked on the server at logout."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.api.given import GivenAgent, GivenIp, GivenPorts
from app.domain.access import Principal
from app.domain.errors import PhotobotError, TooMany
from app.services import accounts, sign_ins
from console.guard import COOKIE
from console.pages.login import login_page, safe_next

router = APIRouter(include_in_schema=False)


@router.post("/login")
async def login(
    request: Request,
    ports: GivenPorts,
    ip: GivenIp,
    agent: GivenAgent,
    password: Annotated[str, Form()] = "",
    username: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "",
) -> Response:
    """Sets the cookie and goes on to `next`; a wrong password shows the form again, with the reason."""
    try:
        signed_in = await accounts.login_for_cookie(ports, username.strip() or None, password, ip, agent)
    except PhotobotError as error:
        wait = int(str(error.extra.get("retry_after") or 0)) if isinstance(error, TooMany) else 0
        status = 429 if isinstance(error, TooMany) else 401
        page = login_page(request, error=error.code, username=username, wanted=next, wait=wait, status=status)
        if wait:
            page.headers["Retry-After"] = str(wait)
        return page
    answer = RedirectResponse(safe_next(next), 303)
    answer.set_cookie(
        COOKIE,
        signed_in.secret,
        max_age=ports.policy.console_login_ttl,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return answer


@router.post("/logout")
async def logout(request: Request, ports: GivenPorts) -> Response:
    """Revokes the sign-in on the server and forgets the cookie."""
    principal: Principal | None = request.scope["state"].get("principal")
    if principal is not None:
        await sign_ins.logout(ports, principal)
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE)
    return answer
