"""Watches ComfyUI's runs: by ear while the socket speaks, by asking queue and history when it is silent."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import structlog

from app.adapters import comfy_faults as faults
from app.adapters.comfy_client import ComfyClient
from app.adapters.comfy_history import CANCELLED, failure_of, mark_of
from app.adapters.comfy_socket import Ear
from app.domain.errors import Fatal, PhotobotError, StageError, Transient
from app.imaging.develop import thumbnail
from app.ports import ProviderState

_log = structlog.get_logger(__name__)

_ASK_SECONDS = 0.9
_ASK_EVERY_SECONDS = 0.9
_FREE_SECONDS = 2.0
_HISTORY_SECONDS = 0.05
_PREVIEW_EVERY_SECONDS = 1.0
_PREVIEW_EDGE = 384
_KEPT = 256


@dataclass(frozen=True)
class Patience:
    """How long we wait, in seconds.

    `silent`: nothing heard, until we ask. `stuck`: nothing moved, until we give up. `unanswered`: asked in
    vain, until we say so. `taken`: for the word that a graph is in the queue.
    """

    silent: float = 3.0
    stuck: float = 300.0
    unanswered: float = 30.0
    taken: float = 30.0


@dataclass
class _Task:
    """A run as this process knows it; one taken over from another process has no ear."""

    prompt_id: str
    job_id: str | None
    ear: Ear | None
    moved_at: float
    place: object = None
    asked_at: float = float("-inf")
    previewed_at: float = float("-inf")
    unanswered_since: float | None = None
    cancelled: bool = False
    verdict: ProviderState | None = None

    @property
    def percent(self) -> int:
        return self.ear.percent if self.ear is not None else 0

    @property
    def ended(self) -> bool:
        return self.ear is not None and self.ear.ended


class Watch:
    """All runs that are followed here; the oldest is forgotten first, and then simply asked for again."""

    def __init__(self, client: ComfyClient, patience: Patience) -> None:
        self._client = client
        self._patience = patience
        self._tasks: OrderedDict[str, _Task] = OrderedDict()
        self._short_of_memory: OrderedDict[str, None] = OrderedDict()

    async def follow(self, prompt_id: str, job_id: str | None, ear: Ear | None) -> None:
        """Follow a run that this process has just begun."""
        await self.drop(prompt_id)
        self._tasks[prompt_id] = _Task(prompt_id, job_id, ear, time.monotonic())
        while len(self._tasks) > _KEPT:
            await self.drop(next(iter(self._tasks)))

    async def drop(self, prompt_id: str) -> None:
        """Know nothing of a run any more."""
        task = self._tasks.pop(prompt_id, None)
        if task is not None and task.ear is not None:
            await task.ear.close()

    def cancelled(self, prompt_id: str) -> None:
        """Somebody asked for its end: what is found of it from now on is that."""
        task = self._tasks.get(prompt_id)
        if task is not None:
            task.cancelled = True

    async def close(self) -> None:
        """Stop following."""
        for prompt_id in list(self._tasks):
            await self.drop(prompt_id)

    async def look(self, prompt_id: str) -> ProviderState:
        """Where a run stands, within 2 s. Raises `Transient` when nothing answers for long."""
        task = self._tasks.get(prompt_id)
        if task is None:
            await self.follow(prompt_id, None, None)
            task = self._tasks[prompt_id]
        if task.verdict is not None:
            return task.verdict
        await self._wait(task)
        if self._speaks(task):
            return await self._running(task)
        task.asked_at = time.monotonic()
        try:
            async with asyncio.timeout(_ASK_SECONDS):
                return await self._asked(task)
        except (TimeoutError, Transient) as error:
            return self._unanswered(task, error)
        except Fatal as error:  # what answers there now is not our server, or shuts us out
            return ProviderState("failed", error_code=error.code, error_message=error.message, account=True)

    def _speaks(self, task: _Task) -> bool:
        ear = task.ear
        if ear is None or ear.broken or ear.ended:
            return False
        return time.monotonic() - ear.heard_at < self._patience.silent

    async def _wait(self, task: _Task) -> None:
        """Until something is heard, or it is time to ask again."""
        ear = task.ear
        if ear is not None and self._speaks(task):
            await ear.news(_ASK_EVERY_SECONDS)
            return
        every = _HISTORY_SECONDS if task.ended else _ASK_EVERY_SECONDS
        pause = max(0.0, task.asked_at + every - time.monotonic())
        if ear is not None and not ear.broken and not ear.ended:
            await ear.news(pause)
        else:
            await asyncio.sleep(pause)

    async def _running(self, task: _Task) -> ProviderState:
        return ProviderState("running", percent=task.percent, preview=await self._preview(task))

    async def _preview(self, task: _Task) -> bytes | None:
        """The newest frame as a small JPEG, at most once a second."""
        if task.ear is None or time.monotonic() - task.previewed_at < _PREVIEW_EVERY_SECONDS:
            return None
        frame = task.ear.take_frame()
        if frame is None:
            return None
        task.previewed_at = time.monotonic()
        try:
            return await asyncio.to_thread(thumbnail, frame, edge=_PREVIEW_EDGE, quality=80)
        except PhotobotError:
            return None

    async def _asked(self, task: _Task) -> ProviderState:
        """What queue and history say; a run that ended is still in the queue for a moment."""
        # The queue first: a run goes from there into the history in one step, and is never in neither.
        standing, place = await self._client.standing(task.prompt_id)
        if standing is None:
            entry = await self._client.history(task.prompt_id)
            return await (self._gone(task) if entry is None else self._over(task, entry))
        task.unanswered_since = None
        if place != task.place:
            task.place, task.moved_at = place, time.monotonic()
        if self._is_stuck(task, waits=standing == "pending"):
            return await self._stuck(task)
        return await self._running(task)

    async def _gone(self, task: _Task) -> ProviderState:
        await self.drop(task.prompt_id)
        if task.cancelled:
            return ProviderState("failed", error_code=CANCELLED.code, error_message=CANCELLED.message)
        return ProviderState("lost")

    async def _over(self, task: _Task, entry: Mapping[str, Any]) -> ProviderState:
        failure = failure_of(entry)
        if failure is None:
            task.verdict = ProviderState("done", percent=100)
        else:
            if task.cancelled:
                failure = CANCELLED
            elif failure.memory:
                job = str(task.job_id or mark_of(entry).get("job") or task.prompt_id)
                failure = replace(failure, transient=self._first_time(job))
            _log.warning("comfy_run_failed", job=task.job_id, code=failure.code, detail=failure.detail)
            task.verdict = ProviderState(
                "failed",
                task.percent,
                failure.code,
                failure.message,
                transient=failure.transient,
                once=failure.memory and failure.transient,
            )
            if failure.memory and failure.transient:
                await self._free()
        if task.ear is not None:
            await task.ear.close()
        return task.verdict

    def _first_time(self, job: str) -> bool:
        """Whether this job was not short of memory before; another worker's count is its own."""
        known = job in self._short_of_memory
        self._short_of_memory[job] = None
        while len(self._short_of_memory) > _KEPT:
            self._short_of_memory.popitem(last=False)
        return not known

    async def _free(self) -> None:
        with suppress(TimeoutError, StageError):
            async with asyncio.timeout(_FREE_SECONDS):
                await self._client.free()

    def _is_stuck(self, task: _Task, *, waits: bool) -> bool:
        """Nothing moves: the queue before us, or a run that spoke once and says nothing any more."""
        since = task.moved_at
        if not waits:
            if task.ear is None or task.ear.broken or not task.ear.heard:
                return False  # deaf to it, so its silence says nothing
            since = max(since, task.ear.heard_at)
        return time.monotonic() - since > self._patience.stuck

    async def _stuck(self, task: _Task) -> ProviderState:
        _log.warning("comfy_stuck", prompt=task.prompt_id)
        await self._client.stop(task.prompt_id)
        task.verdict = ProviderState(
            "failed",
            task.percent,
            "COMFY_STUCK",
            "ComfyUI did not get on with this picture.",
            transient=True,
        )
        return task.verdict

    def _unanswered(self, task: _Task, error: Exception) -> ProviderState:
        if task.verdict is not None:
            return task.verdict
        if task.unanswered_since is None:
            task.unanswered_since = time.monotonic()
        if time.monotonic() - task.unanswered_since > self._patience.unanswered:
            raise error if isinstance(error, Transient) else Transient(*faults.SLOW)
        return ProviderState("running", percent=task.percent)
