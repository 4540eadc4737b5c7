"""Over thousands of made-up handovers no shot goes to another guest, and nearly all go to their own."""

from collections import Counter

import pytest

from tests.app.domain.booth_sim import Sim
from tests.app.domain.evening import Chance, Frame, Hour

GUESTS = 60
EDGE = 3.6
"""How near a turn a shot of nobody may be to be taken for its guest's: the clock's own doubt."""


def may_have(hour: Hour, frame: Frame) -> set[str]:
    """Its guest; for a shot of nobody, whoever's turn is nearer than a clock can tell."""
    if frame.guest is not None:
        return {frame.guest}
    return {guest for guest, start, end, _ in hour.turns if start - EDGE <= frame.true <= end + EDGE}


@pytest.mark.parametrize("seed", range(10))
def test_no_shot_goes_to_another_guest(seed: int) -> None:
    """Ten times nine evenings of sixty guests: 5,400 handovers."""
    live: Counter[str] = Counter()
    for number in range(9):
        hour, sim = Chance(seed * 1000 + number).evening(GUESTS), Sim()
        sim.run(hour)
        for frame in hour.frames:
            guest = sim.given.get(frame.id)
            if frame.qr:
                continue
            assert guest is None or guest in may_have(hour, frame), (seed, number, frame, guest)
            if frame.kind in ("single", "burst") and not frame.cam.wifi:
                live["all"] += 1
                live["given"] += guest is not None
                live[str(sim.why.get(frame.id))] += 1
    assert live["given"] > 0.9 * live["all"], live
