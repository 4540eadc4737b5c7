"""Live rows of the whole installation: outside parts and how they work, lanes, programs, incidents."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from app.domain.wire import Wire

CREDITS_LOW_TASKS = 50
"""Credits run low when they are worth fewer pictures than this."""


def tasks_for(credits: float | None, task_cost: float | None) -> int | None:
    """How many more pictures credits are worth, at what the last ones cost; None while none was paid."""
    if credits is None or not task_cost:
        return None
    return max(0, int(credits / task_cost))


def run_low(credits: float | None, task_cost: float | None) -> bool:
    """Whether somebody must buy credits soon."""
    tasks = tasks_for(credits, task_cost)
    return credits is not None and (credits <= 0 or (tasks is not None and tasks < CREDITS_LOW_TASKS))


class HouseRow(Wire):
    """A live row of the whole installation: of no event and no booth, for every member of staff."""

    id: str
    revision: int
    event_id: Literal[""] = ""
    booth_id: None = None
    updated_at: datetime


class ProviderChanged(HouseRow):
    """An outside part (a provider, or `storage`): whether it is used now, why not, until when; its slots.

    `state`: closed (it works), open (it is left alone), probing (one job tries it). `forced`: a person said
    so, until `forced_until`. `since` is when that last changed. `credits` are what we have left there, read
    at `creditsAt`; they are enough for about `creditsTasks` more pictures. `checkedAt`: when it was last
    asked how it is, without a job; `checkBecause` is the code of what is wrong, empty for nothing.
    """

    kind: Literal["provider"] = "provider"
    state: Literal["closed", "open", "probing"]
    until: datetime | None
    because: str
    slots_used: int
    slots_total: int
    forced: Literal["closed", "open"] | None
    forced_by: str | None
    forced_because: str | None
    forced_until: datetime | None
    since: datetime | None = None
    credits: float | None = None
    credits_at: datetime | None = None
    credits_tasks: int | None = None
    credits_low: bool = False
    checked_at: datetime | None = None
    check_because: str = ""


class LaneChanged(HouseRow):
    """A lane of jobs, and whether a person paused it."""

    kind: Literal["lane"] = "lane"
    paused: bool
    paused_at: datetime | None
    paused_by: str | None
    because: str


class BoothScreens(Wire):
    """The console's screens of one booth (`booth_id` empty: of no booth) that a web process serves.

    `lag_ms`: how long the slowest of them takes to get news and answer; None while none has answered yet.
    `outdated`: pages that an older version of the program made.
    """

    booth_id: str
    screens: int
    lag_ms: int | None = None
    outdated: int = 0


class StagePace(Wire):
    """How long a stage took in the last half hour (the median), at which maker, of how many."""

    stage: str
    provider: str
    seconds: float
    jobs: int


class ProgramFacts(Wire):
    """What a program knows of itself and of what it stands on; None: not known. `disk` of its data folder.

    Web: whether `redis` and `storage` answered at its last look, the database's answer in milliseconds, the
    revision the database stands at and the one the program brings. Worker: how many jobs it takes at once.
    """

    slots: int | None = None
    disk_free: int | None = None
    disk_total: int | None = None
    redis: bool | None = None
    storage: bool | None = None
    database_ms: float | None = None
    migration: str = ""
    migration_head: str = ""
    screens: list[BoothScreens] = Field(default_factory=list)
    stages: list[StagePace] = Field(default_factory=list)


class ProgramChanged(HouseRow):
    """A worker or web process and when it was last alive. `ended_at`: stopped; `lost_at`: missed."""

    kind: Literal["program"] = "program"
    role: str
    host: str
    version: str
    started_at: datetime
    seen_at: datetime
    ended_at: datetime | None
    lost_at: datetime | None
    running: int
    facts: ProgramFacts


class IncidentChanged(Wire):
    """Something did not work, or a person stopped it: from when until when; `event_id` empty: the house's.

    `kind_of` says what: breaker, forced, check, lane, spend, watcher, program, redis, storage or database;
    `subject` which one.
    """

    kind: Literal["incident"] = "incident"
    id: str
    revision: int
    event_id: str
    booth_id: None = None
    kind_of: str
    subject: str
    because: str
    by: str
    started_at: datetime
    ended_at: datetime | None
    updated_at: datetime
