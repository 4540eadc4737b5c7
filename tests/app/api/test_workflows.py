"""Workflows installed by an administrator: checked in words, run by workers, shown to nobody else."""

import json
import secrets
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from app.adapters.embedded.valkey import EmbeddedValkey
from tests.app.api.conftest import Place, new_place, refused
from tests.contract.comfy_rig import workflow_file
from tests.fakes import servers
from tests.fakes import stack as stacks
from tests.fakes.comfy_server import ComfyServer
from tests.fakes.comfy_thread import comfy_in_a_thread
from tests.fakes.stack import Stack, finished, picture, post_job, register


@pytest.fixture(scope="module")
def comfy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComfyServer]:
    with comfy_in_a_thread(tmp_path_factory.mktemp("comfy")) as apart:
        yield apart.server


@pytest.fixture(scope="module")
def comfy_stack(
    databases: servers.Databases, migrated_template: str, valkey_server: EmbeddedValkey, comfy: ComfyServer
) -> Iterator[Stack]:
    url = f"{valkey_server.redis_url.rsplit('/', 1)[0]}/3"
    with (
        databases.fresh(template=migrated_template) as database,
        stacks.stack(database, url, COMFY_API_BASE_URL=comfy.url) as made,
    ):
        made.web()
        made.worker()
        yield made


@pytest.fixture(scope="module")
def admin(comfy_stack: Stack) -> httpx.Client:
    return comfy_stack.admin()


def new_style(admin: httpx.Client, **params: object) -> str:
    style_id = f"style-{secrets.token_hex(4)}"
    names = {"en": "Style", "id": "Gaya"}
    made = admin.post("/styles", json={"id": style_id, "name": names, "provider": "comfy", "params": params})
    assert made.status_code == 201, made.text
    return style_id


def install(client: httpx.Client, style_id: str, document: object) -> httpx.Response:
    return client.post(f"/styles/{style_id}/workflow", json=document)


def test_a_style_from_file_to_picture(admin: httpx.Client, comfy_stack: Stack, comfy: ComfyServer) -> None:
    style_id = new_style(admin, prompt="a king", strength=0.5)
    answer = install(admin, style_id, workflow_file("painting"))
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert shown == admin.get(f"/styles/{style_id}/workflow").json()
    assert (shown["styleId"], shown["nodes"], shown["output"]) == (style_id, 8, "9")
    assert shown["inputs"] == {
        "image": ["1.image"],
        "prompt": ["6.text"],
        "seed": ["3.seed"],
        "steps": ["3.steps"],
        "strength": ["3.denoise"],
    }
    assert (comfy_stack.folder / "data" / "objects" / shown["workflow"]).is_file()
    operator = comfy_stack.client()
    place: Place = new_place(admin)
    guest = register(operator, place.event_id)
    posted = post_job(operator, guest, place.event_id, picture(900, 600), styleId=style_id, seed="5")
    job = finished(operator, posted.json()["jobId"])
    assert job["status"] == "succeeded", job
    content = httpx.get(job["outputUrl"]).content
    with Image.open(BytesIO(content)) as result:
        assert result.size == (900, 600)
    assert b"KSampler" not in content
    graph = comfy.prompts[-1]["prompt"]
    assert (graph["6"]["inputs"]["text"], graph["3"]["inputs"]["seed"]) == ("a king", 5)


def test_a_plain_export_says_itself_what_it_can(admin: httpx.Client) -> None:
    style_id = new_style(admin)
    shown = install(admin, style_id, workflow_file("negative")["workflow"]).json()
    assert (shown["output"], shown["inputs"]) == ("9", {"image": ["1.image"]})


def changed(name: str = "painting", **nodes: dict[str, Any]) -> dict[str, Any]:
    document = json.loads(json.dumps(workflow_file(name)))
    for node, inputs in nodes.items():
        document["workflow"][node[1:]]["inputs"].update(inputs)
    return dict(document)


@pytest.mark.parametrize(
    ("document", "code", "words"),
    [
        (changed(n4={"ckpt_name": "my.safetensors"}), "VALUE_UNKNOWN", "painter.safetensors, sketcher"),
        (changed(n3={"steps": 0}), "VALUE_TOO_SMALL", "“Sampler” (node 3): “steps” is 0, the smallest"),
        (
            changed(n3={"vae": ["4", 2], "model": ["4", 1]}),
            "LINK_WRONG",
            "needs MODEL and is connected to CLIP",
        ),
        ({"nodes": [], "links": []}, "EDITOR_FORMAT", "Export (API)"),
    ],
)
def test_what_is_no_workflow_here(
    document: dict[str, Any], code: str, words: str, admin: httpx.Client
) -> None:
    style_id = new_style(admin)
    body = refused(install(admin, style_id, document), 422, "WORKFLOW_INVALID")
    problems = body["problems"]
    assert isinstance(problems, list)
    assert problems[0]["code"] == code
    assert words in problems[0]["message"]
    refused(admin.get(f"/styles/{style_id}/workflow"), 404, "WORKFLOW_NOT_FOUND")


def test_the_styles_own_values_are_checked_too(admin: httpx.Client) -> None:
    style_id = new_style(admin, strength=7)
    body = refused(install(admin, style_id, workflow_file("painting")), 422, "WORKFLOW_INVALID")
    assert "“denoise” is 7.0, the largest allowed is 1.0" in str(body["detail"])


def test_a_style_that_comfy_makes_when_another_cannot(admin: httpx.Client, comfy_stack: Stack) -> None:
    style_id = f"style-{secrets.token_hex(4)}"
    names = {"en": "Style", "id": "Gaya"}
    chain = [{"provider": "comfy", "params": {"strength": 7}}]
    new = {"id": style_id, "name": names, "provider": "local", "chain": chain}
    assert admin.post("/styles", json=new).status_code == 201
    body = refused(install(admin, style_id, workflow_file("painting")), 422, "WORKFLOW_INVALID")
    assert "“denoise” is 7.0" in str(body["detail"])
    fitting = {"chain": [{"provider": "comfy", "params": {"strength": 0.7}}]}
    assert admin.patch(f"/styles/{style_id}", json=fitting).status_code == 200
    assert install(admin, style_id, workflow_file("painting")).status_code == 200
    operator, place = comfy_stack.client(), new_place(admin)
    guest = register(operator, place.event_id)
    # There is no local style of this id, so the next in the chain makes it.
    posted = post_job(operator, guest, place.event_id, picture(300, 200), styleId=style_id)
    job = finished(operator, posted.json()["jobId"])
    assert job["status"] == "succeeded", job


def test_a_workflow_is_installed_and_not_named(admin: httpx.Client, comfy_stack: Stack) -> None:
    style_id = new_style(admin)
    key = install(admin, style_id, workflow_file("negative")).json()["workflow"]
    stolen = {"params": {"workflow": "events/1/input.jpg"}}
    refused(admin.patch(f"/styles/{style_id}", json=stolen), 422, "WORKFLOW_BY_INSTALLING")
    names = {"en": "S", "id": "S"}
    new = {"id": "stolen", "name": names, "provider": "comfy", **stolen}
    refused(admin.post("/styles", json=new), 422, "WORKFLOW_BY_INSTALLING")
    assert admin.patch(f"/styles/{style_id}", json={"params": {"softness": 2}}).status_code == 200
    assert admin.get(f"/styles/{style_id}/workflow").json()["workflow"] == key
    assert admin.delete(f"/styles/{style_id}/workflow").status_code == 204
    refused(admin.get(f"/styles/{style_id}/workflow"), 404, "WORKFLOW_NOT_FOUND")
    operator = comfy_stack.client()
    refused(install(operator, style_id, workflow_file("negative")), 403, "ROLE_TOO_LOW")
    refused(operator.get(f"/styles/{style_id}/workflow"), 403, "ROLE_TOO_LOW")
    refused(operator.delete(f"/styles/{style_id}/workflow"), 403, "ROLE_TOO_LOW")
    refused(install(admin, "nowhere", workflow_file("negative")), 404, "STYLE_NOT_FOUND")
    refused(admin.delete("/styles/nowhere/workflow"), 404, "STYLE_NOT_FOUND")
    refused(install(admin, style_id, [1]), 422, "REQUEST_INVALID")


def test_a_style_without_its_workflow_fails_at_once(admin: httpx.Client, comfy_stack: Stack) -> None:
    operator, place = comfy_stack.client(), new_place(admin)
    guest = register(operator, place.event_id)
    style_id = new_style(admin)
    posted = post_job(operator, guest, place.event_id, picture(300, 200), styleId=style_id)
    job = finished(operator, posted.json()["jobId"])
    assert (job["status"], job["error"]["code"]) == ("failed", "STYLE_UNKNOWN")


def test_comfy_away_or_not_set_up(
    admin: httpx.Client, comfy: ComfyServer, boss: httpx.Client, tmp_path: Path
) -> None:
    style_id = new_style(admin)
    comfy.faults.status = 500
    try:
        refused(install(admin, style_id, workflow_file("negative")), 503, "COMFY_ERROR")
    finally:
        comfy.faults.status = 0
    refused(install(boss, "pencil", workflow_file("negative")), 409, "COMFY_NOT_SET_UP")
