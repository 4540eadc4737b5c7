"""All that crosses the watcher's socket (/ws/watcher), as typed records with camelCase fields.

Times. The laptop's clock may be wrong, so a watcher never sends it: it measures the server's clock against
its own monotonic one with each heartbeat (`Heartbeat.sent` comes back in `Heard.echo`) and says in the
server's time when a file appeared: `appeared_at`, and surely not before `appeared_earliest` nor after
`appeared_latest`. Both are missing only where nothing better than the laptop's clock was to be had.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from app.domain.wire import WatcherTrouble, Wire


class Hello(Wire):
    """First message of a watcher."""

    type: Literal["hello"] = "hello"
    booth_id: str
    version: str
    host: str
    hotfolder: str


class Heartbeat(Wire):
    """Every 2 s: the watcher lives; what waits on its disk, and how much room is left.

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


class Goodbye(Wire):
    """The watcher was stopped by a person, and its connection ends: nothing is wrong."""

    type: Literal["goodbye"] = "goodbye"


FromWatcher = Annotated[
    Goodbye | Hello | Heartbeat | FileReceiving | PhotoSeen | FileInvalid | FileGone,
    Field(discriminator="type"),
]
from_watcher: TypeAdapter[FromWatcher] = TypeAdapter(FromWatcher)


class Welcome(Wire):
    """The server took the watcher; `heartbeat_seconds` is how often it wants to hear."""

    type: Literal["welcome"] = "welcome"
    booth_id: str
    booth_name: str
    heartbeat_seconds: float = 2.0


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


class PutAway(Wire):
    """Files that may not stay on the laptop as they are: `erased` ones go for good, as their guest asked,
    `rejected` ones into a folder that keeps them for some days. Said again at each connection.
    """

    type: Literal["put_away"] = "put_away"
    erased: list[str] = Field(default_factory=list)
    rejected: list[str] = Field(default_factory=list)


class Refused(Wire):
    """The server does not take this watcher; `message` says why in words."""

    type: Literal["refused"] = "refused"
    code: str
    message: str


ToWatcher = Annotated[Welcome | Heard | Rescan | PutAway | Refused, Field(discriminator="type")]
to_watcher: TypeAdapter[ToWatcher] = TypeAdapter(ToWatcher)
