"""The count of the long fault run tells what it must: planted losses, double payments and late writes."""

from collections import Counter
from dataclasses import replace
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app.adapters.embedded.postgres import EmbeddedPostgres
from tests.chaos import count, journal
from tests.chaos.count import Ended, Facts, Stored
from tests.chaos.director import Director
from tests.chaos.faults import LONG_OUTAGE_SECONDS, LONG_RUN, kinds_for
from tests.chaos.house import House
from tests.chaos.journal import Entry, Told, told
from tests.chaos.pictures import picture_of, shows
from tests.chaos.provider import TROUBLES, Books, Task
from tests.fakes import servers

KEY = "events/E/2026-11-26/{}/output_0-{}.jpg"
ONE, TWO = "chaos_w1", "chaos_w2"


def entry(seq: int, who: str, what: Any, job: str = "A", **more: Any) -> Entry:
    """A write at second `seq`, in a transaction of its own."""
    return Entry(**{"seq": seq, "at": float(seq), "tx": seq, "who": who, "what": what, "job": job} | more)


def taken_over(*more: Entry) -> Told:
    """Job A: claimed by one at 10, taken over by two at 20, ended at 30."""
    return told(
        sorted(
            [
                entry(10, ONE, "claim", fence=1, lease=10.0),
                entry(12, ONE, "write"),
                entry(20, TWO, "claim", fence=2, lease=10.0, early=-0.4),
                entry(30, TWO, "end", fence=2),
                *more,
            ],
            key=lambda one: one.seq,
        ),
        now=100.0,
    )


def facts(**changed: Any) -> Facts:
    """A run of one job in which all went well although its first worker was killed."""
    shown = KEY.format("A", 2)
    good = Facts(
        posted=["A"],
        ended={"A": Ended("succeeded", [shown])},
        books=[Task("t1", "A", "s1", at=13.0, ends_at=14.0)],
        objects={shown: Stored(25.0, picture_of("A"))},
        told=taken_over(),
        deeds={},
        kills=[(ONE, 11.5)],
        zombies=[(ONE, 11.0, 22.0)],
        fired=Counter(kill=1, restart=1, busy=1),
    )
    return replace(good, **changed)


def test_a_good_run_counts_nothing_bad_and_its_rescue() -> None:
    found = count.figures(facts())
    assert (found["lost"], found["paid_twice"], found["late_writes"]) == (0, 0, 0)
    assert (found["rescue_p50_s"], found["rescued"]) == (8.5, 1)
    assert found["zombies_that_lost_a_lease"] == 1
    assert count.slow_rescues(facts()) == []
    assert count.verdicts(found, {"kill": 1, "busy": 1}, ["kill", "busy"]) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"ended": {}},
        {"ended": {"A": Ended("queued", [])}},
        {"ended": {"A": Ended("failed", [])}},
        {"ended": {"A": Ended("succeeded", [])}},
        {"objects": {}},
        {"objects": {KEY.format("A", 2): Stored(25.0, picture_of("A")[:300])}},
        {"objects": {KEY.format("A", 2): Stored(25.0, picture_of("B"))}},
    ],
    ids=["gone", "open", "dead", "no object named", "object gone", "half an object", "another's picture"],
)
def test_a_planted_loss_is_told(changed: dict[str, Any]) -> None:
    bad = facts(**changed)
    assert count.lost(bad) == ["A"]
    assert count.verdicts(count.figures(bad), {}, []) == ["lost is 1"]


def test_a_picture_that_became_two_jobs_is_told() -> None:
    bad = facts(ended=dict(facts().ended) | {"B": Ended("succeeded", [])})
    assert count.strays(bad) == ["B"]
    assert count.figures(bad)["lost"] == 1


def test_a_second_payment_is_told_unless_a_person_asked_between_or_it_was_given_back() -> None:
    first, again = Task("t1", "A", "s1", 13.0, 14.0), Task("t2", "A", "s2", 21.0, 22.0)
    assert count.paid_twice(facts(books=[again, first])) == ["A"]
    assert count.paid_twice(facts(books=[first, replace(again, submission="s1")])) == ["A"]
    assert count.paid_twice(facts(books=[first, again], deeds={"A": [12.0, 30.0]})) == ["A"]
    assert count.paid_twice(facts(books=[first, again], deeds={"A": [18.0]})) == []
    assert count.paid_twice(facts(books=[replace(first, charged=False), again])) == []


def test_a_late_object_is_told_when_it_is_shown() -> None:
    late = KEY.format("A", 1)
    objects = dict(facts().objects) | {late: Stored(23.0, picture_of("A"))}
    unseen = facts(objects=objects)
    assert count.figures(unseen)["late_writes"] == 0
    assert count.unseen_late_objects(unseen) == [late]
    shown = facts(objects=objects, ended={"A": Ended("succeeded", [late])})
    assert count.late_objects(shown) == [late]
    overwritten = facts(objects={KEY.format("A", 2): Stored(40.0, picture_of("A"))})
    assert count.figures(overwritten)["late_writes"] == 1


@pytest.mark.parametrize(
    "late",
    [
        entry(21, ONE, "write"),
        entry(21, ONE, "end", fence=2),
        entry(31, TWO, "write"),
        entry(9, ONE, "write"),
    ],
    ids=["over another's claim", "ends another's run", "after the end", "before any claim"],
)
def test_a_late_row_is_told(late: Entry) -> None:
    assert late in taken_over(late).late


def test_what_belongs_to_a_claim_an_end_or_a_person_is_not_late() -> None:
    same_transaction = [entry(19, TWO, "write", tx=20), entry(31, TWO, "write", tx=30)]
    assert taken_over(*same_transaction, entry(25, "photobot", "write"), entry(40, ONE, "move")).late == []


def test_a_lease_taken_before_its_time_is_told() -> None:
    bad = facts(told=taken_over(entry(22, ONE, "claim", fence=3, lease=70.0, early=8.0)))
    found = count.figures(bad)
    assert found["late_writes"] >= 1
    assert found["lease_off_by_max_s"] == 60.0


def test_a_kind_that_never_fired_fails_the_run() -> None:
    found = count.figures(facts(kills=[], zombies=[]))
    words = count.verdicts(found, {"kill": 1}, ["kill", "redis_flushed"])
    assert "never fired: redis_flushed" in words
    assert len(words) == 3


def test_a_picture_shows_whose_it_is() -> None:
    assert shows(picture_of("A"), "A")
    assert not shows(picture_of("A"), "B")
    assert not shows(b"", "A")


def test_the_providers_books_charge_what_they_take_and_every_trouble_comes() -> None:
    books = Books(seed=1)
    books.must_happen(20)
    answers = [books.submit("A", f"s{number}") for number in range(20)]
    assert set(books.fired) == set(TROUBLES)
    assert len(books.tasks) == 20 - 3  # busy, error and hang were not taken
    assert sum(answer is None for _, answer in answers) == 2
    assert all(task.charged for task in books.lines())
    tired = next(task for task in books.lines() if task.trouble == "tired")
    tired.ends_at = 0.0
    assert books.poll(tired.task_id) == {"status": "failed", "transient": True}
    assert not tired.charged


def test_the_database_itself_says_whose_hand_it_was(databases: servers.Databases) -> None:
    """The journal's triggers, on tables of the shape that matters: claim, takeover, a zombie's write."""
    server: EmbeddedPostgres = databases.server
    with databases.fresh() as url:
        name = url.rsplit("/", 1)[1]
        server.query(
            "CREATE TABLE jobs (id text, status text, fence int, percent int, lease_until timestamptz);"
            "CREATE TABLE job_stages (job_id text); CREATE TABLE job_attempts (job_id text);"
            "CREATE TABLE provider_spend (job_id text); INSERT INTO jobs VALUES ('A', 'queued', 0, 0, NULL)",
            name,
        )
        server.query(journal.INSTALL, name)
        claim = (
            "UPDATE jobs SET status = 'running', fence = fence + 1,"
            " lease_until = clock_timestamp() + interval '10 s'"
        )
        for role, statement in (
            (ONE, claim),
            (ONE, "INSERT INTO job_stages VALUES ('A')"),
            (TWO, claim),
            (ONE, "UPDATE jobs SET percent = 50"),
            (TWO, "UPDATE jobs SET status = 'succeeded'"),
            (ONE, "INSERT INTO job_attempts VALUES ('A')"),
        ):
            server.query(f"SET SESSION AUTHORIZATION {_role(server, role)}; {statement}", name)
        server.query("RESET SESSION AUTHORIZATION", name)
        entries = journal.parse(server.query(journal.READ, name))
        for role in (ONE, TWO):
            server.query(f"DROP OWNED BY {role}; DROP ROLE {role}", name)

    found = told(entries, now=entries[-1].at)

    assert [one.what for one in entries] == ["claim", "write", "claim", "write", "end", "write"]
    assert [(one.who, one.seq) for one in found.late] == [(ONE, 4), (ONE, 6)]
    assert len(found.stolen) == 1, "the first one's lease had ten seconds yet"
    assert [one.fence for one in found.tenures["A"]] == [1, 2]
    assert found.leases == [pytest.approx(10, abs=1)] * 2


def _role(server: EmbeddedPostgres, role: str) -> str:
    """A worker's role, made when it is not there."""
    if not server.query(f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'"):
        server.query(f"CREATE ROLE {role} SUPERUSER")
    return role


def test_a_long_run_begins_with_a_minute_without_redis() -> None:
    """Once it came with the third outage only, which many a run never had."""
    for seed in range(5):
        stand = SimpleNamespace(fired=Counter[str](), missing=())
        director = Director(cast(House, stand), Random(seed), LONG_RUN)
        stand.missing = tuple(kind.name for kind in kinds_for(LONG_RUN))
        first = director._draw()
        assert first is not None
        assert (first.name, LONG_OUTAGE_SECONDS) == ("redis_away_60_s", 60.0)
    assert "redis_away_60_s" not in {kind.name for kind in kinds_for(LONG_RUN - 1)}
