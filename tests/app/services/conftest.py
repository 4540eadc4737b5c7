"""The services with the real outside world, and a clock that tests move."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.domain.access import Principal
from app.ports import Ports
from app.services import accounts, setup
from app.settings import Settings
from app.wiring import open_ports
from tests.fakes import passwords
from tests.fakes.stack import SECRET


@dataclass
class MovedClock:
    """The machine's clock, put forward by a test."""

    ahead: timedelta = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture(autouse=True, scope="session")
def cheap_passwords() -> None:
    """Signing in costs a test nothing."""
    passwords.cheap()


@pytest.fixture
def clock() -> MovedClock:
    """Now, until a test moves it."""
    return MovedClock()


@pytest.fixture
async def ports(database_url: str, redis_url: str, tmp_path: Path, clock: MovedClock) -> AsyncIterator[Ports]:
    """A seeded installation without any program running."""
    settings = Settings(
        database_url=database_url, redis_url=redis_url, jwt_secret=SECRET, photobot_data=tmp_path
    )
    async with open_ports(settings) as opened:
        made = replace(opened, clock=clock)
        await setup.seed(made)
        yield made


@pytest.fixture
async def admin(ports: Ports) -> Principal:
    """An administrator who is signed in."""
    await accounts.add(ports, "boss", "a-long-password", "admin")
    signed_in = await accounts.login_for_token(ports, "boss", "a-long-password", "127.0.0.1")
    return await accounts.by_token(ports, signed_in.secret)
