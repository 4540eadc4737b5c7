"""What photobot needs from outside, as protocols; `app/adapters` does it, `app/wiring.py` chooses who.

Every port's implementations pass one suite in `tests/contract`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from cachetools import TTLCache

from app.domain.messages import LiveRow
from app.domain.policy import Policy
from app.domain.printing import PrinterLook, RemotePrint

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker


class Clock(Protocol):
    """Aware UTC time; tests move it."""

    def now(self) -> datetime: ...


class Bell(Protocol):
    """Tells some worker to look at a job. May lose a ring, may ring twice; never the truth."""

    async def ring(self, job_id: str) -> None:
        """Ring once, within a second or not at all; never raises for an outage."""
        ...


@dataclass(frozen=True)
class Subscribed:
    """The feed (re)connected: whatever was published before is gone, read the truth again."""


class News(Protocol):
    """Carries changed rows from whoever wrote them to every console process."""

    async def publish(self, rows: Sequence[LiveRow]) -> None:
        """Publish after the commit; never raises for an outage (the watermark heals)."""
        ...

    def listen(self) -> AsyncIterator[LiveRow | Subscribed]:
        """Rows of all events, for ever; yields `Subscribed` on each (re)connection."""
        ...

    async def healthy(self) -> bool: ...


@dataclass(frozen=True)
class ObjectInfo:
    """What storage says of one object."""

    size: int
    content_type: str


class Storage(Protocol):
    """Bytes under keys. Streams: an object is never all in memory at once (bar small `put_bytes`)."""

    async def put_file(self, key: str, source: Path, content_type: str) -> None:
        """Store a file; multipart above the adapter's threshold. Raises `Unavailable` after its retries."""
        ...

    async def put_bytes(self, key: str, data: bytes, content_type: str) -> None:
        """Store a small object."""
        ...

    async def get_file(self, key: str, target: Path, *, max_bytes: int) -> ObjectInfo:
        """Download to `target`. Raises `NotFound`, `TooLarge` (over `max_bytes`), `Unavailable`."""
        ...

    def open(self, key: str, *, chunk: int = 256 * 1024) -> AsyncIterator[bytes]:
        """Stream an object's bytes. Raises `NotFound`, `Unavailable`."""
        ...

    async def head(self, key: str) -> ObjectInfo | None:
        """Facts of an object, None where there is none."""
        ...

    async def delete(self, key: str) -> None:
        """Remove an object; no error when it is not there."""
        ...

    async def signed_get_url(self, key: str, *, seconds: int, filename: str | None = None) -> str:
        """A link that gives the object to whoever holds it for `seconds`; `filename` makes it a download.

        The folder's links are relative to the web server (they start with `/files/`).
        """
        ...

    async def signed_put_url(self, key: str, *, seconds: int, content_type: str) -> str:
        """A link to which one may PUT the object with that `Content-Type` for `seconds`."""
        ...

    async def healthy(self) -> bool: ...


async def nobody_else() -> None:
    """Whose request has no job behind it keeps it from nobody."""


@dataclass(frozen=True)
class ProviderRequest:
    """One picture to be styled: `image` is upright sRGB JPEG on disk; `params` are the style's own.

    `submission` is our own id of this try, remembered before it is made: what `find` asks for when the answer
    was lost. `image_url` is a link to the picture for a provider on the internet, where our storage can be
    reached from there; `callback_url` is where it may tell that the task ended. `still` is called last of all
    before the call that costs: it raises LeaseLost when another worker has asked meanwhile.
    """

    job_id: str
    image: Path
    style_id: str
    params: Mapping[str, object]
    seed: int
    submission: str = ""
    image_url: str | None = None
    callback_url: str | None = None
    still: Callable[[], Awaitable[None]] = nobody_else


@dataclass(frozen=True)
class ProviderState:
    """Where a provider's task stands. `lost`: the provider no longer knows it (a restart): submit again.

    `again_seconds`: how long to wait before asking again; `cost` in the provider's credits, once known;
    `preview`: a small JPEG of the picture so far; `account`: it failed because of our account; `once`: it
    failed in a way that deserves one more try, not all that the stage's policy allows.
    """

    status: Literal["running", "done", "failed", "lost"]
    percent: int = 0
    error_code: str = ""
    error_message: str = ""
    transient: bool = False
    again_seconds: float = 0.0
    cost: float | None = None
    preview: bytes | None = None
    account: bool = False
    once: bool = False


@dataclass(frozen=True)
class ProviderHealth:
    """Whether a provider can be used now; `because` is a stable code when not; `facts` are there to show."""

    ok: bool
    because: str = ""
    credits: float | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class OfferedStyle:
    """A look a provider brings along; a fresh installation is seeded with these."""

    id: str
    name_en: str
    name_id: str


class Provider(Protocol):
    """Makes a styled picture: submit once, re-attach by the task id as often as needed."""

    name: str

    def styles(self) -> Sequence[OfferedStyle]:
        """The looks it brings along, in the order to show them."""
        ...

    async def submit(self, request: ProviderRequest) -> str:
        """Start a task, return its id.

        Raises `Transient` (surely not started), `Snooze` (told to wait, not started), `Fatal`,
        `AccountFault`, `OutcomeUnknown` (the answer was lost after the request may have been taken).
        """
        ...

    async def find(self, submission: str) -> str | None:
        """The task of a submission whose answer was lost; None when it surely never arrived.

        Raises `OutcomeUnknown` where the provider cannot tell, `Transient` while it does not answer.
        """
        ...

    async def poll(self, task_id: str) -> ProviderState:
        """Where the task stands; may wait a moment for a change, never longer than 2 s."""
        ...

    async def fetch(self, task_id: str, target: Path) -> None:
        """Write the finished picture (JPEG or PNG) to `target`."""
        ...

    async def cancel(self, task_id: str) -> None:
        """Stop a task if it can be stopped; no error when it cannot."""
        ...

    async def health(self) -> ProviderHealth:
        """Whether it can be used now, at no cost; within 5 s, never raises."""
        ...


class TaskRecords(Protocol):
    """A provider whose own record of a task tells which submission of ours it was made for."""

    async def submission_of(self, task_id: str) -> str | None:
        """The submission; None when the task is none of ours. Raises as `poll`."""
        ...


class StyleCheck(Protocol):
    """A provider that knows what a style's parameters may be, before a picture is made with them."""

    def check(self, params: Mapping[str, object]) -> None:
        """Raises Invalid, in words, with the parameter's `field`."""
        ...


class WorkflowHost(Protocol):
    """A provider that runs workflow files: asked what its nodes take before a file is put to use."""

    async def signatures(self, classes: Collection[str]) -> Mapping[str, Mapping[str, Any]]:
        """What these kinds of nodes take and give; an unknown kind is left out. Raises `Unavailable`."""
        ...


class Rate(Protocol):
    """Calls that an outside service counts per account, kept by all worker processes together.

    Unlike `Limiter` it lets nobody through while it cannot count: what is over the limit is lost over there.
    """

    async def take(self, key: str, *, limit: int, per_seconds: float) -> float:
        """Take one of `limit` calls in any `per_seconds`: 0.0 when taken, else how long until one is free."""
        ...


@dataclass(frozen=True)
class Verdict:
    """A rate limiter's answer; `retry_after` in seconds when refused."""

    allowed: bool
    retry_after: int = 0


class Limiter(Protocol):
    """Counts hits per key in a moving window; answers `allowed` when its own store is down."""

    async def hit(self, key: str, *, limit: int, per_seconds: int) -> Verdict: ...


class Printers(Protocol):
    """Printers, each by a booth's own word for it; Transient while one does not answer, Fatal: it never will.
    `create` prints nothing yet, `send` once for all; a lost answer to it is Transient: `ask` what it did."""

    async def look(self, printer: str) -> PrinterLook: ...
    async def create(self, printer: str, name: str, copies: int) -> int: ...
    async def send(self, printer: str, number: int, picture: Path) -> None: ...
    async def ask(self, printer: str, number: int) -> RemotePrint: ...
    async def cancel(self, printer: str, number: int) -> None: ...


@dataclass(frozen=True)
class FreshThumbnail:
    """A camera file's thumbnail as this process has just written it to its row, and whose event it is."""

    event_id: str
    jpeg: bytes


def _fresh_thumbnails() -> MutableMapping[tuple[str, int], FreshThumbnail]:
    """Bounded to 8 MiB and half a minute: screens ask for a thumbnail as soon as they are told of it."""
    return TTLCache(8 * 1024 * 1024, ttl=30, getsizeof=lambda kept: len(kept.jpeg))


@dataclass(frozen=True)
class Ports:
    """Everything from outside that a service, stage or page may use."""

    db: "async_sessionmaker[AsyncSession]"
    clock: Clock
    bell: Bell
    news: News
    storage: Storage
    providers: Mapping[str, Provider]
    limiter: Limiter
    policy: Policy
    workflows: WorkflowHost | None = None
    records: Mapping[str, TaskRecords] = field(default_factory=dict)
    thumbnails: MutableMapping[tuple[str, int], FreshThumbnail] = field(default_factory=_fresh_thumbnails)
    """By shot and version; what is not here any more is read from the row."""
    checks: Mapping[str, StyleCheck] = field(default_factory=dict)
    printers: Printers | None = None
