"""Accounts and sign-ins: who is there, and what they may see. Tokens and cookies can be revoked at once."""

import asyncio
import base64
import hashlib
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from ulid import ULID

from app.db.tables import Event, SignIn, User, UserEvent
from app.db.unit import reading, unit
from app.domain.access import ROLE_ORDER, Principal, Role
from app.domain.errors import Conflict, Invalid, NotFound, NotSignedIn, TooMany
from app.ports import Ports
from app.services import sign_ins

DEFAULT_USERNAME = "operator"
MIN_PASSWORD = 8
ALGORITHM = "HS256"
LOGIN_PER_MINUTE = 10
LOGIN_PER_IP = 600

_hasher = PasswordHasher()
# Argon2 takes a core and 64 MiB for each check: a flood of sign-ins waits here and not on every core.
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")


def _nobodys_hash() -> str:
    """A hash that no password has, and that takes as long to check as any; making one takes no time."""
    salt, result = (
        base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=")
        for size in (_hasher.salt_len, _hasher.hash_len)
    )
    costs = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${costs}${salt}${result}"


@dataclass(frozen=True)
class SignedIn:
    """A fresh sign-in: the secret to hand out (JWT or cookie), the account's role, when it ends."""

    secret: str
    role: str
    expires_at: datetime


async def hash_password(password: str) -> str:
    """Argon2id, off the event loop. Raises Invalid `PASSWORD_TOO_SHORT`."""
    if len(password) < MIN_PASSWORD:
        raise Invalid(
            "PASSWORD_TOO_SHORT", f"A password has at least {MIN_PASSWORD} characters.", field="password"
        )
    return await _hash(password)


async def _hash(password: str) -> str:
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, password)


async def matches(password_hash: str, password: str) -> bool:
    """Whether a password belongs to a hash, off the event loop."""

    def check() -> bool:
        try:
            return _hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    return await asyncio.get_running_loop().run_in_executor(_threads, check)


async def _check(ports: Ports, username: str, password: str, ip: str) -> User:
    """The account behind a name and password; an unknown name costs the same time as a wrong password."""
    await throttle(ports, username, ip)
    async with reading(ports) as db:
        user = await db.scalar(select(User).where(User.username == username, User.disabled_at.is_(None)))
    right = await matches(user.password_hash if user else _nobodys_hash(), password[:1000])
    if user is None or not right:
        raise NotSignedIn("LOGIN_FAILED", "The name or the password is wrong.")
    return user


async def throttle(ports: Ports, username: str, ip: str) -> None:
    """Strict per account and address, generous per address: a venue's Wi-Fi is one address."""
    account = digest(username)[:16]  # a key of fixed length, whatever somebody types as a name
    for key, limit in ((f"login-ip:{ip}", LOGIN_PER_IP), (f"login:{account}:{ip}", LOGIN_PER_MINUTE)):
        verdict = await ports.limiter.hit(key, limit=limit, per_seconds=60)
        if not verdict.allowed:
            raise TooMany(
                "TOO_MANY", "Too many tries. Please wait a little.", retry_after=verdict.retry_after
            )


async def _record(ports: Ports, user: User, sign_in_id: str, kind: str, seconds: int, agent: str) -> datetime:
    expires_at = ports.clock.now() + timedelta(seconds=seconds)
    async with unit(ports) as work:
        work.db.add(
            SignIn(id=sign_in_id, user_id=user.id, kind=kind, expires_at=expires_at, agent=agent[:300])
        )
        work.audit(user.username, "login", user.id, kind=kind)
    return expires_at


async def login_for_token(
    ports: Ports, username: str | None, password: str, ip: str, agent: str = ""
) -> SignedIn:
    """Sign in a program: a JWT with sub, role, exp, jti. Raises NotSignedIn `LOGIN_FAILED`, TooMany."""
    user = await _check(ports, username or DEFAULT_USERNAME, password, ip)
    jti = str(ULID())
    expires_at = await _record(ports, user, jti, "token", ports.policy.login_ttl, agent)
    claims = {
        "sub": user.id,
        "role": user.role,
        "jti": jti,
        "iat": ports.clock.now(),
        "exp": expires_at,
    }
    return SignedIn(jwt.encode(claims, ports.policy.jwt_secret, ALGORITHM), user.role, expires_at)


async def login_for_cookie(
    ports: Ports, username: str | None, password: str, ip: str, agent: str = ""
) -> SignedIn:
    """Sign in a browser: a fresh random id at every login. Raises NotSignedIn, TooMany."""
    user = await _check(ports, username or DEFAULT_USERNAME, password, ip)
    secret = secrets.token_urlsafe(32)
    seconds = ports.policy.console_login_ttl
    expires_at = await _record(ports, user, digest(secret), "cookie", seconds, agent)
    return SignedIn(secret, user.role, expires_at)


def digest(secret: str) -> str:
    """The SHA-256 under which a random secret is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


async def by_token(ports: Ports, token: str) -> Principal:
    """Who holds a JWT. Raises NotSignedIn `TOKEN_INVALID` (also when it was revoked)."""
    refusal = NotSignedIn("TOKEN_INVALID", "The token is not valid any more. Please sign in again.")
    try:
        claims = jwt.decode(
            token,
            ports.policy.jwt_secret,
            [ALGORITHM],
            options={"require": ["sub", "exp", "jti"], "verify_exp": False, "verify_iat": False},
        )
    except jwt.PyJWTError:
        raise refusal from None
    principal = await _principal(ports, str(claims["jti"]), "token")
    if principal is None or principal.user_id != claims["sub"]:
        raise refusal
    return principal


async def by_cookie(ports: Ports, secret: str) -> Principal | None:
    """Who holds a console cookie; None when it is over."""
    return await _principal(ports, digest(secret), "cookie")


async def as_it_is(ports: Ports, principal: Principal) -> Principal | None:
    """The account behind a sign-in with the rights it has now; None when the sign-in is over."""
    return await _principal(ports, principal.sign_in_id)


async def _principal(ports: Ports, sign_in_id: str, *kinds: str) -> Principal | None:
    async with reading(ports) as db:
        found = (
            await db.execute(
                select(User, SignIn)
                .join(SignIn, SignIn.user_id == User.id)
                .where(
                    SignIn.id == sign_in_id,
                    SignIn.kind.in_(kinds or ("cookie", "token")),
                    SignIn.revoked_at.is_(None),
                    SignIn.expires_at > ports.clock.now(),
                    User.disabled_at.is_(None),
                )
            )
        ).one_or_none()
        if found is None:
            return None
        row, sign_in = found
        events = None
        if not row.all_events:
            given = await db.scalars(select(UserEvent.event_id).where(UserEvent.user_id == row.id))
            events = frozenset(given)
    await sign_ins.note_use(ports, sign_in)
    role: Role = row.role  # type: ignore[assignment]  # the CHECK constraint holds the same words
    return Principal(row.id, row.username, role, events, sign_in_id)


async def add(
    ports: Ports,
    username: str,
    password: str,
    role: Role,
    events: Sequence[str] | None = None,
    *,
    by: str = "command line",
) -> str:
    """Make an account; without `events` it sees every event.

    Raises Invalid, Conflict `USERNAME_TAKEN`, NotFound `EVENT_NOT_FOUND`.
    """
    name = username.strip()
    if not name or len(name) > 60 or not name.isprintable() or any(letter.isspace() for letter in name):
        raise Invalid(
            "USERNAME_INVALID", "A user name has 1 to 60 characters and no spaces.", field="username"
        )
    if role not in ROLE_ORDER:
        raise Invalid("ROLE_UNKNOWN", "The role is operator, supervisor or admin.", field="role")
    password_hash = await hash_password(password)
    user_id = str(ULID())
    async with unit(ports) as work:
        made = await work.db.scalar(
            insert(User)
            .values(
                id=user_id, username=name, password_hash=password_hash, role=role, all_events=events is None
            )
            .on_conflict_do_nothing(index_elements=["username"])
            .returning(User.id)
        )
        if made is None:
            raise Conflict("USERNAME_TAKEN", "There is already an account with this name.")
        for event_id in events or ():
            if await work.db.get(Event, event_id) is None:
                raise NotFound("EVENT_NOT_FOUND", f"There is no event {event_id}.")
            work.db.add(UserEvent(user_id=user_id, event_id=event_id))
        work.audit(by, "user_added", user_id, username=name, role=role)
    return user_id


async def change_password(ports: Ports, username: str, password: str) -> None:
    """Set a new password and end all the account's sign-ins. Raises NotFound `USER_NOT_FOUND`, Invalid."""
    password_hash = await hash_password(password)
    async with unit(ports) as work:
        user_id = await work.db.scalar(
            update(User)
            .where(User.username == username)
            .values(password_hash=password_hash)
            .returning(User.id)
        )
        if user_id is None:
            raise NotFound("USER_NOT_FOUND", "There is no account with this name.")
        await work.db.execute(
            update(SignIn)
            .where(SignIn.user_id == user_id, SignIn.revoked_at.is_(None))
            .values(revoked_at=ports.clock.now())
        )
        work.audit("command line", "password_changed", user_id, username=username)


async def put_hash(ports: Ports, username: str, password_hash: str, role: Role) -> None:
    """Make an account or give it this hash: what the environment says holds (OPERATORS_JSON)."""
    async with unit(ports) as work:
        await work.db.execute(
            insert(User)
            .values(
                id=str(ULID()), username=username, password_hash=password_hash, role=role, all_events=True
            )
            .on_conflict_do_update(
                index_elements=["username"], set_={"password_hash": password_hash, "role": role}
            )
        )


async def put_password(ports: Ports, username: str, password: str, role: Role) -> None:
    """As `put_hash`, from a password (OPERATOR_PASSWORD); leaves a hash alone that already matches."""
    async with reading(ports) as db:
        user = await db.scalar(select(User).where(User.username == username))
    if user is not None and await matches(user.password_hash, password):
        return
    await put_hash(ports, username, await _hash(password), role)


async def exists(ports: Ports, username: str) -> bool:
    """Whether there is an account with this name."""
    async with reading(ports) as db:
        return await db.scalar(select(User.id).where(User.username == username)) is not None
