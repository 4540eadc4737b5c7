"""Uploads wait while pictures of a burst are on their way to the screen, and not for ever."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.imaging.background import SLIGHT_NICENESS
from tests.fakes import camera_writer as camera
from tests.watcher.rig import Rig
from watcher.clock import Clock
from watcher.ledger import Ledger
from watcher.pace import Pace
from watcher.screen_first import BURST_SECONDS, HELD_SECONDS, SHOWN_SECONDS, ScreenFirst
from watcher.settings import WatcherSettings
from watcher.uploads import Uploads


def test_one_picture_alone_is_sent_as_soon_as_it_is_shown() -> None:
    first = ScreenFirst()
    assert not first.holds(10.0)
    first.begins(10.0)
    assert first.holds(10.1)
    first.ends(10.2)
    assert first.holds(10.2 + SHOWN_SECONDS / 2), "it is not painted yet"
    assert not first.holds(10.2 + SHOWN_SECONDS)


def test_in_a_burst_the_next_one_is_waited_for() -> None:
    first = ScreenFirst()
    for at in (10.0, 10.2, 10.4):
        first.begins(at)
        first.ends(at + 0.1)
    assert first.holds(10.5 + BURST_SECONDS / 2)
    assert not first.holds(10.6 + BURST_SECONDS)


def test_a_card_of_hundreds_does_not_stop_the_jobs() -> None:
    first = ScreenFirst()
    first.begins(10.0)
    assert first.holds(10.0)
    assert not first.holds(10.0 + HELD_SECONDS)
    first.ends(20.0)
    assert not first.holds(30.0)
    first.begins(30.1)
    assert first.holds(30.1), "a new one waits anew"


async def test_originals_and_raws_do_not_use_the_gap(tmp_path: Path) -> None:
    first = ScreenFirst()
    settings = WatcherSettings(hotfolder=tmp_path)
    uploads = Uploads(
        settings,
        Clock(),
        Ledger(tmp_path / "ledger.sqlite3"),
        Pace(time.monotonic, limit=0),
        answered=lambda _: None,
        changed=lambda: None,
        screen_first=first,
    )
    assert not uploads.under_way()
    first.begins(asyncio.get_running_loop().time())
    assert uploads.under_way()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts niceness by thread")
async def test_decoding_steps_back_and_what_tells_of_it_does_not(make_rig: Callable[..., Rig]) -> None:
    """Else the camera's own thumbnail and the proof of the whole file want the processor at the same time."""
    rig = make_rig()
    rig.spawn()
    camera.write_once(rig.folder / "A.JPG", camera.small_photo(1))
    await rig.filed(1)
    assert rig.process is not None
    ours = os.getpriority(os.PRIO_PROCESS, os.getpid())
    behind = [_niceness(task) for task in Path(f"/proc/{rig.process.pid}/task").iterdir()].count(
        max(SLIGHT_NICENESS, ours)
    )
    loop = os.getpriority(os.PRIO_PROCESS, rig.process.pid)
    assert rig.end(signal.SIGTERM) == 0
    assert loop == ours
    assert behind == 2, "one that decodes and one that hashes"


def _niceness(task: Path) -> int:
    return os.getpriority(os.PRIO_PROCESS, int(task.name))
