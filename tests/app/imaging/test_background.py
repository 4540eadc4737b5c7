"""Picture work steps back: its threads have a low priority, the program itself keeps its own."""

import os
import sys
import threading

import pytest

from app.imaging.background import NICENESS, in_background


def _niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts niceness by thread")
async def test_its_threads_step_back_and_the_loop_does_not() -> None:
    before = _niceness()
    assert await in_background(_niceness) == max(NICENESS, before)
    assert _niceness() == before


async def test_what_the_work_raises_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        await in_background(lambda: 1 / 0)
