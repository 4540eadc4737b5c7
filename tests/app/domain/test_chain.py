"""The chain of makers: what may be stored, and what a job carries of it."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from app.domain.chain import Step, checked, of_job, other_styles, resolved, stored
from app.domain.errors import Invalid


@dataclass
class Row:
    """A style."""

    id: str
    provider: str
    params: dict[str, Any] = field(default_factory=dict)
    chain: list[Any] = field(default_factory=list)


MOVIE = Row(
    "movie",
    "kie",
    {"prompt": "a movie", "workflow": "workflows/1.json"},
    [
        {"provider": "comfy", "params": {"strength": 0.4}},
        {"style": "oil"},
        {"style": "gone"},
        {"original": True},
    ],
)
OIL = Row("oil", "local")


def test_the_makers_in_their_order() -> None:
    assert other_styles(MOVIE) == {"oil", "gone"}
    steps = resolved(MOVIE, {"oil": OIL})
    assert [(step.provider, step.style_id, step.later) for step in steps] == [
        ("kie", "movie", False),
        ("comfy", "movie", False),
        ("local", "oil", False),
        ("original", "movie", True),
    ]
    assert steps[1].params == {"strength": 0.4, "workflow": "workflows/1.json"}
    assert of_job({"chain": stored(steps)}) == steps


def test_a_job_from_before_there_were_chains_has_one_maker() -> None:
    args = {"provider": "local", "style_id": "oil", "style_params": {"size": 3}}
    assert of_job(args) == [Step("local", "oil", {"size": 3})]


def test_what_may_be_stored() -> None:
    assert checked(MOVIE.chain, {"comfy": 1}) == MOVIE.chain
    for bad in (["comfy"], [{"provider": "nobody"}], [{"provider": "comfy", "params": 3}], [{}], [None]):
        with pytest.raises(Invalid, match="CHAIN_INVALID"):
            checked(bad, {"comfy": 1})
    with pytest.raises(Invalid, match="CHAIN_INVALID"):
        checked([{"original": True}] * 6, {})
    with pytest.raises(Invalid, match="WORKFLOW_BY_INSTALLING"):
        checked([{"provider": "comfy", "params": {"workflow": "events/1/input.jpg"}}], {"comfy": 1})
