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
_THREADS = 2


def _step_back() -> None:
    # Linux counts niceness by thread; elsewhere it would slow the whole program down.
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="pictures", initializer=_step_back)


async def in_background(work: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    """Run `work` in one of two threads of low priority; more than two wait in line. Raises what it raises."""
    return await asyncio.get_running_loop().run_in_executor(
        _pool(), functools.partial(work, *args, **options)
    )
