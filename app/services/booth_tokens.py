"""Tokens of booths: what a camera laptop signs in with; shown once, kept as a hash, revoked at once."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from ulid import ULID

from app.db.tables import Booth, BoothToken, Event
from app.db.unit import Unit, reading, unit
from app.domain.access import Principal
from app.domain.errors import Conflict, Invalid, NotFound, NotSignedIn
from app.domain.session import is_one_line
from app.ports import Ports
from app.services.accounts import digest
from app.services.booths import BoothView
from app.services.holds import booth_of

TOKENS_MAX = 20
USED_AGAIN = timedelta(minutes=1)
LABEL_MAX = 60


@dataclass(frozen=True)
class TokenView:
    """A token as people see it: never its secret. `used_at` is kept to the minute."""

    id: str
    label: str
    made_by: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Pass:
    """What a valid token opens, and which token it was."""

    booth: BoothView
    token_id: str


async def list_for(ports: Ports, principal: Principal, booth_id: str) -> Sequence[TokenView]:
    """The booth's valid tokens, newest first. Raises NotAllowed, NotFound."""
    principal.require_role("supervisor")
    async with reading(ports) as db:
        await _seen(db, principal, booth_id)
        rows = await db.scalars(
            select(BoothToken)
            .where(BoothToken.booth_id == booth_id, BoothToken.revoked_at.is_(None))
            .order_by(BoothToken.id.desc())
        )
    return [_view(row) for row in rows]


async def make(ports: Ports, principal: Principal, booth_id: str, label: str) -> tuple[TokenView, str]:
    """Make a token; its secret is given this once. Raises NotAllowed, NotFound, Invalid, Conflict."""
    principal.require_role("supervisor")
    async with unit(ports) as work:
        event_id = await _seen(work.db, principal, booth_id)
        return await _make(work, booth_id, label, principal.username, event_id)


async def issue(ports: Ports, booth_id: str, label: str = "") -> str:
    """Make a token from the command line; only its secret is given. Raises NotFound, Conflict."""
    async with unit(ports) as work:
        booth = await booth_of(work.db, booth_id)
        _, token = await _make(work, booth_id, label, "command line", booth.event_id)
        return token


async def revoke(ports: Ports, principal: Principal, booth_id: str, token_id: str) -> None:
    """End a token; a watcher that is connected with it is cut off. Twice is once.

    Raises NotAllowed, NotFound `TOKEN_NOT_FOUND`.
    """
    principal.require_role("supervisor")
    async with unit(ports) as work:
        event_id = await _seen(work.db, principal, booth_id)
        token = await work.db.get(BoothToken, token_id)
        if token is None or token.booth_id != booth_id:
            raise NotFound("TOKEN_NOT_FOUND", "There is no such token.")
        if token.revoked_at is None:
            token.revoked_at = ports.clock.now()
            work.audit(principal.username, "booth_token_revoked", booth_id, event_id, token=token_id)


async def open_with(ports: Ports, token: str) -> Pass:
    """What a watcher's token opens. Raises NotSignedIn `BOOTH_TOKEN_INVALID`."""
    async with reading(ports) as db:
        row = (
            await db.execute(
                select(Booth, Event.name, BoothToken)
                .join(BoothToken, BoothToken.booth_id == Booth.id)
                .join(Event, Event.id == Booth.event_id)
                .where(BoothToken.token_hash == digest(token), BoothToken.revoked_at.is_(None))
            )
        ).one_or_none()
    if row is None:
        raise NotSignedIn(
            "BOOTH_TOKEN_INVALID",
            "This booth token is not valid (any more). Make a new one on the booth's camera page.",
        )
    booth, event_name, kept = row
    if kept.used_at is None or kept.used_at < ports.clock.now() - USED_AGAIN:
        await _used(ports, kept.id)
    return Pass(BoothView(booth.id, booth.name, booth.event_id, event_name), kept.id)


async def of_token(ports: Ports, token: str) -> BoothView:
    """The booth a watcher's token belongs to. Raises NotSignedIn `BOOTH_TOKEN_INVALID`."""
    return (await open_with(ports, token)).booth


async def _seen(db: AsyncSession, principal: Principal, booth_id: str) -> str:
    """The event of a booth that the account may see. Raises NotFound."""
    booth = await booth_of(db, booth_id)
    if not principal.sees(booth.event_id):
        raise NotFound("BOOTH_NOT_FOUND", "There is no such booth.")
    return booth.event_id


async def _make(work: Unit, booth_id: str, label: str, by: str, event_id: str) -> tuple[TokenView, str]:
    clean = label.strip()
    if len(clean) > LABEL_MAX or not is_one_line(clean):
        raise Invalid(
            "LABEL_INVALID", f"A label has at most {LABEL_MAX} characters in one line.", field="label"
        )
    valid = select(func.count()).where(BoothToken.booth_id == booth_id, BoothToken.revoked_at.is_(None))
    if (await work.db.scalar(valid) or 0) >= TOKENS_MAX:
        raise Conflict("TOO_MANY_TOKENS", f"A booth has at most {TOKENS_MAX} tokens. Revoke one first.")
    secret = secrets.token_urlsafe(32)
    token = BoothToken(id=str(ULID()), booth_id=booth_id, token_hash=digest(secret), label=clean, made_by=by)
    work.db.add(token)
    await work.db.flush()
    await work.db.refresh(token)
    work.audit(by, "booth_token_issued", booth_id, event_id, token=token.id)
    return _view(token), secret


async def _used(ports: Ports, token_id: str) -> None:
    now = ports.clock.now()
    async with unit(ports) as work:
        await work.db.execute(
            update(BoothToken)
            .where(
                BoothToken.id == token_id,
                BoothToken.used_at.is_(None) | (BoothToken.used_at < now - USED_AGAIN),
            )
            .values(used_at=now)
        )


def _view(row: BoothToken) -> TokenView:
    return TokenView(row.id, row.label, row.made_by, row.created_at, row.used_at)
