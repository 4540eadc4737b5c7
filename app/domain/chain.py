"""The chain of makers of a style: who makes it, and who when that one cannot.

A style names its own provider first; its `chain` lists what comes after, each entry one of
`{"provider": "comfy", "params": {...}}` (the same look elsewhere), `{"style": "pencil"}` (another look,
made by its own provider) and `{"original": true}` (the framed original now, the styled one later by itself).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from app.domain.errors import Invalid
from app.domain.workflow import PARAM, check_params, with_workflow

ORIGINAL = "original"
"""The maker that changes nothing: the picture goes on as it is."""
STEPS_MAX = 6


@dataclass(frozen=True)
class Step:
    """One maker of a chain. `later`: a job of its own makes the styled picture, when that is possible."""

    provider: str
    style_id: str
    params: Mapping[str, Any] = field(default_factory=dict)
    later: bool = False


class StyleRow(Protocol):
    """What a chain needs of a style."""

    @property
    def id(self) -> str: ...
    @property
    def provider(self) -> str: ...
    @property
    def params(self) -> Mapping[str, Any]: ...
    @property
    def chain(self) -> Sequence[Any]: ...


def checked(chain: Sequence[Any], providers: Mapping[str, object]) -> list[dict[str, Any]]:
    """A chain as an administrator may store it. Raises Invalid `CHAIN_INVALID`, in words."""
    if len(chain) >= STEPS_MAX:
        raise Invalid("CHAIN_INVALID", f"A chain has at most {STEPS_MAX - 1} entries.", field="chain")
    return [_checked(entry, providers) for entry in chain]


def _checked(entry: Any, providers: Mapping[str, object]) -> dict[str, Any]:
    match entry:
        case {"original": True}:
            return {"original": True}
        case {"style": str(style)}:
            return {"style": style}
        case {"provider": str(provider)} if provider in providers:
            params = entry.get("params", {})
            if isinstance(params, dict):
                check_params(params)
                return {"provider": provider, "params": params}
    raise Invalid(
        "CHAIN_INVALID",
        "An entry of a chain names a provider (with its params), a style, or the original.",
        field="chain",
    )


def other_styles(style: StyleRow) -> set[str]:
    """The ids of the other styles that a style's chain speaks of."""
    return {entry["style"] for entry in style.chain if isinstance(entry, dict) and "style" in entry}


def resolved(style: StyleRow, others: Mapping[str, StyleRow]) -> list[Step]:
    """The makers in their order; an entry whose style is gone is left out."""
    steps = [Step(style.provider, style.id, dict(style.params))]
    for entry in style.chain:
        if entry.get("original"):
            steps.append(Step(ORIGINAL, style.id, later=True))
        elif "style" in entry:
            other = others.get(entry["style"])
            if other is not None:
                steps.append(Step(other.provider, other.id, dict(other.params)))
        else:
            # The workflow is the style's; all other parameters are each maker's own.
            params = with_workflow(entry.get("params", {}), style.params.get(PARAM))
            steps.append(Step(entry["provider"], style.id, params))
    return steps


def stored(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Steps as a job carries them."""
    return [asdict(step) for step in steps]


def of_job(args: Mapping[str, Any]) -> list[Step]:
    """The makers a job carries; jobs from before there were chains have one."""
    if "chain" in args:
        return [Step(**step) for step in args["chain"]]
    return [Step(args.get("provider", ""), args.get("style_id", ""), args.get("style_params", {}))]
