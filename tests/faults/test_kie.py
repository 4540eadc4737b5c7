"""A guest's picture made by kie.ai through the whole product: web, worker, and kie's own ledger."""

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.fakes.kie_server import KieServer, Trouble, kie_server
from tests.fakes.stack import Stack, finished, first_event, picture, post_job, register

pytestmark = pytest.mark.faults

STYLE = {
    "id": "figurine",
    "name": {"en": "Figurine", "id": "Figurin"},
    "provider": "kie",
    "params": {"model": "seedream/4.5-edit", "prompt": "Turn the people into toy figures."},
}


@pytest.fixture
def kie_ai() -> Iterator[KieServer]:
    with kie_server(picture(600, 800, seed=3)) as made:
        yield made
        assert made.violations == []


@pytest.fixture
def kie_stack(stack: Stack, kie_ai: KieServer) -> Stack:
    """An installation with an account at kie.ai; nothing runs yet."""
    stack.environment |= {
        "KIE_API_KEY": kie_ai.key,
        "KIE_API_BASE_URL": kie_ai.url,
        "KIE_UPLOAD_BASE_URL": kie_ai.url,
        "KIE_WEBHOOK_KEY": kie_ai.webhook_key,
        "CALLBACK_BASE_URL": stack.url,
    }
    return stack


def posted(stack: Stack) -> tuple[httpx.Client, str]:
    """A job in the style of kie's."""
    made = stack.admin().post("/styles", json=STYLE)
    assert made.status_code == 201, made.text
    client = stack.client()
    event_id = first_event(client)
    answer = post_job(client, register(client, event_id), event_id, styleId="figurine")
    assert answer.status_code == 202, answer.text
    return client, str(answer.json()["jobId"])


def test_a_picture_made_and_paid_once(kie_stack: Stack, kie_ai: KieServer) -> None:
    kie_stack.web()
    kie_stack.worker()
    client, job_id = posted(kie_stack)
    job = finished(client, job_id)
    assert job["status"] == "succeeded", job
    ((task_id, task),) = kie_ai.tasks.items()
    assert task.body["input"]["aspect_ratio"] == "3:4"
    assert job["providerRequestId"] == task_id
    got = client.get(f"/jobs/{job_id}/download", follow_redirects=True)
    assert got.content.startswith(b"\xff\xd8\xff")
    logs = kie_stack.log("tasks") + kie_stack.log("console")
    for secret in (kie_ai.key, kie_ai.webhook_key, "/results/", "/uploads/"):
        assert secret not in logs


def test_a_refusal_is_told_in_words(kie_stack: Stack, kie_ai: KieServer) -> None:
    kie_ai.polls_to_end, kie_ai.fails_with = 1, ("422", "prohibited content")
    kie_stack.web()
    kie_stack.worker()
    client, job_id = posted(kie_stack)
    job = finished(client, job_id)
    assert (job["status"], job["error"]["code"]) == ("failed", "KIE_INVALID"), json.dumps(job)
    assert len(kie_ai.tasks) == 1


def test_troubles_on_the_way_pay_nothing_twice(kie_stack: Stack, kie_ai: KieServer) -> None:
    kie_ai.trouble("/file-stream-upload", Trouble("code", 500))
    kie_ai.trouble("/createTask", Trouble("page", status=503))
    kie_ai.trouble("/recordInfo", Trouble("page", status=502))
    kie_ai.links_dead = True
    kie_stack.web()
    kie_stack.worker()
    client, job_id = posted(kie_stack)
    job = finished(client, job_id, 120)
    assert job["status"] == "succeeded", job
    assert len(kie_ai.tasks) == 1
