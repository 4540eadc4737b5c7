"""Heavy picture work in threads that step back: what a person waits for gets the processor first."""

import asyncio
import functools
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

NICENESS = 10
SLIGHT_NICENESS = 2
"""Of what a person waits for, too, but not before the first sign of it is on the screen."""
_THREADS = 2


def step_back(niceness: int = NICENESS) -> None:
    """Give this thread a low priority: an executor's `initializer`.

    Linux counts niceness by thread; elsewhere nothing happens, it would slow the whole program down.
    """
    if sys.platform == "linux":
        lower = max(niceness, os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), lower)


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="pictures", initializer=step_back)


async def in_background(work: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    """Run `work` in one of two threads of low priority; more than two wait in line. Raises what it raises."""
    return await asyncio.get_running_loop().run_in_executor(
        _pool(), functools.partial(work, *args, **options)
    )
