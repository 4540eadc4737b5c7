"""Connections: what a program that stops speaking may hold, and for how long."""

from sqlalchemy import text

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
