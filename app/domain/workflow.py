"""A ComfyUI workflow as photobot keeps it: the graph, and which of its inputs a style and a job fill.

The file an administrator installs is ComfyUI's own API format, wrapped with names for the inputs to fill:

    {"workflow": {"3": {"class_type": "KSampler", "inputs": {…}}, …},
     "inputs": {"image": "1.image", "prompt": "6.text", "strength": "3.denoise"},
     "output": "9"}

`image` is where the guest's picture goes and `seed` where the job's seed goes; every other name is filled
from the style's parameter of that name, and keeps the file's own value where the style has none.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.errors import Invalid

PROVIDER = "comfy"
PARAM = "workflow"
"""The style's parameter that names the stored workflow; only installing one sets it."""

IMAGE = "image"
SEED = "seed"
PREFIX = "filename_prefix"
DEPTH_MAX = 20
"""How deep parameters may be nested: what can be stored but not be written as an answer hides all styles."""
SEED_INPUTS = ("seed", "noise_seed")
SEED_MAX = 2**32 - 1
_VERSION = 1

Graph = Mapping[str, Mapping[str, Any]]


def with_workflow(params: Mapping[str, Any], key: str | None) -> dict[str, Any]:
    """A style's parameters with this workflow, or with none."""
    rest = {name: value for name, value in params.items() if name != PARAM}
    return rest if key is None else {**rest, PARAM: key}


def check_params(params: Mapping[str, Any]) -> None:
    """Raises `Invalid` WORKFLOW_BY_INSTALLING where somebody just names a workflow among the parameters,
    PARAMS_TOO_DEEP.
    """
    if not _is_flat(params):
        raise Invalid("PARAMS_TOO_DEEP", f"Parameters are nested {DEPTH_MAX} deep at most.", field="params")
    if PARAM in params:
        raise Invalid(
            "WORKFLOW_BY_INSTALLING", "A workflow is installed by sending its file.", field="params"
        )


def _is_flat(value: object) -> bool:
    """Whether nothing in it is nested deeper than DEPTH_MAX."""
    level = [value]
    for _ in range(DEPTH_MAX + 1):
        level = [
            inner
            for one in level
            if isinstance(one, Mapping | list)
            for inner in (one.values() if isinstance(one, Mapping) else one)
        ]
        if not level:
            return True
    return False


def target(place: str) -> tuple[str, str]:
    """The node and the input that `node.input` names."""
    node, _, name = place.partition(".")
    return node, name


def link(value: object) -> tuple[str, int] | None:
    """The node and its output that an input is connected to; None for a plain value."""
    if (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], str)
        and isinstance(value[1], int)
    ):
        return value[0], value[1]
    return None


def before(graph: Graph, node: str) -> Iterator[str]:
    """The nodes that feed this one."""
    for value in graph[node].get("inputs", {}).values():
        found = link(value)
        if found is not None and found[0] in graph:
            yield found[0]


def upstream(graph: Graph, node: str) -> set[str]:
    """The node and all that it is made from."""
    seen: set[str] = set()
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if here not in seen:
            seen.add(here)
            waiting += before(graph, here)
    return seen


@dataclass(frozen=True)
class Workflow:
    """A checked workflow; `inputs` maps a name to the places (`node.input`) it fills, `output` is a node."""

    graph: Graph
    inputs: Mapping[str, tuple[str, ...]]
    output: str
    seed_max: int = SEED_MAX

    def filled(self, *, image: str, seed: int, prefix: str, params: Mapping[str, object]) -> dict[str, Any]:
        """The graph to run for one picture. Raises `Invalid` for a style parameter that is no plain value."""
        values = {**params, IMAGE: image, SEED: abs(seed) % (self.seed_max + 1)}
        graph = {node: {**body, "inputs": dict(body["inputs"])} for node, body in self.graph.items()}
        for node, body in graph.items():
            body.pop("_meta", None)
            if PREFIX in body["inputs"]:
                # Without a name of its own a result comes from the server's cache, maybe long deleted.
                body["inputs"][PREFIX] = prefix if node == self.output else f"{prefix}-{node}"
        for name, places in self.inputs.items():
            if name not in values:
                continue
            value = values[name]
            if not isinstance(value, str | int | float | bool):
                raise Invalid(
                    "STYLE_PARAM_INVALID", f"The style's “{name}” must be a text or a number.", field=name
                )
            for node, input_name in map(target, places):
                graph[node]["inputs"][input_name] = value
        return graph

    def weights(self) -> dict[str, int]:
        """How much of the work each node is, as far as one can tell: a sampler counts by its steps."""
        sizes: dict[str, int] = {}
        for node in upstream(self.graph, self.output):
            steps = self.graph[node]["inputs"].get("steps")
            sizes[node] = 1 + steps if isinstance(steps, int) and 0 < steps <= 1000 else 1
        return sizes

    def dump(self) -> bytes:
        """The bytes to store; the same workflow always gives the same bytes."""
        whole = {
            "version": _VERSION,
            "workflow": self.graph,
            "inputs": {name: list(places) for name, places in self.inputs.items()},
            "output": self.output,
            "seedMax": self.seed_max,
        }
        return json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def load(cls, data: bytes) -> "Workflow":
        """A workflow as `dump` wrote it. Raises `Invalid` WORKFLOW_BROKEN."""
        try:
            whole = json.loads(data)
            if whole["version"] != _VERSION:
                raise ValueError("version")
            inputs = {name: tuple(places) for name, places in whole["inputs"].items()}
            made = cls(whole["workflow"], inputs, whole["output"], int(whole["seedMax"]))
            places = [target(place) for places in inputs.values() for place in places]
            if made.output not in made.graph or any(node not in made.graph for node, _ in places):
                raise ValueError("a node is missing")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Invalid("WORKFLOW_BROKEN", "The stored workflow cannot be read.") from error
        return made
