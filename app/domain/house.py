"""Live rows of the whole installation: the outside parts and how they work, the lanes of jobs."""

from datetime import datetime
from typing import Literal

from app.domain.wire import Wire


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
    so, until `forced_until`.
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


class LaneChanged(HouseRow):
    """A lane of jobs, and whether a person paused it."""

    kind: Literal["lane"] = "lane"
    paused: bool
    paused_at: datetime | None
    paused_by: str | None
    because: str
