"""Fixtures for the watcher alone: a fake booth server, and a rig that leaves nothing behind."""

import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.booth_server import BoothServer
from tests.watcher.rig import Rig


@pytest.fixture
async def server() -> AsyncIterator[BoothServer]:
    """A running fake server; no early read may ever reach it."""
    server = BoothServer()
    await server.start()
    yield server
    await server.stop()
    assert server.wrong == []


@pytest.fixture
async def make_rig(tmp_path: Path, server: BoothServer) -> AsyncIterator[Callable[..., Rig]]:
    """Makes booths with settings of the test's choice."""
    rigs: list[Rig] = []

    def make(**settings: Any) -> Rig:
        rigs.append(Rig(tmp_path / "hot", server, **settings))
        return rigs[-1]

    yield make
    for rig in rigs:
        await rig.stop()
        if rig.process is not None:
            rig.end(signal.SIGKILL)


@pytest.fixture
async def rig(make_rig: Callable[..., Rig]) -> Rig:
    """A booth whose watcher runs."""
    rig = make_rig()
    await rig.start()
    return rig
