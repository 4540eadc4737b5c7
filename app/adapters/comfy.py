"""The provider ComfyUI: workflows on our own GPU machine, re-attached by an id we chose ourselves."""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog

from app.adapters.comfy_client import ComfyClient
from app.adapters.comfy_faults import LOST
from app.adapters.comfy_history import MARK, picture_of
from app.adapters.comfy_socket import Ear
from app.adapters.comfy_watch import Patience, Watch
from app.adapters.disk import part_beside
from app.domain.errors import (
    Fatal,
    Invalid,
    NotFound,
    OutcomeUnknown,
    PhotobotError,
    StageError,
    TooLarge,
    Transient,
    Unavailable,
)
from app.domain.workflow import IMAGE, PARAM, Workflow, target
from app.imaging.develop import develop
from app.ports import OfferedStyle, ProviderHealth, ProviderRequest, ProviderState, Storage

__all__ = ["ComfyProvider"]

_log = structlog.get_logger(__name__)

_HEALTH_SECONDS = 4.5
_CANCEL_SECONDS = 6.0
_LOOK_AGAIN_SECONDS = 1.0
_RESULT_EDGE = 8192
_RESULT_QUALITY = 97
_RESULT_MAX = 128 * 1024 * 1024
_KEPT_WORKFLOWS = 32
_WORKFLOW_MAX = 4 * 1024 * 1024
_WORKFLOW_KEY = re.compile(r"workflows/[0-9a-f]{64}\.json")
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]+")
# Servers since late 2025 take it per run; older ones need `--preview-method auto` at their start.
_PREVIEWS = {"preview_method": "auto"}


class ComfyProvider:
    """Runs the workflow that a style's parameter `workflow` names (an object in `storage`) on one server."""

    name = "comfy"

    def __init__(self, base_url: str, storage: Storage, *, patience: Patience | None = None) -> None:
        self._storage = storage
        patience = patience or Patience()
        self._client = ComfyClient(base_url, prompt_seconds=patience.taken)
        self._watch = Watch(self._client, patience)
        self._workflows: OrderedDict[str, Workflow] = OrderedDict()

    def styles(self) -> list[OfferedStyle]:
        """None of its own: a style is made by installing a workflow."""
        return []

    async def submit(self, request: ProviderRequest) -> str:
        """Upload the picture and queue its workflow under the submission's own id.

        Raises `Fatal` STYLE_UNKNOWN, WORKFLOW_…, INPUT_MISSING, STYLE_PARAM_INVALID; `Transient`,
        `AccountFault`; `OutcomeUnknown`. The server runs an id twice when asked twice: `find` it first.
        """
        workflow = await self._workflow(request)
        prompt_id = request.submission or uuid4().hex
        named = f"photobot-{_NOT_IN_A_NAME.sub('-', prompt_id)[:80]}"
        image = await self._uploaded(request.image, f"{named}.jpg")
        client_id = uuid4().hex
        try:
            graph = workflow.filled(
                image=image,
                seed=request.seed,
                prefix=f"photobot/{named}-{client_id[:6]}",
                params=request.params,
            )
        except Invalid as error:
            raise Fatal(error.code, error.message) from error
        ear = await Ear.open(self._client.socket_url(client_id))
        try:
            await request.still()
            given = await self._client.prompt(
                {
                    "prompt": graph,
                    "prompt_id": prompt_id,
                    "client_id": client_id,
                    "extra_data": {**_PREVIEWS, MARK: {"job": request.job_id, "output": workflow.output}},
                },
                target(workflow.inputs[IMAGE][0])[0],
            )
        except BaseException as error:
            if isinstance(error, Fatal):  # the maker of the workflow must hear of it
                _log.error("comfy_refused", style=request.style_id, code=error.code, reason=error.message)
            if ear is not None:
                await ear.close()
            raise
        if ear is not None:
            ear.listen(given, workflow.weights())
        await self._watch.follow(given, request.job_id, ear)
        return given

    async def _uploaded(self, image: Path, name: str) -> str:
        try:
            return await self._client.upload(image, name)
        except OSError as error:
            raise Fatal("INPUT_MISSING", "The picture to be styled is not there.") from error

    async def find(self, submission: str) -> str | None:
        """The submission's run if it waits, runs or ended here; None if the server has never heard of it.

        A server that was restarted has forgotten it: None as well. Raises `Transient`, `OutcomeUnknown`.
        """
        try:
            for again in (True, False):
                standing, _ = await self._client.standing(submission)
                if standing is not None or await self._client.history(submission) is not None:
                    return submission
                if again:  # it may have come in and still be checked
                    await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        except Fatal as error:
            raise OutcomeUnknown(error.code, error.message) from error
        return None

    async def poll(self, task_id: str) -> ProviderState:
        """Where a run stands, within 2 s. Raises `Transient` when the server has not answered for long."""
        return await self._watch.look(task_id)

    async def fetch(self, task_id: str, target: Path) -> None:
        """Write the result as a fresh JPEG: what the server's file says of the workflow stays behind.

        Raises `Transient`; where the result is gone or broken its run is forgotten, so that it is made again.
        """
        entry = await self._client.history(task_id)
        image = None if entry is None else picture_of(entry)
        if image is None:
            raise Transient(*LOST)
        part = part_beside(target)
        try:
            await self._client.view(image, part, max_bytes=_RESULT_MAX)
            await asyncio.to_thread(develop, part, target, long_edge=_RESULT_EDGE, quality=_RESULT_QUALITY)
        except TooLarge as error:
            raise Fatal("OUTPUT_TOO_LARGE", "The styled picture is larger than photobot takes.") from error
        except NotFound as error:
            await self._forget(task_id)
            raise Transient(error.code, error.message) from error
        except PhotobotError as error:
            await self._forget(task_id)
            raise Transient("COMFY_RESULT_BROKEN", "ComfyUI's picture is damaged.") from error
        finally:
            part.unlink(missing_ok=True)

    async def cancel(self, task_id: str) -> None:
        """Take a run out of the queue, or interrupt it; that one only."""
        self._watch.cancelled(task_id)
        try:
            async with asyncio.timeout(_CANCEL_SECONDS):
                await self._client.stop(task_id)
        except (TimeoutError, StageError) as error:
            _log.warning("comfy_not_cancelled", error=type(error).__name__)

    async def health(self) -> ProviderHealth:
        """Whether it answers, with its memory and the length of its queue."""
        try:
            async with asyncio.timeout(_HEALTH_SECONDS):
                stats, remaining = await asyncio.gather(self._client.stats(), self._client.remaining())
            return ProviderHealth(ok=True, facts={**_facts(stats), "queue": remaining})
        except TimeoutError:
            return ProviderHealth(ok=False, because="COMFY_SLOW")
        except (Fatal, Transient) as error:
            return ProviderHealth(ok=False, because=error.code)
        except (AttributeError, TypeError, ValueError, LookupError):  # what answers there speaks otherwise
            return ProviderHealth(ok=False, because="COMFY_NOT_THERE")

    async def signatures(self, classes: Collection[str]) -> Mapping[str, Mapping[str, Any]]:
        """What these kinds of nodes take and give. Raises `Unavailable`."""
        try:
            return await self._client.signatures(classes)
        except (Fatal, Transient) as error:
            raise Unavailable(error.code, error.message) from error

    async def close(self) -> None:
        """Stop listening and close all connections; runs go on."""
        await self._watch.close()
        await self._client.close()

    async def _workflow(self, request: ProviderRequest) -> Workflow:
        """The style's workflow. Raises `Fatal`, and what storage raises."""
        key = request.params.get(PARAM)
        if not isinstance(key, str) or not _WORKFLOW_KEY.fullmatch(key):
            raise Fatal("STYLE_UNKNOWN", f"The style “{request.style_id}” has no workflow for ComfyUI.")
        known = self._workflows.get(key)
        if known is not None:
            self._workflows.move_to_end(key)
            return known
        data = bytearray()
        try:
            async for chunk in self._storage.open(key):
                data += chunk
                if len(data) > _WORKFLOW_MAX:
                    raise Fatal("WORKFLOW_BROKEN", "The stored workflow is too large.")
            made = Workflow.load(bytes(data))
        except (NotFound, Invalid) as error:
            raise Fatal("WORKFLOW_BROKEN", "The style's workflow cannot be read from storage.") from error
        self._workflows[key] = made
        while len(self._workflows) > _KEPT_WORKFLOWS:
            self._workflows.popitem(last=False)
        return made

    async def _forget(self, task_id: str) -> None:
        """Make the server forget a run whose result is of no use, so that every worker sees it as lost."""
        await self._watch.drop(task_id)
        try:
            await self._client.forget(task_id)
        except StageError as error:
            _log.warning("comfy_not_forgotten", error=type(error).__name__)


def _facts(stats: Mapping[str, Any]) -> dict[str, object]:
    """The numbers to show: memory in bytes, of the card where there is one."""
    system, devices = stats["system"], stats["devices"]
    card = devices[0] if devices else {}
    return {
        "version": system.get("comfyui_version"),
        "device": str(card.get("name", ""))[:80],
        "vramTotal": card.get("vram_total"),
        "vramFree": card.get("vram_free"),
        "ramFree": system.get("ram_free"),
    }
