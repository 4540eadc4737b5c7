"""A bench's figures: a table on the screen, JSON in .bench/."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / ".bench"


def percentile(values: Sequence[float], part: float) -> float:
    """The value under which `part` (0..1) of all values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(part * (len(ordered) - 1)))]


def report(name: str, figures: dict[str, float]) -> None:
    """Print the figures and write them to .bench/{name}.json; a figure's name ends with its unit."""
    width = max(map(len, figures))
    print(f"\n{name}")
    for figure, value in figures.items():
        print(f"  {figure:<{width}}  {value:>10.1f}", flush=True)
    FOLDER.mkdir(exist_ok=True)
    written = {
        "at": datetime.now(UTC).isoformat(),
        **{key: round(value, 3) for key, value in figures.items()},
    }
    (FOLDER / f"{name}.json").write_text(json.dumps(written, indent=2) + "\n")
