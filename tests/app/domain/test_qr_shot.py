"""When a photographed QR is believed: by a known clock, or where it came in as it was shot."""

from dataclasses import replace

import pytest

from app.domain.camera_clock import CameraClock
from app.domain.qr_shot import prove_each_other, tells_when
from app.domain.series import Shot

NOW, HOUR, YEAR = 1_700_000_000.0, 3600.0, 365 * 86400.0
UNKNOWN = CameraClock()
AN_HOUR_SLOW = CameraClock(samples=((NOW - 60, NOW - 60 - HOUR),))
AHEAD = CameraClock(samples=((NOW - 60, NOW - 60 + HOUR),))
RIGHT = CameraClock(samples=((NOW - 90, NOW - 91), (NOW - 60, NOW - 61)))


def qr(age: float | None, *, unseen: float = 0.2, at: float = NOW) -> Shot:
    """A file that appeared at a moment; `age` by its camera's clock, `unseen` how long nobody had looked."""
    return Shot("qr", at - unseen, at, None if age is None else at - age, "cam", "IMG_1.JPG")


@pytest.mark.parametrize(
    ("shot", "clock", "believed"),
    [
        (qr(1.0), UNKNOWN, True),
        (qr(-20.0), UNKNOWN, True),
        (qr(None), UNKNOWN, True),
        (qr(YEAR), UNKNOWN, False),
        (qr(HOUR), UNKNOWN, False),
        (qr(-HOUR), UNKNOWN, False),
        (qr(1.0, unseen=float("inf")), UNKNOWN, False),
        (qr(1.0, unseen=60.0), UNKNOWN, False),
        (qr(None, unseen=60.0), UNKNOWN, False),
        (qr(HOUR + 1.5), AN_HOUR_SLOW, True),
        (qr(HOUR - 200), AN_HOUR_SLOW, False),
        (qr(2 * HOUR), AN_HOUR_SLOW, False),
        (qr(-HOUR + 1.0), AHEAD, True),
        (qr(30.0), AHEAD, False),
        (qr(40.0), RIGHT, False),
        (qr(2.0), RIGHT, True),
        (qr(YEAR), CameraClock("hand", 0.0), True),
        (qr(YEAR, unseen=float("inf")), CameraClock("measured", 0.0, RIGHT.samples), True),
    ],
)
def test_what_is_believed(shot: Shot, clock: CameraClock, believed: bool) -> None:
    assert tells_when(shot, clock, clock) is believed


def test_a_clock_that_was_set_is_as_one_never_measured() -> None:
    known = CameraClock("measured", 0.0, RIGHT.samples)
    assert not tells_when(qr(-HOUR), known, CameraClock(samples=((NOW, NOW + HOUR),)))


def test_two_files_that_came_as_far_apart_as_they_were_shot_came_live() -> None:
    first = qr(YEAR, at=NOW - 10)
    photo = qr(YEAR + 1)
    assert prove_each_other(first, photo)
    assert not prove_each_other(first, replace(photo, earliest=0.0)), "nobody saw it come"
    assert not prove_each_other(replace(first, latest=NOW - 0.1, earliest=NOW - 0.2), photo), "a copied card"
    assert not prove_each_other(qr(YEAR), qr(YEAR + 1)), "too near to each other to tell"
