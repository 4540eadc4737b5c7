"""The watcher really runs without Linux' own calls: no inotify, no leases, no boot id, no loop's signals.

What is said to be macOS here is this machine: the branches are its, the system under them is not. Those of
Windows need its own modules; they are type-checked (`mypy --platform win32 -p watcher`), not run.
"""

import os
import signal
import sys
from collections.abc import Callable

import pytest

from tests.fakes import camera_writer as camera
from tests.fakes.booth_server import BoothServer
from tests.watcher.rig import Rig, eventually

_AS_MACOS = """
import asyncio, sys
import httpx, PIL.Image, pydantic_settings, structlog, watchfiles, websockets.asyncio.client

def refuse(*_):
    raise NotImplementedError  # as Windows' loop says

asyncio.unix_events._UnixSelectorEventLoop.add_signal_handler = refuse
sys.platform = "darwin"
import watcher.__main__ as program
from watcher import clock, probe
assert "fcntl" not in vars(probe) and clock.boot_id().startswith("process-")
sys.exit(program.main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every other test is this one")
async def test_pictures_arrive_by_the_portable_calls_alone(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    rig = make_rig(scan_seconds=60)
    rig.spawn("-c", _AS_MACOS)
    await eventually(lambda: server.of_type("heartbeat"), "at work", 60)
    camera.write_once(rig.folder / "IMG_1.JPG", camera.small_photo(61))
    await camera.write_in_chunks(rig.folder / "IMG_2.JPG", camera.small_photo(62), stall=0.2)
    await rig.filed(2)
    assert len(server.stored) == 2
    assert rig.end(signal.SIGTERM) == os.EX_OK
    await eventually(lambda: len(server.of_type("goodbye")) == 1, "it says goodbye")
