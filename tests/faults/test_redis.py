"""Redis frozen, stopped, restarted, flushed, absent: jobs go on, screens are right again by themselves."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from app.adapters.embedded.postgres import EmbeddedPostgres
from app.adapters.embedded.valkey import EmbeddedValkey
from tests.fakes import stack as stacks
from tests.fakes.board_client import BoardClient, cookie_of, screen
from tests.fakes.stack import OPERATOR, finished, wait_for
from tests.faults.rig import Rig
from tests.faults.rig import rig as make_rig

pytestmark = pytest.mark.faults

OUTAGE_SECONDS = 10.0


@pytest.fixture
def broken(database_url: str, own_valkey: EmbeddedValkey, postgres_server: EmbeddedPostgres) -> Iterator[Rig]:
    """A rig whose Redis is this test's own."""
    with (
        stacks.stack(database_url, own_valkey.redis_url) as stack,
        make_rig(stack, postgres_server) as made,
    ):
        yield made


@contextmanager
def board_of(rig: Rig) -> Iterator[BoardClient]:
    """A signed-in screen."""
    cookie = cookie_of(rig.stack, "operator", OPERATOR)
    with screen(rig.stack, "/ws/board", Cookie=cookie, Origin=rig.stack.url) as client:
        yield client


def outage(rig: Rig, begin: Callable[[], object], end: Callable[[], object]) -> list[str]:
    """Post jobs before, during and after an outage of ten seconds; their ids."""
    jobs = [rig.post() for _ in range(3)]
    begin()
    until = time.monotonic() + OUTAGE_SECONDS
    slowest = 0.0
    while time.monotonic() < until:
        posted_at = time.monotonic()
        jobs.append(rig.post())
        slowest = max(slowest, time.monotonic() - posted_at)
        wait_for(lambda at=posted_at: time.monotonic() > at + 0.5)  # type: ignore[misc]
    print(f"slowest POST during the outage {slowest:.1f} s")
    end()
    jobs.append(rig.post())
    return jobs


def all_right(rig: Rig, board: BoardClient, jobs: list[str]) -> None:
    """Every job succeeded once, and the screen shows it without a new connection."""
    assert [finished(rig.operator, job_id, 60)["status"] for job_id in jobs] == ["succeeded"] * len(jobs)
    assert {rig.provider.submits[job_id] for job_id in jobs} == {1}
    ended_at = time.monotonic()
    for job_id in jobs:
        board.until("job", job_id, 8, status="succeeded", percent=100)
    print(f"{len(jobs)} jobs; the screen was right {time.monotonic() - ended_at:.1f} s after the last end")
    assert board.close_code is None
    assert board.backwards == 0
    assert sum(frame["type"] == "snapshot" for frame in board.frames) == 1


def server(valkey: EmbeddedValkey) -> "subprocess.Popen[bytes]":
    """The Valkey's process."""
    assert valkey.process is not None
    return valkey.process


def test_redis_freezes_for_ten_seconds(broken: Rig, own_valkey: EmbeddedValkey) -> None:
    broken.provider.seconds = 1
    broken.worker()
    with board_of(broken) as board:
        pid = server(own_valkey).pid
        jobs = outage(broken, lambda: os.kill(pid, signal.SIGSTOP), lambda: os.kill(pid, signal.SIGCONT))
        all_right(broken, board, jobs)


def test_redis_stops_for_ten_seconds(broken: Rig, own_valkey: EmbeddedValkey) -> None:
    broken.provider.seconds = 1
    broken.worker()
    with board_of(broken) as board:
        jobs = outage(broken, own_valkey.stop, lambda: own_valkey.start(subprocess.DEVNULL))
        all_right(broken, board, jobs)
        again = broken.post()  # news and bells work again by themselves
        board.until("job", again, 20, status="succeeded")


def test_redis_is_flushed_while_jobs_run(broken: Rig, own_valkey: EmbeddedValkey) -> None:
    import redis

    broken.provider.seconds = 1
    broken.worker()
    with board_of(broken) as board, redis.Redis.from_url(own_valkey.redis_url) as client:
        jobs = []
        for _ in range(4):
            jobs += [broken.post(), broken.post()]
            client.flushall()
        all_right(broken, board, jobs)
        # The bells' group is declared again: the next ring is heard, not swept up.
        wait_for(lambda: client.exists("photobot:bells") and client.xinfo_groups("photobot:bells"), 10)


def test_workers_start_and_work_without_redis(broken: Rig, own_valkey: EmbeddedValkey) -> None:
    own_valkey.stop()
    broken.worker()
    jobs = [broken.post() for _ in range(3)]
    assert [finished(broken.operator, job_id, 60)["status"] for job_id in jobs] == ["succeeded"] * 3
    own_valkey.start(subprocess.DEVNULL)
    with board_of(broken) as board:
        board.until("job", broken.post(), 20, status="succeeded")
