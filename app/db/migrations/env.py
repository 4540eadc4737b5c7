"""Runs migrations over asyncpg, with a lock timeout so that a busy table fails fast instead of queueing."""

import asyncio

from alembic import context
from sqlalchemy import Connection, text

from app.db.connect import connect
from app.db.tables import Base

LOCK_KEY = 0x6D696772


def run(connection: Connection) -> None:
    """Migrate inside one transaction, alone: a second program waits for the first."""
    context.configure(connection=connection, target_metadata=Base.metadata, compare_server_default=False)
    with context.begin_transaction():
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
        connection.execute(text("SET LOCAL lock_timeout = '10s'"))
        context.run_migrations()


async def main() -> None:
    """Open one connection, migrate, close it."""
    engine = connect(context.config.attributes["database_url"], pooled=False)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(run)
            await connection.commit()
    finally:
        await engine.dispose()


asyncio.run(main())
