"""Folders and trays that may not be read for a while, and times no calendar has: the watcher goes on."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import camera_writer as camera
from tests.fakes import raw_writer
from tests.fakes.booth_server import BoothServer
from tests.watcher.rig import Rig, eventually
from watcher import put_away

_MODEST = (
    "import os, sys; os.execvp('setpriv', ['setpriv', '--bounding-set=-dac_override,-dac_read_search', "
    "sys.executable, '-m', 'watcher'])"
)
"""As root everything may be read, unless one lays that right down."""


def start(rig: Rig) -> None:
    """A real watcher that files' rights count for."""
    if os.geteuid() != 0:
        rig.spawn()
    elif shutil.which("setpriv"):
        rig.spawn("-c", _MODEST)
    else:
        pytest.skip("no setpriv here")


@contextmanager
def closed(*folders: Path) -> Iterator[None]:
    """Nobody may read these folders, or go into them; the inner one first."""
    for folder in folders:
        folder.chmod(0)
    try:
        yield
    finally:
        for folder in reversed(folders):
            folder.chmod(0o755)


async def test_a_hotfolder_that_may_not_be_read_is_waited_for(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    """Whoever cleared away looked every ten seconds whether the folder is there, and ended the watcher."""
    rig = make_rig()
    start(rig)
    await eventually(lambda: server.sockets, "connected")

    def beat() -> dict[str, Any]:
        return {"trouble": None, **server.latest("heartbeat")}

    with closed(rig.folder):
        await eventually(lambda: beat()["trouble"] == "FOLDER_AWAY", "told")
        told = beat()["sent"]
        await eventually(lambda: beat()["sent"] - told > put_away._LOOK_SECONDS, "looked, and at work still")
        assert rig.process is not None
        assert rig.process.poll() is None
    camera.write_once(rig.folder / "A.JPG", camera.small_photo(1))
    await rig.filed(1)
    await eventually(lambda: beat()["trouble"] is None, "over")
    assert len(server.sockets) == 1


async def test_a_raw_whose_tray_may_not_be_read_is_filed_later(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    rig = make_rig()
    start(rig)
    await eventually(lambda: server.sockets, "connected")
    camera.write_once(rig.folder / "A.JPG", camera.small_photo(2))
    (photo,) = await rig.filed(1)
    with closed(photo.parent, rig.folder / "processed"):
        camera.write_once(rig.folder / "A.DNG", raw_writer.dng(1))
        await eventually(
            lambda: [row["state"] for row in rig.rows()] == ["done", "whole"], "the RAW is whole"
        )
        camera.write_once(rig.folder / "B.JPG", camera.small_photo(3))
        await eventually(lambda: len(server.stored) == 2, "the next guest's picture")
    assert {path.suffix for path in await rig.filed(3)} == {".JPG", ".DNG"}
    assert len(server.sockets) == 1


async def test_a_time_beyond_all_calendars(make_rig: Callable[..., Rig], server: BoothServer) -> None:
    """The ledger could not count so far; one such file ended the watcher at every start."""
    rig = make_rig()
    camera.write_once(rig.folder / "A.JPG", camera.small_photo(4))
    os.utime(rig.folder / "A.JPG", (2**34, 2**34))
    if (rig.folder / "A.JPG").stat().st_mtime_ns < 2**63:
        pytest.skip("this disk knows no such times")
    server.faults.posts.extend(["503"] * 100)
    await rig.start()
    await eventually(lambda: [row["state"] for row in rig.rows()] == ["whole"], "kept")
    await rig.stop()
    server.faults.posts.clear()
    camera.write_once(rig.folder / "B.JPG", camera.small_photo(5))
    await rig.start()
    await rig.filed(2)
    assert len(server.stored) == 2
