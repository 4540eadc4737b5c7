"""The laptop's clock may be wrong or jump: the server hears when a shot appeared, and how sure that is."""

from datetime import UTC, datetime, timedelta

import pytest

from watcher.clock import LONG_AGO, Appearance, Clock, Moment, Sync, boot_id, boot_seconds

TRUE_START = datetime(2026, 11, 26, 18, 0, tzinfo=UTC)
"""The true time when the laptop of these tests was started."""


class Laptop:
    """A laptop in a made-up world: true time passes, its wall clock is what somebody set it to."""

    def __init__(self, boot: str = "one", *, wall_wrong: float = 0.0, start: datetime = TRUE_START) -> None:
        self.boot, self.start = boot, start
        self.up = 0.0
        self.wall_wrong = wall_wrong
        self.clock = Clock(mono=lambda: self.up, wall=self._wall, boot=boot)

    def _wall(self) -> float:
        return self.true().timestamp() + self.wall_wrong

    def true(self) -> datetime:
        """What a right clock says."""
        return self.start + timedelta(seconds=self.up)

    def hear(self, there: float = 0.01, back: float = 0.01) -> list[Sync]:
        """A heartbeat and its answer, with these ways."""
        sent = self.clock.seconds()
        self.up += there
        server_time = self.true()
        self.up += back
        learned = self.clock.heard(sent, server_time)
        return [learned] if learned else []

    def shot(self) -> tuple[datetime, Moment]:
        """A file appears now: the true time, and the moment as the ledger keeps it."""
        return self.true(), self.clock.now()


def check(true: datetime, found: Appearance, within: float) -> None:
    """The truth lies between the bounds, and these are that near."""
    assert found.appeared_earliest is not None
    assert found.appeared_latest is not None
    assert found.appeared_earliest <= true <= found.appeared_latest
    assert found.appeared_earliest <= found.appeared_at <= found.appeared_latest
    assert (found.appeared_latest - found.appeared_earliest).total_seconds() <= within


@pytest.mark.parametrize("wrong", [0.0, -20 * 365 * 86400.0, 7 * 365 * 86400.0, 61.0])
def test_a_wrong_clock_does_no_harm(wrong: float) -> None:
    laptop = Laptop(wall_wrong=wrong)
    laptop.hear()
    laptop.up += 100
    true, seen = laptop.shot()
    check(true, laptop.clock.appearance(seen.wall, seen, seen.earlier(0.25)), 0.4)


def test_a_clock_that_jumps_in_the_evening_does_no_harm() -> None:
    laptop = Laptop()
    laptop.hear()
    laptop.up += 10
    true, seen = laptop.shot()
    laptop.wall_wrong = -86400.0
    laptop.up += 10
    laptop.hear()
    true_after, seen_after = laptop.shot()
    check(true, laptop.clock.appearance(seen.wall, seen, seen.earlier(0.25)), 0.4)
    check(true_after, laptop.clock.appearance(seen_after.wall, seen_after, seen_after.earlier(0.25)), 0.4)


def test_the_server_reached_only_later_still_gives_the_right_time() -> None:
    laptop = Laptop(wall_wrong=-3600.0)
    laptop.up = 5
    true, seen = laptop.shot()
    assert laptop.clock.appearance(seen.wall, seen, None) == Appearance(seen.wall)
    laptop.up += 3 * 3600
    laptop.hear()
    found = laptop.clock.appearance(seen.wall, seen, seen.earlier(0.25))
    check(true, found, 6.0)


def test_the_nearest_measurement_counts() -> None:
    """Three hours after a shot the measurement from beside it is still the better one."""
    laptop = Laptop()
    laptop.hear()
    true, seen = laptop.shot()
    for _ in range(12):
        laptop.up += 900
        laptop.hear()
    check(true, laptop.clock.appearance(seen.wall, seen, seen.earlier(0.25)), 0.4)


def test_slow_and_lopsided_ways_widen_the_bounds_and_the_best_recent_one_wins() -> None:
    laptop = Laptop()
    laptop.hear(there=1.5, back=0.01)
    true, seen = laptop.shot()
    check(true, laptop.clock.appearance(seen.wall, seen, seen), 2.0)
    laptop.hear()
    laptop.hear(there=0.01, back=4.0)
    true, seen = laptop.shot()
    check(true, laptop.clock.appearance(seen.wall, seen, seen), 0.1)


def test_an_answer_to_somebody_elses_heartbeat_is_not_believed() -> None:
    laptop = Laptop()
    laptop.up = 50
    assert laptop.clock.heard(60.0, laptop.true()) is None
    assert laptop.clock.heard(1.0, laptop.true()) is None
    assert not laptop.clock.knows()


def test_a_watcher_restarted_in_the_same_boot_goes_on() -> None:
    laptop = Laptop()
    kept = laptop.hear()
    laptop.up += 60
    last_look = laptop.clock.now()
    laptop.up += 20
    true = laptop.true()
    laptop.up += 10
    laptop.clock = Clock(mono=lambda: laptop.up, wall=laptop._wall, boot=laptop.boot)
    laptop.clock.recall(kept, [last_look])
    seen = laptop.clock.now()
    found = laptop.clock.appearance(seen.wall - timedelta(seconds=10), seen, last_look)
    check(true, found, 31)
    assert abs((found.appeared_at - true).total_seconds()) < 0.1


def test_a_rebooted_laptop_with_another_wrong_clock() -> None:
    before = Laptop()
    kept = before.hear()
    before.up = 600
    true, seen = before.shot()
    last_look = before.clock.now()
    after = Laptop("two", wall_wrong=-5e8, start=before.true() + timedelta(seconds=90))
    after.clock.recall(kept, [last_look])
    after.up = 30
    after.hear()
    check(true, after.clock.appearance(seen.wall, seen, seen.earlier(0.25)), 1.0)
    found_late = after.clock.now()
    between = after.clock.appearance(found_late.wall, found_late, last_look)
    check(before.true() + timedelta(seconds=45), between, 125)


def test_a_boot_without_server_lies_between_its_neighbours() -> None:
    first = Laptop()
    kept = first.hear()
    first.up = 100
    lonely = Laptop("two", wall_wrong=9e7, start=first.true() + timedelta(seconds=50))
    lonely.up = 20
    true, seen = lonely.shot()
    third = Laptop("three", start=lonely.true() + timedelta(seconds=70))
    third.clock.recall(kept, [first.clock.now(), lonely.clock.now()])
    third.up = 5
    assert third.clock.appearance(seen.wall, seen, None) == Appearance(seen.wall)
    third.hear()
    check(true, third.clock.appearance(seen.wall, seen, seen), 50 + 20 + 70 + 1)


def test_what_lay_there_before_any_watcher_may_be_old() -> None:
    laptop = Laptop()
    laptop.hear()
    true, seen = laptop.shot()
    found = laptop.clock.appearance(seen.wall, seen, None)
    assert found.appeared_earliest == LONG_AGO
    assert abs((found.appeared_at - true).total_seconds()) < 0.1


def test_a_server_whose_clock_is_set_splits_the_evening() -> None:
    laptop = Laptop()
    laptop.hear()
    laptop.up += 1000
    sent = laptop.clock.seconds()
    laptop.up += 0.02
    laptop.clock.heard(sent, laptop.true() + timedelta(seconds=300))
    now, seen = laptop.shot()
    check(now + timedelta(seconds=300), laptop.clock.appearance(seen.wall, seen, seen), 0.1)
    early = Moment("one", 5.0, TRUE_START)
    check(TRUE_START + timedelta(seconds=5), laptop.clock.appearance(early.wall, early, early), 0.1)


def test_moments_are_kept_as_text() -> None:
    moment = Moment("a-b", 12.345678901234, datetime(2026, 1, 1, tzinfo=UTC))
    assert Moment.parse(moment.text()) == moment


def test_this_machine_has_a_boot_and_a_clock_that_runs() -> None:
    assert boot_id() == boot_id()
    one = boot_seconds()
    assert boot_seconds() >= one > 0
