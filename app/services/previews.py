"""Trying out on a sample picture what guests will get: a style, a frame. No job is made, nothing stored."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

from app.db.tables import Event, Style
from app.db.unit import reading
from app.domain.access import Principal
from app.domain.errors import Conflict, NotFound, StageError, Unavailable
from app.domain.workflow import check_params
from app.imaging.background import in_background
from app.imaging.frame import check_overlay, frame
from app.imaging.sample import sample
from app.ports import Ports, ProviderRequest

FREE = "local"
"""Everybody else is paid for each picture: nobody's money is spent by looking at a form."""
SECONDS = 45.0
OVERLAY_MAX = 20 * 1024 * 1024


@cache
def _sample() -> bytes:
    return sample()


async def plain() -> bytes:
    """The sample itself."""
    return await in_background(_sample)


async def of_style(
    ports: Ports, principal: Principal, style_id: str, params: Mapping[str, Any] | None = None
) -> bytes:
    """The sample in this style, with the given params instead of its own: a JPEG.

    Raises NotAllowed, NotFound, Invalid, Conflict `PREVIEW_COSTS` for a paid provider, Unavailable.
    """
    principal.require_role("admin")
    async with reading(ports) as db:
        style = await db.get(Style, style_id)
    if style is None:
        raise NotFound("STYLE_NOT_FOUND", "There is no such style.")
    if style.provider != FREE or FREE not in ports.providers:
        raise Conflict("PREVIEW_COSTS", "This provider is paid for each picture. Make a test shot.")
    check_params(params or {})
    async with _sample_file() as picture:
        try:
            async with asyncio.timeout(SECONDS):
                return await _styled(ports, style, picture, style.params if params is None else params)
        except (TimeoutError, StageError):
            raise Unavailable("PREVIEW_LATE", "The sample is not ready. Please try again.") from None


async def of_frame(ports: Ports, principal: Principal, event_id: str, candidate: Path | None) -> bytes:
    """The sample with the event's frame, or with this one that is not set yet: a JPEG.

    Raises NotAllowed, NotFound `EVENT_NOT_FOUND`, `NO_OVERLAY`, Invalid `OVERLAY_UNSUITABLE`.
    """
    principal.require_role("admin")
    principal.require_event(event_id)
    async with reading(ports) as db:
        event = await db.get(Event, event_id)
    if event is None:
        raise NotFound("EVENT_NOT_FOUND", "There is no such event.")
    async with _sample_file() as picture:
        overlay = candidate or picture.with_name("overlay.png")
        if candidate is not None:
            await in_background(check_overlay, candidate)
        elif event.overlay_key is None:
            raise NotFound("NO_OVERLAY", "This event has no frame.")
        else:
            await ports.storage.get_file(event.overlay_key, overlay, max_bytes=OVERLAY_MAX)
        target = picture.with_name("framed.jpg")
        await in_background(frame, picture, overlay, target)
        return await asyncio.to_thread(target.read_bytes)


@asynccontextmanager
async def _sample_file() -> AsyncIterator[Path]:
    content = await plain()
    with tempfile.TemporaryDirectory(prefix="photobot-preview-") as folder:
        path = Path(folder) / "sample.jpg"
        await asyncio.to_thread(path.write_bytes, content)
        yield path


async def _styled(ports: Ports, style: Style, picture: Path, params: Mapping[str, Any]) -> bytes:
    provider = ports.providers[FREE]
    task = await provider.submit(ProviderRequest("preview", picture, style.id, params, seed=7))
    try:
        while (state := await provider.poll(task)).status == "running":
            pass  # it waits a moment for a change
    except BaseException:
        await provider.cancel(task)
        raise
    if state.status != "done":
        raise Unavailable("PREVIEW_LATE", state.error_message or "The sample could not be made.")
    target = picture.with_name("styled.jpg")
    await provider.fetch(task, target)
    return await asyncio.to_thread(target.read_bytes)
