"""The fake ComfyUI behaves as the real one was measured: bodies, order of messages, traps."""

import asyncio
import json
import struct
from collections.abc import AsyncIterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError

from tests.contract.comfy_rig import graph_of, in_history, jpeg, until, upload
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


def address(server: ComfyServer, client: str) -> str:
    return f"ws://127.0.0.1:{server.port}/ws?clientId={client}"


async def heard(socket: ClientConnection, until_type: str = "executing", node: object = None) -> list[Any]:
    """Messages until the run is over: (type, data), and frames as bytes."""
    found: list[Any] = []
    async with asyncio.timeout(20):
        while True:
            message = await socket.recv()
            if isinstance(message, bytes):
                found.append(message)
                continue
            told = json.loads(message)
            found.append((told["type"], told["data"]))
            if told["type"] == until_type and told["data"].get("node", 0) == node:
                return found


async def test_what_it_says_of_itself(http: httpx.AsyncClient) -> None:
    stats = (await http.get("/system_stats")).json()
    assert {"ram_total", "ram_free", "comfyui_version", "argv"} <= set(stats["system"])
    assert {"name", "type", "vram_total", "vram_free"} <= set(stats["devices"][0])
    features = (await http.get("/api/features")).json()
    assert features == {"supports_preview_metadata": True, "max_upload_size": 104857600}
    assert (await http.get("/object_info/Nothing")).json() == {}
    loader = (await http.get("/object_info/LoadImage")).json()["LoadImage"]
    assert loader["input"]["required"]["image"][1] == {"image_upload": True}
    assert (loader["output"], loader["output_node"]) == (["IMAGE", "MASK"], False)
    assert (await http.get("/object_info")).json()["SaveImage"]["output_node"] is True
    assert (await http.get("/prompt")).json() == {"exec_info": {"queue_remaining": 0}}


async def test_uploads_are_renamed_when_other_bytes_have_the_name(http: httpx.AsyncClient) -> None:
    first, second = jpeg(), jpeg(330)
    assert await upload(http, "guest.jpg", first) == {"name": "guest.jpg", "subfolder": "", "type": "input"}
    assert (await upload(http, "guest.jpg", first))["name"] == "guest.jpg"
    assert (await upload(http, "guest.jpg", second))["name"] == "guest (1).jpg"
    assert (await upload(http, "guest.jpg", second, overwrite="true"))["name"] == "guest.jpg"
    for given in ({"data": {"type": "input"}}, {"files": {"image": ("../guest.jpg", first)}}):
        answer = await http.post("/upload/image", **given)  # type: ignore[arg-type]
        assert (answer.status_code, answer.content) == (400, b"")


async def test_order_of_messages_and_what_is_stored(server: ComfyServer, http: httpx.AsyncClient) -> None:
    await upload(http, "guest.jpg", jpeg())
    async with connect(address(server, "me")) as mine, connect(address(server, "other")) as other:
        first = json.loads(await mine.recv())
        status = {"status": {"exec_info": {"queue_remaining": 0}}, "sid": "me"}
        assert first == {"type": "status", "data": status}
        body = {"prompt": graph_of("guest.jpg", "painting"), "client_id": "me", "prompt_id": "any-string"}
        answer = await http.post("/prompt", json=body)
        assert answer.json() == {"prompt_id": "any-string", "number": 1, "node_errors": {}}
        told = await heard(mine)
        kinds = [one[0] for one in told if isinstance(one, tuple)]
        assert kinds[:3] == ["status", "execution_start", "execution_cached"]
        assert kinds[-3:] == ["execution_success", "status", "executing"]
        steps = [data for kind, data in (one for one in told if isinstance(one, tuple)) if kind == "progress"]
        assert [(step["value"], step["max"]) for step in steps] == [(n, 8) for n in range(1, 9)]
        assert {step["prompt_id"] for step in steps} == {"any-string"}
        frames = [one for one in told if isinstance(one, bytes)]
        assert len(frames) == 8
        assert struct.unpack(">II", frames[0][:8]) == (1, 1)
        assert Image.open(BytesIO(frames[0][8:])).format == "JPEG"
        executed = [one[1] for one in told if one[0] == "executed"]
        assert [one["node"] for one in executed] == ["9"]
        assert json.loads(await other.recv())["data"]["sid"] == "other"
        async with asyncio.timeout(5):
            assert {json.loads(await other.recv())["type"] for _ in range(2)} == {"status"}
    entry = await in_history(http, "any-string")
    assert entry["status"]["status_str"] == "success"
    assert entry["status"]["completed"] is True
    assert [message[0] for message in entry["status"]["messages"]] == [
        *("execution_start", "execution_cached", "execution_success")
    ]
    assert entry["prompt"][1] == "any-string"
    image = entry["outputs"]["9"]["images"][0]
    assert image == {"filename": "ComfyUI_00001_.png", "subfolder": "", "type": "output"}
    png = await http.get("/view", params=image)
    assert png.headers["content-type"] == "image/png"
    assert "guest.jpg" in Image.open(BytesIO(png.content)).info["prompt"]
    assert (await http.get("/view", params={**image, "filename": "no.png"})).status_code == 404
    assert (await http.get("/view", params={**image, "filename": "../no.png"})).status_code == 400


async def test_success_is_told_before_there_is_history(server: ComfyServer, http: httpx.AsyncClient) -> None:
    server.faults.history_late = 0.2
    await upload(http, "guest.jpg", jpeg())
    async with connect(address(server, "me")) as socket:
        prompt = {"prompt": graph_of("guest.jpg"), "client_id": "me", "prompt_id": "p"}
        await http.post("/prompt", json=prompt)
        await heard(socket, "execution_success", 0)
        assert (await http.get("/history/p")).json() == {}
        await heard(socket)
        assert "p" in (await http.get("/history/p")).json()


async def test_an_id_posted_twice_runs_twice(server: ComfyServer, http: httpx.AsyncClient) -> None:
    await upload(http, "guest.jpg", jpeg())
    for _ in range(2):
        await http.post("/prompt", json={"prompt": graph_of("guest.jpg"), "prompt_id": "twice"})
    await until(lambda: server.runner.ran == ["twice", "twice"] and server.runner.remaining == 0)
    assert list(server.runner.history) == ["twice"]
    files = list((server.folder / "output").iterdir())
    assert [path.name for path in files] == ["ComfyUI_00001_.png"]  # the second came from the cache
    files[0].unlink()
    await http.post("/prompt", json={"prompt": graph_of("guest.jpg"), "prompt_id": "gone"})
    image = (await in_history(http, "gone"))["outputs"]["9"]["images"][0]
    assert (await http.get("/view", params=image)).status_code == 404


async def test_without_a_client_id_a_run_is_silent(server: ComfyServer, http: httpx.AsyncClient) -> None:
    await upload(http, "guest.jpg", jpeg())
    async with connect(address(server, "me")) as socket:
        await http.post("/prompt", json={"prompt": graph_of("guest.jpg"), "prompt_id": "p"})
        await in_history(http, "p")
        told = set()
        with suppress(TimeoutError):
            async with asyncio.timeout(0.3):
                while True:
                    told.add(json.loads(await socket.recv())["type"])
        assert told == {"status", "progress_state"}


async def test_a_socket_back_under_its_old_id_is_lost(server: ComfyServer, http: httpx.AsyncClient) -> None:
    await upload(http, "guest.jpg", jpeg())
    old = await connect(address(server, "me"))
    async with connect(address(server, "me")) as new:
        await new.recv()
        await old.close()
        await until(lambda: "me" not in server.sockets)
        await http.post(
            "/prompt", json={"prompt": graph_of("guest.jpg"), "client_id": "me", "prompt_id": "p"}
        )
        await in_history(http, "p")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await new.recv()


async def test_queue_delete_and_interrupt(server: ComfyServer, http: httpx.AsyncClient) -> None:
    server.faults.step_seconds = 0.05
    await upload(http, "guest.jpg", jpeg())
    for name in ("first", "second", "third"):
        body = {
            "prompt": graph_of("guest.jpg", "painting", n3={"seed": len(name), "steps": 200}),
            "prompt_id": name,
        }
        await http.post("/prompt", json=body)
    await until(lambda: server.runner.steps > 1)
    queue = (await http.get("/queue")).json()
    assert [item[1] for item in queue["queue_running"]] == ["first"]
    assert [item[1] for item in queue["queue_pending"]] == ["second", "third"]
    assert queue["queue_running"][0][4] == ["9"]
    assert (await http.post("/queue", json={"delete": ["second", "unknown"]})).status_code == 200
    assert (await http.post("/interrupt", json={"prompt_id": "third"})).status_code == 200
    assert server.runner.running is not None
    assert (await http.post("/interrupt", json={"prompt_id": "first"})).status_code == 200
    entry = await in_history(http, "first")
    assert (entry["status"]["status_str"], entry["status"]["completed"]) == ("error", False)
    assert entry["status"]["messages"][-1][0] == "execution_interrupted"
    await until(lambda: server.runner.running is not None and server.runner.running.prompt_id == "third")
    await http.post("/interrupt")
    await in_history(http, "third")
    assert (await http.get("/history/second")).json() == {}


async def test_a_kill_breaks_sockets_and_forgets(server: ComfyServer, http: httpx.AsyncClient) -> None:
    await upload(http, "guest.jpg", jpeg())
    await http.post("/prompt", json={"prompt": graph_of("guest.jpg"), "prompt_id": "p"})
    await in_history(http, "p")
    socket = await connect(address(server, "me"))
    await server.stop()
    await socket.recv()
    with pytest.raises(ConnectionClosedError):
        await socket.recv()
    with pytest.raises(httpx.TransportError):
        await http.get("/queue")
    await server.start()
    assert (await http.get("/history/p")).json() == {}


async def test_another_origin_is_refused(http: httpx.AsyncClient) -> None:
    foreign = await http.get("/queue", headers={"Origin": "http://elsewhere.example"})
    assert foreign.status_code == 403
    assert (await http.get("/queue", headers={"Origin": str(http.base_url).rstrip("/")})).status_code == 200
