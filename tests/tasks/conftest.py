"""The real ports for tests of the engine in this process."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.ports import Ports
from tests.fakes.ports import real_ports


@pytest.fixture
async def ports(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Ports]:
    """Real database, Redis and folder, seeded."""
    async with real_ports(database_url, redis_url, tmp_path) as made:
        yield made
