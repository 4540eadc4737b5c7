"""A job's states and legal moves, in one table."""

from typing import Literal

JobStatus = Literal["queued", "running", "succeeded", "failed", "canceled"]

# from:        to, by
MOVES: dict[JobStatus, frozenset[JobStatus]] = {
    "queued": frozenset({"running", "canceled", "failed"}),
    "running": frozenset({"queued", "running", "succeeded", "failed", "canceled"}),
    "succeeded": frozenset(),
    "failed": frozenset({"queued"}),
    "canceled": frozenset(),
}
# running → queued: retry later, snooze, or a lease handed back. running → running: taken over after a lease.
# queued → failed, failed → queued: only by a person, who gives up a job or replays it from its failed stage.
# A finished job stays finished whatever a late worker does; "again" is a child job.

FINISHED: frozenset[JobStatus] = frozenset({"succeeded", "failed", "canceled"})
OPEN: frozenset[JobStatus] = frozenset(MOVES) - FINISHED


def may_move(now: JobStatus, to: JobStatus) -> bool:
    """Whether the table allows the move."""
    return to in MOVES[now]


def sources(to: JobStatus) -> list[JobStatus]:
    """The states from which `to` may be reached: the WHERE of every conditional update."""
    return [status for status, targets in MOVES.items() if to in targets]


LANES = ("high", "default", "bulk")
"""Whose turn comes first. high: a person asked again; default: guests; bulk: what nobody waits for."""

LEASE_SECONDS = 10.0
HEARTBEAT_SECONDS = 3.0
MAX_STALLS = 5
"""A job whose worker died this often without one finished stage is poison: it fails visibly."""
