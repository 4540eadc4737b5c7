"""All that crosses Redis, our own WebSockets or the watcher's socket, as typed records with camelCase fields.

Live rows (`JobChanged`, `GuestChanged`, `ShotChanged`, `BoothChanged`) carry the whole visible row and its
revision: whoever holds revision n ignores anything ≤ n, so repeats, losses and disorder are harmless.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel

from app.domain.job import JobStatus


class Wire(BaseModel):
    """Base of everything on a wire: snake_case here, camelCase there, unknown fields ignored."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")

    def wire(self) -> dict[str, Any]:
        """The JSON-ready dict with camelCase keys."""
        return self.model_dump(mode="json", by_alias=True)


class WaitReason(Wire):
    """Why a job does not move right now: a code with its numbers, and until when; words are the screen's."""

    code: Literal["queue", "retry", "snooze", "handed_back", "stalled"]
    attempt: int = 0
    attempts: int = 0
    because: str = ""
    until: datetime | None = None


class JobChanged(Wire):
    """A job as the screens see it."""

    kind: Literal["job"] = "job"
    id: str
    revision: int
    event_id: str
    booth_id: str | None
    session_id: str
    line: str
    code: str
    guest_name: str
    mode: str
    style_id: str
    style_name: str
    status: JobStatus
    stage: str | None
    percent: int
    attempts: int
    cancel_requested: bool
    wait: WaitReason | None
    error_code: str | None
    error_message: str | None
    parent_id: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    updated_at: datetime
    has_output: bool


GuestState = Literal["registered", "active", "waiting", "done", "failed"]


class GuestChanged(Wire):
    """A guest's session as the people queue sees it; only the phone number's last digits."""

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
    created_at: datetime
    expires_at: datetime
    updated_at: datetime


ShotState = Literal["receiving", "seen", "stored", "assigned", "orphan", "invalid", "duplicate", "rejected"]


class ShotChanged(Wire):
    """One camera file as the film strip sees it."""

    kind: Literal["shot"] = "shot"
    id: str
    revision: int
    event_id: str
    booth_id: str
    file_name: str
    state: ShotState
    bytes_seen: int
    reason: str | None
    session_id: str | None
    guest_name: str | None
    job_id: str | None
    has_preview: bool
    appeared_at: datetime
    updated_at: datetime


class ActiveGuest(Wire):
    """Whose guest a booth's camera files belong to now."""

    session_id: str
    code: str
    guest_name: str
    mode: str
    style_id: str
    started_at: datetime
    expires_at: datetime


class BoothChanged(Wire):
    """A booth as its tile and header see it."""

    kind: Literal["booth"] = "booth"
    id: str
    revision: int
    event_id: str
    booth_id: str
    name: str
    active: ActiveGuest | None
    watcher_online: bool
    watcher_seen_at: datetime | None
    watcher_version: str | None
    watcher_pending: int
    watcher_free_bytes: int | None
    last_shot_at: datetime | None
    updated_at: datetime


LiveRow = Annotated[JobChanged | GuestChanged | ShotChanged | BoothChanged, Field(discriminator="kind")]
live_row: TypeAdapter[LiveRow] = TypeAdapter(LiveRow)


# ---- the watcher's socket: /ws/watcher, Authorization: Bearer <booth token> -------------------------------


class Hello(Wire):
    """First message of a watcher."""

    type: Literal["hello"] = "hello"
    booth_id: str
    version: str
    host: str
    hotfolder: str


class Heartbeat(Wire):
    """Every 5 s: the watcher lives; what waits on its disk, and how much room is left."""

    type: Literal["heartbeat"] = "heartbeat"
    pending: int = 0
    free_bytes: int | None = None
    last_shot_at: datetime | None = None


class FileReceiving(Wire):
    """A file is being written; sent at most twice a second per file. `shot_id` is the watcher's ULID."""

    type: Literal["receiving"] = "receiving"
    shot_id: str
    file_name: str
    bytes_seen: int
    appeared_at: datetime


class PhotoSeen(Wire):
    """A file is whole: its thumbnail (JPEG, base64, at most 96 KiB decoded) goes before its bytes."""

    type: Literal["seen"] = "seen"
    shot_id: str
    file_name: str
    bytes_seen: int
    sha256: str
    appeared_at: datetime
    taken_at: datetime | None = None
    preview: str


class FileInvalid(Wire):
    """A file that is no photo; `reason` is a stable error code, `message` a sentence."""

    type: Literal["invalid"] = "invalid"
    shot_id: str
    file_name: str
    bytes_seen: int
    appeared_at: datetime
    reason: str
    message: str


class FileGone(Wire):
    """A file that was being received vanished or turned out to be an update of a known shot."""

    type: Literal["gone"] = "gone"
    shot_id: str


FromWatcher = Annotated[
    Hello | Heartbeat | FileReceiving | PhotoSeen | FileInvalid | FileGone, Field(discriminator="type")
]
from_watcher: TypeAdapter[FromWatcher] = TypeAdapter(FromWatcher)


class Welcome(Wire):
    """The server took the watcher; `heartbeat_seconds` is how often it wants to hear."""

    type: Literal["welcome"] = "welcome"
    booth_id: str
    booth_name: str
    heartbeat_seconds: float = 5.0


class Rescan(Wire):
    """Look through the whole hotfolder again now."""

    type: Literal["rescan"] = "rescan"


class Refused(Wire):
    """The server does not take this watcher; `message` says why in words."""

    type: Literal["refused"] = "refused"
    code: str
    message: str


ToWatcher = Annotated[Welcome | Rescan | Refused, Field(discriminator="type")]
to_watcher: TypeAdapter[ToWatcher] = TypeAdapter(ToWatcher)
