"""A provider inside the test's own process: it counts what it is asked and does what the test tells it."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from app.domain.errors import OutcomeUnknown
from app.ports import OfferedStyle, ProviderHealth, ProviderRequest, ProviderState

DONE = ProviderState("done", percent=100)


@dataclass
class Maker:
    """`submits` and `polls` are told one by one (then it takes everything and is done at once)."""

    name: str
    submits: deque[BaseException] = field(default_factory=deque)
    polls: deque[ProviderState | BaseException] = field(default_factory=deque)
    always: ProviderState = DONE
    asked: list[ProviderRequest] = field(default_factory=list)
    tasks: dict[str, str] = field(default_factory=dict)
    cancels: list[str] = field(default_factory=list)
    polled: int = 0
    knows: bool = True
    takes_before_failing: bool = False
    inside: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event | None = None

    def styles(self) -> Sequence[OfferedStyle]:
        """None of its own."""
        return ()

    async def submit(self, request: ProviderRequest) -> str:
        """Take a task, unless told otherwise."""
        self.asked.append(request)
        error = self.submits.popleft() if self.submits else None
        if error is None or self.takes_before_failing:
            self.tasks[request.submission] = f"{self.name}-{len(self.tasks) + 1}"
        if error is not None:
            raise error
        return self.tasks[request.submission]

    async def find(self, submission: str) -> str | None:
        """The task of a submission, unless it cannot tell."""
        if not self.knows:
            raise OutcomeUnknown("MAKER_SILENT", "Nobody knows.")
        return self.tasks.get(submission)

    async def poll(self, task_id: str) -> ProviderState:
        """What the test told."""
        self.polled += 1
        self.inside.set()
        if self.go is not None:
            await self.go.wait()
        await asyncio.sleep(0.01)
        told = self.polls.popleft() if self.polls else self.always
        if isinstance(told, BaseException):
            raise told
        return told

    async def fetch(self, task_id: str, target: Path) -> None:
        """A small picture."""
        Image.new("RGB", (32, 24), "teal").save(target, "JPEG")

    async def cancel(self, task_id: str) -> None:
        """Stopped."""
        self.cancels.append(task_id)

    async def health(self) -> ProviderHealth:
        """Always there."""
        return ProviderHealth(ok=True)
