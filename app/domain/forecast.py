"""How long a guest waits, by what really happened at the event in the last half hour; no data, no number."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median

from app.domain.messages import GuestChanged, JobChanged, LiveRow

RECENT = timedelta(minutes=30)
PAUSED_AFTER = timedelta(minutes=10)
"""Nobody was photographed for so long: the pace before says nothing of when it goes on."""
SAMPLES = 4
OVERTAKEN_BY = 3
"""Who was passed by so many that came later is not standing in line any more."""
ROUND_SECONDS = 30


@dataclass(frozen=True)
class Pace:
    """Who stands in line (when they registered), seconds from one guest to the next, seconds of a picture."""

    line: Sequence[datetime]
    between: float | None
    making: float | None


def pace_of(rows: Iterable[LiveRow], now: datetime) -> Pace:
    """An event's pace, of all its rows."""
    guests: list[GuestChanged] = []
    first: dict[str, datetime] = {}
    took: list[float] = []
    for row in rows:
        if isinstance(row, GuestChanged):
            guests.append(row)
        elif isinstance(row, JobChanged):
            first[row.session_id] = min(row.created_at, first.get(row.session_id, row.created_at))
            if row.status == "succeeded" and row.finished_at and row.finished_at > now - RECENT:
                took.append((row.finished_at - row.created_at).total_seconds())
    served = sorted(guest.created_at for guest in guests if guest.id in first)
    since = served[-OVERTAKEN_BY] if len(served) >= OVERTAKEN_BY else datetime.min.replace(tzinfo=UTC)
    line = sorted(
        guest.created_at
        for guest in guests
        if guest.id not in first and guest.booth_id is None and guest.expires_at > now
        if guest.created_at >= since
    )
    return Pace(line, _between(sorted(first.values()), now), median(took) if len(took) >= SAMPLES else None)


def _between(photographed: Sequence[datetime], now: datetime) -> float | None:
    recent = [moment for moment in photographed if moment > now - RECENT]
    if len(recent) < SAMPLES or now - recent[-1] > PAUSED_AFTER:
        return None
    # The pause since the last one counts: who is slow now is not promised the pace of before.
    return max((now - recent[0]).total_seconds() / len(recent), 1.0)


def wait_of(
    pace: Pace, guest: GuestChanged, jobs: Sequence[JobChanged], now: datetime
) -> dict[str, int | None] | None:
    """`{ahead, seconds}`: how many stand before the guest and until when it is their turn; while a picture is
    made, only until it is ready. None where the guest waits for nothing.
    """
    open_jobs = [job for job in jobs if job.status in ("queued", "running")]
    if open_jobs:
        if pace.making is None:
            return {"ahead": None, "seconds": None}
        left = pace.making - (now - min(job.created_at for job in open_jobs)).total_seconds()
        return {"ahead": None, "seconds": _rounded(left) if left > 0 else None}
    if jobs or guest.state != "registered":
        return None
    if guest.created_at not in pace.line:
        return {"ahead": None, "seconds": None}
    ahead = bisect_left(pace.line, guest.created_at)
    return {"ahead": ahead, "seconds": _rounded((ahead + 1) * pace.between) if pace.between else None}


def _rounded(seconds: float) -> int:
    """Up to the next half minute: nobody is promised a second."""
    return -int(-seconds // ROUND_SECONDS) * ROUND_SECONDS
