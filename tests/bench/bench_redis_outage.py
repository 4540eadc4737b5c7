"""What guests and screens feel while Redis is frozen or gone: `python -m tests.bench.bench_redis_outage`."""

import os
import signal
import subprocess
import time
from collections.abc import Callable

from app.adapters.embedded.valkey import EmbeddedValkey
from app.db import migrate
from tests.bench.report import percentile, report
from tests.fakes import servers
from tests.fakes import stack as stacks
from tests.fakes.board_client import BoardClient, cookie_of, screen
from tests.fakes.stack import OPERATOR, finished, wait_for
from tests.faults.rig import Rig
from tests.faults.rig import rig as make_rig

SECONDS = 10.0
POSTS = 12


def posts(rig: Rig, board: BoardClient, seconds: float) -> tuple[list[str], list[float], list[float]]:
    """Post for a while; each POST's seconds, and how long until the screen showed the job."""
    jobs, answered, shown = [], [], []
    for number in range(POSTS):
        begun = time.monotonic()
        job_id = rig.post()
        answered.append(time.monotonic() - begun)
        wait_for(lambda key=("job", job_id): key in board.rows, 20, 0.005)  # type: ignore[misc]
        shown.append(time.monotonic() - begun - answered[-1])
        jobs.append(job_id)
        rest = begun + seconds / POSTS
        wait_for(lambda until=rest: time.monotonic() > until, 20, 0.005)  # type: ignore[misc]
        if number and time.monotonic() - begun > seconds:
            break
    return jobs, answered, shown


def phase(
    rig: Rig, board: BoardClient, name: str, begin: Callable[[], object], end: Callable[[], object]
) -> dict[str, float]:
    """Break, post, mend, and wait until all is done and shown."""
    begin()
    jobs, answered, shown = posts(rig, board, SECONDS)
    end()
    mended_at = time.monotonic()
    states = [finished(rig.operator, job_id, 120)["status"] for job_id in jobs]
    for job_id in jobs:
        board.until("job", job_id, 30, status="succeeded")
    return {
        f"{name}: jobs posted": len(jobs),
        f"{name}: jobs lost": len(jobs) - states.count("succeeded"),
        f"{name}: POST p50 ms": percentile(answered, 0.5) * 1000,
        f"{name}: POST max ms": max(answered) * 1000,
        f"{name}: on screen after p50 ms": percentile(shown, 0.5) * 1000,
        f"{name}: on screen after max ms": max(shown) * 1000,
        f"{name}: all done and shown after the end, ms": (time.monotonic() - mended_at) * 1000,
    }


def main() -> None:
    """Well, frozen (SIGSTOP), stopped and started."""
    with servers.postgres() as postgres, servers.valkey() as valkey:
        migrate.upgrade(postgres.database_url)
        with (
            stacks.stack(postgres.database_url, valkey.redis_url) as stack,
            make_rig(stack, postgres) as rig,
        ):
            rig.worker()
            cookie = cookie_of(stack, "operator", OPERATOR)
            with screen(stack, "/ws/board", Cookie=cookie) as board:
                report("redis_outage", measured(rig, board, valkey))


def measured(rig: Rig, board: BoardClient, valkey: EmbeddedValkey) -> dict[str, float]:
    """The three phases."""
    pid = valkey.process.pid if valkey.process else 0
    figures = phase(rig, board, "well", lambda: None, lambda: None)
    figures |= phase(
        rig, board, "frozen", lambda: os.kill(pid, signal.SIGSTOP), lambda: os.kill(pid, signal.SIGCONT)
    )
    figures |= phase(rig, board, "stopped", valkey.stop, lambda: valkey.start(subprocess.DEVNULL))
    return figures


if __name__ == "__main__":
    main()
