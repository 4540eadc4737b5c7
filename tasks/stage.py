"""Binding a line's stages to its manifest: order in the file is order of the line, or the import fails."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from app.domain.line import Line, Retry, Work
from app.ports import Ports

StageFunction = Callable[[Work, Ports], Awaitable[dict[str, Any]]]
Abandon = Callable[[Work, Ports], Awaitable[None]]


@dataclass(frozen=True)
class Stage:
    """A bound stage: what to run, for how long (seconds), how often, and what it needs.

    `uses`: outside parts whose breakers it heeds. `outside`: it is made by the maker where the job's chain is
    (whose breaker, slots and costs count), and what may be under way there is stopped by `abandon`. `heavy`:
    it keeps a core busy.
    """

    name: str
    percent: int
    run: StageFunction
    timeout: float
    retry: Retry
    uses: tuple[str, ...] = ()
    outside: bool = False
    abandon: Abandon | None = None
    heavy: bool = False


class StagesOf:
    """Collects the functions of one line; `sealed()` proves that none is missing, extra or misplaced."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self._stages: list[Stage] = []

    def stage(
        self,
        *,
        timeout: float,
        retry: Retry,
        uses: tuple[str, ...] = (),
        abandon: Abandon | None = None,
        heavy: bool = False,
    ) -> Callable[[StageFunction], StageFunction]:
        """Bind a function to the manifest's entry of its name; ImportError when it is not the next one.

        A stage that can be abandoned is an outside one.
        """

        def bind(function: StageFunction) -> StageFunction:
            name = getattr(function, "__name__", "")
            here = len(self._stages)
            expected = self.line.stages[here].name if here < len(self.line.stages) else "no further stage"
            if name != expected:
                raise ImportError(f"line {self.line.name}: found stage {name}, expected {expected}")
            percent = self.line.stages[here].percent
            outside = abandon is not None
            self._stages.append(Stage(name, percent, function, timeout, retry, uses, outside, abandon, heavy))
            return function

        return bind

    def sealed(self) -> tuple[Stage, ...]:
        """The whole line; ImportError when stages are missing."""
        if len(self._stages) != len(self.line.stages):
            missing = self.line.stages[len(self._stages)].name
            raise ImportError(f"line {self.line.name}: stage {missing} is missing")
        return tuple(self._stages)
