"""A real worker and its ComfyUI: killed, cancelled and restarted in the middle of a picture."""

import subprocess
from collections.abc import Iterator
from io import BytesIO

import httpx
import pytest
from PIL import Image

from app.adapters.embedded.valkey import EmbeddedValkey
from tests.app.api.conftest import new_place
from tests.contract.comfy_rig import workflow_file
from tests.fakes import servers
from tests.fakes import stack as stacks
from tests.fakes.comfy_server import ComfyServer
from tests.fakes.comfy_thread import Apart, comfy_in_a_thread
from tests.fakes.stack import Stack, finished, picture, post_job, register, wait_for

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    with comfy_in_a_thread(tmp_path_factory.mktemp("comfy")) as made:
        yield made


@pytest.fixture(scope="module")
def stack(
    databases: servers.Databases, migrated_template: str, valkey_server: EmbeddedValkey, apart: Apart
) -> Iterator[Stack]:
    url = f"{valkey_server.redis_url.rsplit('/', 1)[0]}/4"
    with (
        databases.fresh(template=migrated_template) as database,
        stacks.stack(database, url, COMFY_API_BASE_URL=apart.server.url) as made,
    ):
        made.web()
        yield made


@pytest.fixture(scope="module")
def operator(stack: Stack) -> httpx.Client:
    return stack.client()


@pytest.fixture(scope="module")
def admin(stack: Stack) -> httpx.Client:
    return stack.admin()


@pytest.fixture
def comfy(apart: Apart) -> ComfyServer:
    """Slow enough to be caught in the middle, and with nothing counted yet."""
    apart.server.faults.step_seconds = 0.1
    apart.server.prompts.clear()
    return apart.server


@pytest.fixture
def worker(stack: Stack) -> Iterator["subprocess.Popen[bytes]"]:
    child = stack.worker()
    yield child
    stack.stop(child)


def long_job(admin: httpx.Client, operator: httpx.Client, steps: int) -> str:
    """A job of so many steps, in a style of its own."""
    place = new_place(admin)
    style = {
        "id": place.slug,
        "name": {"en": "S", "id": "S"},
        "provider": "comfy",
        "params": {"steps": steps},
    }
    assert admin.post("/styles", json=style).status_code == 201
    installed = admin.post(f"/styles/{place.slug}/workflow", json=workflow_file("painting"))
    assert installed.status_code == 200, installed.text
    guest = register(operator, place.event_id)
    posted = post_job(operator, guest, place.event_id, picture(600, 400), styleId=place.slug)
    job_id: str = posted.json()["jobId"]
    return job_id


def in_the_middle(comfy: ComfyServer) -> None:
    """Wait until a run has done some steps."""
    before = comfy.runner.steps
    wait_for(lambda: comfy.runner.steps > before + 2, 60)


def test_a_killed_worker_is_followed_by_one_that_takes_the_run_over(
    stack: Stack, admin: httpx.Client, operator: httpx.Client, comfy: ComfyServer
) -> None:
    first = stack.worker()
    job_id = long_job(admin, operator, steps=60)
    in_the_middle(comfy)
    first.kill()
    first.wait(10)
    second = stack.worker()
    assert finished(operator, job_id)["status"] == "succeeded"
    assert len(comfy.prompts) == 1
    stack.stop(second)


@pytest.mark.usefixtures("worker")
def test_cancel_interrupts_it_in_the_middle(
    admin: httpx.Client, operator: httpx.Client, comfy: ComfyServer
) -> None:
    job_id = long_job(admin, operator, steps=5000)
    in_the_middle(comfy)
    assert operator.post(f"/jobs/{job_id}/cancel").status_code in (200, 202)
    assert finished(operator, job_id)["status"] == "canceled"
    wait_for(lambda: comfy.runner.running is None)
    assert comfy.runner.steps < 1000


@pytest.mark.usefixtures("worker")
def test_a_gpu_machine_that_was_restarted_makes_it_again(
    admin: httpx.Client, operator: httpx.Client, comfy: ComfyServer, apart: Apart
) -> None:
    job_id = long_job(admin, operator, steps=40)
    in_the_middle(comfy)
    apart.kill()
    apart.start()
    assert finished(operator, job_id)["status"] == "succeeded"
    assert len(comfy.prompts) == 2


@pytest.mark.usefixtures("worker")
def test_percent_and_previews_are_seen_while_it_works(
    stack: Stack, admin: httpx.Client, operator: httpx.Client, comfy: ComfyServer
) -> None:
    job_id = long_job(admin, operator, steps=60)
    percents: set[int] = set()
    frames: set[bytes] = set()

    def done() -> bool:
        job = operator.get(f"/jobs/{job_id}").json()
        if job["status"] == "running" and job["stage"] == "ai_processing":
            percents.add(job["percent"])
            shown = operator.get(f"{stack.url}/media/jobs/{job_id}/live")
            if shown.status_code == 200:
                frames.add(shown.content)
        return bool(job["status"] == "succeeded")

    wait_for(done, 60)
    assert len(percents) >= 4
    assert len(frames) >= 2
    for frame in frames:
        with Image.open(BytesIO(frame)) as picture:
            assert (picture.format, max(picture.size)) == ("JPEG", 256)
    assert len(comfy.prompts) == 1
