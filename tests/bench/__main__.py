"""`make bench [ARGS="styles spine"]`: run every benchmark, or those named; figures go to .bench/."""

import runpy
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main(wanted: list[str]) -> int:
    """Run them one after the other, each a program of its own with the same options; 2 for no such name."""
    known = {path.stem.removeprefix("bench_"): path for path in sorted(HERE.glob("bench_*.py"))}
    options = [word for word in wanted if word.startswith("-")]
    wanted = [word for word in wanted if word not in options]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"No benchmark {', '.join(unknown)}; there are: {', '.join(known)}.")
        return 2
    sys.argv[1:] = options
    for name in wanted or known:
        print(f"\n== {name}", flush=True)
        runpy.run_module(f"tests.bench.bench_{name}", run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
