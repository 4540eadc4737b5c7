"""The fake ComfyUI refuses and fails as the real one was measured."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contract.comfy_rig import graph_of, in_history, jpeg, upload
from tests.fakes.comfy_server import ComfyServer


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ComfyServer]:
    made = ComfyServer(tmp_path / "comfy")
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def http(server: ComfyServer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, timeout=10) as client:
        yield client


def refused(kind: str, node: str = "", inner: str = "", details: str = "") -> dict[str, str]:
    return {"kind": kind, "node": node, "inner": inner, "details": details}


OUTER = "prompt_outputs_failed_validation"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"n1": {"image": "missing.jpg"}},
            refused(OUTER, "1", "custom_validation_failed", "image - Invalid image file: missing.jpg"),
        ),
        ({"n3": {"blur_radius": 99}}, refused(OUTER, "3", "value_bigger_than_max")),
        ({"n2": {"image": ["77", 0]}}, refused(OUTER, "2", "exception_during_inner_validation")),
    ],
)
async def test_refusals(changes: dict[str, Any], expected: dict[str, str], http: httpx.AsyncClient) -> None:
    await upload(http, "guest.jpg", jpeg())
    answer = await http.post("/prompt", json={"prompt": graph_of("guest.jpg", **changes)})
    body = answer.json()
    assert (answer.status_code, body["error"]["type"]) == (400, expected["kind"])
    error = body["node_errors"][expected["node"]]["errors"][0]
    assert error["type"] == expected["inner"]
    assert expected["details"] in error["details"]


async def test_other_refusals(http: httpx.AsyncClient) -> None:
    await upload(http, "guest.jpg", jpeg())
    unknown = {**graph_of("guest.jpg"), "2": {"class_type": "X", "inputs": {"image": ["1", 0]}}}
    answer = await http.post("/prompt", json={"prompt": unknown})
    error = answer.json()["error"]
    assert answer.status_code == 400
    assert (error["type"], error["message"], error["details"]) == (
        "invalid_prompt",
        "Cannot execute because node X does not exist.",
        "Node ID '#2'",
    )
    assert answer.json()["node_errors"] == {}
    lacking = {**graph_of("guest.jpg"), "2": {"class_type": "ImageInvert", "inputs": {}}}
    body = (await http.post("/prompt", json={"prompt": lacking})).json()
    assert body["node_errors"]["2"]["errors"][0]["type"] == "required_input_missing"
    listed = graph_of("guest.jpg", "painting", n4={"ckpt_name": "none"})
    body = (await http.post("/prompt", json={"prompt": listed})).json()
    assert body["node_errors"]["4"]["errors"][0]["type"] == "value_not_in_list"
    nothing_stored = {node: body for node, body in graph_of("guest.jpg").items() if node != "9"}
    body = (await http.post("/prompt", json={"prompt": nothing_stored})).json()
    assert body["error"]["type"] == "prompt_no_outputs"
    assert (await http.post("/prompt", json={})).json()["error"]["type"] == "no_prompt"
    broken = await http.post("/prompt", content=b'{"prompt": ')
    assert broken.status_code == 500
    assert broken.text.startswith("500")


async def test_failed_runs(server: ComfyServer, http: httpx.AsyncClient) -> None:
    await upload(http, "broken.jpg", b"no picture at all")
    await http.post("/prompt", json={"prompt": graph_of("broken.jpg"), "prompt_id": "broken"})
    entry = await in_history(http, "broken")
    event, data = entry["status"]["messages"][-1]
    assert (event, data["exception_type"]) == ("execution_error", "PIL.UnidentifiedImageError")
    assert {"node_id", "node_type", "executed", "exception_message", "traceback", "current_inputs"} <= set(
        data
    )
    await upload(http, "guest.jpg", jpeg())
    server.faults.out_of_memory = ["gpu", "cpu"]
    for name in ("gpu", "cpu", "good"):
        await http.post("/prompt", json={"prompt": graph_of("guest.jpg"), "prompt_id": name})
    gpu, cpu = [(await in_history(http, name))["status"]["messages"][-1][1] for name in ("gpu", "cpu")]
    assert gpu["exception_type"] == "torch.OutOfMemoryError"
    assert gpu["exception_message"].startswith("Allocation on device")
    assert "This error means you ran out of memory on your GPU" in gpu["exception_message"]
    assert cpu["exception_type"] == "RuntimeError"
    assert "DefaultCPUAllocator: can't allocate memory" in cpu["exception_message"]
    assert (await in_history(http, "good"))["status"]["completed"] is True
