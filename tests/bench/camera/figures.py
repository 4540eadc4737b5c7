"""From shots to figures per pattern and size: how long, how many read early, how many lost; a table."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.bench.camera.plan import PlanWatcher
from tests.bench.camera.shooting import Shot
from tests.bench.report import percentile

GOAL_MS, EMBEDDED_GOAL_MS = 300.0, 100.0
Stored = Iterable[tuple[str, str, str]]
"""The server's camera files: name, content hash, state."""


def by_pattern(shots: Sequence[Shot]) -> dict[str, list[Shot]]:
    """Shots by pattern and size, in the order they were taken first."""
    groups: dict[str, list[Shot]] = {}
    for shot in shots:
        groups.setdefault(f"{shot.pattern.name}_{shot.kind.megapixels}mp", []).append(shot)
    return groups


def figures_of(shots: Sequence[Shot], plan: PlanWatcher, stored: Stored) -> dict[str, Any]:
    """One pattern at one size. Times in ms; None where there is nothing to tell."""
    kept: dict[str, list[str]] = {}
    for name, sha256, _ in stored:
        kept.setdefault(name, []).append(sha256)
    times = [shot.paint_ms for shot in shots if shot.paint_ms is not None]
    embedded = [shot.embedded_ms for shot in shots if shot.embedded_ms is not None]
    plan_times, plan_early = _plan(shots, plan)
    return {
        "n": len(shots),
        "megapixels": shots[0].kind.megapixels,
        "p50_ms": _part(times, 0.5),
        "p95_ms": _part(times, 0.95),
        "plan_p50_ms": _part(plan_times, 0.5),
        "early_reads": sum(shot.misread or _early(shot, kept) for shot in shots),
        "lost": sum(shot.sha256 not in kept.get(shot.name, []) for shot in shots),
        "doubled": sum(kept.get(shot.name, []).count(shot.sha256) > 1 for shot in shots),
        "plan_early_reads": plan_early,
        "not_shown": len(shots) - len(times),
        "out_of_view": sum(shot.out_of_view for shot in shots),
        "embedded_n": len(embedded),
        "embedded_p50_ms": _part(embedded, 0.5),
        "embedded_p95_ms": _part(embedded, 0.95),
    }


def _early(shot: Shot, kept: Mapping[str, list[str]]) -> bool:
    """Whether the server holds, under this name, content that is not the whole file."""
    return any(sha256 and sha256 != shot.sha256 for sha256 in kept.get(shot.name, []))


def _plan(shots: Sequence[Shot], plan: PlanWatcher) -> tuple[list[float], int]:
    """The times of what the plan took rightly, and how many files it took before their last byte."""
    times, early = [], 0
    for shot in shots:
        taken = plan.accepted.get(shot.name)
        if taken is None or shot.plan_written is None:
            continue
        wait = taken[0] - shot.plan_written.last_byte_at
        early += wait < 0
        if wait >= 0:
            times.append(wait * 1000)
    return times, early


def _part(values: Sequence[float], part: float) -> float | None:
    return round(percentile(values, part), 1) if values else None


def table(patterns: Mapping[str, Mapping[str, Any]]) -> str:
    """The figures for people."""
    columns = (
        "n", "p50_ms", "p95_ms", "plan_p50_ms", "early_reads", "plan_early_reads", "lost", "doubled",
        "not_shown", "out_of_view", "embedded_p50_ms", "embedded_p95_ms",
    )  # fmt: skip
    width = max(map(len, patterns))
    lines = [" " * width + "".join(f"  {name}" for name in columns)]
    for name, row in patterns.items():
        cells = ("-" if row[column] is None else f"{row[column]:.0f}" for column in columns)
        lines.append(name.ljust(width) + "".join(
            f"  {cell:>{len(column)}}" for cell, column in zip(cells, columns, strict=True)
        ))  # fmt: skip
    return "\n".join(lines)


def verdicts(patterns: Mapping[str, Mapping[str, Any]], memory: Mapping[str, Any]) -> list[str]:
    """What of the goals was met in this run, in words."""
    late = [name for name, row in patterns.items() if (row["p95_ms"] or 1e9) > GOAL_MS]
    slow = [name for name, row in patterns.items() if (row["embedded_p95_ms"] or 0.0) > EMBEDDED_GOAL_MS]
    bad = {key: sum(row[key] for row in patterns.values()) for key in ("early_reads", "lost", "doubled")}
    lines = [
        f"goal p95 <= {GOAL_MS:.0f} ms: {len(patterns) - len(late)} of {len(patterns)} patterns"
        + (f"; not: {', '.join(late)}" if late else ""),
        f"goal embedded p95 <= {EMBEDDED_GOAL_MS:.0f} ms: not {', '.join(slow) or 'none'}",
        "goal 0 early reads, 0 lost: " + ", ".join(f"{value} {key}" for key, value in bad.items()),
    ]
    if memory:
        lines.append(f"goal watcher under 150 MB: peak {memory['peak_mb']:.0f} MB")
    return lines
