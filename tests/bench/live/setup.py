"""Fills an installation with jobs that wait for a worker."""

import asyncio
from pathlib import Path

from tests.fakes.ports import queued_job, real_ports


def make_jobs(database_url: str, redis_url: str, folder: Path, number: int) -> None:
    """As many queued jobs, each of a guest of its own."""

    async def make() -> None:
        async with real_ports(database_url, redis_url, folder / "setup") as ports:
            for _ in range(number):
                await queued_job(ports, booth_id="booth-1")

    asyncio.run(make())
