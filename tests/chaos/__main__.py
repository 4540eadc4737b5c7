"""`make chaos N=1000`: run it, print and write (`.bench/chaos.json`) the count; fails unless all is well."""

import argparse
import json
import secrets
import shutil
import sys
from datetime import UTC, datetime

from tests.bench.report import FOLDER
from tests.chaos.house import house
from tests.chaos.run import Outcome, run


def main() -> int:
    """0 when nothing was lost, paid twice or written late, and every kind of fault fired."""
    asked = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    asked.add_argument("jobs", nargs="?", type=int, default=1000, help="how many (default 1000)")
    asked.add_argument("--seed", type=int, help="the order of faults; a new one when left out")
    options = asked.parse_args()
    seed = options.seed if options.seed is not None else secrets.randbelow(10**6)
    print(f"chaos: {options.jobs} jobs, seed {seed}", flush=True)
    FOLDER.mkdir(exist_ok=True)
    with house(seed) as made:
        try:
            outcome = run(made, options.jobs, seed)
        finally:
            for log in made.stack.folder.glob("*.log"):
                shutil.copy(log, FOLDER / f"chaos-{log.name}")
    show(outcome)
    return 1 if outcome.why_not else 0


def show(outcome: Outcome) -> None:
    """Print and write the figures."""
    print("\nchaos")
    for name, value in outcome.figures.items():
        if isinstance(value, dict):
            value = ", ".join(f"{key} {number}" for key, number in sorted(value.items())) or "-"
        print(f"  {name:<26} {value}")
    for name, jobs in outcome.named.items():
        if jobs:
            print(f"  {name}: {', '.join(jobs[:20])}")
    for words in outcome.why_not:
        print(f"  NOT GOOD: {words}")
    figures = {"at": datetime.now(UTC).isoformat(), **outcome.figures, "why_not": outcome.why_not}
    (FOLDER / "chaos.json").write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
