"""Staff accounts as administrators keep them: who may do what, at which events; nobody locks all out."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables import Event, SignIn, User, UserEvent
from app.db.unit import Unit, reading, unit
from app.domain.access import ROLE_ORDER, Principal, Role
from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.ports import Ports
from app.services import accounts
from app.services.editing import mark_of, unchanged

_LOCK = 0x7573657273
"""Two administrators who end each other's right at once would leave none: such changes come one by one."""


@dataclass(frozen=True)
class UserView:
    """An account as administrators see it; never its password. `sign_ins` are those that are valid now."""

    id: str
    username: str
    role: str
    all_events: bool
    events: tuple[str, ...]
    enabled: bool
    created_at: datetime
    sign_ins: int
    seen_at: datetime | None
    mark: str


def new_password() -> str:
    """A password to be read out and typed once: three groups of letters and digits."""
    return "-".join(secrets.token_hex(3) for _ in range(3))


async def list_all(ports: Ports, principal: Principal) -> Sequence[UserView]:
    """All accounts by name. Raises NotAllowed."""
    principal.require_house()
    async with reading(ports) as db:
        return await _views(db, ports)


async def create(
    ports: Ports, principal: Principal, *, username: str, role: Role, all_events: bool, events: Sequence[str]
) -> tuple[UserView, str]:
    """Make an account; its first password is given this once.

    Raises NotAllowed, Invalid, Conflict, NotFound.
    """
    principal.require_house()
    if not all_events and not events:
        raise Invalid("EVENTS_REQUIRED", "An account needs at least one event.", field="events")
    password = new_password()
    user_id = await accounts.add(
        ports, username, password, role, None if all_events else events, by=principal.username
    )
    async with reading(ports) as db:
        return (await _views(db, ports, user_id))[0], password


async def change(
    ports: Ports,
    principal: Principal,
    user_id: str,
    values: Mapping[str, Any],
    *,
    expected: str | None = None,
) -> UserView:
    """Change role, all_events, events or enabled of an account; open pages of its notice within seconds.

    Raises NotAllowed, NotFound, Invalid, Conflict `LAST_ADMIN`, `OWN_ACCOUNT`, `CHANGED_MEANWHILE`.
    """
    principal.require_house()
    async with unit(ports) as work:
        await work.db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        user = await _of(work.db, user_id)
        before = (await _views(work.db, ports, user_id))[0]
        await unchanged(work.db, user_id, before.mark, expected)
        if user_id == principal.user_id and _is_less(user, values):
            raise Conflict("OWN_ACCOUNT", "You cannot take your own rights away. Another administrator can.")
        user.role = values.get("role") or user.role
        if values.get("all_events") is not None:
            user.all_events = values["all_events"]
        if values.get("enabled") is not None and values["enabled"] != (user.disabled_at is None):
            user.disabled_at = None if values["enabled"] else ports.clock.now()
        if user.role not in ROLE_ORDER:
            raise Invalid("ROLE_UNKNOWN", "The role is operator, supervisor or admin.", field="role")
        await _give(work, user, before, values.get("events"))
        await work.db.flush()
        await _somebody_left(work.db)
        told = {field: values[field] for field in ("role", "enabled") if values.get(field) is not None}
        fields = sorted(field for field, value in values.items() if value is not None)
        work.audit(principal.username, "user_changed", user_id, username=user.username, fields=fields, **told)
        if values.get("enabled") is False:
            await _end_sign_ins(work, ports, user_id)
        return (await _views(work.db, ports, user_id))[0]


async def reset_password(ports: Ports, principal: Principal, user_id: str) -> str:
    """A new password, given this once; all the account's sign-ins end. Raises NotAllowed, NotFound."""
    principal.require_house()
    password = new_password()
    hashed = await accounts.hash_password(password)
    async with unit(ports) as work:
        user = await _of(work.db, user_id)
        user.password_hash = hashed
        await _end_sign_ins(work, ports, user_id)
        work.audit(principal.username, "password_reset", user_id, username=user.username)
    return password


async def end_sign_ins(ports: Ports, principal: Principal, user_id: str) -> int:
    """End all sign-ins of an account (of one's own: all but this one). Raises NotAllowed, NotFound."""
    principal.require_house()
    async with unit(ports) as work:
        user = await _of(work.db, user_id)
        ended = await _end_sign_ins(work, ports, user_id, but=principal.sign_in_id)
        work.audit(principal.username, "sign_ins_ended", user_id, username=user.username, ended=ended)
        return ended


async def set_own_password(ports: Ports, principal: Principal, old: str, new: str) -> None:
    """A password of one's own; one's other sign-ins end.

    Raises NotAllowed `PASSWORD_WRONG`, Invalid, TooMany.
    """
    await accounts.throttle(ports, principal.username, principal.user_id)
    async with reading(ports) as db:
        known = (await _of(db, principal.user_id)).password_hash
    if not await accounts.matches(known, old[:1000]):
        raise NotAllowed("PASSWORD_WRONG", "This is not your present password.", field="old")
    if new == old:
        raise Invalid("PASSWORD_SAME", "The new password is the old one.", field="new")
    if len(new) < accounts.MIN_PASSWORD:
        raise Invalid("PASSWORD_TOO_SHORT", "A password has at least 8 characters.", field="new")
    hashed = await accounts.hash_password(new[:1000])
    async with unit(ports) as work:
        user = await _of(work.db, principal.user_id)
        user.password_hash = hashed
        await _end_sign_ins(work, ports, user.id, but=principal.sign_in_id)
        work.audit(principal.username, "own_password_changed", user.id)


# ---- rows --------------------------------------------------------------------------------------------------


async def _of(db: AsyncSession, user_id: str) -> User:
    user = await db.scalar(select(User).where(User.id == user_id).with_for_update())
    if user is None:
        raise NotFound("USER_NOT_FOUND", "There is no such account.")
    return user


def _is_less(user: User, values: Mapping[str, Any]) -> bool:
    role = values.get("role") or user.role
    return role != "admin" or values.get("enabled") is False or values.get("all_events") is False


async def _give(work: Unit, user: User, before: UserView, events: Sequence[str] | None) -> None:
    wanted = before.events if events is None else tuple(dict.fromkeys(events))
    if not user.all_events and not wanted:
        raise Invalid("EVENTS_REQUIRED", "An account needs at least one event.", field="events")
    if set(wanted) == set(before.events):
        return
    known = set(await work.db.scalars(select(Event.id).where(Event.id.in_(wanted))))
    if missing := [event_id for event_id in wanted if event_id not in known]:
        raise NotFound("EVENT_NOT_FOUND", f"There is no event {missing[0]}.", field="events")
    await work.db.execute(delete(UserEvent).where(UserEvent.user_id == user.id))
    work.db.add_all(UserEvent(user_id=user.id, event_id=event_id) for event_id in wanted)


async def _somebody_left(db: AsyncSession) -> None:
    """Raise Conflict unless an administrator of the whole house can still sign in."""
    left = select(func.count()).where(User.role == "admin", User.all_events, User.disabled_at.is_(None))
    if not await db.scalar(left):
        raise Conflict("LAST_ADMIN", "Nobody could administer photobot any more.")


async def _end_sign_ins(work: Unit, ports: Ports, user_id: str, *, but: str = "") -> int:
    now = ports.clock.now()
    ended = await work.db.scalars(
        update(SignIn)
        .where(
            SignIn.user_id == user_id, SignIn.id != but, SignIn.revoked_at.is_(None), SignIn.expires_at > now
        )
        .values(revoked_at=now)
        .returning(SignIn.id)
    )
    return len(ended.all())


async def _views(db: AsyncSession, ports: Ports, user_id: str | None = None) -> list[UserView]:
    valid = SignIn.revoked_at.is_(None) & (SignIn.expires_at > ports.clock.now())
    signed = (
        select(
            SignIn.user_id,
            func.count().filter(valid).label("valid"),
            func.max(SignIn.created_at).label("newest"),
        )
        .group_by(SignIn.user_id)
        .subquery()
    )
    query = select(User, signed.c.valid, signed.c.newest).outerjoin(signed, signed.c.user_id == User.id)
    given = select(UserEvent.user_id, UserEvent.event_id).order_by(UserEvent.event_id)
    if user_id is not None:
        query, given = query.where(User.id == user_id), given.where(UserEvent.user_id == user_id)
    events: dict[str, list[str]] = {}
    for holder, event_id in await db.execute(given):
        events.setdefault(holder, []).append(event_id)
    rows = await db.execute(query.order_by(User.username))
    return [_view(user, events.get(user.id, []), valid or 0, newest) for user, valid, newest in rows]


def _view(user: User, events: list[str], sign_ins: int, seen_at: datetime | None) -> UserView:
    enabled = user.disabled_at is None
    return UserView(
        user.id,
        user.username,
        user.role,
        user.all_events,
        tuple(events),
        enabled,
        user.created_at,
        sign_ins,
        seen_at,
        mark_of(user.role, user.all_events, events, enabled),
    )
