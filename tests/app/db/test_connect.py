"""Connections: what a program that stops speaking may hold, for how long; which of them keep statements."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.db.connect import IDLE_SECONDS, connect


async def test_the_locks_of_a_frozen_program_end(database_url: str) -> None:
    """A worker frozen in the middle of a write once kept a breaker's row, and all workers stood still."""
    engine = connect(database_url)
    try:
        for _ in range(2):
            async with engine.connect() as connection:
                told = await connection.scalar(text("SHOW idle_in_transaction_session_timeout"))
                assert told == f"{IDLE_SECONDS}s"
                await connection.rollback()
    finally:
        await engine.dispose()


async def _kept(connection: AsyncConnection) -> list[str]:
    """The statements that the server keeps for this connection."""
    found = await connection.exec_driver_sql("SELECT statement FROM pg_prepared_statements")
    return list(found.scalars())


async def _all_at_once(engine: AsyncEngine, times: int) -> list[int]:
    async def ask(number: int) -> int:
        async with engine.connect() as connection:
            for _ in range(3):
                answer = await connection.scalar(text("SELECT CAST(:number AS int)"), {"number": number})
            return int(answer)

    return await asyncio.gather(*map(ask, range(times)))


async def test_straight_to_the_server_a_statement_is_parsed_once(database_url: str) -> None:
    engine = connect(database_url, pool_size=3)
    try:
        assert await _all_at_once(engine, 30) == list(range(30))
        async with engine.connect() as connection:
            kept = await _kept(connection)
            assert kept.count("SELECT CAST($1 AS int)") == 1
            assert await connection.scalar(text("SHOW plan_cache_mode")) == "force_custom_plan"
    finally:
        await engine.dispose()


async def test_behind_a_transaction_pooler_none_is_kept(pooler_url: str) -> None:
    engine = connect(pooler_url, pool_size=3)
    try:
        assert await _all_at_once(engine, 30) == list(range(30))
        async with engine.connect() as connection:
            assert [statement for statement in await _kept(connection) if "$1" in statement] == []
            assert await connection.scalar(text("SHOW plan_cache_mode")) == "auto"
    finally:
        await engine.dispose()


async def test_kept_statements_outlive_a_change_of_their_table(database_url: str) -> None:
    """An update migrates under the programs that run: what they may meet is over at the second try."""
    engine = connect(database_url, pool_size=1)
    try:
        async with engine.begin() as connection:
            await connection.exec_driver_sql("CREATE TABLE changing (id int, told text)")
            await connection.exec_driver_sql("INSERT INTO changing VALUES (1, 'one')")

        async def told() -> object:
            async with engine.connect() as connection:
                return await connection.scalar(text("SELECT told FROM changing WHERE id = :id"), {"id": 1})

        async def change(statement: str) -> None:
            async with engine.begin() as connection:
                await connection.exec_driver_sql(statement)

        assert await told() == "one"
        await change("ALTER TABLE changing ADD COLUMN more int")
        assert await told() == "one"
        await change("ALTER TABLE changing ALTER COLUMN told TYPE varchar(10)")
        with pytest.raises(DBAPIError):
            await told()
        assert await told() == "one"
    finally:
        await engine.dispose()


async def _open_and_close(engine: AsyncEngine, times: int) -> list[BaseException]:
    """What asking on a fresh connection each time fails of."""
    errors: list[BaseException] = []
    for _ in range(times):
        try:
            async with engine.connect() as connection:
                await connection.scalar(text("SELECT 1"))
        except Exception as error:
            errors.append(error)
        await engine.dispose()
    return errors


async def test_a_connection_ended_while_it_opens_is_the_databases_fault(database_url: str) -> None:
    """The driver's own errors were taken for a stage's, and a job's tries were counted."""
    engine, other = connect(database_url), connect(database_url)
    fresh = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND backend_start > clock_timestamp() - interval '50 ms'"
    )

    async def end_all() -> None:
        async with other.connect() as connection:
            while True:
                await connection.exec_driver_sql(fresh)
                await connection.rollback()

    ending = asyncio.create_task(end_all())
    try:
        errors = await _open_and_close(engine, 150)
    finally:
        ending.cancel()
        await asyncio.gather(ending, return_exceptions=True)
    assert errors, "none was ended in its beginning"
    assert {type(error).__name__ for error in errors if not isinstance(error, DBAPIError)} == set()
    assert await _open_and_close(engine, 1) == []
    await other.dispose()


async def test_where_nobody_listens_it_is_the_databases_fault() -> None:
    errors = await _open_and_close(connect("postgresql://guest:word@127.0.0.1:1/none"), 1)
    assert [type(error).__name__ for error in errors] == ["OperationalError"]
    assert "word" not in str(errors)
