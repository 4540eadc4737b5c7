"""The rule of a breaker: when an outside part is left alone, for how long, and who may try it again.

It opens when, in the last minute or two, at least `volume` calls were made and `ratio` of them failed; at
once when our account is refused. It stays open for a cool-down that grows with each opening in a row. Then
exactly one job may try: the probe, which is a lease, so that a prober that dies keeps nobody waiting. Only
faults that pass and timeouts count: what was cancelled says nothing, and a refusal is an answer.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

PROBE_SECONDS = 20.0
"""How long a probe's lease lasts without a sign of life of its job."""


@dataclass(frozen=True)
class Rule:
    """The numbers. `window` is half of the time that is looked back upon; all in seconds."""

    window: float = 60.0
    volume: int = 4
    ratio: float = 0.5
    cool_down: float = 15.0
    cool_down_max: float = 300.0
    account_cool_down: float = 300.0


@dataclass(frozen=True)
class Breaker:
    """What is known of one outside part. Counts of the current half of the window and of the one before."""

    window_at: datetime
    open: bool = False
    failures: int = 0
    successes: int = 0
    earlier_failures: int = 0
    earlier_successes: int = 0
    openings: int = 0
    until: datetime | None = None
    because: str = ""
    probe_by: str | None = None
    probe_until: datetime | None = None
    forced: Literal["open", "closed"] | None = None
    forced_until: datetime | None = None


@dataclass(frozen=True)
class Verdict:
    """Whether a job may `use` the part, `probe` it (once it has the lease), or must `wait` until then."""

    kind: Literal["use", "probe", "wait"]
    until: datetime | None = None
    because: str = ""


USE = Verdict("use")


def verdict(breaker: Breaker, now: datetime, job_id: str) -> Verdict:
    """What this job may do now."""
    forced = forced_now(breaker, now)
    if forced == "closed":
        return USE
    if forced == "open":
        return Verdict("wait", breaker.forced_until, "forced")
    if not breaker.open:
        return USE
    if breaker.until is not None and now < breaker.until:
        return Verdict("wait", breaker.until, breaker.because)
    if breaker.probe_by == job_id:
        return USE
    if breaker.probe_until is not None and now < breaker.probe_until:
        return Verdict("wait", breaker.probe_until, breaker.because)
    return Verdict("probe", None, breaker.because)


def forced_now(breaker: Breaker, now: datetime) -> Literal["open", "closed"] | None:
    """What a person said, while it holds."""
    over = breaker.forced_until is not None and breaker.forced_until <= now
    return None if over else breaker.forced


def counted(
    breaker: Breaker,
    now: datetime,
    job_id: str,
    rule: Rule,
    *,
    good: int = 0,
    bad: int = 0,
    because: str = "",
    account: bool = False,
) -> Breaker:
    """The breaker after a job's calls; `account`: ours is refused there, no call can succeed now."""
    if breaker.open and breaker.probe_by == job_id:
        return _closed(breaker, now) if good and not bad else _opened(breaker, now, rule, because, account)
    if breaker.open:
        return breaker  # late words of calls made before it opened
    rolled = _rolled(breaker, now, rule)
    rolled = replace(rolled, failures=rolled.failures + bad, successes=rolled.successes + good)
    failures = rolled.failures + rolled.earlier_failures
    calls = failures + rolled.successes + rolled.earlier_successes
    if account or (bad and calls >= rule.volume and failures >= rule.ratio * calls):
        return _opened(rolled, now, rule, because, account)
    return rolled


def released(breaker: Breaker, job_id: str) -> Breaker:
    """The probe's job ended without an answer (cancelled, handed on): the next one may try at once."""
    return replace(breaker, probe_by=None, probe_until=None) if breaker.probe_by == job_id else breaker


def probed(breaker: Breaker, now: datetime, job_id: str) -> Breaker:
    """The probe's lease is this job's."""
    return replace(breaker, probe_by=job_id, probe_until=now + timedelta(seconds=PROBE_SECONDS))


def _opened(breaker: Breaker, now: datetime, rule: Rule, because: str, account: bool) -> Breaker:
    seconds = min(rule.cool_down * 2.0**breaker.openings, rule.cool_down_max)
    if account:
        seconds = max(seconds, rule.account_cool_down)
    return Breaker(
        window_at=now,
        open=True,
        openings=breaker.openings + 1,
        until=now + timedelta(seconds=seconds),
        because=because,
        forced=breaker.forced,
        forced_until=breaker.forced_until,
    )


def _closed(breaker: Breaker, now: datetime) -> Breaker:
    """It works again; how often it had opened is forgotten after a window without an opening."""
    return Breaker(
        window_at=now,
        openings=breaker.openings,
        forced=breaker.forced,
        forced_until=breaker.forced_until,
    )


def _rolled(breaker: Breaker, now: datetime, rule: Rule) -> Breaker:
    """Forget what is older than the window."""
    age = (now - breaker.window_at).total_seconds()
    if age < rule.window:
        return breaker
    kept = age < 2 * rule.window
    calm = not kept or not breaker.failures
    return replace(
        breaker,
        window_at=now,
        failures=0,
        successes=0,
        earlier_failures=breaker.failures if kept else 0,
        earlier_successes=breaker.successes if kept else 0,
        openings=0 if calm else breaker.openings,
    )
