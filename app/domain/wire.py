"""What messages are made of: their base, and the small records inside them."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Wire(BaseModel):
    """Base of everything on a wire: snake_case here, camelCase there, unknown fields ignored."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")

    def wire(self) -> dict[str, Any]:
        """The JSON-ready dict with camelCase keys."""
        return self.model_dump(mode="json", by_alias=True)


class WaitReason(Wire):
    """Why a job does not move right now: a code with its numbers, and until when; words are the screen's.

    breaker: `because` names the part that does not work. slot: "kie 5/5". lane: the paused one. provider: its
    task runs there, no worker is held. outcome: whether a paid task was taken is unknown, a person decides.
    """

    code: Literal[
        "queue",
        "retry",
        "snooze",
        "handed_back",
        "stalled",
        "no_worker",
        "breaker",
        "slot",
        "lane",
        "spend_limit",
        "provider",
        "signal",
        "outcome",
    ]
    attempt: int = 0
    attempts: int = 0
    because: str = ""
    until: datetime | None = None


class Suggestion(Wire):
    """A guest an orphan may belong to, best first."""

    session_id: str
    code: str
    guest_name: str


class ActiveGuest(Wire):
    """Whose guest a booth's camera files belong to now. `by_qr`: a photographed QR code began the turn."""

    session_id: str
    code: str
    guest_name: str
    mode: str
    style_id: str
    started_at: datetime
    expires_at: datetime
    by_qr: bool = False


WatcherTrouble = Literal[
    "SERVER_AWAY", "SLOW_LINE", "DISK_FULL", "FOLDER_AWAY", "FOLDER_TAKEN", "TOKEN_REFUSED", "SERVER_BUSY"
]


class WatcherHealth(Wire):
    """How a booth's watcher and its camera laptop are, as of its last heartbeat; sizes in bytes.

    `waiting` files (`bytes_waiting` in all, the oldest since `oldest_waiting_at`) are not at the server yet;
    `trouble` is the one reason for it that a person should know. `silent`: its connection stands and nothing
    came for some seconds (`watcherOnline` is false then); `stopped`: a person stopped it, so it said goodbye.
    """

    waiting: int = 0
    bytes_waiting: int = 0
    oldest_waiting_at: datetime | None = None
    bytes_per_second: int | None = None
    free_bytes: int | None = None
    trouble: WatcherTrouble | None = None
    host: str = ""
    hotfolder: str = ""
    silent: bool = False
    stopped: bool = False
