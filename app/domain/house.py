"""Live rows of the whole installation: the outside parts and how they work, the lanes of jobs."""

from datetime import datetime
from typing import Literal

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
    at `creditsAt`; they are enough for about `creditsTasks` more pictures.
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


class LaneChanged(HouseRow):
    """A lane of jobs, and whether a person paused it."""

    kind: Literal["lane"] = "lane"
    paused: bool
    paused_at: datetime | None
    paused_by: str | None
    because: str
