"""The count at the end: jobs posted against the provider's books, the stored objects and the journal."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import PurePath
from typing import Any

from tests.bench.report import percentile
from tests.chaos.journal import Tenure, Told
from tests.chaos.pictures import shows
from tests.chaos.provider import Task

MTIME_SECONDS = 0.05
"""A file's time is that of the kernel's last tick."""
LEASE_SECONDS = 10.0
GOAL_SECONDS = 12.0


@dataclass(frozen=True)
class Ended:
    """How the database says that a job ended: its status and the objects that people are shown."""

    status: str
    shown: Sequence[str]


@dataclass(frozen=True)
class Stored:
    """An object as the storage has it."""

    written: float
    data: bytes


@dataclass
class Facts:
    """Everything that is counted. `deeds`: when a person had a job made again; `kills`: process and time."""

    posted: Sequence[str]
    ended: Mapping[str, Ended]
    books: Sequence[Task]
    objects: Mapping[str, Stored]
    told: Told
    deeds: Mapping[str, Sequence[float]]
    kills: Sequence[tuple[str, float]]
    zombies: Sequence[tuple[str, float, float]] = ()
    fired: Counter[str] = field(default_factory=Counter)


def lost(facts: Facts) -> list[str]:
    """Jobs that were accepted and did not end well, or whose picture is not there, not whole, not theirs."""
    return [job_id for job_id in facts.posted if not _is_there(facts, job_id)]


def _is_there(facts: Facts, job_id: str) -> bool:
    ended = facts.ended.get(job_id)
    if ended is None or ended.status != "succeeded" or not ended.shown:
        return False
    objects = [facts.objects.get(key) for key in ended.shown]
    return all(one is not None and shows(one.data, job_id) for one in objects)


def strays(facts: Facts) -> list[str]:
    """Jobs nobody posted: a picture whose first answer was lost became two jobs."""
    return sorted(set(facts.ended) - set(facts.posted))


def paid_twice(facts: Facts) -> list[str]:
    """Jobs by their second and further paid tasks, bar those before which a person had it made again."""
    by_job: dict[str, list[float]] = defaultdict(list)
    for task in sorted(facts.books, key=lambda task: task.at):
        if task.charged:
            by_job[task.job_id].append(task.at)
    found = []
    for job_id, paid in by_job.items():
        deeds = sorted(facts.deeds.get(job_id, ()))
        for before, at in pairwise(paid):
            if not any(before <= deed <= at for deed in deeds):
                found.append(job_id)
    return found


def late_objects(facts: Facts) -> list[str]:
    """Objects that are shown and were written by a run that had lost its job by then."""
    found = []
    for job_id, ended in facts.ended.items():
        for key in ended.shown:
            stored = facts.objects.get(key)
            if stored is not None and not _in_time(facts, job_id, key, stored.written):
                found.append(key)
    return found


def unseen_late_objects(facts: Facts) -> list[str]:
    """Late objects that nobody is shown: they prove that late workers did try."""
    shown = {key for ended in facts.ended.values() for key in ended.shown}
    return [
        key
        for key, stored in facts.objects.items()
        if key not in shown and "-" in PurePath(key).name
        if not _in_time(facts, PurePath(key).parent.name, key, stored.written)
    ]


def _in_time(facts: Facts, job_id: str, key: str, written: float) -> bool:
    """Whether the run whose fence is in the key had the job when the object was written."""
    fence = PurePath(key).stem.rpartition("-")[2]
    for tenure in facts.told.tenures.get(job_id, ()):
        if str(tenure.fence) == fence:
            return tenure.begin - MTIME_SECONDS <= written <= tenure.end + MTIME_SECONDS
    return False


def rescues(facts: Facts) -> list[float]:
    """Seconds from each kill -9 to the next claim, for every job that the killed process had then."""
    return [tenure.end - killed_at for tenure, killed_at in _orphaned(facts)]


def slow_rescues(facts: Facts) -> list[str]:
    """Those over the goal, in words: when the process was killed and which job waited for how long."""
    return [
        f"{tenure.job} of {tenure.who} killed at {datetime.fromtimestamp(killed_at, UTC):%H:%M:%S}:"
        f" {tenure.end - killed_at:.1f} s"
        for tenure, killed_at in _orphaned(facts)
        if tenure.end - killed_at > GOAL_SECONDS
    ]


def _orphaned(facts: Facts) -> list[tuple[Tenure, float]]:
    """Tenures that a kill ended, with its time."""
    return [
        (tenure, killed_at)
        for who, killed_at in facts.kills
        for tenures in facts.told.tenures.values()
        for tenure in tenures
        if tenure.who == who and tenure.begin <= killed_at < tenure.end and tenure.taken_over
    ]


def zombies_that_lost(facts: Facts) -> int:
    """Frozen processes whose job somebody else had before they woke."""
    return sum(
        any(
            one.who == who and one.taken_over and frozen_at < one.end < woken_at
            for tenures in facts.told.tenures.values()
            for one in tenures
        )
        for who, frozen_at, woken_at in facts.zombies
    )


def figures(facts: Facts) -> dict[str, Any]:
    """What is printed and judged."""
    seconds = rescues(facts)
    leases = facts.told.leases
    return {
        "jobs": len(facts.posted),
        "lost": len(lost(facts)) + len(strays(facts)),
        "paid_twice": len(paid_twice(facts)),
        "late_writes": len(late_objects(facts)) + len(facts.told.late) + len(facts.told.stolen),
        "rescue_p50_s": round(percentile(seconds, 0.5), 2) if seconds else None,
        "rescue_p95_s": round(percentile(seconds, 0.95), 2) if seconds else None,
        "rescue_max_s": round(max(seconds), 2) if seconds else None,
        "rescued": len(seconds),
        "kills": facts.fired["kill"],
        "restarts": facts.fired["restart"],
        "zombies_that_lost_a_lease": zombies_that_lost(facts),
        "late_objects_nobody_sees": len(unseen_late_objects(facts)),
        "lease_off_by_max_s": round(max((abs(one - LEASE_SECONDS) for one in leases), default=0.0), 2),
        "tasks_charged": sum(task.charged for task in facts.books),
        "made_again_by_a_person": sum(map(len, facts.deeds.values())),
        "claims": len(leases),
    }


def verdicts(figures: Mapping[str, Any], fired: Mapping[str, int], kinds: Sequence[str]) -> list[str]:
    """Why the run fails; empty when it does not."""
    words = [f"{name} is {figures[name]}" for name in ("lost", "paid_twice", "late_writes") if figures[name]]
    words += [f"never fired: {kind}" for kind in kinds if not fired.get(kind)]
    if not figures["zombies_that_lost_a_lease"]:
        words.append("no zombie woke after its lease was taken")
    if not figures["rescued"]:
        words.append("no job was rescued from a killed worker")
    return words
