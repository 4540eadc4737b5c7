"""All that crosses Redis, our own WebSockets or the watcher's socket, as typed records with camelCase fields.

Live rows (`JobChanged`, `GuestChanged`, `ShotChanged`, `BoothChanged`) carry the whole visible row and its
revision: whoever holds revision n ignores anything ≤ n, so repeats, losses and disorder are harmless.
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
from app.domain.wire import ActiveGuest as ActiveGuest
from app.domain.wire import Suggestion as Suggestion
from app.domain.wire import WaitReason as WaitReason
from app.domain.wire import WatcherHealth as WatcherHealth
from app.domain.wire import WatcherTrouble as WatcherTrouble
from app.domain.wire import Wire as Wire

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
    sent_to: str | None = None
    sent_to_name: str | None = None
    """The booth a supervisor asked this guest to go to, and its name."""
    created_at: datetime
    expires_at: datetime
    updated_at: datetime


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


# ---- the watcher's socket: /ws/watcher, Authorization: Bearer <booth token> -------------------------------
#
# Times. The laptop's clock may be wrong, so a watcher never sends it: it measures the server's clock against
# its own monotonic one with each heartbeat (`Heartbeat.sent` comes back in `Heard.echo`) and says in the
# server's time when a file appeared: `appeared_at`, and surely not before `appeared_earliest` nor after
# `appeared_latest`. Both are missing only where nothing better than the laptop's clock was to be had.


class Hello(Wire):
    """First message of a watcher."""

    type: Literal["hello"] = "hello"
    booth_id: str
    version: str
    host: str
    hotfolder: str


class Heartbeat(Wire):
    """Every 5 s: the watcher lives; what waits on its disk, and how much room is left.

    `sent` is the watcher's monotonic clock in seconds; the server answers with `Heard`.
    """

    type: Literal["heartbeat"] = "heartbeat"
    pending: int = 0
    free_bytes: int | None = None
    last_shot_at: datetime | None = None
    sent: float | None = None
    bytes_waiting: int = 0
    oldest_waiting_at: datetime | None = None
    bytes_per_second: int | None = None
    trouble: WatcherTrouble | None = None


class Appeared(Wire):
    """When a file was first seen, in the server's time, and how sure that is."""

    appeared_at: datetime
    appeared_earliest: datetime | None = None
    appeared_latest: datetime | None = None


class FileReceiving(Appeared):
    """A file is being written; sent at most twice a second per file. `shot_id` is the watcher's ULID.

    `preview` (base64 JPEG) is the camera's embedded thumbnail, sent once, as soon as it could be read.
    `taken_at` is what the camera's clock says, `camera` its maker, model and serial number.
    """

    type: Literal["receiving"] = "receiving"
    shot_id: str
    file_name: str
    bytes_seen: int
    bytes_expected: int | None = None
    expected_exact: bool = False
    taken_at: datetime | None = None
    camera: str | None = None
    preview: str | None = None


class PhotoSeen(Appeared):
    """A file is whole: its thumbnail (JPEG, base64, at most 96 KiB decoded) goes before its bytes.

    `qr` is the text of a QR code that fills a good part of the frame: somebody photographed a guest's code.
    """

    type: Literal["seen"] = "seen"
    shot_id: str
    file_name: str
    bytes_seen: int
    sha256: str
    taken_at: datetime | None = None
    camera: str | None = None
    preview: str
    qr: str | None = None


class FileInvalid(Appeared):
    """A file that is no photo; `reason` is a stable error code, `message` a sentence.

    INCOMPLETE is not for ever: when the file grows after all, it is received again under the same shot id.
    `preview` is what could be rescued of it: the camera's embedded thumbnail.
    """

    type: Literal["invalid"] = "invalid"
    shot_id: str
    file_name: str
    bytes_seen: int
    reason: str
    message: str
    preview: str | None = None


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


class Heard(Wire):
    """The answer to a heartbeat: its `sent`, and the server's time when it came.

    `keep_raw`: the booth's event wants RAW files stored beside their shots.
    """

    type: Literal["heard"] = "heard"
    echo: float
    server_time: datetime
    keep_raw: bool = False


class Rescan(Wire):
    """Look through the whole hotfolder again now."""

    type: Literal["rescan"] = "rescan"


class Refused(Wire):
    """The server does not take this watcher; `message` says why in words."""

    type: Literal["refused"] = "refused"
    code: str
    message: str


ToWatcher = Annotated[Welcome | Heard | Rescan | Refused, Field(discriminator="type")]
to_watcher: TypeAdapter[ToWatcher] = TypeAdapter(ToWatcher)
