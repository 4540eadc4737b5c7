"""Where the time goes from last byte to painted pixel, read from outside: log, rows, fetches, paints."""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from typing import Any

from tests.bench.camera.shooting import Shot
from tests.bench.report import percentile

NOTICED, WHOLE, SENT = "file appears", "file is whole", "shot answered"
"""The watcher's own words in its log."""


def watcher_moments(log: str) -> dict[str, dict[str, float]]:
    """By file name: when the watcher said what, wall clock."""
    moments: dict[str, dict[str, float]] = defaultdict(dict)
    for line in log.splitlines():
        try:
            said = json.loads(line)
            at = datetime.fromisoformat(said["timestamp"]).timestamp()
            moments[said["file"]].setdefault(said["message"], at)
        except (ValueError, KeyError, TypeError):
            continue  # a line about something else
    return moments


def steps_of(shot: Shot, moments: dict[str, float]) -> dict[str, float]:
    """Milliseconds of each step; a step whose ends were not seen is left out."""
    paint = shot.verified
    told = next(((at, row) for at, row in shot.seen.told if row["previewVersion"] == 2), None)
    if paint is None or told is None:
        return {}
    at, row = told
    written = datetime.fromisoformat(row["updatedAt"]).timestamp()
    fetch = next((one for one in shot.seen.fetches if one["begun"] >= at - 0.005), None)
    noticed = moments.get(NOTICED)
    points: list[tuple[str, float | None]] = [
        ("", shot.written.last_byte_at),
        # A file is noticed when it begins; what counts is from when on it could have been whole.
        ("watcher: notices the file", max(noticed, shot.written.last_byte_at) if noticed else None),
        ("watcher: proves it whole (hash, decode, thumbnail)", moments.get(WHOLE)),
        ("watcher to web: message sent, row written", written),
        ("web: commit, news, board, batch, socket", at),
        ("browser: row drawn, fetch begun", fetch["begun"] if fetch else None),
        ("web: thumbnail answered", fetch["ended"] if fetch else None),
        ("browser: decode and paint", paint.at),
    ]
    steps = {
        name: (end - begin) * 1000
        for (_, begin), (name, end) in pairwise(points)
        if begin is not None and end is not None
    }
    return steps | {"in all": (paint.at - shot.written.last_byte_at) * 1000}


def breakdown(shots: Iterable[Shot], log: str) -> dict[str, float]:
    """The p50 of each step over these shots."""
    moments = watcher_moments(log)
    every: dict[str, list[float]] = defaultdict(list)
    for shot in shots:
        for name, value in steps_of(shot, moments.get(shot.name, {})).items():
            every[name].append(value)
    return {name: percentile(values, 0.5) for name, values in every.items()}


def rows_told(shot: Shot) -> list[dict[str, Any]]:
    """What the page was told of a shot, in order: state, picture, milliseconds after the last byte."""
    return [
        {
            "state": row["state"],
            "preview": row["previewVersion"],
            "ms": round((at - shot.written.last_byte_at) * 1000),
        }
        for at, row in shot.seen.told
    ]
