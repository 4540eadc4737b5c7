"""THE PHOTO LINE, top to bottom: from a guest's picture to the page on the guest's phone.

Objects are written under keys that carry the fence, so a worker that lost its lease overwrites nothing.
"""

import asyncio
from datetime import date
from pathlib import Path
from typing import Any

from app.domain.chain import ORIGINAL
from app.domain.errors import Fatal, Transient
from app.domain.keys import output_key, thumb_key, work_key
from app.domain.line import PHOTO, Retry, Work
from app.imaging.develop import develop, thumbnail
from app.imaging.frame import frame
from app.ports import Ports, ProviderRequest
from app.services import callbacks, later, static_copy
from tasks import making
from tasks.stage import StagesOf

photo = StagesOf(PHOTO)

JPEG = "image/jpeg"
LOCAL_STEP = Retry(attempts=4, base_seconds=1.0, cap_seconds=15.0)
PROVIDER_STEP = Retry(attempts=4, base_seconds=2.0, cap_seconds=60.0)
STORAGE = ("storage",)
LINK_SECONDS = 3600
PREVIEW_EDGE = 1600
THUMB_EDGE = 512


@photo.stage(timeout=60, retry=LOCAL_STEP, uses=STORAGE, heavy=True)
async def preprocessing(work: Work, ports: Ports) -> dict[str, Any]:
    """Upright, sRGB, bounded size."""
    original = work.scratch / "input"
    await ports.storage.get_file(work.args["input_key"], original, max_bytes=ports.policy.max_upload_bytes)
    prepared = work.scratch / "prepared.jpg"
    width, height = await asyncio.to_thread(
        develop, original, prepared, long_edge=ports.policy.work_long_edge
    )
    key = _key(work, "prepared")
    await ports.storage.put_file(key, prepared, JPEG)
    return {"key": key, "width": width, "height": height}


@photo.stage(timeout=600, retry=PROVIDER_STEP, uses=STORAGE, abandon=making.abandon)
async def ai_processing(work: Work, ports: Ports) -> dict[str, Any]:
    """The style, by the maker where the job's chain is; the original picture only passes through."""
    prepared = work.outputs["preprocessing"]["key"]
    if work.args["mode"] == "original" or work.maker.provider == ORIGINAL:
        if work.maker.later:
            await later.order(ports, work.job_id)
        return {"key": prepared, "provider": None}

    async def request() -> ProviderRequest:
        image = work.scratch / "styling.jpg"
        await ports.storage.get_file(prepared, image, max_bytes=ports.policy.max_output_bytes)
        return await _request(work, ports, prepared, image)

    styled = work.scratch / "styled"
    provider = await making.make(work, ports, request, styled)
    if await asyncio.to_thread(lambda: styled.stat().st_size) > ports.policy.max_output_bytes:
        raise Fatal("OUTPUT_TOO_LARGE", "The styled picture is larger than photobot takes.")
    result = work.scratch / "styled.jpg"
    await asyncio.to_thread(develop, styled, result, long_edge=4096, quality=93)
    key = _key(work, "styled")
    await ports.storage.put_file(key, result, JPEG)
    return {"key": key, "provider": provider, "style": work.maker.style_id, "seed": work.args["seed"]}


@photo.stage(timeout=60, retry=LOCAL_STEP, uses=STORAGE, heavy=True)
async def framing(work: Work, ports: Ports) -> dict[str, Any]:
    """The event's overlay, where it has one."""
    styled = work.outputs["ai_processing"]["key"]
    overlay_key = work.args.get("overlay_key")
    if not overlay_key:
        return {"key": styled}
    picture, overlay, framed = (work.scratch / name for name in ("unframed.jpg", "overlay.png", "framed.jpg"))
    await ports.storage.get_file(styled, picture, max_bytes=ports.policy.max_output_bytes)
    await ports.storage.get_file(overlay_key, overlay, max_bytes=ports.policy.max_output_bytes)
    await asyncio.to_thread(frame, picture, overlay, framed)
    key = _key(work, "framed")
    await ports.storage.put_file(key, framed, JPEG)
    return {"key": key}


@photo.stage(timeout=90, retry=LOCAL_STEP, uses=STORAGE, heavy=True)
async def uploading_output(work: Work, ports: Ports) -> dict[str, Any]:
    """The picture under its final name, and the two small versions that screens load."""
    final = work.scratch / "final.jpg"
    await ports.storage.get_file(
        work.outputs["framing"]["key"], final, max_bytes=ports.policy.max_output_bytes
    )
    keys = {"full": output_key(work.args["event_id"], _day(work), work.job_id, 0, work.fence, "jpg")}
    await ports.storage.put_file(keys["full"], final, JPEG)
    for kind, edge in (("preview", PREVIEW_EDGE), ("thumb", THUMB_EDGE)):
        small = await asyncio.to_thread(thumbnail, final, edge=edge, quality=85)
        keys[kind] = thumb_key(work.args["event_id"], _day(work), work.job_id, kind, work.fence, "jpg")
        await ports.storage.put_bytes(keys[kind], small, JPEG)
    return {"keys": keys}


@photo.stage(timeout=60, retry=LOCAL_STEP, uses=STORAGE)
async def publishing(work: Work, ports: Ports) -> dict[str, Any]:
    """The guest's page: proven to be there for everyone who holds the link."""
    keys = work.outputs["uploading_output"]["keys"]
    if await ports.storage.head(keys["full"]) is None:
        raise Transient("OUTPUT_MISSING", "The stored picture is not to be found.")
    if ports.policy.result_base_url is not None:
        picture = work.scratch / "published.jpg"
        await ports.storage.get_file(keys["full"], picture, max_bytes=ports.policy.max_output_bytes)
        await static_copy.publish(ports, work.job_id, picture)
    return {"best_output_key": keys["full"], "outputs": keys}


def _key(work: Work, name: str) -> str:
    return work_key(work.args["event_id"], _day(work), work.job_id, name, work.fence, "jpg")


def _day(work: Work) -> date:
    return date.fromisoformat(work.args["day"])


async def _request(work: Work, ports: Ports, key: str, image: Path) -> ProviderRequest:
    """What is asked of a provider; with a link to the picture where our storage is on the internet."""
    link = None
    if ports.policy.storage_on_internet:
        link = await ports.storage.signed_get_url(key, seconds=LINK_SECONDS)
    return ProviderRequest(
        work.job_id,
        image,
        work.maker.style_id,
        work.maker.params,
        work.args["seed"],
        image_url=link,
        callback_url=callbacks.url_for(ports, work.maker.provider),
    )


STAGES = photo.sealed()
