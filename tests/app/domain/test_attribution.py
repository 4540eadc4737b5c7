"""Whose a camera file is, case by case; by chance and in thousands in test_handovers."""

from dataclasses import replace

import pytest

from app.domain.attribution import attribute
from app.domain.camera_clock import CameraClock, Span
from app.domain.series import Shot
from app.domain.turns import Hold, turns_of

A, B = Hold("a", "ayu", 0.0, 100.0), Hold("b", "budi", 101.0, float("inf"))
LOG = [A, B]
UNKNOWN = CameraClock()
HAND = CameraClock("hand", 1000.0)
"""Server time = camera time + 1000."""
LIVE = CameraClock(
    "measured", 1000.0, ((20.0, -980.0), (41.0, -960.0), (60.5, -940.0), (62.0, -938.0), (80.0, -920.0))
)


def shot(appeared: float, taken: float | None = None, **more: object) -> Shot:
    """A file of the camera that appeared then; `taken` in the server's time, for a clock 1000 s behind."""
    known: dict[str, object] = {"id": "x", "camera": "cam", "name": "IMG_0050.JPG", **more}
    by_camera = None if taken is None else taken - 1000.0
    return Shot(earliest=appeared - 0.1, latest=appeared, taken=by_camera, **known)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("file", "clock", "expected"),
    [
        (shot(50.0), UNKNOWN, "a"),
        (shot(110.0), UNKNOWN, "b"),
        (shot(102.0), UNKNOWN, ("BETWEEN_GUESTS", ("budi", "ayu"))),
        (shot(100.5), UNKNOWN, ("NO_GUEST", ("ayu", "budi"))),
        (shot(-50.0), UNKNOWN, ("NO_GUEST", ("ayu", "budi"))),
        (replace(shot(60.0), earliest=10.0), UNKNOWN, "a"),
        (replace(shot(150.0), earliest=90.0), UNKNOWN, ("UNKNOWN_TIME", ("budi", "ayu"))),
        (replace(shot(150.0), earliest=-float("inf")), UNKNOWN, ("UNKNOWN_TIME", ("ayu", "budi"))),
        (shot(110.0, 60.0), HAND, "a"),
        (shot(5000.0, 60.0), LIVE, "a"),
        (shot(110.0, 108.0), HAND, "b"),
        (shot(103.5, 101.0), HAND, ("BETWEEN_GUESTS", ("budi", "ayu"))),
        (shot(110.0, -500.0), HAND, ("LATE_FILE", ("ayu", "budi"))),
        (replace(shot(150.0, 50.0), earliest=-float("inf")), HAND, "a"),
    ],
)
def test_the_times_decide(file: Shot, clock: CameraClock, expected: object) -> None:
    found = attribute(file, LOG, clock, [])
    assert (found.hold_id or (found.reason, found.suggested)) == expected


def test_a_shutter_after_its_file_means_that_the_camera_was_set_anew() -> None:
    found = attribute(shot(150.0, 250.0), LOG, LIVE, [])
    assert (found.hold_id, found.clock.offset, found.clock.samples) == ("b", None, ((150.0, -750.0),))
    by_hand = attribute(shot(150.0, 250.0), LOG, HAND, [])
    assert (by_hand.hold_id, by_hand.clock.offset) == ("b", 1000.0)


def test_a_newer_file_with_an_older_time_means_the_same() -> None:
    before = [shot(80.0, 80.0, id="w", name="IMG_0049.JPG", hold_id="a")]
    found = attribute(shot(150.0, 40.0), LOG, LIVE, before)
    assert (found.hold_id, found.clock.offset) == ("b", None)
    older = attribute(shot(150.0, 40.0, name="IMG_0048.JPG"), LOG, LIVE, before)
    assert (older.hold_id, older.clock) == ("a", LIVE)


def test_a_burst_is_one_guests_also_after_the_handover() -> None:
    burst = [shot(99.0 + n / 4, 98.6 + n / 4, id=f"s{n}", hold_id="a" if n < 4 else None) for n in range(12)]
    late = shot(102.9, 100.9)
    for clock in (UNKNOWN, HAND):
        assert attribute(late, LOG, clock, burst).hold_id == "a"
        assert attribute(late, LOG, clock, []).hold_id is None


def test_a_photographed_code_begins_a_new_burst() -> None:
    code = shot(102.0, 101.5, id="q", hold_id="b", qr=True)
    before = shot(100.9, 99.9, id="p", hold_id="a")
    assert attribute(shot(103.5, 103.0), LOG, UNKNOWN, [before, code]).hold_id == "b"


def test_without_times_of_its_own_only_a_burst_across_the_handover_is_told() -> None:
    before = shot(99.9, id="p", hold_id="a", camera=None)
    straight = [A, replace(B, start=100.0)]
    assert attribute(shot(100.6, camera=None), straight, UNKNOWN, [before]).hold_id == "a"
    assert attribute(shot(101.6, camera=None), straight, UNKNOWN, [before]).reason == "BETWEEN_GUESTS"


def test_copies_of_old_files_are_nobodys_and_the_first_of_them_is_taken_back() -> None:
    first = attribute(shot(110.0, -9000.0, id="1"), LOG, UNKNOWN, [])
    assert first.hold_id == "b", "a single old picture is somebody trying things out"
    given = shot(110.0, -9000.0, id="1", hold_id="b")
    found = attribute(shot(111.0, -8900.0, id="2"), LOG, first.clock, [given])
    assert (found.reason, found.withdrawn, found.clock.samples) == ("LATE_FILE", ("1",), ())
    no_camera = attribute(
        shot(111.0, -8900.0, id="2", camera=None), LOG, UNKNOWN, [replace(given, camera=None)]
    )
    assert no_camera.hold_id == "b"


def test_a_file_slower_than_the_others_is_not_the_next_guests() -> None:
    """The clock is not known yet, but one faster file says that this one is of before the handover."""
    once = UNKNOWN.with_sample(50.8, -950.0)
    assert attribute(shot(112.0, 97.0), LOG, once, []).reason == "BETWEEN_GUESTS"
    assert attribute(shot(112.0, 110.0), LOG, once, []).hold_id == "b"


def test_a_camera_that_is_late_by_the_same_time_again_and_again_is_believed_no_more() -> None:
    late = [shot(170.0 + 10 * n, 40.0 + 10 * n, id=f"s{n}", hold_id="a", name="") for n in range(3)]
    found = attribute(shot(200.0, 70.0, name=""), LOG, LIVE, late)
    assert (found.hold_id, found.clock.offset) == ("b", 1130.0)
    assert set(found.withdrawn) == {"s0", "s1", "s2"}


def test_a_clock_is_known_once_three_agree_over_twenty_seconds() -> None:
    clock = UNKNOWN
    for appeared in (10.4, 11.0, 20.0, 29.9):
        clock = clock.with_sample(appeared, appeared - 1000.4)
    assert clock.offset is None
    clock = clock.with_sample(32.5, -967.9)
    assert clock.offset == pytest.approx(1000.4)
    assert clock.shutter(-500.0) == Span(pytest.approx(497.9), pytest.approx(501.4))
    assert clock.shutter(-499.9) == Span(pytest.approx(498.9), pytest.approx(500.6))
    assert clock.with_sample(60.0, -980.0).offset == clock.offset, "a slow file changes nothing"


def test_a_hand_is_contradicted_and_never_overwritten() -> None:
    clock = replace(HAND, offset=990.0)
    for appeared in (10.4, 20.0, 29.9, 41.2):
        clock = clock.with_sample(appeared, appeared - 1000.4)
    assert (clock.offset, clock.contradiction) == (990.0, pytest.approx(10.4))
    assert replace(clock, offset=1000.0).contradiction is None


def test_another_style_is_another_entry_and_the_same_turn() -> None:
    renewed = [Hold("1", "ayu", 0.0, 50.0), Hold("2", "ayu", 0.0, 100.0), Hold("3", "budi", 100.0, 100.0)]
    (turn,) = turns_of(renewed)
    assert (turn.start, turn.end, turn.hold_at(20.0), turn.hold_at(60.0)) == (0.0, 100.0, "1", "2")


def _evening(files: list[Shot], clock: CameraClock = UNKNOWN) -> tuple[dict[str, str | None], CameraClock]:
    """Whose each file is in the end, decided one after the other as they come in, and the clock then."""
    came: list[Shot] = []
    for file in files:
        found = attribute(file, LOG, clock, came)
        clock = found.clock
        came = [replace(one, hold_id=None) if one.id in found.withdrawn else one for one in came]
        came.append(replace(file, hold_id=found.hold_id))
    return {one.id: one.hold_id for one in came}, clock


def _live(*moments: int) -> list[Shot]:
    return [shot(at + 1.0, float(at), id=f"live {at}", name=f"IMG_{at:04}.JPG") for at in moments]


def _card(at: float, count: int, first: int) -> list[Shot]:
    """Old files of the same camera, three a second, shot some twenty seconds apart three hours ago."""
    return [
        shot(at + n / 3, at - 9000.0 + 19.0 * n, id=f"old {n}", name=f"IMG_{first + n:04}.JPG")
        for n in range(count)
    ]


@pytest.mark.parametrize("first", [1, 145, 153, 400])
@pytest.mark.parametrize("clock", [UNKNOWN, LIVE])
def test_a_card_copied_in_mid_session_takes_nothing_from_who_is_here(clock: CameraClock, first: int) -> None:
    before, during, after = _live(110, 118, 126, 140), _live(152, 156), _live(170, 176)
    files = sorted([*before, *_card(150.0, 30, first), *during, *after], key=lambda one: one.latest)
    whose, now = _evening(files, clock)
    assert {name: hold for name, hold in whose.items() if hold} == {
        one.id: "b" for one in (*before, *during, *after)
    }
    assert now.offset in (None, clock.offset, pytest.approx(1001.0)), "forgotten, maybe, and never wrong"


def test_a_clock_set_back_costs_a_few_photos_and_is_measured_anew() -> None:
    before = _live(110, 118, 126, 140, 152)
    set_back = [
        shot(at + 1.0, at - 3600.0, id=f"new {at}", name=f"IMG_{at:04}.JPG") for at in range(160, 260, 8)
    ]
    whose, now = _evening([*before, *set_back], LIVE)
    assert now.offset == pytest.approx(4601.0)
    assert [hold for name, hold in whose.items() if name.startswith("new")][-6:] == ["b"] * 6
    assert all(whose[one.id] == "b" for one in before)
