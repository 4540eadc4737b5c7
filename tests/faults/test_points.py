"""kill -9 and SIGSTOP at every point of the photo line: what is finished stays, what is paid is paid once."""

from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO

import pytest
from PIL import Image

from tests.fakes.stack import finished, wait_for
from tests.faults.nursery import Nursery
from tests.faults.nursery import nursery as make_nursery
from tests.faults.rig import Rig

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]

STAGES = ("preprocessing", "ai_processing", "framing", "uploading_output", "publishing")
AT_ONCE = 4

# Where it happens: the stage that does not get to its end then ("": none was begun, or all were ended).
WRITES = {
    "before claim": "",
    "before begin preprocessing": "",
    "before put prepared": "preprocessing",
    "before begin ai_processing": "preprocessing",
    "before asked": "ai_processing",
    "before submit": "ai_processing",
    "after submit": "ai_processing",
    "before taken": "ai_processing",
    "before settled": "ai_processing",
    "before fetch": "ai_processing",
    "before put styled": "ai_processing",
    "before begin framing": "ai_processing",
    "before put framed": "framing",
    "before begin uploading_output": "framing",
    "before put output_0": "uploading_output",
    "before begin publishing": "uploading_output",
    "before head output_0": "publishing",
    "before succeed": "publishing",
}
BOUNDARIES = {
    "after claim": "",
    "after begin preprocessing": "preprocessing",
    "after put prepared": "preprocessing",
    "after begin ai_processing": "ai_processing",
    "after asked": "ai_processing",
    "after taken": "ai_processing",
    "after poll": "ai_processing",
    "after settled": "ai_processing",
    "after put styled": "ai_processing",
    "after begin framing": "framing",
    "after begin uploading_output": "uploading_output",
    "after put thumb_thumb": "uploading_output",
    "after begin publishing": "publishing",
    "after succeed": "",
}
UNCLAIMED = ("before claim", "after succeed")
"""Points at which nobody has to take the job over."""


@pytest.fixture
def nursery(rig: Rig) -> Iterator[Nursery]:
    """Forks workers for an event whose pictures get a frame."""
    buffer = BytesIO()
    Image.new("RGBA", (32, 24), (0, 90, 80, 60)).save(buffer, "PNG")
    key = f"events/{rig.event_id}/overlays/{sha256(buffer.getvalue()).hexdigest()}.png"
    path = rig.stack.folder / "data" / "objects" / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(buffer.getvalue())
    rig.query(f"UPDATE events SET overlay_key = '{key}' WHERE id = '{rig.event_id}'")
    with make_nursery(rig) as made:
        yield made


def broken(rig: Rig, nursery: Nursery, points: list[str], how: str) -> dict[str, tuple[str, int]]:
    """A job for each point, worked to there; the jobs and their workers."""
    made: dict[str, tuple[str, int]] = {}
    ends = {"SIGKILL": "killed", "SIGSTOP": "frozen"}
    for first in range(0, len(points), AT_ONCE):
        few = {point: rig.post() for point in points[first : first + AT_ONCE]}
        made |= {point: (job, nursery.worker(job=job, point=point, how=how)) for point, job in few.items()}
        assert {point: nursery.wait(made[point][1]) for point in few} == dict.fromkeys(few, ends[how])
    return made


def wrong(rig: Rig, job_id: str, point: str) -> list[str]:
    """What is not as it should be about a job that was broken at this point and ended by another worker."""
    stopped_in = (WRITES | BOUNDARIES)[point]
    expected = {name: ["stalled", "done"] if name == stopped_in else ["done"] for name in STAGES}
    fence = 1 if point in UNCLAIMED else 2
    job = rig.job(job_id)
    taken_over = rig.query(
        f"SELECT count(*) FROM job_events WHERE job_id = '{job_id}' AND kind = 'taken_over'"
    )
    best = rig.query(f"SELECT best_output_key FROM jobs WHERE id = '{job_id}' AND stalls = 0")
    ledger = rig.query(f"SELECT state FROM provider_spend WHERE job_id = '{job_id}' AND state <> 'refused'")
    checks = {
        "status": (job["status"], "succeeded"),
        "outcomes": ({name: rig.outcomes(job_id, name) for name in STAGES}, expected),
        "fence": (rig.query(f"SELECT fence FROM jobs WHERE id = '{job_id}'"), str(fence)),
        "taken_over": (taken_over, "1" if stopped_in else "0"),
        "submits": (rig.provider.submits[job_id], 1),
        "cancels": (rig.provider.cancels[job_id], 0),
        "ledger": (ledger, "done"),
        "best": ((rig.stack.folder / "data" / "objects" / best).is_file(), True),
        "prepared": (
            rig.objects(job_id, "prepared") if stopped_in not in ("", "preprocessing") else 1,
            1,
        ),
    }
    return [f"{name}: {is_} != {should}" for name, (is_, should) in checks.items() if is_ != should]


def facts(rig: Rig, job_id: str) -> str:
    """All that the database knows of a job."""
    tables = {"jobs": "id", "job_stages": "job_id", "job_attempts": "job_id", "job_events": "job_id"}
    tables["provider_spend"] = "job_id"
    return "\n".join(
        rig.query(f"SELECT one::text FROM {table} AS one WHERE {key} = '{job_id}' ORDER BY 1")
        for table, key in tables.items()
    )


def test_a_worker_is_killed_at_every_point(rig: Rig, nursery: Nursery) -> None:
    made = broken(rig, nursery, [*WRITES, *BOUNDARIES], "SIGKILL")
    for job_id, _ in made.values():
        rig.hurry(job_id)
    nursery.worker()

    for job_id, _ in made.values():
        finished(rig.operator, job_id, 60)

    found = {point: wrong(rig, job_id, point) for point, (job_id, _) in made.items()}
    assert {point: words for point, words in found.items() if words} == {}


def test_where_a_provider_cannot_tell_a_killed_worker_leaves_the_job_to_a_person(
    rig: Rig, nursery: Nursery
) -> None:
    rig.provider.blind = True
    made = broken(rig, nursery, ["after asked", "after submit", "before taken"], "SIGKILL")
    for job_id, _ in made.values():
        rig.hurry(job_id)
    nursery.worker()

    for point, (job_id, _) in made.items():
        told = wait_for(lambda job=job_id: rig.job(job)["waitReason"], 30)  # type: ignore[misc]
        assert (told["code"], rig.job(job_id)["status"]) == ("outcome", "queued"), point
        assert rig.query(f"SELECT state FROM provider_spend WHERE job_id = '{job_id}'") == "unknown"
    submits = [rig.provider.submits[job_id] for job_id, _ in made.values()]
    assert submits == [0, 1, 1]


def test_a_zombie_at_every_write_of_a_job_that_has_ended(rig: Rig, nursery: Nursery) -> None:
    made = broken(rig, nursery, [point for point in WRITES if point != "before claim"], "SIGSTOP")
    nursery.worker()
    for job_id, _ in made.values():
        finished(rig.operator, job_id, 90)
    ended = {job_id: facts(rig, job_id) for job_id, _ in made.values()}

    states = {point: nursery.wake(zombie) for point, (_, zombie) in made.items()}

    assert states == dict.fromkeys(made, "ended 0")
    assert {job_id: facts(rig, job_id) for job_id in ended} == ended
    found = {point: wrong(rig, job_id, point) for point, (job_id, _) in made.items()}
    assert {point: words for point, words in found.items() if words} == {}


HELD = ("before begin ai_processing", "before submit", "before taken", "before settled", "before put styled")
HELD_LATER = ("before begin framing", "before begin publishing", "before succeed")


def test_a_zombie_at_every_write_of_a_job_that_another_holds(rig: Rig, nursery: Nursery) -> None:
    made = broken(rig, nursery, [*HELD, *HELD_LATER], "SIGSTOP")
    lively = "SELECT count(*) FROM jobs WHERE status = 'running' AND lease_until >= clock_timestamp()"
    wait_for(lambda: rig.query(lively) == "0", 30)
    holders = {
        job_id: nursery.worker(job=job_id, point="after claim", how="SIGSTOP") for job_id, _ in made.values()
    }
    assert {nursery.wait(holder) for holder in holders.values()} == {"frozen"}
    held = {job_id: facts(rig, job_id) for job_id in holders}

    states = {point: nursery.wake(zombie) for point, (_, zombie) in made.items()}

    assert states == dict.fromkeys(made, "ended 0")
    assert {job_id: facts(rig, job_id) for job_id in held} == held
    assert {nursery.wake(holder) for holder in holders.values()} == {"ended 0"}
    found = {point: wrong(rig, job_id, point) for point, (job_id, _) in made.items()}
    assert {point: words for point, words in found.items() if words} == {}
