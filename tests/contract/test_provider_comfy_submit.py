"""Handing a picture to ComfyUI: refusals that say where, and answers that are lost and found."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.domain.errors import AccountFault, Fatal, LeaseLost, OutcomeUnknown, StageError, Transient
from app.domain.workflow import Workflow
from tests.app.imaging.pictures import scene
from tests.contract.comfy_rig import Rig, graph_of, rig, until
from tests.contract.provider_contract import ended

LOADER = {"image": ("1.image",)}


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "work.jpg"
    scene(320, 200).save(path, "JPEG", quality=95)
    return path


@pytest.fixture
async def comfy(tmp_path: Path, image: Path) -> AsyncIterator[Rig]:
    async with rig(tmp_path, image) as made:
        yield made


def unsound(**changes: dict[str, Any]) -> Workflow:
    return Workflow(graph_of("-", "painting", **changes), LOADER, "9")


@pytest.mark.parametrize(
    ("workflow", "words"),
    [
        (unsound(n3={"denoise": 9}), "node 3 “KSampler”, input “denoise”, has a value above the largest"),
        (unsound(n3={"steps": 0}), "has a value below the smallest"),
        (unsound(n4={"ckpt_name": "gone"}), "node 4 “CheckpointLoaderSimple”, input “ckpt_name”, names"),
        (unsound(n8={"samples": ["77", 0]}), "input “samples”, is connected to a node that is not there"),
        (unsound(n8={"samples": ["1", 0]}), "is connected to something of another kind"),
        (
            Workflow({**graph_of("-"), "2": {"class_type": "X", "inputs": {}}}, LOADER, "9"),
            "it uses a node that this server does not have",
        ),
        (
            Workflow({**graph_of("-"), "2": {"class_type": "ImageInvert", "inputs": {}}}, LOADER, "9"),
            "input “image”, is missing",
        ),
        (
            Workflow({k: v for k, v in graph_of("-").items() if k != "9"}, LOADER, "3"),
            "it stores no picture",
        ),
    ],
)
async def test_a_refused_workflow_is_fatal_and_says_where(comfy: Rig, workflow: Workflow, words: str) -> None:
    with capture_logs() as logs, pytest.raises(Fatal) as caught:
        await comfy.provider.submit(await comfy.put(workflow))
    assert caught.value.code == "WORKFLOW_REFUSED"
    assert words in caught.value.message
    assert [(log["log_level"], log["style"]) for log in logs] == [("error", "unchecked")]
    await until(lambda: not comfy.server.sockets)


async def test_an_upload_that_went_missing_is_sent_again(comfy: Rig) -> None:
    comfy.server.faults.uploads_vanish = True
    with pytest.raises(Transient) as caught:
        await comfy.provider.submit(await comfy.request())
    assert caught.value.code == "COMFY_INPUT_GONE"


@pytest.mark.parametrize(
    ("status", "route", "error", "code"),
    [
        (401, "", AccountFault, "COMFY_REFUSED"),
        (403, "POST /prompt", AccountFault, "COMFY_REFUSED"),
        (404, "POST /prompt", AccountFault, "COMFY_NOT_THERE"),
        (413, "POST /upload", Fatal, "COMFY_UPLOAD_REFUSED"),
        (500, "POST /prompt", Transient, "COMFY_ERROR"),
        (503, "", Transient, "COMFY_ERROR"),
        (502, "POST /upload", Transient, "COMFY_ERROR"),
        (502, "POST /prompt", OutcomeUnknown, "COMFY_ANSWER_LOST"),
        (504, "POST /prompt", OutcomeUnknown, "COMFY_ANSWER_LOST"),
        (400, "POST /upload", Fatal, "COMFY_REQUEST_REFUSED"),
    ],
)
async def test_answers_that_are_no_answer(
    comfy: Rig, status: int, route: str, error: type[StageError], code: str
) -> None:
    comfy.server.faults.status, comfy.server.faults.status_on = status, route
    with pytest.raises(error) as caught:
        await comfy.provider.submit(await comfy.request())
    assert (type(caught.value), getattr(caught.value, "code", "")) == (error, code)


async def test_who_has_the_job_no_more_queues_nothing(comfy: Rig) -> None:
    async def lost() -> None:
        assert any("upload" in call for call in comfy.server.calls)  # asked last of all
        raise LeaseLost("job-1")

    with pytest.raises(LeaseLost):
        await comfy.provider.submit(replace(await comfy.request(), still=lost))
    assert comfy.server.prompts == []


async def test_nobody_there(comfy: Rig) -> None:
    await comfy.server.stop()
    request = await comfy.request(submission="never")
    with pytest.raises(Transient) as caught:
        await comfy.provider.submit(request)
    assert caught.value.code == "COMFY_UNREACHABLE"
    with pytest.raises(Transient):
        await comfy.provider.find("never")
    await comfy.provider.cancel("never")
    await comfy.server.start()
    assert await comfy.provider.find("never") is None


@pytest.mark.parametrize("fault", ["lose_answer", "hang_after"])
async def test_a_lost_answer_is_found_and_never_run_twice(comfy: Rig, fault: str, tmp_path: Path) -> None:
    comfy.server.faults.lose_answer = fault == "lose_answer"
    comfy.server.faults.hang_prompt = "after" if fault == "hang_after" else ""
    with pytest.raises(OutcomeUnknown) as caught:
        await comfy.provider.submit(await comfy.request(submission="asked-once"))
    assert caught.value.code == "COMFY_ANSWER_LOST"
    comfy.server.faults.lose_answer = False
    comfy.server.resume()
    task_id = await comfy.provider.find("asked-once")
    assert task_id == "asked-once"
    assert (await ended(comfy.provider, task_id)).status == "done"
    await comfy.provider.fetch(task_id, tmp_path / "out.jpg")
    assert comfy.server.runner.ran == ["asked-once"]


async def test_a_request_that_never_came_in_is_none(comfy: Rig) -> None:
    comfy.server.faults.hang_prompt = "before"
    with pytest.raises(OutcomeUnknown):
        await comfy.provider.submit(await comfy.request(submission="on-the-way"))
    assert await comfy.provider.find("on-the-way") is None


async def test_what_comes_in_while_we_look_is_found(comfy: Rig) -> None:
    comfy.server.faults.hang_prompt = "before"
    with pytest.raises(OutcomeUnknown):
        await comfy.provider.submit(await comfy.request(submission="late"))
    looking = asyncio.create_task(comfy.provider.find("late"))
    await until(lambda: comfy.server.calls["GET /history/{prompt_id}"] == 1)
    comfy.server.resume()
    assert await looking == "late"
