"""Workers that are changed for others under load, and workers whose clocks are wrong by a minute."""

import os
import signal
from collections.abc import Iterator

import pytest

from app.domain.job import LEASE_SECONDS
from tests.fakes.stack import finished, wait_for
from tests.faults.nursery import Nursery
from tests.faults.nursery import nursery as make_nursery
from tests.faults.rig import WORKER, Rig

pytestmark = pytest.mark.faults

STAGES = ("preprocessing", "ai_processing", "framing", "uploading_output", "publishing")


@pytest.fixture
def nursery(rig: Rig) -> Iterator[Nursery]:
    """Workers with few places: one kept for the high lane, two for all."""
    with make_nursery(rig, WORKER_JOBS="3") as made:
        yield made


def held(rig: Rig, worker: int) -> int:
    """How many jobs a worker holds."""
    of_it = f"worker_id LIKE '%-{worker}-%' AND status = 'running'"
    return int(rig.query(f"SELECT count(*) FROM jobs WHERE {of_it}"))


def last_words(rig: Rig) -> str:
    """The end of the workers' log, for whoever has to find out why one did not end well."""
    return (rig.stack.folder / f"{WORKER}.log").read_text("utf-8")[-4000:]


def test_workers_are_changed_one_by_one_under_load(rig: Rig, nursery: Nursery) -> None:
    rig.provider.seconds = 7  # longer than the grace time: some jobs are handed over in the middle
    workers = [nursery.worker(), nursery.worker()]
    jobs = [rig.post() for _ in range(8)]

    for _ in range(3):
        old = workers.pop(0)
        wait_for(lambda old=old: held(rig, old), 60)  # type: ignore[misc]
        workers.append(nursery.worker())
        assert nursery.stop(old) == "ended 0", last_words(rig)
        jobs.append(rig.post())
        assert held(rig, old) == 0

    assert [finished(rig.operator, job_id, 120)["status"] for job_id in jobs] == ["succeeded"] * len(jobs)
    tries = [outcome for job_id in jobs for stage in STAGES for outcome in rig.outcomes(job_id, stage)]
    print(f"{tries.count('handed_back')} handed back of {len(tries)}")
    assert set(tries) == {"done", "handed_back"}
    assert tries.count("done") == len(jobs) * len(STAGES)
    assert rig.query("SELECT count(*) FROM job_stages WHERE failures > 0 AND finished_at IS NULL") == "0"
    assert {rig.provider.submits[job_id] for job_id in jobs} == {1}
    assert rig.provider.cancels.total() == 0


def test_a_worker_told_to_stop_while_it_takes_a_job_hands_it_back(rig: Rig, nursery: Nursery) -> None:
    rig.provider.seconds = 7
    old = nursery.worker(point="before claim", how="SIGSTOP")
    job = rig.post()
    assert nursery.wait(old) == "frozen"
    os.kill(old, signal.SIGTERM)
    assert nursery.wake(old) == "ended 0", last_words(rig)
    assert held(rig, old) == 0
    nursery.worker()
    assert finished(rig.operator, job, 60)["status"] == "succeeded"


def test_workers_whose_clocks_are_wrong_by_a_minute(rig: Rig, nursery: Nursery) -> None:
    rig.provider.hang = True
    clocks = {nursery.worker(clock=60): 60, nursery.worker(clock=-60): -60}
    jobs = [rig.post() for _ in range(4)]  # two for each
    wait_for(lambda: all(rig.provider.polls[job_id] for job_id in jobs), 60)
    assert {held(rig, worker) for worker in clocks} == {2}
    now = rig.query("SELECT max(lease_until) FROM jobs")
    beaten = f"SELECT count(*) FROM jobs WHERE status = 'running' AND lease_until > '{now}'"
    wait_for(lambda: rig.query(f"{beaten}::timestamptz + interval '{LEASE_SECONDS} s'") == "4", 60)
    leases = f"SELECT max(lease_until) <= clock_timestamp() + interval '{LEASE_SECONDS} s' FROM jobs"
    assert rig.query(leases) == "t"
    assert {tuple(rig.outcomes(job_id, "ai_processing")) for job_id in jobs} == {("open",)}

    fast = next(worker for worker, off in clocks.items() if off > 0)
    os.kill(fast, signal.SIGKILL)
    assert nursery.wait(fast) == "killed"
    rig.provider.poll_transient = 1  # and one job waits for its next try
    rig.provider.hang = False

    assert [finished(rig.operator, job_id, 90)["status"] for job_id in jobs] == ["succeeded"] * 4
    tries = sorted(outcome for job_id in jobs for outcome in rig.outcomes(job_id, "ai_processing"))
    assert tries == ["done"] * 4 + ["failed"] + ["stalled"] * 2
    assert rig.provider.submits.total() == 5
