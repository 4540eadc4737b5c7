"""Reads the workflow file an administrator hands in; complaints are sentences that person understands."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from app.domain.errors import Invalid
from app.domain.workflow import Graph, link, target

MAX_NODES = 500
_MAX_TOLD = 20
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: a stable code, a sentence, and where."""

    code: str
    message: str
    node: str | None = None
    input: str | None = None
    allowed: tuple[object, ...] = ()


@dataclass(frozen=True)
class Draft:
    """A file that can be read; what its nodes take is not checked yet."""

    graph: Graph
    inputs: Mapping[str, tuple[str, ...]]
    output: str | None

    @property
    def classes(self) -> set[str]:
        """The kinds of nodes it uses."""
        return {body["class_type"] for body in self.graph.values()}

    def called(self, node: str) -> str:
        """A node as its maker knows it: the title it has in ComfyUI, and its number."""
        body = self.graph[node]
        title = (body.get("_meta") or {}).get("title") or body["class_type"]
        return f"“{str(title)[:60]}” (node {node})"


@dataclass
class Complaints:
    """Problems as they are found; the first few are told."""

    found: list[Problem] = field(default_factory=list)

    def add(self, code: str, message: str, **where: Any) -> None:
        """One more."""
        self.found.append(Problem(code, message, **where))

    def raise_any(self) -> None:
        """Raises `Invalid` WORKFLOW_INVALID with all of them in `problems`, if there is one."""
        if not self.found:
            return
        more = f" (and {len(self.found) - 1} more)" if len(self.found) > 1 else ""
        told = [asdict(problem) for problem in self.found[:_MAX_TOLD]]
        raise Invalid("WORKFLOW_INVALID", self.found[0].message + more, problems=told)


def read(document: Mapping[str, Any]) -> Draft:
    """The draft in a file: our wrapping, or ComfyUI's API format as it is.

    Raises `Invalid` WORKFLOW_INVALID.
    """
    complaints = Complaints()
    if not _is_plain(document):
        complaints.add("NOT_A_WORKFLOW", "This file is no workflow: it holds numbers JSON does not have.")
        complaints.raise_any()
    wrapped = isinstance(document.get("workflow"), dict)
    graph = document["workflow"] if wrapped else document
    if isinstance(graph.get("nodes"), list):
        complaints.add(
            "EDITOR_FORMAT",
            "This is the editor's own format. In ComfyUI use “Workflow → Export (API)” and install that.",
        )
        complaints.raise_any()
    _nodes(graph, complaints)
    complaints.raise_any()
    inputs = _inputs(document.get("inputs") if wrapped else None, graph, complaints)
    output = document.get("output") if wrapped else None
    if output is not None and str(output) not in graph:
        complaints.add("OUTPUT_UNKNOWN", f"“output” names node {output}, and there is no such node.")
    complaints.raise_any()
    return Draft(graph, inputs, None if output is None else str(output))


def _is_plain(document: Mapping[str, Any]) -> bool:
    try:
        json.dumps(document, allow_nan=False)
    except (ValueError, RecursionError):
        return False
    return True


def _nodes(graph: Mapping[str, Any], complaints: Complaints) -> None:
    if not graph:
        complaints.add("EMPTY", "The workflow has no nodes.")
    if len(graph) > MAX_NODES:
        complaints.add("TOO_MANY_NODES", f"The workflow has more than {MAX_NODES} nodes.")
    for node, body in graph.items():
        sound = (
            isinstance(body, dict)
            and isinstance(body.get("class_type"), str)
            and isinstance(body.get("inputs"), dict)
            and isinstance(body.get("_meta", {}), dict)
            and "." not in node
        )
        if not sound:
            complaints.add(
                "NOT_A_NODE", f"“{node[:40]}” is no node: it needs class_type and inputs.", node=node
            )
            continue
        for name, value in body["inputs"].items():
            found = link(value)
            if found is not None and found[0] not in graph:
                message = f"Node {node}: “{name}” is connected to node {found[0]}, and there is no such node."
                complaints.add("LINK_TO_NOWHERE", message, node=node, input=name)


def _inputs(given: object, graph: Mapping[str, Any], complaints: Complaints) -> dict[str, tuple[str, ...]]:
    """The names to fill, each with its places; one place may be given without a list."""
    named: dict[str, tuple[str, ...]] = {}
    if given is None:
        return named
    if not isinstance(given, dict):
        complaints.add("INPUTS_UNREADABLE", '“inputs” must map names to places such as "6.text".')
        return named
    for name, value in given.items():
        places = [value] if isinstance(value, str) else value
        if not _NAME.fullmatch(name):
            complaints.add("INPUT_NAME", f"“{name[:40]}” is no name: use a-z, 0-9 and _.", input=name)
            continue
        if not isinstance(places, list) or not places or not all(isinstance(one, str) for one in places):
            complaints.add("INPUT_PLACE", f'“{name}” must name places such as "6.text".', input=name)
            continue
        for place in places:
            node, input_name = target(place)
            if node not in graph or not input_name:
                complaints.add(
                    "INPUT_PLACE", f"“{name}” goes to {place[:60]}, and there is no such node.", input=name
                )
        named[name] = tuple(places)
    return named
