"""Where an account is signed in: seen and ended by its owner, or by an administrator."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update

from app.db.tables import SignIn, User
from app.db.unit import Unit, reading, unit
from app.domain.access import Principal
from app.domain.errors import NotFound
from app.ports import Ports

USED_EVERY = timedelta(minutes=1)
"""How exact `used_at` is: a write for each request would cost more than it tells."""


@dataclass(frozen=True)
class SignInView:
    """One that holds. `agent`: what the browser or program calls itself; `mine`: the one that asks."""

    id: str
    kind: str
    agent: str
    began_at: datetime
    used_at: datetime | None
    expires_at: datetime
    mine: bool


async def own(ports: Ports, who: Principal) -> list[SignInView]:
    """Where this account is signed in, this sign-in first, then the last used."""
    return await _of(ports, who.user_id, who)


async def of_account(ports: Ports, who: Principal, username: str) -> list[SignInView]:
    """Where another account is signed in. Raises NotAllowed, NotFound `USER_NOT_FOUND`."""
    who.require_house()
    return await _of(ports, await _user_id(ports, username), who)


async def end(ports: Ports, who: Principal, sign_in_id: str) -> None:
    """End one of one's own. Raises NotFound `SIGN_IN_NOT_FOUND`; one that is over already is none."""
    async with unit(ports) as work:
        ended = await _end(ports, work, SignIn.user_id == who.user_id, SignIn.id == sign_in_id)
        if not ended:
            raise NotFound("SIGN_IN_NOT_FOUND", "There is no such sign-in.")
        work.audit(who.username, "sign_ins_ended", who.user_id, username=who.username, ended=1)


async def logout(ports: Ports, principal: Principal) -> None:
    """End this sign-in."""
    async with unit(ports) as work:
        await work.db.execute(
            update(SignIn)
            .where(SignIn.id == principal.sign_in_id, SignIn.revoked_at.is_(None))
            .values(revoked_at=ports.clock.now())
        )
        work.audit(principal.username, "logout", principal.user_id)


async def end_others(ports: Ports, who: Principal) -> int:
    """End all of one's own but this one; how many."""
    async with unit(ports) as work:
        ended = await _end(ports, work, SignIn.user_id == who.user_id, SignIn.id != who.sign_in_id)
        if ended:
            work.audit(who.username, "sign_ins_ended", who.user_id, username=who.username, ended=ended)
    return ended


async def end_of_account(ports: Ports, who: Principal, username: str) -> int:
    """End all of an account's sign-ins but the one that asks; how many. Raises NotAllowed, NotFound."""
    who.require_house()
    user_id = await _user_id(ports, username)
    async with unit(ports) as work:
        ended = await _end(ports, work, SignIn.user_id == user_id, SignIn.id != who.sign_in_id)
        work.audit(who.username, "sign_ins_ended", user_id, username=username, ended=ended)
    return ended


async def note_use(ports: Ports, sign_in: SignIn) -> None:
    """Note that a sign-in is in use, once a minute."""
    now = ports.clock.now()
    if sign_in.used_at is None or now - sign_in.used_at > USED_EVERY:
        async with unit(ports) as work:
            await work.db.execute(
                update(SignIn)
                .where(SignIn.id == sign_in.id, SignIn.used_at.is_not_distinct_from(sign_in.used_at))
                .values(used_at=now)
            )


async def _of(ports: Ports, user_id: str, who: Principal) -> list[SignInView]:
    async with reading(ports) as db:
        rows = await db.scalars(
            select(SignIn).where(
                SignIn.user_id == user_id,
                SignIn.revoked_at.is_(None),
                SignIn.expires_at > ports.clock.now(),
            )
        )
        views = [
            SignInView(
                row.id,
                row.kind,
                row.agent,
                row.created_at,
                row.used_at,
                row.expires_at,
                row.id == who.sign_in_id,
            )
            for row in rows
        ]
    return sorted(views, key=lambda view: (view.mine, view.used_at or view.began_at), reverse=True)


async def _user_id(ports: Ports, username: str) -> str:
    async with reading(ports) as db:
        user_id = await db.scalar(select(User.id).where(User.username == username))
    if user_id is None:
        raise NotFound("USER_NOT_FOUND", "There is no account with this name.")
    return user_id


async def _end(ports: Ports, work: Unit, *which: ColumnElement[bool]) -> int:
    now = ports.clock.now()
    ended = await work.db.execute(
        update(SignIn)
        .where(SignIn.revoked_at.is_(None), SignIn.expires_at > now, *which)
        .values(revoked_at=now)
        .returning(SignIn.id)
    )
    return len(ended.all())
