"""ComfyUI's provider keeps the provider's promises: on a fake server, by socket and by asking."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from PIL import Image

from app.adapters.comfy import ComfyProvider
from app.adapters.comfy_watch import Patience
from app.adapters.kie_models import input_of
from app.domain.errors import Fatal
from app.ports import ProviderRequest
from tests.app.imaging.pictures import scene
from tests.contract.comfy_rig import Rig, rig, states, until
from tests.contract.provider_contract import ProviderContract, ended


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "work.jpg"
    scene(320, 200).save(path, "JPEG", quality=95)
    return path


@pytest.fixture
async def comfy(tmp_path: Path, image: Path) -> AsyncIterator[Rig]:
    async with rig(tmp_path, image) as made:
        yield made


class TestComfyProvider(ProviderContract):
    workflows: dict[str, str]

    @pytest.fixture
    async def provider(self, comfy: Rig) -> ComfyProvider:
        type(self).workflows = {"painting": await comfy.install("painting")}
        return comfy.provider

    @pytest.fixture
    def style_id(self) -> str:
        return "painting"

    def request(  # type: ignore[override]  # a style here is a workflow that is installed
        self, image: Path, style_id: str, *, seed: int = 7, job_id: str = "job-1"
    ) -> ProviderRequest:
        made = ProviderContract.request(image, style_id, seed=seed, job_id=job_id)
        return replace(made, params={"workflow": self.workflows.get(style_id)})


async def test_our_submission_is_its_prompt_id_and_all_names_are_the_jobs_own(comfy: Rig) -> None:
    request = await comfy.request(submission="01JABC-try-1", prompt="a king", strength=0.5)
    assert await comfy.provider.submit(request) == "01JABC-try-1"
    again = await comfy.provider.submit(replace(request, submission="01JABC-try-2"))
    assert again == "01JABC-try-2"
    first, second = (prompt["prompt"] for prompt in comfy.server.prompts)
    assert first["6"]["inputs"]["text"] == "a king"
    assert first["3"]["inputs"]["denoise"] == 0.5
    assert first["3"]["inputs"]["seed"] == 7
    assert first["1"]["inputs"]["image"] != second["1"]["inputs"]["image"]
    assert first["9"]["inputs"]["filename_prefix"] != second["9"]["inputs"]["filename_prefix"]
    clients = [prompt["client_id"] for prompt in comfy.server.prompts]
    assert len({*clients}) == 2
    for task_id in ("01JABC-try-1", again):
        assert (await ended(comfy.provider, task_id)).status == "done"


async def test_the_name_the_server_gave_the_upload_is_used(comfy: Rig) -> None:
    (comfy.server.folder / "input" / "photobot-taken.jpg").write_bytes(b"other bytes")
    task_id = await comfy.provider.submit(await comfy.request(submission="taken"))
    assert comfy.server.prompts[0]["prompt"]["1"]["inputs"]["image"] == "photobot-taken (1).jpg"
    assert (await ended(comfy.provider, task_id)).status == "done"


async def test_any_whole_number_is_a_seed(comfy: Rig) -> None:
    for seed in (0, -3, 2**70):
        request = replace(await comfy.request(), seed=seed)
        assert (await ended(comfy.provider, await comfy.provider.submit(request))).status == "done"


async def test_percent_rises_by_node_and_step_and_previews_are_small(comfy: Rig) -> None:
    comfy.server.faults.step_seconds = 0.3
    task_id = await comfy.provider.submit(await comfy.request(steps=8))
    seen = await states(comfy.provider, task_id)
    percents = [state.percent for state in seen]
    assert percents == sorted(percents)
    assert len({percent for percent in percents if 0 < percent < 100}) >= 5
    assert percents[-1] == 100
    frames = [state.preview for state in seen if state.preview is not None]
    assert 1 <= len(frames) <= 5
    for frame in frames:
        assert len(frame) < 100_000
        with Image.open(BytesIO(frame)) as picture:
            assert picture.format == "JPEG"
            assert max(picture.size) <= 384
    assert seen[-1].preview is None
    # It was all heard: nobody had to be asked before the end.
    assert comfy.server.calls["GET /queue"] <= 3


async def test_no_metadata_reaches_the_fetched_file(comfy: Rig, tmp_path: Path) -> None:
    task_id = await comfy.provider.submit(await comfy.request(prompt="our secret recipe"))
    await ended(comfy.provider, task_id)
    made = next((comfy.server.folder / "output").rglob("*.png"))
    assert b"our secret recipe" in made.read_bytes()
    await comfy.provider.fetch(task_id, tmp_path / "out.jpg")
    content = (tmp_path / "out.jpg").read_bytes()
    with Image.open(BytesIO(content)) as picture:
        picture.load()
        assert picture.format == "JPEG"
        assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "icc_profile"}
    for trace in (b"secret", b"KSampler", b"photobot-", b"prompt", b"work"):
        assert trace not in content
    assert sorted(path.name for path in tmp_path.iterdir()) == ["comfy", "objects", "out.jpg", "work.jpg"]


async def test_the_queue_is_followed_while_others_are_before_us(comfy: Rig) -> None:
    comfy.server.faults.stuck = True
    ids = [await comfy.provider.submit(await comfy.request()) for _ in range(2)]
    for task_id in ids:
        assert (await comfy.provider.poll(task_id)).status == "running"
    comfy.server.faults.stuck = False
    for task_id in ids:
        assert (await ended(comfy.provider, task_id)).status == "done"


async def test_cancel_inside_a_stepping_node(comfy: Rig) -> None:
    comfy.server.faults.step_seconds = 0.05
    task_id = await comfy.provider.submit(await comfy.request(steps=1000))
    other = await comfy.provider.submit(await comfy.request(steps=2))
    await until(lambda: comfy.server.runner.steps > 2)
    await comfy.provider.cancel(task_id)
    state = await ended(comfy.provider, task_id)
    assert (state.status, state.error_code, state.transient) == ("failed", "CANCELLED", False)
    assert comfy.server.runner.steps < 500
    assert (await ended(comfy.provider, other)).status == "done"


async def test_cancel_while_it_waits(comfy: Rig) -> None:
    comfy.server.faults.step_seconds = 0.05
    running = await comfy.provider.submit(await comfy.request(steps=30))
    waiting = await comfy.provider.submit(await comfy.request())
    await comfy.provider.cancel(waiting)
    state = await ended(comfy.provider, waiting)
    assert (state.status, state.error_code) == ("failed", "CANCELLED")
    assert (await ended(comfy.provider, running)).status == "done"
    assert comfy.server.runner.ran == [running]


async def test_somebody_else_stops_it(comfy: Rig) -> None:
    comfy.server.faults.step_seconds = 0.05
    task_id = await comfy.provider.submit(await comfy.request(steps=1000))
    await until(lambda: comfy.server.runner.steps > 2)
    async with httpx.AsyncClient() as http:
        await http.post(f"{comfy.server.url}/interrupt")
    other = comfy.second()
    state = await ended(other, task_id)
    assert (state.status, state.error_code, state.transient) == ("failed", "COMFY_INTERRUPTED", True)
    await other.close()


async def test_another_worker_takes_it_over(comfy: Rig, tmp_path: Path) -> None:
    comfy.server.faults.step_seconds = 0.05
    task_id = await comfy.provider.submit(await comfy.request(submission="handed-on", steps=20))
    other = comfy.second()
    assert await other.find("handed-on") == task_id
    assert (await other.poll(task_id)).status == "running"
    assert (await ended(other, task_id)).status == "done"
    assert await other.find("handed-on") == task_id
    await other.fetch(task_id, tmp_path / "out.jpg")
    assert await other.find("never-made") is None
    await other.close()


async def test_a_poll_takes_two_seconds_at_most(comfy: Rig) -> None:
    loop = asyncio.get_running_loop()
    comfy.server.faults.step_seconds = 3.0
    task_id = await comfy.provider.submit(await comfy.request(steps=1))
    comfy.server.faults.hang = True
    for _ in range(3):
        begun = loop.time()
        assert (await comfy.provider.poll(task_id)).status == "running"
        assert loop.time() - begun < 2.5  # 2 s, and a machine shared with others
    comfy.server.resume()


async def test_health(comfy: Rig) -> None:
    good = await comfy.provider.health()
    assert good.ok
    assert good.facts == {
        "version": "0.3.64",
        "device": "cuda:0 Fake GPU",
        "vramTotal": 12 << 30,
        "vramFree": 9 << 30,
        "ramFree": 20 << 30,
        "queue": 0,
    }
    json.dumps(dict(good.facts))
    comfy.server.faults.status = 401
    assert (await comfy.provider.health()).because == "COMFY_REFUSED"
    comfy.server.faults.status = 404
    assert (await comfy.provider.health()).because == "COMFY_NOT_THERE"
    comfy.server.faults.status = 500
    assert (await comfy.provider.health()).because == "COMFY_ERROR"
    comfy.server.faults.status = 0
    comfy.server.faults.hang = True
    assert (await comfy.provider.health()).because == "COMFY_SLOW"
    comfy.server.resume()
    await comfy.server.stop()
    assert (await comfy.provider.health()).because == "COMFY_UNREACHABLE"


async def test_a_style_without_a_sound_workflow(comfy: Rig) -> None:
    request = await comfy.request()
    for key, code in (
        (None, "STYLE_UNKNOWN"),
        ("events/1/input.jpg", "STYLE_UNKNOWN"),
        (f"workflows/{'0' * 64}.json", "WORKFLOW_BROKEN"),
    ):
        with pytest.raises(Fatal) as caught:
            await comfy.provider.submit(replace(request, params={"workflow": key}))
        assert caught.value.code == code
    with pytest.raises(Fatal) as caught:
        await comfy.provider.submit(replace(request, params={**request.params, "prompt": ["4", 0]}))
    assert caught.value.code == "STYLE_PARAM_INVALID"


async def test_tasks_are_bounded_and_sockets_close(comfy: Rig) -> None:
    done = [await comfy.provider.submit(await comfy.request()) for _ in range(3)]
    for task_id in done:
        await ended(comfy.provider, task_id)
    await until(lambda: not comfy.server.sockets)
    quick = comfy.second(Patience(silent=0.1))
    assert quick.styles() == []
    assert (await quick.poll(done[0])).status == "done"
    await quick.close()


def test_a_style_of_several_makers_tells_kie_nothing_of_the_workflow() -> None:
    params = {"model": "nano-banana-2", "prompt": "a king", "workflow": f"workflows/{'0' * 64}.json"}
    assert "workflow" not in input_of(params, (320, 200))
