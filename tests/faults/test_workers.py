"""Workers that die, freeze, are stopped, or meet poison: jobs go on where they were, paid once."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from app.domain.job import MAX_STALLS
from app.imaging.background import NICENESS
from tests.fakes.stack import finished, wait_for
from tests.faults.rig import Rig, kill

pytestmark = pytest.mark.faults


def test_a_killed_workers_job_goes_on_at_its_stage(rig: Rig) -> None:
    rig.worker()
    rig.worker()
    rig.provider.hang = True
    job_id = rig.post()
    kill(rig.styling(job_id))
    killed_at = time.monotonic()
    rig.provider.hang = False

    job = finished(rig.operator, job_id, 30)

    print(f"rescued and done {time.monotonic() - killed_at:.1f} s after kill -9")
    assert job["status"] == "succeeded", job["error"]
    assert rig.provider.submits[job_id] == 1
    assert rig.objects(job_id, "prepared") == 1
    assert rig.outcomes(job_id, "ai_processing") == ["stalled", "done"]
    assert rig.outcomes(job_id, "preprocessing") == ["done"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts niceness by thread")
def test_its_pictures_step_back_and_its_news_do_not(rig: Rig) -> None:
    worker = rig.stack.worker()  # the real one, not the one with a provider of the tests
    rig.workers.append(worker)
    assert finished(rig.operator, rig.post(style="duotone"))["status"] == "succeeded"
    loop = os.getpriority(os.PRIO_PROCESS, worker.pid)
    threads = [int(thread.name) for thread in Path(f"/proc/{worker.pid}/task").iterdir()]
    assert loop == os.getpriority(os.PRIO_PROCESS, os.getpid())
    assert any(os.getpriority(os.PRIO_PROCESS, thread) == max(NICENESS, loop) != loop for thread in threads)


def test_a_zombie_writes_nothing_and_stops_nothing(rig: Rig) -> None:
    rig.worker()
    rig.worker()
    rig.provider.hang = True
    job_id = rig.post()
    zombie = rig.styling(job_id)
    os.kill(zombie.pid, signal.SIGSTOP)
    wait_for(lambda: len(rig.outcomes(job_id, "ai_processing")) == 2, 30)
    lost_before = rig.said("lease_lost")
    os.kill(zombie.pid, signal.SIGCONT)
    wait_for(lambda: rig.said("lease_lost") > lost_before, 30)
    rig.provider.hang = False

    job = finished(rig.operator, job_id)

    assert job["status"] == "succeeded", job["error"]
    assert rig.provider.cancels[job_id] == 0
    assert rig.provider.submits[job_id] == 1
    assert rig.outcomes(job_id, "ai_processing") == ["stalled", "done"]
    assert "-2." in rig.query(f"SELECT best_output_key FROM jobs WHERE id = '{job_id}'")


def test_a_stopped_worker_hands_its_job_over_at_once(rig: Rig) -> None:
    rig.worker()
    rig.worker()
    rig.provider.hang = True
    job_id = rig.post()
    stopped = rig.styling(job_id)
    rig.stack.stop(stopped)
    stopped_at = time.monotonic()
    wait_for(lambda: len(rig.outcomes(job_id, "ai_processing")) == 2, 9)
    print(f"taken on {time.monotonic() - stopped_at:.1f} s after the end of the other worker")
    rig.provider.hang = False

    job = finished(rig.operator, job_id)

    assert stopped.returncode == 0
    assert job["status"] == "succeeded", job["error"]
    assert rig.outcomes(job_id, "ai_processing") == ["handed_back", "done"]
    assert rig.stalls(job_id) == 0
    assert rig.provider.submits[job_id] == 1
    assert rig.provider.cancels[job_id] == 0


def test_a_job_that_kills_its_workers_ends_visibly(rig: Rig) -> None:
    rig.provider.die = True
    job_id = rig.post()
    for _ in range(MAX_STALLS):
        rig.worker().wait(20)
        rig.hurry(job_id)
    rig.worker()

    job = finished(rig.operator, job_id, 20)

    assert (job["status"], job["error"]["code"]) == ("failed", "STALLED")
    assert rig.provider.submits[job_id] == MAX_STALLS
    assert rig.outcomes(job_id, "ai_processing") == ["stalled"] * MAX_STALLS


def test_a_running_job_is_cancelled_within_a_heartbeat(rig: Rig) -> None:
    rig.worker()
    rig.provider.hang = True
    job_id = rig.post()
    rig.styling(job_id)
    asked_at = time.monotonic()

    assert rig.operator.post(f"/jobs/{job_id}/cancel").status_code in (200, 202)
    job = finished(rig.operator, job_id, 15)

    print(f"cancelled after {time.monotonic() - asked_at:.1f} s")
    assert job["status"] == "canceled"
    assert rig.provider.cancels[job_id] == 1


def test_a_queued_job_is_cancelled_at_once(rig: Rig) -> None:
    job_id = rig.post()

    assert rig.operator.post(f"/jobs/{job_id}/cancel").json()["status"] == "canceled"
    rig.worker()
    other = rig.post()

    assert finished(rig.operator, other)["status"] == "succeeded"
    assert rig.job(job_id)["status"] == "canceled"
    assert rig.provider.submits[job_id] == 0


def test_lost_rings_are_no_lost_jobs(rig: Rig) -> None:
    import redis

    jobs = [rig.post() for _ in range(4)]
    with redis.Redis.from_url(rig.stack.environment["REDIS_URL"]) as client:
        client.flushdb()
    rig.worker()

    assert [finished(rig.operator, job_id)["status"] for job_id in jobs] == ["succeeded"] * 4
    assert all(rig.provider.submits[job_id] == 1 for job_id in jobs)


def test_repeated_rings_are_one_run(rig: Rig) -> None:
    import redis

    job_id = rig.post()
    with redis.Redis.from_url(rig.stack.environment["REDIS_URL"]) as client:
        [(_, bell)] = client.xrevrange("photobot:bells", count=1)
        for _ in range(10):
            client.xadd("photobot:bells", bell)
    rig.worker()
    rig.worker()

    assert finished(rig.operator, job_id)["status"] == "succeeded"
    assert rig.provider.submits[job_id] == 1
    assert rig.outcomes(job_id, "preprocessing") == ["done"]
