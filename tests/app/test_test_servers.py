"""The fixtures themselves: databases are fresh and at head, Valkey is empty, the pooler really pools."""

import asyncpg
import pytest
import redis
from sqlalchemy import text

from app.db import migrate
from app.db.connect import connect
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
