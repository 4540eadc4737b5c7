"""A line's stages are bound in the manifest's order, or the import fails."""

from typing import Any

import pytest

from app.domain.line import Line, Retry, StageEntry, Work
from app.ports import Ports
from tasks.stage import StagesOf

LINE = Line("two", (StageEntry("first", 1), StageEntry("second", 50)))


async def first(work: Work, ports: Ports) -> dict[str, Any]:
    """A stage."""
    return {}


async def second(work: Work, ports: Ports) -> dict[str, Any]:
    """Another."""
    return {}


async def third(work: Work, ports: Ports) -> dict[str, Any]:
    """One too many."""
    return {}


def bind(functions: tuple[Any, ...]) -> None:
    """Bind these to the line, in this order."""
    stages = StagesOf(LINE)
    for function in functions:
        stages.stage(timeout=1, retry=Retry())(function)


def test_in_order() -> None:
    stages = StagesOf(LINE)
    for function in (first, second):
        stages.stage(timeout=1, retry=Retry())(function)
    assert [(stage.name, stage.percent) for stage in stages.sealed()] == [("first", 1), ("second", 50)]


@pytest.mark.parametrize("functions", [(second,), (first, first), (first, second, third), (third,)])
def test_a_misplaced_or_extra_stage_fails_the_import(functions: tuple[Any, ...]) -> None:
    with pytest.raises(ImportError, match="expected"):
        bind(functions)


def test_a_missing_stage_fails_the_import() -> None:
    stages = StagesOf(LINE)
    stages.stage(timeout=1, retry=Retry())(first)
    with pytest.raises(ImportError, match="second is missing"):
        stages.sealed()
