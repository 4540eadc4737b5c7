"""Where the time goes from last byte to painted pixel, read from outside: log, rows, fetches, paints."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import pairwise

from tests.bench.camera.screen import Paint
from tests.bench.camera.shooting import Shot
from tests.bench.report import percentile

NOTICED, WHOLE = "file appears", "file is whole"
"""The watcher's own words in its log."""
Points = list[tuple[str, float | None]]
Steps = Callable[[Shot, dict[str, float]], dict[str, float]]


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


def verified_steps(shot: Shot, moments: dict[str, float]) -> dict[str, float]:
    """Milliseconds of each step to the verified thumbnail; a step whose ends were not seen is left out."""
    begin, noticed = shot.written.last_byte_at, moments.get(NOTICED)
    watcher: Points = [
        ("", begin),
        # A file is noticed when it begins; what counts is from when on it could have been whole.
        ("watcher: notices the file", max(noticed, begin) if noticed else None),
        ("watcher: proves it whole (hash, decode, thumbnail)", moments.get(WHOLE)),
    ]
    return _steps(shot, 2, shot.verified, watcher)


def embedded_steps(shot: Shot, moments: dict[str, float]) -> dict[str, float]:
    """The same for the camera's own thumbnail, where it came first."""
    if shot.embedded_ms is None:
        return {}
    begin, noticed = shot.written.readable_at, moments.get(NOTICED)
    watcher: Points = [("", begin), ("watcher: notices the file", max(noticed, begin) if noticed else None)]
    return _steps(shot, 1, shot.seen.first("embedded"), watcher)


def _steps(shot: Shot, version: int, paint: Paint | None, watcher: Points) -> dict[str, float]:
    told = next(((at, row) for at, row in shot.seen.told if row["previewVersion"] == version), None)
    if paint is None or told is None:
        return {}
    at, row = told
    fetch = next((one for one in shot.seen.fetches if one["begun"] >= at - 0.005), None)
    written = datetime.fromisoformat(row["updatedAt"]).timestamp()
    points: Points = [
        *watcher,
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
    return steps | {"in all": (paint.at - (points[0][1] or 0.0)) * 1000}


def breakdown(shots: Iterable[Shot], log: str, steps: Steps) -> dict[str, float]:
    """The p50 of each step over these shots."""
    moments = watcher_moments(log)
    every: dict[str, list[float]] = defaultdict(list)
    for shot in shots:
        for name, value in steps(shot, moments.get(shot.name, {})).items():
            every[name].append(value)
    return {name: round(percentile(values, 0.5), 1) for name, values in every.items()}
