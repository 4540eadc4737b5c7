"""The faults of the installation: how each begins and ends. Those of the provider stand with it."""

import ctypes
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import redis

from app.adapters.taskiq_queue import STREAM
from tests.chaos.house import House, Worker

ZOMBIE_SECONDS = (12.0, 16.0)
ZOMBIE_MAX_SECONDS = 60.0
OUTAGE_SECONDS = 5.0
LONG_OUTAGE_SECONDS = 60.0
RINGS_SECONDS = 8.0
RINGS_TIMES = 3
"""After an outage of Redis nobody rings for a while."""
STORAGE_SECONDS = 20.0
PROVIDER_SECONDS = 6.0
CLOCK_SECONDS = 60.0
AFTERLIFE_SECONDS = 5.0
BUSY_SECONDS = 30.0
READY_SECONDS = 30.0

Course = Generator[float, None, None]
"""A fault's course: it yields the seconds until its next move, and counts itself once it really happened."""


@dataclass(frozen=True)
class Kind:
    """A kind of fault; the parts it touches are its own meanwhile. `often` in a round; under 1: in some."""

    name: str
    parts: frozenset[str]
    course: Callable[[House], Course]
    often: float = 1


def kill(house: House) -> Course:
    """kill -9 of a worker that has jobs, and its restart at once."""
    victim = yield from _busy(house)
    if victim is not None:
        house.kill(victim)
        house.fired["kill"] += 1
        house.replace(victim)
        house.fired["restart"] += 1


def _busy(house: House) -> Generator[float, None, Worker | None]:
    """A worker that has jobs, as soon as there is one; None when there is none for long."""
    until = time.monotonic() + BUSY_SECONDS
    while time.monotonic() < until:
        if busy := house.busy():
            return house.random.choice(busy)
        yield 0.5
    return None


def zombie(house: House) -> Course:
    """A worker stands still for longer than its lease, somebody else does its work, and then it wakes."""
    victim = yield from _busy(house)
    if victim is None:
        return
    os.kill(victim.child.pid, signal.SIGSTOP)
    frozen_at, had = time.time(), house.holds(victim)
    house.replace(victim)
    yield house.random.uniform(*ZOMBIE_SECONDS)
    while had and house.holds(victim) and time.time() < frozen_at + ZOMBIE_MAX_SECONDS:
        yield 0.5
    woken_at = time.time()
    os.kill(victim.child.pid, signal.SIGCONT)
    house.extra.append(victim)
    house.zombies.append((victim.role, frozen_at, woken_at))
    house.fired["zombie"] += had > 0
    yield AFTERLIFE_SECONDS
    victim.child.send_signal(signal.SIGTERM)


def rolling_restart(house: House) -> Course:
    """Every worker is replaced: a new one starts, then the old one is told to stop."""
    for old in list(house.workers):
        if old not in house.workers:  # it ended by itself, and has a successor already
            continue
        yield from _replaced(house, old)
        old.child.send_signal(signal.SIGTERM)
        house.extra.append(old)
        house.fired["restart"] += 1
    house.fired["rolling_restart"] += 1


def _replaced(house: House, old: Worker, offset: float = 0.0) -> Course:
    """A new worker in the place of an old one, which goes on until the new one is at work."""
    new = house.replace(old, offset)
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and not house.works(new):
        yield 0.5


def wrong_clock(house: House) -> Course:
    """A worker is replaced by one whose clock is wrong by a minute."""
    old: Worker = house.random.choice(house.workers)
    yield from _replaced(house, old, house.random.choice((-CLOCK_SECONDS, CLOCK_SECONDS)))
    old.child.send_signal(signal.SIGTERM)
    house.extra.append(old)
    house.fired["restart"] += 1
    house.fired["wrong_clock"] += 1


def redis_stops(house: House) -> Course:
    """Redis is stopped for five seconds, and empty when it is back."""
    house.valkey.stop()
    yield OUTAGE_SECONDS
    house.valkey.start(subprocess.DEVNULL)
    house.fired["redis_stops"] += 1


def redis_away_60_s(house: House) -> Course:
    """Redis is stopped for a whole minute, longer than any wait of ours, and empty when it is back."""
    house.valkey.stop()
    yield LONG_OUTAGE_SECONDS
    house.valkey.start(subprocess.DEVNULL)
    house.fired["redis_away_60_s"] += 1


def redis_freezes(house: House) -> Course:
    """Redis takes connections and answers nothing."""
    assert house.valkey.process is not None
    pid = house.valkey.process.pid
    os.kill(pid, signal.SIGSTOP)
    yield OUTAGE_SECONDS
    os.kill(pid, signal.SIGCONT)
    house.fired["redis_freezes"] += 1


def redis_flushed(house: House) -> Course:
    """Everything in Redis is gone, the bells' group too."""
    with house.redis() as client:
        client.flushall()
    house.fired["redis_flushed"] += 1
    yield 0.0


def rings_tenfold(house: House) -> Course:
    """Every ring is sent nine times more."""
    stop = threading.Event()
    repeating = threading.Thread(target=_repeat, args=(house, stop), daemon=True)
    repeating.start()
    before = house.fired["rings_tenfold"]
    for _ in range(RINGS_TIMES):
        yield RINGS_SECONDS
        if house.fired["rings_tenfold"] > before:
            break
    stop.set()
    repeating.join(10)


def _repeat(house: House, stop: threading.Event) -> None:
    ours: set[bytes] = set()
    with house.redis() as client, suppress(redis.RedisError):
        newest = client.xrevrange(STREAM, count=1)
        last: bytes = newest[0][0] if newest else b"0-0"
        while not stop.is_set():
            read: list[tuple[bytes, list[tuple[bytes, dict[bytes, bytes]]]]]
            read = client.xread({STREAM: last}, block=500)
            for last, fields in read[0][1] if read else ():
                if last in ours:
                    continue
                ours |= {client.xadd(STREAM, fields) for _ in range(9)}
                house.fired["rings_tenfold"] += 1


def rings_eaten(house: House) -> Course:
    """No ring is delivered: Redis refuses to take any."""
    with house.redis() as client:
        client.config_resetstat()
        client.execute_command("ACL", "SETUSER", "default", "-xadd")
        refused = 0
        for _ in range(RINGS_TIMES):
            yield RINGS_SECONDS
            told = client.info("commandstats").get("cmdstat_xadd", {})
            refused = int(told.get("rejected_calls", 0))
            if refused:
                break
        client.execute_command("ACL", "SETUSER", "default", "+xadd")
        house.fired["rings_eaten"] += refused


def postgres_restarts(house: House) -> Course:
    """PostgreSQL is stopped under load and started again."""
    house.postgres.stop()
    house.postgres.start(subprocess.DEVNULL)
    house.fired["postgres_restarts"] += 1
    yield 0.0


def web_killed(house: House) -> Course:
    """kill -9 of the web, and its restart at once."""
    os.killpg(house.web.pid, signal.SIGKILL)
    house.web.wait(10)
    house.web = house.stack.start("console")
    house.fired["web_killed"] += 1
    yield 8.0


def storage_refuses(house: House) -> Course:
    """The folder of the storage is no folder for a while: every read and write of it fails."""
    standin = house.stack.folder / "standin"
    standin.write_bytes(b"")
    _exchange(house.objects, standin)
    yield STORAGE_SECONDS
    _exchange(house.objects, standin)
    standin.unlink()
    house.fired["storage_refuses"] += 1


def _exchange(one: Path, other: Path) -> None:
    """Let two paths change their names in one step: nobody can come in between."""
    here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(here, os.fsencode(one), here, os.fsencode(other), exchange):
        raise OSError(ctypes.get_errno(), "renameat2")


def provider_down(house: House) -> Course:
    """The provider answers everything with 503: its breaker opens."""
    before = house.books.refused_while_down
    house.books.down = True
    yield PROVIDER_SECONDS
    house.books.down = False
    house.fired["provider_down"] += house.books.refused_while_down > before


def _kind(course: Callable[[House], Course], *parts: str, often: float = 1) -> Kind:
    return Kind(course.__name__, frozenset(parts), course, often)


KINDS = (
    _kind(kill, "workers", often=5),
    _kind(zombie, "workers", often=2),
    _kind(rolling_restart, "workers"),
    _kind(wrong_clock, "workers"),
    _kind(redis_stops, "redis"),
    _kind(redis_freezes, "redis"),
    _kind(redis_flushed, "redis"),
    _kind(rings_tenfold, "redis"),
    _kind(rings_eaten, "redis"),
    _kind(postgres_restarts, "postgres"),
    _kind(web_killed, "web", often=0.5),
    _kind(storage_refuses, "storage", "web", often=0.4),
    _kind(provider_down, "provider", often=0.4),
)
LONG_RUN = 300
"""From so many jobs on a run is long enough for faults of a minute."""


def kinds_for(jobs: int) -> tuple[Kind, ...]:
    """The faults of a run of so many jobs; what lasts a minute is first, so that it surely ends in time."""
    return (_kind(redis_away_60_s, "redis", often=0), *KINDS) if jobs >= LONG_RUN else KINDS
