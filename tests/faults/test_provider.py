"""A provider that is tired, refuses, forgets or hangs."""

import pytest

from tests.fakes.stack import finished, wait_for
from tests.faults.rig import Rig

pytestmark = pytest.mark.faults


def test_a_tired_provider_is_asked_again_and_the_job_never_looks_failed(rig: Rig) -> None:
    rig.worker()
    rig.provider.submit_transient = 1
    rig.provider.poll_transient = 1
    job_id = rig.post()
    seen: list[tuple[str, str]] = []

    def watched() -> bool:
        job = rig.job(job_id)
        seen.append((job["status"], (job["waitReason"] or {}).get("because", "")))
        return job["status"] in ("succeeded", "failed")

    wait_for(watched, 40)
    assert seen[-1][0] == "succeeded"
    assert {status for status, _ in seen} <= {"queued", "running", "succeeded"}
    assert rig.outcomes(job_id, "ai_processing") == ["failed", "failed", "done"]
    assert rig.provider.submits[job_id] == 3


def test_a_refusal_is_final(rig: Rig) -> None:
    rig.worker()
    rig.provider.poll_fatal = True

    job_id = rig.post()
    job = finished(rig.operator, job_id)

    assert (job["status"], job["error"]["code"]) == ("failed", "PROVIDER_REFUSED")
    assert rig.provider.submits[job_id] == 1


def test_a_forgotten_task_is_submitted_again_within_the_attempt(rig: Rig) -> None:
    rig.worker()
    rig.provider.lose = 1

    job_id = rig.post()
    job = finished(rig.operator, job_id)

    assert job["status"] == "succeeded"
    assert rig.provider.submits[job_id] == 2
    assert rig.outcomes(job_id, "ai_processing") == ["done"]
