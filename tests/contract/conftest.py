"""For the tests of kie.ai's provider: the fake kie.ai, a provider before it, a picture to style."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.adapters.kie import KieProvider
from tests.app.imaging.pictures import scene
from tests.contract.kie_stands import provider_of
from tests.fakes.kie_server import KieServer, kie_server
from tests.fakes.stack import picture


@pytest.fixture
def kie_ai() -> Iterator[KieServer]:
    """A running kie.ai; fails the test that sent it what the real one would refuse."""
    with kie_server(picture(600, 400)) as made:
        yield made
        assert made.violations == []


@pytest.fixture
async def kie(kie_ai: KieServer) -> AsyncIterator[KieProvider]:
    """The provider before it."""
    async with provider_of(kie_ai) as provider:
        yield provider


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A picture as the line gives it."""
    path = tmp_path / "work.jpg"
    scene().save(path, "JPEG", quality=95)
    return path
