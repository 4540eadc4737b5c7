"""What needs a person is read by one connection: many who look at once do not wait for each other."""

import asyncio
from dataclasses import replace

from app.db.connect import connect, sessions
from app.domain.access import Principal
from app.ports import Ports
from app.services import attention


async def test_no_reader_holds_a_connection_while_it_waits_for_another(
    ports: Ports, admin: Principal, database_url: str
) -> None:
    engine = connect(database_url, pool_size=1)  # and one more at need
    try:
        few = replace(ports, db=sessions(engine))
        async with asyncio.timeout(8):  # a free connection is waited for ten seconds
            await asyncio.gather(*(attention.needed(few, admin) for _ in range(8)))
    finally:
        await engine.dispose()
