"""Guests' visits: register at the kiosk, find by code at the booth."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from ulid import ULID

from app.db.tables import Guest, GuestSession
from app.db.unit import Unit, reading, unit
from app.domain.access import Principal
from app.domain.errors import Conflict, Gone, Invalid, NotFound, TooMany, Unavailable
from app.domain.session import clean_name, clean_whatsapp, new_code, new_token, read_code
from app.ports import Ports
from app.services import idempotency
from app.services.events import open_event

KEY_MIN = 16
PER_DEVICE_PER_MINUTE = 20
PER_IP_PER_MINUTE = 600
_CODE_TRIES = 20


@dataclass(frozen=True)
class Registered:
    """A fresh session: the code people say, the token of the guest's own link."""

    session_id: str
    code: str
    token: str
    expires_at: datetime


@dataclass(frozen=True)
class SessionView:
    """A session as an operator sees it."""

    id: str
    event_id: str
    code: str
    token: str
    guest_name: str
    whatsapp: str
    expires_at: datetime


async def register(
    ports: Ports,
    *,
    event_id: str,
    name: str,
    whatsapp: str,
    consent: bool,
    language: str,
    ip: str,
    device: str | None,
    key: str | None = None,
) -> Registered:
    """Register a guest. The same `key` again is the same visit: its answer may have been lost on the way.

    Raises Invalid (with the field), NotFound, Gone, TooMany, Conflict `IDEMPOTENCY_CONFLICT`.
    """
    await _throttle(ports, ip, device)
    clean = clean_name(name)
    number = clean_whatsapp(whatsapp)
    if consent is not True:
        raise Invalid("CONSENT_REQUIRED", "Without your consent we may not take a picture.", field="consent")
    now = ports.clock.now()
    hashed = _hashed(key)
    async with unit(ports) as work:
        if hashed is not None and (known := await _registered(work.db, hashed, clean, number)):
            return known
        event = await open_event(work.db, event_id)
        guest = Guest(
            id=str(ULID()),
            event_id=event.id,
            name=clean,
            whatsapp=number,
            consent_at=now,
            language=language,
        )
        work.db.add(guest)
        await work.db.flush()
        until = now + timedelta(seconds=ports.policy.session_ttl)
        session = await _with_free_code(work, guest, now, until, hashed)
        work.changed("guest", session.session_id)
    return session


async def open_visit(work: Unit, ports: Ports, guest: Guest) -> Registered:
    """A visit of a guest who is written already, within a unit of work of the caller's."""
    now = ports.clock.now()
    until = now + timedelta(seconds=ports.policy.session_ttl)
    session = await _with_free_code(work, guest, now, until, None)
    work.changed("guest", session.session_id)
    return session


def _hashed(key: str | None) -> str | None:
    """What is kept of a try's key: whoever holds the key gets the guest's link. Raises Invalid."""
    if key is None or key == "":
        return None
    if not KEY_MIN <= len(key) <= idempotency.MAX_KEY or not key.isprintable():
        raise Invalid("IDEMPOTENCY_KEY_INVALID", "The Idempotency-Key has 16 to 200 printable characters.")
    return hashlib.sha256(key.encode()).hexdigest()


async def _registered(db: AsyncSession, hashed: str, name: str, number: str) -> Registered | None:
    """The visit this try made before; twins of one try wait for each other. Raises Conflict."""
    await db.execute(select(func.pg_advisory_xact_lock(int(hashed[:15], 16))))
    row = (
        await db.execute(
            select(GuestSession, Guest)
            .join(Guest, Guest.id == GuestSession.guest_id)
            .where(GuestSession.register_key == hashed)
        )
    ).one_or_none()
    if row is None:
        return None
    session, guest = row
    if guest.erased_at is not None or (guest.name, guest.whatsapp) != (name, number):
        raise Conflict("IDEMPOTENCY_CONFLICT", "This key was used for another guest.")
    return Registered(session.id, session.code, session.token, session.expires_at)


async def _throttle(ports: Ports, ip: str, device: str | None) -> None:
    windows = [(f"register-ip:{ip}", PER_IP_PER_MINUTE)]
    if device:
        windows.append((f"register-device:{device[:64]}", PER_DEVICE_PER_MINUTE))
    for key, limit in windows:
        verdict = await ports.limiter.hit(key, limit=limit, per_seconds=60)
        if not verdict.allowed:
            raise TooMany("TOO_MANY", "Please wait a moment and try again.", retry_after=verdict.retry_after)


async def _with_free_code(
    work: Unit, guest: Guest, now: datetime, expires_at: datetime, register_key: str | None
) -> Registered:
    """Insert the session under a code that nobody holds; an expired session's code is free again."""
    for _ in range(_CODE_TRIES):
        code = new_code()
        await work.db.execute(
            update(GuestSession)
            .where(
                GuestSession.code == code,
                GuestSession.code_freed_at.is_(None),
                GuestSession.expires_at < now,
            )
            .values(code_freed_at=now)
        )
        registered = Registered(str(ULID()), code, new_token(), expires_at)
        made = await work.db.scalar(
            insert(GuestSession)
            .values(
                id=registered.session_id,
                event_id=guest.event_id,
                guest_id=guest.id,
                code=code,
                token=registered.token,
                expires_at=expires_at,
                register_key=register_key,
            )
            .on_conflict_do_nothing()
            .returning(GuestSession.id)
        )
        if made is not None:
            return registered
    raise Unavailable("NO_FREE_CODE", "No code is free at the moment. Please try again.")


async def by_code(ports: Ports, principal: Principal, typed: str) -> SessionView:
    """Find a guest by what was typed or scanned. Raises NotFound `SESSION_NOT_FOUND`, `SESSION_EXPIRED`."""
    async with reading(ports) as db:
        row = (
            await db.execute(
                select(GuestSession, Guest)
                .join(Guest, Guest.id == GuestSession.guest_id)
                .where(GuestSession.code == read_code(typed), GuestSession.code_freed_at.is_(None))
            )
        ).one_or_none()
    if row is None or not principal.sees(row[0].event_id):
        raise NotFound("SESSION_NOT_FOUND", "No guest has this code.")
    session, guest = row
    if session.expires_at <= ports.clock.now() or session.revoked_at is not None:
        raise NotFound("SESSION_EXPIRED", "This code has expired. The guest can register again.")
    return SessionView(
        session.id,
        session.event_id,
        session.code,
        session.token,
        guest.name,
        guest.whatsapp,
        session.expires_at,
    )


async def valid(
    db: AsyncSession, session_id: str, event_id: str, now: datetime
) -> tuple[GuestSession, Guest]:
    """The session and its guest, if it may get pictures at this event now.

    Raises NotFound `SESSION_NOT_FOUND`, Conflict `SESSION_OF_OTHER_EVENT`, Gone `SESSION_EXPIRED`,
    `GUEST_ERASED`.
    """
    row = (
        await db.execute(
            select(GuestSession, Guest)
            .join(Guest, Guest.id == GuestSession.guest_id)
            .where(GuestSession.id == session_id)
        )
    ).one_or_none()
    if row is None:
        raise NotFound("SESSION_NOT_FOUND", "There is no such guest session.")
    session, guest = row
    if session.event_id != event_id:
        raise Conflict("SESSION_OF_OTHER_EVENT", "This guest is registered for another event.")
    if guest.erased_at is not None:
        raise Gone("GUEST_ERASED", "This guest's data was erased, as they asked.")
    if session.expires_at <= now or session.revoked_at is not None:
        raise Gone("SESSION_EXPIRED", "This guest's code has expired. They can register again.")
    return session, guest
