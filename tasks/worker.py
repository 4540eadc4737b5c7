"""The worker process: listens to bells, works jobs, keeps house, and stops without burning an attempt."""

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from importlib.metadata import version

import structlog
from taskiq.acks import AcknowledgeType
from taskiq.receiver import Receiver
from ulid import ULID

from app.adapters.taskiq_queue import TASK_NAME, BellBroker, broker
from app.imaging.background import NICENESS, step_back
from app.ports import Ports
from app.services import programs
from app.settings import Settings
from app.telemetry import setup_logging
from app.wiring import open_ports
from tasks import photo
from tasks.chores import chores
from tasks.engine import Engine
from tasks.runner import Runner, beat, keep_house

log = structlog.get_logger()

LINES = {"photo": photo.STAGES}
GRACE_SECONDS = 5.0
ENDING_SECONDS = 20.0
"""Runs have their grace time and as long again to hand their leases back; then the rest must end."""


async def serve(settings: Settings, ports: Ports) -> None:
    """Work until SIGTERM or SIGINT."""
    host = socket.gethostname()
    worker_id = f"{host}-{os.getpid()}-{str(ULID())[-6:].lower()}"
    runner = Runner(Engine(ports, LINES, worker_id), settings.worker_jobs)
    who = programs.Who(worker_id, "worker", host, version("photobot"), settings.photobot_data)
    bells = broker(settings.redis_url)
    bells.is_worker_process = True

    async def ring(job_id: str) -> None:
        runner.wake()

    bells.register_task(ring, task_name=TASK_NAME)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with ThreadPoolExecutor(max_workers=1) as executor:
        receiver = Receiver(
            bells,
            executor=executor,
            max_async_tasks=runner.slots,
            ack_type=AcknowledgeType.WHEN_RECEIVED,
            wait_tasks_timeout=0.2,
        )
        helpers = [
            asyncio.create_task(_registered(ports, runner), name="work"),
            asyncio.create_task(keep_house(ports, runner), name="house"),
            asyncio.create_task(beat(ports, runner, who), name="beat"),
            asyncio.create_task(chores(ports), name="chores"),
        ]
        listening = asyncio.create_task(_listen(receiver, stop), name="bells")
        log.info("worker_ready", worker=worker_id, slots=runner.slots)
        try:
            await _until(stop, *helpers, listening)
        finally:
            log.info("worker_stopping", running=runner.running)
            stop.set()
            with _at_most(ENDING_SECONDS):
                await runner.stop(GRACE_SECONDS)
                await _end({*helpers, listening}, bells)
                await _shortly(programs.says_goodbye(ports, who))
                await _shortly(bells.shutdown())


async def _shortly(farewell: Awaitable[None]) -> None:
    """What is only polite when there is nobody to hear it."""
    with suppress(Exception):
        async with asyncio.timeout(2):
            await farewell


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """End the process hard when the block lasts longer: its leases run out then, as after any other death."""
    timer = threading.Timer(seconds, os._exit, (1,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


async def _end(chores: set[asyncio.Task[None]], bells: BellBroker) -> None:
    """Cancel until all have ended: a library that was just at its own clearing up may swallow it once."""
    left = chores
    while left:
        for chore in left:
            chore.cancel()
        _, left = await asyncio.wait(left, timeout=1)
        if left:
            bells.stop_reading()
            log.warning("chores_not_ended", chores=sorted(chore.get_name() for chore in left))


async def _registered(ports: Ports, runner: Runner) -> None:
    """Write down the outside parts, as soon as there is a database, and work."""
    while True:
        try:
            await runner.engine.outside.register()
            break
        except Exception as error:
            log.warning("not_registered_yet", error=type(error).__name__)
            await asyncio.sleep(1)
    await runner.work()


async def _until(stop: asyncio.Event, *chores: asyncio.Task[None]) -> None:
    """Wait for the signal; a chore that ends before it has failed, and so has the worker."""
    stopped = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait({stopped, *chores}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    for chore in set(chores) & done:
        chore.result()


async def _listen(receiver: Receiver, stop: asyncio.Event) -> None:
    """Listen to bells until told to stop, whatever the receiver dies of: the runner looks every second."""
    while not stop.is_set():
        try:
            await receiver.listen(stop)
        except Exception as error:
            log.warning("bells_receiver_failed", error=type(error).__name__)
            await asyncio.sleep(1)


def _step_back() -> None:
    """Styles use whole cores: screens and the camera on the same laptop come first.

    The loop keeps its priority where threads can have one of their own: it tells screens of each stage, and
    the locks of its transactions are waited for.
    """
    if sys.platform != "linux" and hasattr(os, "nice"):
        os.nice(NICENESS)
    threads = ThreadPoolExecutor(thread_name_prefix="work", initializer=step_back)
    asyncio.get_running_loop().set_default_executor(threads)


async def main() -> None:
    """Open the outside world, work, close it."""
    setup_logging("worker")
    _step_back()
    settings = Settings()
    async with open_ports(settings) as ports:
        await serve(settings, ports)
