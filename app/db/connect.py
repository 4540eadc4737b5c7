"""The database connection: a URL as hosts give it, made fit for asyncpg, also behind a pooler."""

import ssl
import time
from typing import Any

from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import NullPool

_SSL_MODES = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
TRUSTED_SECONDS = 0.25
"""A connection that answered this lately is used without asking first whether it still lives."""
IDLE_SECONDS = 10
"""A transaction whose program says nothing for so long is undone: a frozen worker's locks (of its job, of a
breaker that all use) end when its lease does, and do not stop the whole house for as long as it is frozen."""


def asyncpg_url(url: str) -> tuple[URL, dict[str, Any]]:
    """Turn `postgres://…?sslmode=require&channel_binding=…` into asyncpg's URL and connect arguments.

    asyncpg knows no libpq query options and raises TypeError on them. Raises ValueError for another dialect.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() not in {"postgres", "postgresql"}:
        raise ValueError(f"DATABASE_URL must be a PostgreSQL address, not {parsed.get_backend_name()}.")
    query = dict(parsed.query)
    mode = query.pop("sslmode", query.pop("ssl", None))
    query.pop("channel_binding", None)
    query.pop("pgbouncer", None)
    arguments: dict[str, Any] = {}
    if isinstance(mode, str):
        if mode not in _SSL_MODES:
            raise ValueError(f"DATABASE_URL has an unknown sslmode: {mode}.")
        arguments["ssl"] = ssl.create_default_context() if mode == "verify-full" else mode
    return parsed.set(drivername="postgresql+asyncpg", query=query), arguments


def connect(url: str, *, pool_size: int = 10, pooled: bool = True) -> AsyncEngine:
    """An engine that also works through a transaction pooler.

    Such a pooler gives each transaction another server connection, so no prepared statement is kept: each is
    the anonymous one, which asyncpg parses again together with its values and which needs no closing (a name
    cost one more round trip per statement). Connecting waits at most 10 s, a statement 30 s, a free
    connection 10 s.
    """
    parsed, arguments = asyncpg_url(url)
    arguments |= {
        "timeout": 10,
        "command_timeout": 30,
        "statement_cache_size": 0,
        "prepared_statement_cache_size": 0,
        "prepared_statement_name_func": str,  # no name
    }
    if not pooled:
        return create_async_engine(parsed, connect_args=arguments, hide_parameters=True, poolclass=NullPool)
    engine = create_async_engine(
        parsed,
        connect_args=arguments,
        hide_parameters=True,  # a statement that fails is logged; the guest's name and number in it are not
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=10,
        pool_use_lifo=True,
        pool_recycle=600,
    )
    event.listen(engine.sync_engine.pool, "connect", _bounded)
    event.listen(engine.sync_engine.pool, "connect", _seen)
    event.listen(engine.sync_engine.pool, "checkout", _alive)
    event.listen(engine.sync_engine.pool, "checkin", _seen)
    return engine


def _bounded(connection: Any, _: Any) -> None:
    """Not a startup parameter: poolers refuse those. Behind one it stays with the server's connection."""
    bound = f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'"
    connection.run_async(lambda driver: driver.execute(bound))


def _seen(_: Any, record: Any) -> None:
    record.info["seen_at"] = time.monotonic()


def _alive(connection: Any, record: Any, _: Any) -> None:
    """Ask a connection that rested whether it lives; a dead one is replaced before anybody notices.

    The library's own pre-ping asks every time: a fifth of what a small transaction costs.
    """
    lately = time.monotonic() - record.info.get("seen_at", 0.0) < TRUSTED_SECONDS
    if lately and not record.driver_connection.is_closed():
        return
    try:
        connection.ping()
    except Exception as error:
        raise InvalidatePoolError("the connection does not answer") from error


def sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """The factory every unit of work draws from."""
    return async_sessionmaker(engine, expire_on_commit=False, autoflush=False)
