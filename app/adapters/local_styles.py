"""The provider that needs nobody: the house's own styles, made in threads of this process."""

import asyncio
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import cv2
import numpy as np
import structlog
from PIL import Image

from app.adapters.local.base import LocalStyle
from app.adapters.local.registry import STYLES
from app.domain.errors import Fatal, PhotobotError, Transient
from app.imaging.background import step_back
from app.imaging.decode import decode_upright
from app.imaging.develop import save_jpeg, to_srgb
from app.ports import OfferedStyle, ProviderHealth, ProviderRequest, ProviderState

__all__ = ["STYLES", "LocalProvider"]

_log = structlog.get_logger(__name__)
_POLL_SECONDS = 0.5
_QUALITY = 93
_FETCHED_SECONDS = 60.0
_PREFIX = "photobot-local-"
_LEFTOVER_SECONDS = 24 * 3600
# The pipeline sends 2400; float planes of a raw 50-megapixel picture would take gigabytes.
_MAX_EDGE = 3200


@dataclass
class _Task:
    """One picture in work; written by its thread, read by the loop."""

    style: LocalStyle
    folder: Path
    seed: int
    params: Mapping[str, object]
    job_id: str
    future: "Future[ProviderState] | None" = None
    percent: int = 0
    fetched: bool = False
    ended_at: float | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def source(self) -> Path:
        return self.folder / "input"

    @property
    def result(self) -> Path:
        return self.folder / "output.jpg"


class LocalProvider:
    """Styles pictures on the CPU: at most `slots` at once, `waiting` more in line.

    Results stay for `keep_seconds` (a minute once fetched), at most `keep` of them; what is dropped polls as
    lost. `now` is a clock in seconds that never goes back.
    """

    name = "local"

    def __init__(
        self,
        *,
        slots: int = 1,
        waiting: int = 64,
        keep: int = 64,
        keep_seconds: float = 900.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        # One thread per picture: OpenCV's own pool would take the cores from the web server.
        cv2.setNumThreads(1)
        self._room = slots + waiting
        self._keep = keep
        self._keep_seconds = keep_seconds
        self._now = now
        self._threads = ThreadPoolExecutor(slots, thread_name_prefix="local-style", initializer=step_back)
        _sweep_leftovers()
        self._home = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._tasks: dict[str, _Task] = {}
        self._closed = False

    def styles(self) -> list[OfferedStyle]:
        """Every style of the registry, in its order."""
        return [OfferedStyle(style.id, style.name_en, style.name_id) for style in STYLES.values()]

    async def submit(self, request: ProviderRequest) -> str:
        """Start a picture; the input is copied, so the caller may remove it at once.

        Raises `Fatal` STYLE_UNKNOWN or INPUT_MISSING, `Transient` LOCAL_BUSY, LOCAL_CLOSED or LOCAL_DISK.
        """
        style = STYLES.get(request.style_id)
        if style is None:
            raise Fatal("STYLE_UNKNOWN", f"There is no local style “{request.style_id}”.")
        await self._forget_old()
        if self._closed:
            raise Transient("LOCAL_CLOSED", "This worker is stopping.")
        if sum(1 for task in self._tasks.values() if not _ended(task)) >= self._room:
            raise Transient("LOCAL_BUSY", "Too many pictures wait for the local styles.")
        task_id = uuid4().hex
        task = _Task(style, self._home / task_id, request.seed, dict(request.params), request.job_id)
        self._tasks[task_id] = task
        try:
            await asyncio.to_thread(_take_in, request.image, task)
            task.future = self._threads.submit(_work, task)
        except BaseException as error:
            del self._tasks[task_id]
            shutil.rmtree(task.folder, ignore_errors=True)
            raise _not_taken(error) from error
        return task_id

    async def poll(self, task_id: str) -> ProviderState:
        """Where a picture stands; waits up to half a second for its end."""
        task = self._tasks.get(task_id)
        if task is None or task.future is None:
            return ProviderState("lost")
        if not task.future.done():
            await asyncio.wait([asyncio.wrap_future(task.future)], timeout=_POLL_SECONDS)
        if task.cancelled.is_set():
            return _cancelled()
        if not task.future.done():
            return ProviderState("running", percent=task.percent)
        await self._forget_old()
        return task.future.result()

    async def fetch(self, task_id: str, target: Path) -> None:
        """Copy the finished JPEG to `target`, as often as asked while it is kept.

        Raises `Transient` LOCAL_LOST.
        """
        task = self._tasks.get(task_id)
        if task is None or not _ended(task) or task.cancelled.is_set() or not task.result.exists():
            raise Transient("LOCAL_LOST", "The local styles no longer have this picture.")
        part = target.with_name(target.name + ".part")
        try:
            await asyncio.to_thread(shutil.copyfile, task.result, part)
        except FileNotFoundError as error:
            raise Transient("LOCAL_LOST", "The local styles no longer have this picture.") from error
        part.replace(target)
        if not task.fetched:
            task.fetched, task.ended_at = True, self._now()

    async def cancel(self, task_id: str) -> None:
        """Stop a picture: at once when it waits, at its next step when it is being made."""
        task = self._tasks.get(task_id)
        if task is None or task.future is None or (task.future.done() and not task.future.cancelled()):
            return
        task.cancelled.set()
        task.future.cancel()

    async def find(self, submission: str) -> str | None:
        """None: an answer is lost here only with this process, and its pictures with it."""
        return None

    async def health(self) -> ProviderHealth:
        """Always to be had."""
        return ProviderHealth(ok=not self._closed)

    async def close(self) -> None:
        """Stop the line, wait for the pictures in work to reach their next step, remove every file."""
        self._closed = True
        for task in self._tasks.values():
            task.cancelled.set()
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)
        self._tasks.clear()
        await asyncio.to_thread(shutil.rmtree, self._home, ignore_errors=True)

    async def _forget_old(self) -> None:
        now = self._now()
        ages: dict[str, float] = {}
        for task_id, task in self._tasks.items():
            if _ended(task):
                task.ended_at = now if task.ended_at is None else task.ended_at
                ages[task_id] = now - task.ended_at
        surplus = sorted(ages, key=lambda task_id: -ages[task_id])[: max(0, len(ages) - self._keep)]
        for task_id, age in ages.items():
            old = self._tasks.get(task_id)
            if old is None:  # another poll dropped it meanwhile
                continue
            kept_for = min(_FETCHED_SECONDS, self._keep_seconds) if old.fetched else self._keep_seconds
            if task_id in surplus or age > kept_for:
                del self._tasks[task_id]
                await asyncio.to_thread(shutil.rmtree, old.folder, ignore_errors=True)


def _sweep_leftovers() -> None:
    """Remove what a killed worker left behind: folders nobody has touched for a day."""
    before = time.time() - _LEFTOVER_SECONDS
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            old = folder.stat().st_mtime < before
        except OSError:
            continue
        if old:
            shutil.rmtree(folder, ignore_errors=True)


def _ended(task: _Task) -> bool:
    return task.future is not None and task.future.done()


def _cancelled() -> ProviderState:
    return ProviderState("failed", error_code="CANCELLED", error_message="Stopped on request.")


def _not_taken(error: BaseException) -> BaseException:
    if isinstance(error, FileNotFoundError):
        return Fatal("INPUT_MISSING", "The picture to be styled is not there.")
    if isinstance(error, OSError):
        return Transient("LOCAL_DISK", "The picture could not be stored for styling.")
    if isinstance(error, RuntimeError):
        return Transient("LOCAL_CLOSED", "This worker is stopping.")
    return error


def _take_in(image: Path, task: _Task) -> None:
    # With parents: a system that tidies its temporary folder may have taken ours.
    task.folder.mkdir(parents=True)
    shutil.copyfile(image, task.source)


def _work(task: _Task) -> ProviderState:
    """Runs in a thread and never raises: its result is what `poll` says."""
    try:
        return _styled(task)
    except PhotobotError as error:
        return ProviderState("failed", error_code=error.code, error_message=error.message)
    except (MemoryError, OSError) as error:
        _log.warning("local_style_out_of_means", job_id=task.job_id, style=task.style.id, error=repr(error))
        return ProviderState(
            "failed", error_code="LOCAL_RESOURCES", error_message="Not enough memory or disk.", transient=True
        )
    except Exception:
        _log.exception("local_style_failed", job_id=task.job_id, style=task.style.id)
        return ProviderState(
            "failed", error_code="STYLE_FAILED", error_message="The style could not be made."
        )
    finally:
        task.source.unlink(missing_ok=True)


def _styled(task: _Task) -> ProviderState:
    task.percent = 5
    picture = to_srgb(decode_upright(task.source, at_least=_MAX_EDGE))
    picture.thumbnail((_MAX_EDGE, _MAX_EDGE))
    rgb = np.asarray(picture, dtype=np.uint8)
    task.percent = 20
    if task.cancelled.is_set():
        return _cancelled()
    # Seeds come from people and other systems: any whole number must do.
    rng = np.random.default_rng(abs(task.seed))
    styled = task.style.apply(rgb, rng, task.params)
    task.percent = 90
    if task.cancelled.is_set():
        return _cancelled()
    save_jpeg(Image.fromarray(styled), task.result, quality=_QUALITY)
    task.percent = 100
    return ProviderState("done", percent=100)
