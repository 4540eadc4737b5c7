"""All that crosses Redis, our WebSockets or (watcher_wire) the watcher's, typed, with camelCase fields.

Live rows (`…Changed`) carry the whole visible row; whoever has its revision n ignores anything ≤ n.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from app.domain.house import IncidentChanged as IncidentChanged
from app.domain.house import LaneChanged as LaneChanged
from app.domain.house import ProgramChanged as ProgramChanged
from app.domain.house import ProviderChanged as ProviderChanged
from app.domain.job_row import JobChanged as JobChanged
from app.domain.printing import PrinterState as PrinterState
from app.domain.watcher_wire import Appeared as Appeared
from app.domain.watcher_wire import FileGone as FileGone
from app.domain.watcher_wire import FileInvalid as FileInvalid
from app.domain.watcher_wire import FileReceiving as FileReceiving
from app.domain.watcher_wire import FromWatcher as FromWatcher
from app.domain.watcher_wire import Goodbye as Goodbye
from app.domain.watcher_wire import Heard as Heard
from app.domain.watcher_wire import Heartbeat as Heartbeat
from app.domain.watcher_wire import Hello as Hello
from app.domain.watcher_wire import PhotoSeen as PhotoSeen
from app.domain.watcher_wire import PutAway as PutAway
from app.domain.watcher_wire import Refused as Refused
from app.domain.watcher_wire import Rescan as Rescan
from app.domain.watcher_wire import ToWatcher as ToWatcher
from app.domain.watcher_wire import Welcome as Welcome
from app.domain.watcher_wire import from_watcher as from_watcher
from app.domain.watcher_wire import to_watcher as to_watcher
from app.domain.wire import ActiveGuest as ActiveGuest
from app.domain.wire import Suggestion as Suggestion
from app.domain.wire import WaitReason as WaitReason
from app.domain.wire import WatcherHealth as WatcherHealth
from app.domain.wire import WatcherTrouble as WatcherTrouble
from app.domain.wire import Wire as Wire

GuestState = Literal["registered", "active", "waiting", "done", "failed"]


class GuestChanged(Wire):
    """A guest's session as the people queue sees it; of the phone number only the last digits."""

    kind: Literal["guest"] = "guest"
    id: str
    revision: int
    event_id: str
    booth_id: str | None
    code: str
    guest_name: str
    phone_tail: str
    state: GuestState
    jobs_open: int
    jobs_done: int
    jobs_failed: int
    sent_to: str | None = None
    sent_to_name: str | None = None
    """The booth a supervisor asked this guest to go to, and its name."""
    created_at: datetime
    expires_at: datetime
    updated_at: datetime
    deleted: bool = False


ShotState = Literal["receiving", "seen", "stored", "assigned", "orphan", "invalid", "duplicate", "rejected"]


class ShotChanged(Wire):
    """One camera file as the film strip sees it.

    `preview_version` is 0 without a picture, 1 for the camera's own embedded thumbnail, 2 for the one made
    from the whole, verified file. `bytes_expected` is a guess unless `expected_exact`. `original_pending`: a
    reduced copy made the job, the camera's file still comes.
    """

    kind: Literal["shot"] = "shot"
    id: str
    revision: int
    event_id: str
    booth_id: str
    file_name: str
    state: ShotState
    bytes_seen: int
    bytes_expected: int | None = None
    expected_exact: bool = False
    reason: str | None
    session_id: str | None
    guest_name: str | None
    job_id: str | None
    has_preview: bool
    preview_version: int = 0
    camera: str | None = None
    taken_at: datetime | None = None
    has_raw: bool = False
    original_pending: bool = False
    suggested: list[Suggestion] = Field(default_factory=list)
    appeared_at: datetime
    updated_at: datetime


class BoothChanged(Wire):
    """A booth as its tile and header see it; `printer` is empty where nobody prints."""

    kind: Literal["booth"] = "booth"
    id: str
    revision: int
    event_id: str
    booth_id: str
    name: str
    event_open: bool = True
    active: ActiveGuest | None
    watcher_online: bool
    watcher_seen_at: datetime | None
    watcher_version: str | None
    watcher_pending: int
    watcher_free_bytes: int | None
    watcher_health: WatcherHealth | None = None
    last_shot_at: datetime | None
    printer: str = ""
    printer_state: PrinterState | None = None
    updated_at: datetime


LiveRow = Annotated[
    JobChanged
    | GuestChanged
    | ShotChanged
    | BoothChanged
    | ProviderChanged
    | LaneChanged
    | ProgramChanged
    | IncidentChanged,
    Field(discriminator="kind"),
]
live_row: TypeAdapter[LiveRow] = TypeAdapter(LiveRow)
