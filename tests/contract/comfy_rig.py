"""What tests of the ComfyUI provider stand on: the fake server, storage with a workflow, a provider."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx

from app.adapters.comfy import ComfyProvider
from app.adapters.comfy_watch import Patience
from app.adapters.folder import FolderStorage
from app.domain.keys import workflow_key
from app.domain.workflow import Workflow
from app.domain.workflow_check import checked
from app.domain.workflow_file import read
from app.ports import ProviderRequest, ProviderState
from tests.app.imaging.pictures import scene
from tests.fakes.comfy_nodes import NODES
from tests.fakes.comfy_server import ComfyServer

WORKFLOWS = Path(__file__).resolve().parents[1] / "fakes" / "comfy_workflows"
QUICK = Patience(silent=0.3, stuck=60, unanswered=1.5, taken=1.5)


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def workflow_file(name: str) -> dict[str, Any]:
    """One of the example workflows, as an administrator would hand it in."""
    found: dict[str, Any] = json.loads((WORKFLOWS / f"{name}.json").read_text("utf-8"))
    return found


@dataclass
class Rig:
    """A ComfyUI and photobot's provider for it."""

    server: ComfyServer
    storage: FolderStorage
    provider: ComfyProvider
    image: Path

    async def install(self, name: str) -> str:
        """Put an example workflow into storage; its key."""
        draft = read(workflow_file(name))
        signatures = {kind: NODES[kind].info(kind, []) for kind in draft.classes}
        data = checked(draft, signatures, {}).dump()
        key = workflow_key(hashlib.sha256(data).hexdigest())
        await self.storage.put_bytes(key, data, "application/json")
        return key

    async def put(self, workflow: Workflow) -> ProviderRequest:
        """A picture to be styled by a workflow that nobody checked."""
        data = workflow.dump()
        key = workflow_key(hashlib.sha256(data).hexdigest())
        await self.storage.put_bytes(key, data, "application/json")
        return ProviderRequest("job-1", self.image, "unchecked", {"workflow": key}, 7)

    async def request(
        self, name: str = "painting", *, submission: str = "", job_id: str = "job-1", **params: object
    ) -> ProviderRequest:
        """A picture to be styled by an example workflow."""
        given = {"workflow": await self.install(name), **params}
        return ProviderRequest(job_id, self.image, name, given, 7, submission)

    def second(self, patience: Patience = QUICK) -> ComfyProvider:
        """The provider of another worker; close it."""
        return ComfyProvider(self.server.url, self.storage, patience=patience)


@asynccontextmanager
async def rig(folder: Path, image: Path, patience: Patience = QUICK) -> AsyncIterator[Rig]:
    """All of it, as long as the block lasts."""
    server = ComfyServer(folder / "comfy")
    await server.start()
    storage = FolderStorage(folder / "objects", "a secret for tests", _Clock())
    provider = ComfyProvider(server.url, storage, patience=patience)
    try:
        yield Rig(server, storage, provider, image)
    finally:
        await provider.close()
        await server.stop()


async def until(true: Callable[[], bool], within: float = 20) -> None:
    """Wait for something to become so."""
    async with asyncio.timeout(within):
        while not true():
            await asyncio.sleep(0.005)


async def states(provider: ComfyProvider, task_id: str, *, within: float = 30) -> list[ProviderState]:
    """All that is polled until the task no longer runs."""
    found: list[ProviderState] = []
    async with asyncio.timeout(within):
        while not found or found[-1].status == "running":
            found.append(await provider.poll(task_id))
    return found


def jpeg(width: int = 320, height: int = 200) -> bytes:
    """A small photo."""
    buffer = BytesIO()
    scene(width, height).save(buffer, "JPEG")
    return buffer.getvalue()


def graph_of(image: str, name: str = "negative", **changes: dict[str, Any]) -> dict[str, Any]:
    """An example's graph for an uploaded picture; `changes` go into the inputs of nodes `n<number>`."""
    changed = {"n1": {"image": image}, **changes}
    return {
        node: {**body, "inputs": {**body["inputs"], **changed.get(f"n{node}", {})}}
        for node, body in workflow_file(name)["workflow"].items()
    }


async def upload(http: httpx.AsyncClient, name: str, data: bytes, **fields: str) -> dict[str, str]:
    """Upload a picture; the server's answer."""
    answer = await http.post("/upload/image", files={"image": (name, data)}, data=fields)
    assert answer.status_code == 200
    body: dict[str, str] = answer.json()
    return body


async def in_history(http: httpx.AsyncClient, prompt_id: str) -> dict[str, Any]:
    """The history's entry, once there is one."""
    async with asyncio.timeout(20):
        while not (found := (await http.get(f"/history/{prompt_id}")).json()):
            await asyncio.sleep(0.005)
    entry: dict[str, Any] = found[prompt_id]
    return entry
