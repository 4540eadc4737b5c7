"""A small line whose two stages do what a test tells them."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from app.domain.chain import ORIGINAL
from app.domain.line import Line, Retry, StageEntry, Work
from app.ports import Ports, ProviderRequest
from tasks import making
from tasks.engine import Engine
from tasks.stage import Stage, StagesOf

LINE = Line("told", (StageEntry("first", 1), StageEntry("second", 50)))
RETRY = Retry(attempts=3, base_seconds=100, cap_seconds=200)
Act = Callable[[Work], Awaitable[dict[str, Any]]]


class Told:
    """What the second stage does, one entry a try (then it succeeds); and how often each stage ran."""

    def __init__(self, *acts: BaseException | Act, timeout: float = 20, uses: tuple[str, ...] = ()) -> None:
        self.acts = deque(acts)
        self.timeout = timeout
        self.uses = uses
        self.runs = {"first": 0, "second": 0}
        self.inside = asyncio.Event()

    def stages(self) -> tuple[Stage, ...]:
        """The bound line."""
        line = StagesOf(LINE)

        @line.stage(timeout=5, retry=RETRY)
        async def first(work: Work, ports: Ports) -> dict[str, Any]:
            self.runs["first"] += 1
            return {"fence": work.fence}

        @line.stage(timeout=self.timeout, retry=RETRY, uses=self.uses)
        async def second(work: Work, ports: Ports) -> dict[str, Any]:
            self.runs["second"] += 1
            self.inside.set()
            act = self.acts.popleft() if self.acts else None
            if isinstance(act, BaseException):
                raise act
            if act is not None:
                return await act(work)
            return {"best_output_key": f"made-{work.fence}"}

        return line.sealed()

    def engine(self, ports: Ports, worker: str = "worker-a") -> Engine:
        """An engine that knows only this line."""
        return Engine(ports, {LINE.name: self.stages()}, worker)


async def for_ever(work: Work) -> dict[str, Any]:
    """A stage that never ends by itself."""
    await asyncio.Event().wait()
    return {}


DRAWN = Line("drawn", (StageEntry("prepare", 1), StageEntry("draw", 20), StageEntry("keep", 90)))


def drawn(retry: Retry = RETRY, timeout: float = 20) -> tuple[Stage, ...]:
    """A line whose second stage is made by the maker where the job's chain is."""
    line = StagesOf(DRAWN)

    @line.stage(timeout=5, retry=retry)
    async def prepare(work: Work, ports: Ports) -> dict[str, Any]:
        return {}

    @line.stage(timeout=timeout, retry=retry, abandon=making.abandon)
    async def draw(work: Work, ports: Ports) -> dict[str, Any]:
        if work.maker.provider == ORIGINAL:
            return {"by": ORIGINAL}

        async def request() -> ProviderRequest:
            return ProviderRequest(work.job_id, work.scratch / "in", work.maker.style_id, {}, 1)

        return {"by": await making.make(work, ports, request, work.scratch / "out")}

    @line.stage(timeout=5, retry=retry)
    async def keep(work: Work, ports: Ports) -> dict[str, Any]:
        return {"best_output_key": work.outputs["draw"]["by"]}

    return line.sealed()
