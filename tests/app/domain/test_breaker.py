"""The breaker's rule: opens on a share of failures, cools down longer each time, lets one probe through."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.breaker import PROBE_SECONDS, Breaker, Rule, counted, probed, released, verdict

RULE = Rule()
T0 = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """A moment."""
    return T0 + timedelta(seconds=seconds)


def opened(seconds: float = 0.0) -> Breaker:
    """A breaker that has just opened."""
    return counted(Breaker(window_at=T0), at(seconds), "a", RULE, bad=RULE.volume, because="BUSY")


def test_a_few_failures_are_no_reason() -> None:
    few = counted(Breaker(window_at=T0), T0, "a", RULE, bad=RULE.volume - 1)
    assert verdict(few, T0, "a").kind == "use"


def test_a_share_of_failures_opens_it_and_says_until_when() -> None:
    calm = counted(Breaker(window_at=T0), T0, "a", RULE, good=10)
    shaky = counted(calm, T0, "a", RULE, bad=9)
    assert verdict(shaky, T0, "b").kind == "use"
    broken = counted(shaky, T0, "a", RULE, bad=1, because="BUSY")
    said = verdict(broken, T0, "b")
    assert (said.kind, said.because, said.until) == ("wait", "BUSY", at(RULE.cool_down))


def test_old_failures_are_forgotten() -> None:
    old = counted(Breaker(window_at=T0), T0, "a", RULE, bad=RULE.volume - 1)
    later = counted(old, at(2 * RULE.window), "a", RULE, bad=1)
    assert not later.open
    soon = counted(old, at(RULE.window), "a", RULE, bad=1)
    assert soon.open


def test_an_account_that_is_refused_opens_it_at_once() -> None:
    refused = counted(Breaker(window_at=T0), T0, "a", RULE, account=True, because="NO_CREDITS")
    assert verdict(refused, T0, "b").until == at(RULE.account_cool_down)


def test_one_probe_at_a_time_also_when_the_prober_dies() -> None:
    ready = at(RULE.cool_down)
    assert verdict(opened(), ready, "a").kind == "probe"
    probing = probed(opened(), ready, "a")
    assert verdict(probing, ready, "a").kind == "use"
    said = verdict(probing, ready, "b")
    assert (said.kind, said.until) == ("wait", ready + timedelta(seconds=PROBE_SECONDS))
    dead = ready + timedelta(seconds=PROBE_SECONDS)
    assert verdict(probing, dead, "b").kind == "probe"
    assert verdict(released(probing, "a"), ready, "b").kind == "probe"
    assert released(probing, "b") == probing


def test_a_good_probe_closes_it_and_a_bad_one_opens_it_for_longer() -> None:
    ready = at(RULE.cool_down)
    probing = probed(opened(), ready, "a")
    assert not counted(probing, ready, "a", RULE, good=1).open
    again = counted(probing, ready, "a", RULE, bad=1, because="BUSY")
    assert again.until == ready + timedelta(seconds=2 * RULE.cool_down)


def test_late_words_of_others_change_nothing_while_it_is_open() -> None:
    probing = probed(opened(), at(RULE.cool_down), "a")
    assert counted(probing, at(20), "b", RULE, good=5) == probing
    assert counted(probing, at(20), "b", RULE, bad=5) == probing


def test_the_cool_down_is_bounded_and_forgotten_after_calm() -> None:
    breaker, now = opened(), T0
    for _ in range(12):
        assert breaker.until is not None
        assert breaker.until - now <= timedelta(seconds=RULE.cool_down_max)
        now = breaker.until
        breaker = counted(probed(breaker, now, "a"), now, "a", RULE, bad=1)
    assert breaker.until is not None
    now = breaker.until
    closed = counted(probed(breaker, now, "a"), now, "a", RULE, good=1)
    assert closed.openings > 1
    calm = counted(closed, now + timedelta(seconds=RULE.window), "a", RULE, good=1)
    assert calm.openings == 0


def test_a_person_may_force_it_for_a_while() -> None:
    closed = replace(opened(), forced="closed", forced_until=at(60))
    assert verdict(closed, T0, "b").kind == "use"
    assert verdict(closed, at(60), "b").kind == "probe"
    shut = replace(Breaker(window_at=T0), forced="open", forced_until=at(60))
    assert verdict(shut, T0, "b").until == at(60)
    assert verdict(shut, at(60), "b").kind == "use"


CALLS = st.lists(st.tuples(st.booleans(), st.sampled_from("abc"), st.floats(0, 40)), max_size=60)


@given(CALLS)
def test_whatever_happens_at_most_one_may_try_an_open_breaker(calls: list[tuple[bool, str, float]]) -> None:
    breaker, now, seconds = Breaker(window_at=T0), T0, 0.0
    for good, job, wait in calls:
        seconds += wait
        now = at(seconds)
        said = verdict(breaker, now, job)
        if said.kind == "probe":
            breaker = probed(breaker, now, job)
        if breaker.open:
            tries = [one for one in "abc" if verdict(breaker, now, one).kind == "use"]
            assert len(tries) <= 1
        if verdict(breaker, now, job).kind == "use":
            breaker = counted(breaker, now, job, RULE, good=int(good), bad=int(not good))
