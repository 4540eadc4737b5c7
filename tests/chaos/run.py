"""One run: people post and mend in threads, faults come from the main thread, all is counted at the end."""

import json
import random
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.chaos import count, journal
from tests.chaos.count import Ended, Facts, Stored
from tests.chaos.director import Director
from tests.chaos.faults import LONG_RUN, kinds_for
from tests.chaos.house import House
from tests.chaos.people import Guests, Supervisor
from tests.chaos.provider import TROUBLES

SHORTEST_SECONDS = 80.0
"""A small run is drawn out over this time, so that its jobs meet every fault."""
LONG_SECONDS = 240.0
"""The same for a long one, which has a fault of a minute besides."""
PER_SECOND = 1.8
"""One account may post 120 a minute."""
CALM_SECONDS = 300.0
"""How long the jobs may take to their ends once the last fault is over."""

ENDED = """
SELECT coalesce(json_agg(json_build_array(id, status, best_output_key, outputs)), '[]') FROM jobs
"""


@dataclass(frozen=True)
class Outcome:
    """The figures, the jobs behind the bad ones, and why the run is not good."""

    figures: Mapping[str, Any]
    named: Mapping[str, Sequence[str]]
    why_not: Sequence[str]


def run(house: House, jobs: int, seed: int) -> Outcome:
    """Post, break, mend, wait, count."""
    begun = time.monotonic()
    pace = min(PER_SECOND, jobs / (LONG_SECONDS if jobs >= LONG_RUN else SHORTEST_SECONDS))
    house.books.must_happen(max(jobs * 6 // 10, 1))
    guests, supervisor = Guests(house, jobs, pace), Supervisor(house)
    people: tuple[Guests | Supervisor, ...] = (guests, supervisor)
    threads = [threading.Thread(target=person.run, daemon=True) for person in people]
    for thread in threads:
        thread.start()
    _break(house, threads[0], Director(house, random.Random(f"faults {seed}"), jobs))
    _calm(house, threads[0], jobs)
    for person, thread in zip(people, threads, strict=True):
        person.stop.set()
        thread.join(60)
    house.dismiss()
    return _counted(house, guests, supervisor, {"seed": seed, "seconds": round(time.monotonic() - begun)})


def _break(house: House, posting: threading.Thread, director: Director) -> None:
    """Faults as long as pictures come; none is left open."""
    while posting.is_alive() or not director.quiet:
        house.supervise()
        director.step(begin=posting.is_alive())
        time.sleep(0.1)


def _calm(house: House, posting: threading.Thread, jobs: int) -> None:
    """Nothing breaks any more: wait until all jobs have ended well, as long as that may take."""
    until = time.monotonic() + CALM_SECONDS
    print("  no more faults", flush=True)
    while time.monotonic() < until:
        house.supervise()
        if house.good >= jobs and not posting.is_alive():
            return
        time.sleep(0.5)


def _counted(house: House, guests: Guests, supervisor: Supervisor, about: Mapping[str, Any]) -> Outcome:
    entries = journal.parse(house.query(journal.READ, seconds=120))
    facts = Facts(
        posted=guests.jobs,
        ended=_ended(house),
        books=house.books.lines(),
        objects=_objects(house),
        told=journal.told(entries, time.time()),
        deeds=supervisor.deeds,
        kills=house.kills,
        zombies=house.zombies,
        fired=house.fired + house.books.fired,
    )
    worked = {entry.who for entry in entries if entry.what == "claim"}
    facts.fired["wrong_clock"] = sum(role in worked for role in house.wrong_clocks)
    found = count.figures(facts)
    kinds = [*(kind.name for kind in kinds_for(guests.count)), *TROUBLES]
    why_not = count.verdicts(found, facts.fired, kinds)
    if len(guests.jobs) < guests.count:
        why_not.append(f"only {len(guests.jobs)} of {guests.count} pictures were accepted")
    more = {
        "fired": dict(facts.fired),
        "posts_refused_meanwhile": dict(guests.refused),
        "unknown_outcomes_resolved": dict(supervisor.resolved),
        "jobs_died_of": dict(supervisor.died_of),
    }
    named = {
        "lost": count.lost(facts),
        "strays": count.strays(facts),
        "paid twice": count.paid_twice(facts),
        "late objects": count.late_objects(facts),
        "slow rescues": count.slow_rescues(facts),
        "late rows": [str(entry) for entry in facts.told.late],
        "stolen leases": [str(entry) for entry in facts.told.stolen],
    }
    return Outcome({**found, **about, **more}, named, why_not)


def _ended(house: House) -> dict[str, Ended]:
    rows = json.loads(house.query(ENDED, seconds=60))
    return {
        job_id: Ended(status, sorted({*([best] if best else []), *(outputs or {}).values()}))
        for job_id, status, best, outputs in rows
    }


def _objects(house: House) -> dict[str, Stored]:
    """The storage's own ledger: what lies there, and since when."""
    files = [path for path in house.objects.rglob("*.jpg") if ".tmp" not in path.parts]
    return {
        path.relative_to(house.objects).as_posix(): Stored(path.stat().st_mtime, path.read_bytes())
        for path in files
    }
