"""ComfyUI's faults once a picture is with it: what the engine is told, and what a person reads."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.adapters.comfy_watch import Patience
from app.domain.errors import Transient
from app.ports import ProviderState
from tests.app.imaging.pictures import scene
from tests.contract.comfy_rig import QUICK, Rig, rig, states, until
from tests.contract.provider_contract import ended


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "work.jpg"
    scene(320, 200).save(path, "JPEG", quality=95)
    return path


@pytest.fixture
async def comfy(tmp_path: Path, image: Path) -> AsyncIterator[Rig]:
    async with rig(tmp_path, image) as made:
        yield made


@pytest.mark.parametrize("kind", ["gpu", "old-gpu", "cpu"])
async def test_out_of_memory_frees_once_then_gives_up(comfy: Rig, kind: str) -> None:
    comfy.server.faults.out_of_memory = [kind, kind, kind]
    request = await comfy.request()
    first = await comfy.provider.submit(request)
    state = await ended(comfy.provider, first)
    assert (state.status, state.error_code, state.transient) == ("failed", "COMFY_OUT_OF_MEMORY", True)
    assert comfy.server.freed == [{"unload_models": True, "free_memory": True}]
    assert await comfy.provider.poll(first) == state
    again = await ended(comfy.provider, await comfy.provider.submit(request))
    assert (again.error_code, again.transient) == ("COMFY_OUT_OF_MEMORY", False)
    other = replace(request, job_id="job-2")
    assert (await ended(comfy.provider, await comfy.provider.submit(other))).transient
    assert len(comfy.server.freed) == 2
    assert (await ended(comfy.provider, await comfy.provider.submit(request))).status == "done"


async def test_a_node_that_fails_keeps_its_secrets(comfy: Rig) -> None:
    comfy.server.faults.error = {
        "exception_type": "ValueError",
        "exception_message": "bad /srv/ComfyUI/models/x.ckpt\ntensor([[0.4196, 0.3137]])",
    }
    with capture_logs() as logs:
        state = await ended(comfy.provider, await comfy.provider.submit(await comfy.request()))
    assert state == ProviderState(
        "failed",
        state.percent,
        "COMFY_NODE_FAILED",
        "ComfyUI failed in the node “CheckpointLoaderSimple” (ValueError).",
    )
    assert [log["detail"] for log in logs if log["event"] == "comfy_run_failed"] == ["bad …"]
    assert not [word for word in ("srv", "tensor", "traceback", "models") if word in f"{state}{logs}"]


async def test_a_nodes_own_service_may_come_back(comfy: Rig) -> None:
    comfy.server.faults.error = {"exception_type": "ConnectionError", "exception_message": "x"}
    state = await ended(comfy.provider, await comfy.provider.submit(await comfy.request()))
    assert (state.error_code, state.transient) == ("COMFY_NODE_OFFLINE", True)


async def test_a_picture_the_server_cannot_read(comfy: Rig, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"\xff\xd8\xff no picture at all")
    request = replace(await comfy.request(), image=bad)
    state = await ended(comfy.provider, await comfy.provider.submit(request))
    assert (state.error_code, state.transient) == ("COMFY_IMAGE_UNREADABLE", False)


async def test_a_restart_loses_what_ran_and_what_was_made(comfy: Rig, tmp_path: Path) -> None:
    made = await comfy.provider.submit(await comfy.request())
    await until(lambda: made in comfy.server.runner.history)
    comfy.server.faults.step_seconds = 0.05
    running = await comfy.provider.submit(await comfy.request(steps=1000, submission="was-running"))
    await until(lambda: comfy.server.runner.steps > 9)
    await comfy.server.stop()
    await comfy.server.start()
    for task_id in (made, running):
        assert (await states(comfy.provider, task_id))[-1] == ProviderState("lost")
        with pytest.raises(Transient):
            await comfy.provider.fetch(task_id, tmp_path / "out.jpg")
    assert await comfy.provider.find("was-running") is None


async def test_while_it_is_away_a_run_is_not_given_up_at_once(comfy: Rig) -> None:
    comfy.server.faults.step_seconds = 0.05
    task_id = await comfy.provider.submit(await comfy.request(steps=1000))
    await comfy.server.stop()
    assert (await comfy.provider.poll(task_id)).status == "running"
    with pytest.raises(Transient) as caught:
        await ended(comfy.provider, task_id)
    assert caught.value.code in ("COMFY_UNREACHABLE", "COMFY_SLOW")
    await comfy.server.start()
    assert (await comfy.provider.poll(task_id)).status == "lost"


async def test_shut_out_in_the_middle(comfy: Rig) -> None:
    comfy.server.faults.stuck = True
    task_id = await comfy.provider.submit(await comfy.request())
    comfy.server.faults.status = 401
    state = await ended(comfy.provider, task_id)
    assert (state.status, state.error_code, state.account) == ("failed", "COMFY_REFUSED", True)


@pytest.mark.parametrize("away", ["other", "same"])
async def test_a_cached_result_whose_file_is_gone_is_made_anew(comfy: Rig, away: str, tmp_path: Path) -> None:
    request = await comfy.request()
    first = await comfy.provider.submit(request)
    assert (await ended(comfy.provider, first)).status == "done"
    for path in (comfy.server.folder / "output").rglob("*.png"):
        path.unlink()
    with pytest.raises(Transient) as caught:
        await comfy.provider.fetch(first, tmp_path / "out.jpg")
    assert caught.value.code == "COMFY_OUTPUT_GONE"
    looking = comfy.second() if away == "other" else comfy.provider
    assert (await looking.poll(first)).status == "lost"
    again = await comfy.provider.submit(request)
    assert (await ended(comfy.provider, again)).status == "done"
    await comfy.provider.fetch(again, tmp_path / "out.jpg")
    if away == "other":
        await looking.close()


async def test_a_broken_result_is_made_anew(comfy: Rig, tmp_path: Path) -> None:
    comfy.server.faults.broken_result = True
    task_id = await comfy.provider.submit(await comfy.request())
    assert (await ended(comfy.provider, task_id)).status == "done"
    with pytest.raises(Transient) as caught:
        await comfy.provider.fetch(task_id, tmp_path / "out.jpg")
    assert caught.value.code == "COMFY_RESULT_BROKEN"
    assert not (tmp_path / "out.jpg").exists()
    assert (await comfy.provider.poll(task_id)).status == "lost"


@pytest.mark.parametrize("fault", ["silent", "none", "cut", "late"])
async def test_without_its_socket_a_run_is_asked_for(comfy: Rig, fault: str, tmp_path: Path) -> None:
    faults = comfy.server.faults
    faults.silent_sockets, faults.no_socket = fault == "silent", fault == "none"
    faults.cut_after_steps = 3 if fault == "cut" else None
    faults.history_late = 0.5 if fault == "late" else 0.0
    faults.step_seconds = 0.05
    task_id = await comfy.provider.submit(await comfy.request(steps=10))
    state = (await states(comfy.provider, task_id))[-1]
    assert (state.status, state.percent) == ("done", 100)
    await comfy.provider.fetch(task_id, tmp_path / "out.jpg")


async def test_a_run_that_ended_without_its_picture(comfy: Rig) -> None:
    task_id = await comfy.provider.submit(await comfy.request())
    await until(lambda: task_id in comfy.server.runner.history)
    comfy.server.runner.history[task_id]["outputs"] = {"9": {"text": ["no picture"]}}
    state = await ended(comfy.provider, task_id)
    assert (state.error_code, state.transient) == ("COMFY_NO_OUTPUT", False)


async def test_an_old_server_with_ids_of_its_own(comfy: Rig, tmp_path: Path) -> None:
    comfy.server.faults.own_ids = True
    task_id = await comfy.provider.submit(await comfy.request(submission="ours"))
    assert task_id != "ours"
    assert (await ended(comfy.provider, task_id)).status == "done"
    await comfy.provider.fetch(task_id, tmp_path / "out.jpg")


async def test_a_queue_that_does_not_move_is_left(comfy: Rig) -> None:
    provider = comfy.second(replace(QUICK, stuck=1.0))
    comfy.server.faults.stuck = True
    task_id = await provider.submit(await comfy.request())
    state = await ended(provider, task_id)
    assert (state.status, state.error_code, state.transient) == ("failed", "COMFY_STUCK", True)
    assert comfy.server.runner.pending == []
    assert await provider.poll(task_id) == state
    await provider.close()


async def test_a_run_that_does_not_get_on_is_interrupted(comfy: Rig) -> None:
    provider = comfy.second(Patience(silent=0.2, stuck=1.0))
    comfy.server.faults.step_seconds = 8
    task_id = await provider.submit(await comfy.request(steps=4))
    state = await ended(provider, task_id)
    assert (state.error_code, state.transient) == ("COMFY_STUCK", True)
    assert comfy.server.runner.running is not None
    assert comfy.server.runner.running.interrupted
    await provider.close()
