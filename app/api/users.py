"""Staff accounts: kept by administrators; and everybody's own password."""

from datetime import datetime

from fastapi import APIRouter, Response

from app.api.given import GivenPorts, GivenPrincipal
from app.api.setup import IfMatch
from app.api.setup_models import NewUser, PasswordChange, UserChange
from app.domain.messages import Wire
from app.services import users
from app.services.users import UserView

router = APIRouter(tags=["users"])


class UserAnswer(Wire):
    """A staff account; `signIns` are those that are valid now; `mark` as an event's."""

    id: str
    username: str
    role: str
    all_events: bool
    events: list[str]
    enabled: bool
    created_at: datetime
    sign_ins: int
    seen_at: datetime | None
    mark: str


class Users(Wire):
    """All staff accounts by name."""

    items: list[UserAnswer]


class MadeUser(UserAnswer):
    """A fresh account with its first password, which is shown this once."""

    password: str


class MadePassword(Wire):
    """A fresh password, which is shown this once."""

    password: str


class Ended(Wire):
    """How many sign-ins ended."""

    ended: int


@router.get("/users", summary="List accounts")
async def list_users(ports: GivenPorts, principal: GivenPrincipal) -> Users:
    """Administrators of all events only."""
    return Users(items=[answer(view) for view in await users.list_all(ports, principal)])


@router.post("/users", status_code=201, summary="Make an account")
async def make_user(body: NewUser, ports: GivenPorts, principal: GivenPrincipal) -> MadeUser:
    """Answers its first password, this once."""
    view, password = await users.create(ports, principal, **body.model_dump())
    return MadeUser(**answer(view).model_dump(), password=password)


@router.patch("/users/{user_id}", summary="Change an account")
async def change_user(
    user_id: str,
    body: UserChange,
    ports: GivenPorts,
    principal: GivenPrincipal,
    if_match: IfMatch = None,
) -> UserAnswer:
    """Nobody takes the last administrator's rights away, nor their own."""
    values = body.model_dump(exclude_none=True)
    return answer(await users.change(ports, principal, user_id, values, expected=if_match))


@router.post("/users/{user_id}/password", summary="Reset a password")
async def reset_password(user_id: str, ports: GivenPorts, principal: GivenPrincipal) -> MadePassword:
    """Answers the new one, this once; all the account's sign-ins end."""
    return MadePassword(password=await users.reset_password(ports, principal, user_id))


@router.delete("/users/{user_id}/sign-ins", summary="End an account's sign-ins")
async def end_sign_ins(user_id: str, ports: GivenPorts, principal: GivenPrincipal) -> Ended:
    """Of one's own account, all but this one."""
    return Ended(ended=await users.end_sign_ins(ports, principal, user_id))


@router.post("/me/password", status_code=204, summary="Change one's own password")
async def change_password(body: PasswordChange, ports: GivenPorts, principal: GivenPrincipal) -> Response:
    """Needs the present one; one's other sign-ins end."""
    await users.set_own_password(ports, principal, body.old, body.new)
    return Response(status_code=204)


def answer(view: UserView) -> UserAnswer:
    """An account as the API answers it."""
    return UserAnswer(**{**view.__dict__, "events": list(view.events)})
