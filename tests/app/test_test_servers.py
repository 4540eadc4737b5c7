"""The fixtures themselves: databases are fresh, Valkey is empty, the pooler pools, forks end as programs."""

import os

import asyncpg
import pytest
import redis
from sqlalchemy import text

from app.db import migrate
from app.db.connect import connect
from tests.fakes import loaded
from tests.fakes.servers import Databases


async def test_each_test_has_a_database_of_its_own_at_head(database_url: str, databases: Databases) -> None:
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        assert await connection.fetchval("SELECT version_num FROM alembic_version") == migrate.head()
        assert await connection.fetchval("SELECT count(*) FROM events") == 0
        await connection.execute("CREATE TABLE only_here ()")
    finally:
        await connection.close()
    with databases.fresh() as other:
        connection = await asyncpg.connect(other, timeout=10)
        try:
            assert await connection.fetchval("SELECT to_regclass('only_here')") is None
        finally:
            await connection.close()


@pytest.mark.parametrize("round_", [1, 2])
def test_valkey_is_empty_at_the_start(redis_url: str, round_: int) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", round_)


async def test_our_engine_works_through_a_transaction_pooler(pooler_url: str) -> None:
    engine = connect(pooler_url)
    try:
        for number in range(10):
            async with engine.connect() as connection:
                assert (
                    await connection.scalar(text("SELECT CAST(:number AS int)"), {"number": number}) == number
                )
    finally:
        await engine.dispose()


@pytest.mark.skipif(not loaded.POSSIBLE, reason="here programs are not forked")
def test_a_forked_program_ends_as_a_started_one() -> None:
    environment = {"PATH": os.environ["PATH"], "PORT": "none"}
    for arguments, status, said, wrong in (
        (("app.cli", "--version"), 0, "photobot, version", ""),
        (("app.cli", "nonsense"), 2, "", "No such command 'nonsense'"),
        (("console",), 1, "", "photobot web cannot start"),
        (("tests.nothing_here",), 1, "", "No module named tests.nothing_here"),
    ):
        done = loaded.run(*arguments, environment=environment)
        assert (done.returncode, said in done.stdout, wrong in done.stderr) == (status, True, True), done
