"""Runs after its neighbours: whatever they sent, no answer was an accident."""

import errno
import json

from app.api.errors import unexpected
from tests.fakes.stack import Stack


def test_nothing_went_wrong_inside(shared_stack: Stack) -> None:
    accidents = [
        line for line in shared_stack.log("console").splitlines() if '"error"' in line or "Traceback" in line
    ]
    assert accidents == []


def test_a_full_disk_is_told_as_one() -> None:
    answer = unexpected("/api/v1/events", OSError(errno.ENOSPC, "No space left on device"))
    assert (answer.status_code, json.loads(answer.body)["code"]) == (507, "STORAGE_FULL")
