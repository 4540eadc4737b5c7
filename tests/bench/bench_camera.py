"""From a camera's last byte to the painted thumbnail: `python -m tests.bench.bench_camera [--quick]`.

What is measured. An imitated camera writes a picture into the hotfolder in one of eleven ways. The clock
starts at the moment after its last write, close or rename, and stops when the thumbnail made from the
whole, verified file is painted in a browser that has the booth page open in pro mode: one page, never
loaded again. Everything is real: PostgreSQL (a commit waits for the disk), Valkey, web, worker, `photobot
watcher` on a local disk, Chromium. A guest stands at the booth, so each picture also becomes a job (framed
only), and the next picture waits until that job is done. In `burst` nothing waits; a `card_copy` comes
while nobody stands there.

How the paint is known. `camera/painted.js` runs in the page before its own code and puts `elementtiming` on
each new <img>; the browser then reports itself when the picture's pixels were presented (Element Timing,
`renderTime`). Which picture it was is read from its pixels, not from its address: each has a band whose
left half is the number's colour and whose right half is green in the full picture, red in the camera's
embedded thumbnail. So a thumbnail of half a file, of another file, or the embedded one cannot pass for the
verified one. The page's wall clock and ours are compared at every look (`clocks_apart_ms`). Two pictures
per run (not counted; they also warm everything up) are filmed by a screencast of the page: `crosscheck_ms`
holds when the first frame that shows the picture's colours was begun and when it came to us, counted from
the browser's word: one that lies far outside of the two would be wrong. Of a series, a picture that had
scrolled out of the strip's window by then cannot be painted: its clock stops when the page had it, and it
is counted in `out_of_view`.

Beside it, in the same run and from the same bytes, the plan's rule works on a folder of its own
(`camera/plan.py`): `plan_p50_ms` is last byte until it takes the file, without any thumbnail. Files written
at once go there when ours are on screen, slow ones at the same time.

`early_reads`: the server holds other bytes than the whole file under that name, or a thumbnail was painted
before the last byte, or it was not this picture's. `lost`: the whole file is not at the server. `doubled`:
it is there twice. `embedded_*`: from the moment the embedded thumbnail could be read until it was painted,
where it came before the verified one.
"""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tests.bench.camera.figures import by_pattern, figures_of, table, verdicts
from tests.bench.camera.memory import measure_memory
from tests.bench.camera.patterns import PATTERNS, Pattern
from tests.bench.camera.pictures import EIGHT, TWENTY_FOUR, Kind, Pictures
from tests.bench.camera.plan import PlanWatcher
from tests.bench.camera.rig import Rig, open_rig
from tests.bench.camera.screen import Screencast
from tests.bench.camera.shooting import Shooting
from tests.bench.camera.steps import breakdown, embedded_steps, verified_steps
from tests.bench.report import FOLDER, percentile
from tests.fakes.browser import LAPTOP

ROUNDS, QUICK_ROUNDS, LEAST_ROUNDS = 10, 2, 2
LONG_ROUNDS = 4
"""Of the pattern with a stall of 5 s."""
ROUNDS_SECONDS = 330.0
"""After this no further round is begun: a slow machine takes fewer pictures, not an hour."""
FILES, QUICK_FILES = 500, 40
QUICK_CARD = 20
SIZES = (EIGHT, TWENTY_FOUR)


def schedule(patterns: Sequence[Pattern], rounds: int) -> list[tuple[int, Pattern, Kind]]:
    """Round by round through the patterns, so that none gets the quiet minutes alone; series come last."""
    order = [
        (number, pattern, kind)
        for number in range(1, rounds + 1)
        for pattern in patterns
        for kind in SIZES
        if pattern.files == 1 and (pattern.name != "stall_5s" or number <= LONG_ROUNDS)
    ]
    for pattern in patterns:
        if pattern.files > 1:
            order += [(1, pattern, kind) for kind in (SIZES if pattern.name == "burst" else SIZES[:1])]
    return order


def crosscheck(shooting: Shooting) -> list[list[float]]:
    """Filmed pictures: how many ms after the browser's word the frame that shows them began, and came."""
    apart = []
    for kind in SIZES:
        with Screencast(shooting.rig.screen.page) as film:
            (shot,) = shooting.take(PATTERNS[0], Pictures(kind))
            shooting.wait_a_moment(0.5)
        large = next((paint for paint in shot.seen.paints if paint.stage and paint.what == "verified"), None)
        if large is None or not large.marks:
            continue
        shown = film.first_with(large, shot.number, LAPTOP["width"])
        if shown is not None:
            apart.append([round((at - large.at) * 1000, 1) for at in shown])
    shooting.shots.clear()
    return apart


def take_all(shooting: Shooting, order: Sequence[tuple[int, Pattern, Kind]]) -> None:
    """All pictures of the schedule; single ones only as long as there is time."""
    pictures = {kind: Pictures(kind) for kind in SIZES}
    begun, late = time.monotonic(), sys.maxsize
    for number, pattern, kind in order:
        if number > LEAST_ROUNDS and time.monotonic() - begun > ROUNDS_SECONDS:
            late = min(late, number)
        if number >= late:
            continue
        taken = shooting.take(pattern, pictures[kind])
        times = [shot.paint_ms for shot in taken if shot.paint_ms is not None]
        told = f"{percentile(times, 0.5):.0f} ms" if times else "not painted"
        print(f"  {pattern.words}, {kind.megapixels} MP: {told}", flush=True)


def measured(rig: Rig, order: Sequence[tuple[int, Pattern, Kind]]) -> dict[str, Any]:
    """All pictures, and their figures."""
    with PlanWatcher(rig.plan_folder) as plan:
        shooting = Shooting(rig, plan)
        apart = crosscheck(shooting)
        take_all(shooting, order)
        shooting.close()
    stored, log = rig.stored(), rig.stack.log("watcher")
    groups = by_pattern(shooting.shots)
    singles, burst = groups.get("one_write_24mp", []), groups.get("burst_8mp", [])
    return {
        "crosscheck_ms": apart,
        "clocks_apart_ms": round(rig.screen.clock_apart * 1000, 2),
        "patterns": {name: figures_of(shots, plan, stored) for name, shots in groups.items()},
        "steps_one_write_24mp_p50_ms": breakdown(singles, log, verified_steps),
        "steps_burst_8mp_p50_ms": breakdown(burst, log, verified_steps),
        "steps_embedded_one_write_24mp_p50_ms": breakdown(singles, log, embedded_steps),
    }


def wishes() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="make bench-camera", description="see the head of this file")
    parser.add_argument(
        "--quick", action="store_true", help="a few pictures of each pattern, for development"
    )
    parser.add_argument("--only", default="", help=f"of {', '.join(pattern.name for pattern in PATTERNS)}")
    parser.add_argument(
        "--rounds", type=int, default=0, help=f"pictures per pattern and size (else {ROUNDS})"
    )
    parser.add_argument(
        "--files", type=int, default=-1, help=f"for the memory (else {FILES}); 0: leave it out"
    )
    return parser.parse_args()


def main() -> None:
    """Measure, print, write .bench/camera.json."""
    sys.setswitchinterval(0.0005)  # the camera's thread reads the clock right after its last write
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # also then nothing is left running or lying
    wish = wishes()
    begun, load = time.monotonic(), os.getloadavg()
    patterns = [pattern for pattern in PATTERNS if not wish.only or pattern.name in wish.only.split(",")]
    if wish.quick:
        patterns = [replace(one, files=QUICK_CARD) if one.files > QUICK_CARD else one for one in patterns]
    rounds = wish.rounds or (QUICK_ROUNDS if wish.quick else ROUNDS)
    print(
        f"load before: {load[0]:.1f} on {os.cpu_count()} cores (the figures want an idle machine)", flush=True
    )
    with open_rig() as rig:
        result = measured(rig, schedule(patterns, rounds))
    files = wish.files if wish.files >= 0 else QUICK_FILES if wish.quick else FILES
    memory = measure_memory(files) if files else {}
    machine = {
        "cores": os.cpu_count(),
        "load_before": round(load[0], 2),
        "load_after": round(os.getloadavg()[0], 2),
    }
    figures = {
        "at": datetime.now(UTC).isoformat(),
        "machine": machine | {"seconds": round(time.monotonic() - begun)},
        **result,
        "memory": memory,
    }
    show(figures)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "camera.json").write_text(json.dumps(figures, indent=2) + "\n")


def show(figures: dict[str, Any]) -> None:
    """For people."""
    print(f"\ncamera: last byte -> verified thumbnail painted\n{table(figures['patterns'])}")
    for name, steps in figures.items():
        if name.startswith("steps_"):
            print(f"\nwhere the time goes: {name.removeprefix('steps_')}")
            print("\n".join(f"  {step:<55}{value:>8.1f}" for step, value in steps.items()))
    print(f"\nfilm, from the browser's word: frame begun, frame come (ms): {figures['crosscheck_ms']}")
    print(f"memory of the watcher: {figures['memory'] or 'not measured'}")
    print(f"machine: {figures['machine']}")
    print("\n".join(verdicts(figures["patterns"], figures["memory"])))


if __name__ == "__main__":
    main()
