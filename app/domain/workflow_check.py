"""Checks a workflow file against what a ComfyUI server says of its nodes (its `/object_info`)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from app.domain.workflow import (
    IMAGE,
    PREFIX,
    SEED,
    SEED_INPUTS,
    SEED_MAX,
    Workflow,
    before,
    link,
    target,
    upstream,
)
from app.domain.workflow_file import Complaints, Draft

Signatures = Mapping[str, Mapping[str, Any]]
Spec = tuple[object, Mapping[str, Any]]

_NAMED = 12
# What only another node can give; any other kind may have a box of its own in the editor.
_CONNECTED = {
    *("IMAGE", "MASK", "LATENT", "MODEL", "CLIP", "VAE", "CONDITIONING", "CONTROL_NET"),
    *(
        "CLIP_VISION",
        "CLIP_VISION_OUTPUT",
        "STYLE_MODEL",
        "UPSCALE_MODEL",
        "SAMPLER",
        "SIGMAS",
        "NOISE",
        "GUIDER",
    ),
}
_NUMBERS: Mapping[str, Callable[[Any], int | float]] = {"INT": int, "FLOAT": float}


def checked(draft: Draft, signatures: Signatures, params: Mapping[str, object]) -> Workflow:
    """The workflow ready for use with a style of these parameters. Raises `Invalid` WORKFLOW_INVALID."""
    complaints = Complaints()
    for node, body in draft.graph.items():
        if body["class_type"] not in signatures:
            message = (
                f"This ComfyUI server has no node “{body['class_type']}”, which {draft.called(node)} needs."
            )
            complaints.add("NODE_UNKNOWN", message, node=node)
    complaints.raise_any()
    output = _output(draft, signatures, complaints)
    complaints.raise_any()
    if _goes_in_a_circle(draft, output):
        complaints.add("CIRCLE", "The workflow's connections go in a circle.")
        complaints.raise_any()
    used = upstream(draft.graph, output)
    inputs = dict(draft.inputs)
    inputs.setdefault(IMAGE, _picture_places(draft, signatures, used))
    inputs.setdefault(SEED, _seed_places(draft, used))
    for place in sorted({place for places in inputs.values() for place in places}):
        node, name = target(place)
        # A choice that brings inputs of its own has them as “choice.input”.
        if name.partition(".")[0] not in _specs(signatures[draft.graph[node]["class_type"]]):
            complaints.add(
                "INPUT_UNKNOWN", f"{draft.called(node)} has no input “{name}”.", node=node, input=name
            )
    filled = {place: params[name] for name, places in inputs.items() if name in params for place in places}
    skipped = {*inputs[IMAGE], *inputs[SEED]}
    for node in draft.graph:
        _node(draft, signatures, node, filled, skipped, complaints)
    _picture(draft, inputs[IMAGE], used, complaints)
    complaints.raise_any()
    bounds = [_spec_at(draft, signatures, place)[1].get("max") for place in inputs[SEED]]
    seed_max = min([SEED_MAX, *(int(bound) for bound in bounds if isinstance(bound, int | float))])
    return Workflow(
        draft.graph, {name: places for name, places in inputs.items() if places}, output, seed_max
    )


def _specs(signature: Mapping[str, Any]) -> dict[str, Spec]:
    """Inputs by name: kind and options."""
    takes = signature.get("input") or {}
    both = {**(takes.get("optional") or {}), **(takes.get("required") or {})}
    return {name: _spec(raw) for name, raw in both.items()}


def _spec(raw: object) -> Spec:
    parts = raw if isinstance(raw, list | tuple) and raw else [raw]
    options = parts[1] if len(parts) > 1 and isinstance(parts[1], dict) else {}
    kind = parts[0]
    return (options.get("options") or []) if kind == "COMBO" else kind, options


def _spec_at(draft: Draft, signatures: Signatures, place: str) -> Spec:
    node, name = target(place)
    return _specs(signatures[draft.graph[node]["class_type"]]).get(name, ("*", {}))


def _output(draft: Draft, signatures: Signatures, complaints: Complaints) -> str:
    """The node whose picture is the result; several need one to be named."""
    outputs = [
        n for n, body in draft.graph.items() if signatures[body["class_type"]].get("output_node") is True
    ]
    if draft.output is not None:
        if draft.output not in outputs:
            message = (
                f"{draft.called(draft.output)} stores no picture: name a node such as SaveImage as “output”."
            )
            complaints.add("OUTPUT_STORES_NOTHING", message, node=draft.output)
        return draft.output
    saving = [node for node in outputs if PREFIX in draft.graph[node]["inputs"]]
    found = saving if len(saving) == 1 else outputs
    if not found:
        complaints.add("NO_OUTPUT", "The workflow stores no picture: it needs a node such as SaveImage.")
    elif len(found) > 1:
        complaints.add(
            "OUTPUT_UNCLEAR",
            f"Several nodes store a picture ({', '.join(found[:_NAMED])}): name one as “output”.",
            allowed=tuple(found[:_NAMED]),
        )
    return found[0] if found else ""


def _goes_in_a_circle(draft: Draft, output: str) -> bool:
    done: set[str] = set()
    path: list[tuple[str, Iterator[str]]] = [(output, before(draft.graph, output))]
    while path:
        node, following = path[-1]
        step = next(following, None)
        if step is None:
            done.add(node)
            path.pop()
        elif any(step == earlier for earlier, _ in path):
            return True
        elif step not in done:
            path.append((step, before(draft.graph, step)))
    return False


def _picture_places(draft: Draft, signatures: Signatures, used: set[str]) -> tuple[str, ...]:
    """Where the guest's picture can only go: the one upload box the result is made from."""
    boxes = [
        f"{node}.{name}"
        for node in sorted(used)
        for name, (_, options) in _specs(signatures[draft.graph[node]["class_type"]]).items()
        if options.get("image_upload") is True
    ]
    return tuple(boxes) if len(boxes) == 1 else ()


def _seed_places(draft: Draft, used: set[str]) -> tuple[str, ...]:
    return tuple(
        f"{node}.{name}"
        for node in sorted(used)
        for name in SEED_INPUTS
        if isinstance(draft.graph[node]["inputs"].get(name), int)
    )


def _picture(draft: Draft, places: tuple[str, ...], used: set[str], complaints: Complaints) -> None:
    if not places:
        complaints.add(
            "NO_PICTURE",
            "It is not clear where the guest's picture goes: name it, for example "
            '"inputs": {"image": "1.image"} for the LoadImage node 1.',
        )
    for node, name in map(target, places):
        if node not in used:
            message = (
                f"The guest's picture goes into {draft.called(node)}, but the result is not made from that."
            )
            complaints.add("PICTURE_UNUSED", message, node=node, input=name)


def _node(
    draft: Draft,
    signatures: Signatures,
    node: str,
    filled: Mapping[str, object],
    skipped: set[str],
    complaints: Complaints,
) -> None:
    """All inputs of one node: there, connected to what fits, of an allowed value."""
    signature = signatures[draft.graph[node]["class_type"]]
    given = draft.graph[node]["inputs"]
    for name in (signature.get("input") or {}).get("required") or {}:
        if name not in given and f"{node}.{name}" not in {*filled, *skipped}:
            message = f"{draft.called(node)}: the input “{name}” is missing."
            complaints.add("INPUT_MISSING", message, node=node, input=name)
    for name, spec in _specs(signature).items():
        place = f"{node}.{name}"
        if place in skipped or (name not in given and place not in filled):
            continue
        value = filled.get(place, given.get(name))
        source = link(value)
        said = _wrong_link(draft, signatures, source, spec) if source else _wrong_value(value, spec)
        if said is not None:
            code, message, allowed = said
            complaints.add(
                code, f"{draft.called(node)}: “{name}” {message}", node=node, input=name, allowed=allowed
            )


def _wrong_link(
    draft: Draft, signatures: Signatures, source: tuple[str, int], spec: Spec
) -> tuple[str, str, tuple[object, ...]] | None:
    """What is wrong with a connection; kinds of lists and wild cards fit anything."""
    node, index = source
    gives = signatures[draft.graph[node]["class_type"]].get("output") or []
    if not 0 <= index < len(gives):
        return "LINK_WRONG", f"is connected to an output that {draft.called(node)} does not have.", ()
    wanted, given = spec[0], gives[index]
    if not isinstance(wanted, str) or not isinstance(given, str) or "*" in (wanted, given):
        return None
    if set(wanted.split(",")) & set(given.split(",")):
        return None
    return "LINK_WRONG", f"needs {wanted} and is connected to {given} of {draft.called(node)}.", ()


def _wrong_value(value: object, spec: Spec) -> tuple[str, str, tuple[object, ...]] | None:
    """What is wrong with a plain value, as code, words and what would be right."""
    kind, options = spec
    if isinstance(kind, list):
        if value in kind:
            return None
        some = ", ".join(str(one)[:40] for one in kind[:_NAMED])
        there = f"it has: {some}" + (" …" if len(kind) > _NAMED else "") if kind else "it has none"
        return (
            "VALUE_UNKNOWN",
            f"is “{str(value)[:60]}”, which this server does not have ({there}).",
            tuple(kind[:_NAMED]),
        )
    if isinstance(kind, str) and kind in _CONNECTED:
        return "NOT_CONNECTED", f"must be connected to a node that gives {kind}.", ()
    if isinstance(kind, str) and kind in _NUMBERS:
        try:
            number = _NUMBERS[kind](value)
        except (TypeError, ValueError, OverflowError):
            return "VALUE_NO_NUMBER", f"is “{str(value)[:60]}”, which is no number.", ()
        low, high = options.get("min"), options.get("max")
        if isinstance(low, int | float) and number < low:
            return "VALUE_TOO_SMALL", f"is {number}, the smallest allowed is {low}.", (low,)
        if isinstance(high, int | float) and number > high:
            return "VALUE_TOO_LARGE", f"is {number}, the largest allowed is {high}.", (high,)
    return None
