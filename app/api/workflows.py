"""A style's ComfyUI workflow: installed by its file, shown, taken away."""

from typing import Annotated, Any

from fastapi import APIRouter, Body

from app.api.given import GivenPorts, GivenPrincipal
from app.domain.messages import Wire
from app.services import workflows

router = APIRouter(tags=["styles"])


class WorkflowAnswer(Wire):
    """A style's workflow: `inputs` maps the names a style's parameters may have to the places they fill."""

    style_id: str
    workflow: str
    nodes: int
    output: str
    inputs: dict[str, list[str]]


def _answer(view: workflows.WorkflowView) -> WorkflowAnswer:
    return WorkflowAnswer(
        style_id=view.style_id,
        workflow=view.key,
        nodes=view.nodes,
        output=view.output,
        inputs={name: list(places) for name, places in view.inputs.items()},
    )


_EXAMPLE = {
    "workflow": {"1": {"class_type": "LoadImage", "inputs": {"image": "guest.png"}}},
    "inputs": {"image": "1.image", "prompt": "6.text"},
    "output": "9",
}


@router.post("/styles/{style_id}/workflow", summary="Install a workflow")
async def install_workflow(
    style_id: str,
    ports: GivenPorts,
    principal: GivenPrincipal,
    document: Annotated[dict[str, Any], Body(examples=[_EXAMPLE])],
) -> WorkflowAnswer:
    """Administrators only. ComfyUI's API format, alone or with `inputs` and `output` around it.

    The file is checked against the ComfyUI that will run it; 422 `WORKFLOW_INVALID` lists all `problems`.
    """
    return _answer(await workflows.install(ports, principal, style_id, document))


@router.get("/styles/{style_id}/workflow", summary="Show a style's workflow")
async def show_workflow(style_id: str, ports: GivenPorts, principal: GivenPrincipal) -> WorkflowAnswer:
    """Administrators only."""
    return _answer(await workflows.show(ports, principal, style_id))


@router.delete("/styles/{style_id}/workflow", status_code=204, summary="Take a workflow away")
async def remove_workflow(style_id: str, ports: GivenPorts, principal: GivenPrincipal) -> None:
    """Administrators only. Jobs under way keep the workflow they began with."""
    await workflows.remove(ports, principal, style_id)
