"""The fake kie.ai says what kie.ai's pages show: a fake that is easier than the real one proves nothing."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest

from app.adapters.embedded import process
from tests.fakes.kie_server import KieServer, kie_server
from tests.fakes.stack import picture, wait_for

AGENT = {"User-Agent": "Mozilla/5.0 (compatible; test)"}
JPEG = picture(300, 200)
# One body per model, as the pages of kie.ai show them.
BODIES: list[tuple[str, str, dict[str, Any]]] = [
    ("google/nano-banana-edit", "image_urls", {"output_format": "png", "image_size": "1:1"}),
    ("nano-banana-pro", "image_input", {"aspect_ratio": "1:1", "resolution": "1K", "output_format": "png"}),
    ("nano-banana-2", "image_input", {"aspect_ratio": "auto", "resolution": "1K", "output_format": "jpg"}),
    ("seedream/4.5-edit", "image_urls", {"aspect_ratio": "1:1", "quality": "basic"}),
    ("flux-2/pro-image-to-image", "input_urls", {"aspect_ratio": "1:1", "resolution": "1K"}),
    ("flux-2/flex-image-to-image", "input_urls", {"aspect_ratio": "auto", "resolution": "2K"}),
    ("gpt-image/1.5-image-to-image", "input_urls", {"aspect_ratio": "3:2", "quality": "medium"}),
    ("gpt-image-2-image-to-image", "input_urls", {}),
]


@pytest.fixture
def kie_ai() -> Iterator[KieServer]:
    with kie_server(JPEG) as made:
        made.uploads["guest.jpg"] = JPEG
        yield made


@pytest.fixture
def client(kie_ai: KieServer) -> Iterator[httpx.Client]:
    headers = {**AGENT, "Authorization": f"Bearer {kie_ai.key}"}
    with httpx.Client(base_url=kie_ai.url, headers=headers, trust_env=False) as made:
        yield made


def body_for(kie_ai: KieServer, index: int = 0, **more: Any) -> dict[str, Any]:
    """A createTask that kie takes."""
    model, images, others = BODIES[index]
    given = {"prompt": "turn this photo into a figure", images: [f"{kie_ai.url}/uploads/guest.jpg"]}
    return {"model": model, "input": {**given, **others}, **more}


def create(client: httpx.Client, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post("/api/v1/jobs/createTask", json=body)
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def record(client: httpx.Client, task_id: str) -> dict[str, Any]:
    told: dict[str, Any] = client.get("/api/v1/jobs/recordInfo", params={"taskId": task_id}).json()
    return told


@pytest.mark.parametrize("index", range(len(BODIES)), ids=[body[0] for body in BODIES])
def test_create_by_every_model(kie_ai: KieServer, client: httpx.Client, index: int) -> None:
    before = kie_ai.credits
    told = create(client, body_for(kie_ai, index))
    assert told == {"code": 200, "msg": "success", "data": {"taskId": told["data"]["taskId"]}}
    assert kie_ai.tasks[told["data"]["taskId"]].pictures == [JPEG]
    assert kie_ai.credits < before


@pytest.mark.parametrize("index", range(len(BODIES)), ids=[body[0] for body in BODIES])
def test_create_is_strict(kie_ai: KieServer, client: httpx.Client, index: int) -> None:
    kie_ai.limit = 1000
    images = BODIES[index][1]
    wrong: list[dict[str, Any]] = []
    for name in body_for(kie_ai, index)["input"]:
        broken = body_for(kie_ai, index)
        broken["input"][name] = [] if name == images else ""
        wrong.append(broken)
    for name in ("prompt", images):
        broken = body_for(kie_ai, index)
        del broken["input"][name]
        wrong.append(broken)
    for other in {"image_urls", "image_input", "input_urls"} - {images}:
        broken = body_for(kie_ai, index)
        broken["input"][other] = broken["input"].pop(images)
        wrong.append(broken)
    wrong.append({**body_for(kie_ai, index), "callbackUrl": "https://a.example.org"})
    wrong.append({**body_for(kie_ai, index), "model": "nano-banana"})
    for body in wrong:
        assert create(client, body)["code"] == 422, body
    assert kie_ai.tasks == {}


def test_a_picture_that_cannot_be_fetched(kie_ai: KieServer, client: httpx.Client) -> None:
    kie_ai.uploads["page.html"] = b"<html>"
    for address in (f"{kie_ai.url}/nowhere", "http://127.0.0.1:9/a.jpg", f"{kie_ai.url}/uploads/page.html"):
        body = body_for(kie_ai)
        body["input"]["image_urls"] = [address]
        assert create(client, body)["code"] == 500
    assert kie_ai.tasks == {}


def test_the_key_and_the_gate(kie_ai: KieServer) -> None:
    refusal = {"code": 401, "msg": "You do not have access permissions"}
    with httpx.Client(base_url=kie_ai.url, trust_env=False) as stranger:
        for headers in (AGENT, {**AGENT, "Authorization": "Bearer wrong"}):
            assert stranger.get("/api/v1/chat/credit", headers=headers).json() == refusal
        stopped = stranger.get("/api/v1/chat/credit", headers={"Authorization": f"Bearer {kie_ai.key}"})
    assert (stopped.status_code, stopped.text) == (403, "error code: 1010")


def test_credits(kie_ai: KieServer, client: httpx.Client) -> None:
    kie_ai.credits = 98.5
    told = client.get("/api/v1/chat/credit").json()
    assert told == {"code": 200, "msg": "success", "data": 98.5}
    kie_ai.credits = 1.0
    assert create(client, body_for(kie_ai))["code"] == 402


def test_a_task_from_waiting_to_success(kie_ai: KieServer, client: httpx.Client) -> None:
    task_id = create(client, body_for(kie_ai))["data"]["taskId"]
    seen = []
    while not seen or seen[-1]["state"] != "success":
        told = record(client, task_id)
        assert (told["code"], told["msg"]) == (200, "success")
        seen.append(told["data"])
    fields = (
        "taskId model state param resultJson failCode failMsg costTime completeTime createTime updateTime"
    )
    assert seen[0].keys() == {*fields.split(), "creditsConsumed"}
    assert {data["state"] for data in seen} <= {"waiting", "queuing", "generating", "success"}
    assert all(not data["resultJson"] for data in seen[:-1])
    assert json.loads(seen[-1]["param"]) == body_for(kie_ai)
    (link,) = json.loads(seen[-1]["resultJson"])["resultUrls"]
    assert httpx.get(link, trust_env=False).content == JPEG
    assert seen[-1]["createTime"] > 1_600_000_000_000
    assert seen[-1]["creditsConsumed"] == 4


def test_a_failed_task_and_an_unknown_one(kie_ai: KieServer, client: httpx.Client) -> None:
    kie_ai.fails_with, kie_ai.polls_to_end = ("422", "prohibited content"), 1
    told = record(client, create(client, body_for(kie_ai))["data"]["taskId"])
    data = told["data"]
    assert (told["code"], data["state"], data["resultJson"]) == (200, "fail", None)
    assert (data["failCode"], data["failMsg"]) == ("422", "prohibited content")
    assert record(client, "unknown") == {"code": 422, "msg": "recordInfo is null"}


def test_over_the_limit_is_dropped(kie_ai: KieServer, client: httpx.Client) -> None:
    codes = [create(client, body_for(kie_ai))["code"] for _ in range(22)]
    assert codes == [200] * 20 + [429] * 2
    assert (len(kie_ai.tasks), kie_ai.dropped) == (20, 2)


def test_links_are_minted_for_our_own(kie_ai: KieServer, client: httpx.Client) -> None:
    def mint(url: str) -> dict[str, Any]:
        told: dict[str, Any] = client.post("/api/v1/common/download-url", json={"url": url}).json()
        return told

    kie_ai.links_dead = True
    dead = f"{kie_ai.url}/results/a.jpg"
    assert httpx.get(dead, trust_env=False).status_code == 403
    told = mint(dead)
    assert told["code"] == 200
    assert httpx.get(told["data"], trust_env=False).content == JPEG
    assert mint("https://elsewhere.example.org/a.jpg")["code"] == 422


@pytest.mark.parametrize("shape", ["downloadUrl", "fileUrl"])
def test_an_upload(kie_ai: KieServer, client: httpx.Client, shape: Any) -> None:
    kie_ai.upload_shape = shape
    told = client.post(
        "/api/file-stream-upload",
        data={"uploadPath": "images", "fileName": "a.jpg"},
        files={"file": ("a.jpg", JPEG, "image/jpeg")},
    ).json()
    assert (told["success"], told["code"]) == (True, 200)
    assert httpx.get(told["data"][shape], trust_env=False).content == JPEG
    assert not client.post("/api/file-stream-upload", files={"file": ("a.jpg", JPEG)}).json()["success"]


def is_signed(kie_ai: KieServer, task_id: str, headers: dict[str, str]) -> bool:
    """base64(HMAC-SHA256(key, task id + "." + timestamp)), as the page about webhooks has it."""
    signed = f"{task_id}.{headers['X-Webhook-Timestamp']}".encode()
    mac = hmac.new(kie_ai.webhook_key.encode(), signed, hashlib.sha256).digest()
    return headers["X-Webhook-Signature"] == base64.b64encode(mac).decode()


@contextmanager
def listening() -> Iterator[tuple[str, list[tuple[dict[str, str], dict[str, Any]]]]]:
    """Somebody who is called back: the address, and what came."""
    heard: list[tuple[dict[str, str], dict[str, Any]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            heard.append((dict(self.headers), body))
            self.send_response(202)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # silence
            return

    with HTTPServer(("127.0.0.1", process.free_port()), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/heard", heard
        server.shutdown()
        thread.join(10)


@pytest.mark.parametrize(
    ("fails", "code", "words"),
    [(False, 200, "Playground task completed successfully."), (True, 501, "Playground task failed.")],
)
def test_a_callback_is_signed_over_task_and_time(
    kie_ai: KieServer, client: httpx.Client, fails: bool, code: int, words: str
) -> None:
    kie_ai.polls_to_end = 1
    kie_ai.fails_with = ("500", "Internal Error, Please try again later.") if fails else None
    with listening() as (url, heard):
        task_id = create(client, body_for(kie_ai, callBackUrl=url))["data"]["taskId"]
        shown = record(client, task_id)["data"]
        wait_for(lambda: heard, 10)
    ((headers, body),) = heard
    assert body == {"code": code, "msg": words, "data": shown}
    assert is_signed(kie_ai, task_id, headers)


@pytest.mark.parametrize(("callback", "times"), [("early", 1), ("twice", 2), ("none", 0), ("forged", 1)])
def test_callbacks_as_they_may_come(
    kie_ai: KieServer, client: httpx.Client, callback: Any, times: int
) -> None:
    kie_ai.callback, kie_ai.polls_to_end = callback, 1
    with listening() as (url, heard):
        task_id = create(client, body_for(kie_ai, callBackUrl=url))["data"]["taskId"]
        assert len(heard) == (1 if callback == "early" else 0)
        assert record(client, task_id)["data"]["state"] == "success"
        wait_for(lambda: len(heard) == times, 10)
    assert all(is_signed(kie_ai, task_id, headers) == (callback != "forged") for headers, _ in heard)
