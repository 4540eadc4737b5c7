"""Workflow files: checked against the ComfyUI that will run them, kept in storage, put to use by a style.

A file lies under `workflows/<its sha256>.json`, so every worker reaches it and a new one changes no job under
way; the style's parameter `workflow` names it, and only this file sets that.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.db.tables import Style
from app.db.unit import reading, unit
from app.domain.access import Principal
from app.domain.errors import Conflict, NotFound
from app.domain.keys import workflow_key
from app.domain.workflow import PARAM, PROVIDER, Workflow, with_workflow
from app.domain.workflow_check import checked
from app.domain.workflow_file import read
from app.ports import Ports


@dataclass(frozen=True)
class WorkflowView:
    """A style's workflow as people see it: where pictures come out, and which names fill which inputs."""

    style_id: str
    key: str
    nodes: int
    output: str
    inputs: Mapping[str, tuple[str, ...]]


def _view(style_id: str, key: str, workflow: Workflow) -> WorkflowView:
    return WorkflowView(style_id, key, len(workflow.graph), workflow.output, workflow.inputs)


async def _params(ports: Ports, style_id: str) -> tuple[dict[str, Any], Mapping[str, Any]]:
    async with reading(ports) as db:
        style = await db.get(Style, style_id)
        if style is None:
            raise NotFound("STYLE_NOT_FOUND", "There is no such style.")
        return dict(style.params), _values(style)


def _values(style: Style) -> Mapping[str, Any]:
    """The parameters that fill the workflow: the style's own, or those ComfyUI has further down its chain."""
    further = [entry.get("params", {}) for entry in style.chain if entry.get("provider") == PROVIDER]
    return further[0] if style.provider != PROVIDER and further else style.params


async def install(
    ports: Ports, principal: Principal, style_id: str, document: Mapping[str, Any]
) -> WorkflowView:
    """Check a workflow file and let the style use it from now on.

    Raises NotAllowed, NotFound, Conflict `COMFY_NOT_SET_UP`, Invalid `WORKFLOW_INVALID` (its `problems` are
    sentences), Unavailable when ComfyUI does not answer.
    """
    principal.require_house()
    if ports.workflows is None:
        raise Conflict("COMFY_NOT_SET_UP", "No ComfyUI is set up here: set COMFY_API_BASE_URL.")
    _, values = await _params(ports, style_id)
    draft = read(document)
    workflow = checked(draft, await ports.workflows.signatures(sorted(draft.classes)), values)
    data = workflow.dump()
    key = workflow_key(hashlib.sha256(data).hexdigest())
    await ports.storage.put_bytes(key, data, "application/json")
    await _put_to_use(ports, principal, style_id, key)
    return _view(style_id, key, workflow)


async def show(ports: Ports, principal: Principal, style_id: str) -> WorkflowView:
    """The style's workflow. Raises NotAllowed, NotFound."""
    principal.require_role("admin")
    params, _ = await _params(ports, style_id)
    key = params.get(PARAM)
    if not isinstance(key, str):
        raise NotFound("WORKFLOW_NOT_FOUND", "This style has no workflow.")
    data = b"".join([chunk async for chunk in ports.storage.open(key)])
    return _view(style_id, key, Workflow.load(data))


async def remove(ports: Ports, principal: Principal, style_id: str) -> None:
    """Take the workflow from the style; jobs under way keep theirs. Raises NotAllowed, NotFound."""
    principal.require_house()
    await _put_to_use(ports, principal, style_id, None)


async def _put_to_use(ports: Ports, principal: Principal, style_id: str, key: str | None) -> None:
    async with unit(ports) as work:
        style = await work.db.get(Style, style_id, with_for_update=True)
        if style is None:
            raise NotFound("STYLE_NOT_FOUND", "There is no such style.")
        style.params = with_workflow(style.params, key)
        work.audit(principal.username, "workflow_installed" if key else "workflow_removed", style_id, key=key)
