"""Lines and their stages: the manifests that screens need, and what a running stage is given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from app.domain.access import Role
from app.domain.chain import Step


@dataclass(frozen=True)
class StageEntry:
    """One stage of a line's manifest; `percent` is the job's progress when the stage begins."""

    name: str
    percent: int


@dataclass(frozen=True)
class Line:
    """A declared order of stages; `made_by` names the one that goes along the job's chain of makers.

    `signals` that people may send to its jobs, by their least role.
    """

    name: str
    stages: tuple[StageEntry, ...]
    made_by: str | None = None
    signals: Mapping[str, Role] = field(default_factory=dict)

    def entry(self, stage: str) -> StageEntry:
        """The manifest's entry of a stage; KeyError for a stage this line does not have."""
        for entry in self.stages:
            if entry.name == stage:
                return entry
        raise KeyError(stage)

    def span(self, stage: str, fraction: float) -> int:
        """The job's percent when `stage` is done to `fraction` (0..1)."""
        names = [entry.name for entry in self.stages]
        here = names.index(stage)
        start = self.stages[here].percent
        end = self.stages[here + 1].percent if here + 1 < len(names) else 100
        return round(start + (end - start) * min(max(fraction, 0.0), 1.0))


PHOTO = Line(
    "photo",
    (
        StageEntry("preprocessing", 1),
        StageEntry("ai_processing", 15),
        StageEntry("framing", 70),
        StageEntry("uploading_output", 80),
        StageEntry("publishing", 92),
    ),
    made_by="ai_processing",
)

LINES: Mapping[str, Line] = {PHOTO.name: PHOTO}


@dataclass(frozen=True)
class Retry:
    """How often and how patiently a stage is tried: `attempts` in all, full jitter up to base·2ⁿ, capped."""

    attempts: int = 4
    base_seconds: float = 2.0
    cap_seconds: float = 60.0

    def ceiling(self, attempt: int) -> float:
        """The longest wait after failed attempt number `attempt` (from 1), in seconds."""
        return min(self.cap_seconds, self.base_seconds * 2.0 ** (attempt - 1))


class Work(Protocol):
    """What a stage sees of its job: arguments, earlier outputs, its own memory, and how it speaks.

    Everything that writes raises LeaseLost when another worker has the job.
    """

    @property
    def job_id(self) -> str: ...
    @property
    def fence(self) -> int: ...
    @property
    def args(self) -> Mapping[str, Any]: ...
    @property
    def outputs(self) -> Mapping[str, Mapping[str, Any]]:
        """Outputs of the finished stages, by stage name."""
        ...

    @property
    def memory(self) -> Mapping[str, Any]:
        """What this stage remembered in this or an earlier run (a provider's task id)."""
        ...

    @property
    def maker(self) -> Step:
        """Who makes the picture: the step of the chain where the job is."""
        ...

    @property
    def makers(self) -> Sequence[Step]:
        """The whole chain."""
        ...

    @property
    def age(self) -> float:
        """How long this attempt lasts already, in seconds; also while it was parked."""
        ...

    @property
    def scratch(self) -> Path:
        """A folder of this run's own, gone when the run ends."""
        ...

    async def remember(self, **facts: Any) -> None:
        """Write facts into the stage's row now."""
        ...

    async def progress(self, fraction: float, preview: bytes | None = None) -> None:
        """Tell the screens how far this stage is (0..1); at most two writes a second, bar previews.

        `preview`: what the picture looks like so far, a small JPEG; its maker gives at most one a second.
        """
        ...

    async def signal(self, name: str) -> Mapping[str, Any] | None:
        """The newest signal of this name that was told to the job, perhaps long ago; None without one."""
        ...

    async def wait_for(self, name: str, seconds: float) -> Mapping[str, Any] | None:
        """The signal, once it has come; None when it did not in `seconds`. Until then the job is parked."""
        ...

    async def still_ours(self) -> None:
        """Raises LeaseLost when another worker has the job: asked right before what costs."""
        ...

    async def asking(self) -> str:
        """A provider is about to be asked for something that costs: gives our own id of it, written down."""
        ...

    async def taken(self, task_id: str) -> None:
        """The provider took it: from now on it is re-attached to, never asked for again."""
        ...

    async def settled(self, state: str, cost: float | None = None, *, keep: bool = False) -> None:
        """The task's end and cost in the ledger; it is forgotten unless `keep`: its result is wanted."""
        ...
