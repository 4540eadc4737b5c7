"""Runs after its neighbours: whatever they sent, no answer was an accident."""

from tests.fakes.stack import Stack


def test_nothing_went_wrong_inside(shared_stack: Stack) -> None:
    accidents = [
        line for line in shared_stack.log("console").splitlines() if '"error"' in line or "Traceback" in line
    ]
    assert accidents == []
