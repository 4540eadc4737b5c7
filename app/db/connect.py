"""The database connection: a URL as hosts give it, made fit for asyncpg, also behind a pooler."""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

from sqlalchemy import URL, Dialect, event, make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import NullPool

_SSL_MODES = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
TRUSTED_SECONDS = 0.25
"""A connection that answered this lately is used without asking first whether it still lives."""
IDLE_SECONDS = 10
"""A transaction whose program says nothing for so long is undone: a frozen worker's locks (of its job, of a
breaker that all use) end when its lease does, and do not stop the whole house for as long as it is frozen."""
_BOUND = f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'"
"""Not a startup parameter: poolers refuse those. Behind one it stays with the server's connection."""
_CONNECT_SECONDS = 10
_ANEW = {
    "statement_cache_size": 0,
    "prepared_statement_cache_size": 0,
    "prepared_statement_name_func": str,  # no name
}
"""A transaction pooler gives each transaction another server connection, so no prepared statement is kept:
each is the anonymous one, which asyncpg parses again together with its values and which needs no closing."""
_names = count()
_KEPT = {
    "prepared_statement_cache_size": 300,
    "prepared_statement_name_func": lambda: f"kept_{next(_names)}",
}
"""Straight to the server a statement is parsed once per connection: a small one takes two thirds of the time.
It is planned anew each time, by its values: a plan for any value may leave an index of open rows aside."""


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

    Connecting and its first words wait at most 10 s each, a statement 30 s, a free connection 10 s.
    """
    parsed, arguments = asyncpg_url(url)
    arguments |= {"timeout": _CONNECT_SECONDS, "command_timeout": 30, **_ANEW}
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
    event.listen(engine.sync_engine, "do_connect", _opener())
    event.listen(engine.sync_engine.pool, "connect", _seen)
    event.listen(engine.sync_engine.pool, "checkout", _alive)
    event.listen(engine.sync_engine.pool, "checkin", _seen)
    return engine


def _opener() -> Callable[..., Any]:
    """Opens connections that keep their statements, until one of them turns out to lead to a pooler.

    Whatever keeps it from opening is an error of SQLAlchemy's: the driver's own, or a timeout, would be taken
    for a fault of what just wanted to ask the database, and a job's try would be counted.
    """
    behind_pooler = False

    def open_connection(dialect: Dialect, _: Any, address: Any, arguments: dict[str, Any]) -> Any:
        nonlocal behind_pooler
        driver = dialect.loaded_dbapi.asyncpg
        try:
            if not behind_pooler:
                connection: Any = dialect.connect(*address, **arguments | _KEPT)
                if _first_words(connection, _leads_to_the_server):
                    return connection
                behind_pooler = True
                connection.close()
            connection = dialect.connect(*address, **arguments)
            _first_words(connection, _bounded)
        except (OSError, driver.PostgresError, driver.InterfaceError, driver.InternalClientError) as error:
            words = str(error) or type(error).__name__
            raise dialect.loaded_dbapi.OperationalError(words, error) from error
        return connection

    return open_connection


def _first_words(connection: Any, words: Callable[[Any], Awaitable[bool]]) -> bool:
    """Say the first words on a new connection; where they fail it does not stay open."""

    async def in_time(driver: Any) -> bool:
        async with asyncio.timeout(_CONNECT_SECONDS):
            return await words(driver)

    try:
        return bool(connection.run_async(in_time))
    except BaseException:
        connection.terminate()
        raise


async def _leads_to_the_server(driver: Any) -> bool:
    """A pooler tells a process number of its own at the start, the server that of the process that works."""
    async with driver.transaction():  # behind a pooler both halves of a statement must meet the same server
        if await driver.fetchval("SELECT pg_backend_pid()") != driver.get_server_pid():
            return False
    await driver.execute(f"SET plan_cache_mode = force_custom_plan; {_BOUND}")
    return True


async def _bounded(driver: Any) -> bool:
    await driver.execute(_BOUND)
    return True


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
