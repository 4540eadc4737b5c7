"""A guest's picture made by kie.ai through the whole product: web, worker, and kie's own ledger."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from app.adapters.embedded import process
from app.adapters.embedded.postgres import EmbeddedPostgres
from tests.fakes.kie_server import Callback, KieServer, Trouble, kie_server
from tests.fakes.stack import Stack, finished, first_event, picture, post_job, register, wait_for

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


@pytest.fixture
def waits_for(kie_stack: Stack, postgres_server: EmbeddedPostgres) -> Callable[[str], str]:
    """Why a job does not move right now."""
    name = kie_stack.environment["DATABASE_URL"].rsplit("/", 1)[1].partition("?")[0]
    question = "SELECT coalesce(wait->>'code', '') FROM jobs WHERE id = '{}'"
    return lambda job_id: postgres_server.query(question.format(job_id), name).strip()


def posted(stack: Stack) -> tuple[httpx.Client, str]:
    """A job in the style of kie's."""
    made = stack.admin().post("/styles", json=STYLE)
    assert made.status_code == 201, made.text
    client = stack.client()
    return client, post(client)


def post(client: httpx.Client) -> str:
    """A guest's picture in the style of kie's; its job."""
    event_id = first_event(client)
    answer = post_job(client, register(client, event_id), event_id, styleId="figurine")
    assert answer.status_code == 202, answer.text
    return str(answer.json()["jobId"])


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


def test_a_callback_wakes_the_job_that_waits(
    kie_stack: Stack, kie_ai: KieServer, waits_for: Callable[[str], str]
) -> None:
    """kie is asked every 20 s about a task this old; the callback brings its picture at once."""
    kie_ai.older_by, kie_ai.stuck = 600.0, True
    kie_stack.web()
    kie_stack.worker()
    client, job_id = posted(kie_stack)
    wait_for(lambda: waits_for(job_id) == "provider", 60)
    ended_at = time.monotonic()
    kie_ai.finish()
    job = finished(client, job_id)
    assert job["status"] == "succeeded", job
    assert time.monotonic() - ended_at < 15
    assert [status for _, status in kie_ai.callbacks] == [202]
    assert len(kie_ai.tasks) == 1


@pytest.mark.parametrize("callback", ["early", "twice", "forged", "none"])
def test_callbacks_as_they_may_come(kie_stack: Stack, kie_ai: KieServer, callback: Callback) -> None:
    kie_ai.callback = callback
    kie_stack.web()
    kie_stack.worker()
    client, job_id = posted(kie_stack)
    job = finished(client, job_id)
    assert job["status"] == "succeeded", job
    assert len(kie_ai.tasks) == 1
    wanted = {"early": [202], "twice": [202, 202], "forged": [401], "none": []}[callback]
    wait_for(lambda: [status for _, status in kie_ai.callbacks] == wanted)


def test_a_lost_answer_waits_for_a_person_and_is_found_by_its_callback(
    kie_stack: Stack, kie_ai: KieServer, waits_for: Callable[[str], str]
) -> None:
    """The task was taken and paid; nobody pays again, and the callback tells whose it is."""
    kie_ai.trouble("/createTask", Trouble("accept", cut=True))
    kie_stack.web()
    kie_stack.worker()
    client, job_id = posted(kie_stack)
    wait_for(lambda: waits_for(job_id) == "outcome", 60)
    assert len(kie_ai.tasks) == 1
    kie_ai.finish()
    job = finished(client, job_id)
    assert job["status"] == "succeeded", job
    assert len(kie_ai.tasks) == 1
    assert [status for _, status in kie_ai.callbacks] == [202]
    assert job["providerRequestId"] in kie_ai.tasks


def test_a_person_says_which_task_it_was_and_nothing_is_paid_again(
    kie_stack: Stack, kie_ai: KieServer, waits_for: Callable[[str], str]
) -> None:
    """A mistyped id once made the job ask, and pay, for a second task: the id is looked up first."""
    kie_ai.callback = "none"
    del kie_stack.environment["CALLBACK_BASE_URL"]
    kie_stack.web()
    kie_stack.worker()
    other, first_id = posted(kie_stack)
    assert finished(other, first_id)["status"] == "succeeded"
    ((others_task, _),) = kie_ai.tasks.items()

    kie_ai.trouble("/createTask", Trouble("accept", cut=True))
    job_id = post(other)
    wait_for(lambda: waits_for(job_id) == "outcome", 60)
    boss = kie_stack.admin()
    for task_id, code in (("a-typing-mistake", "TASK_UNKNOWN"), (others_task, "TASK_OF_ANOTHER")):
        told = boss.post(f"/jobs/{job_id}/resolve", json={"reason": "seen in its log", "taskId": task_id})
        assert (told.status_code, told.json()["code"], told.json()["field"]) == (422, code, "taskId")
    assert waits_for(job_id) == "outcome"

    (ours,) = kie_ai.tasks.keys() - {others_task}
    told = boss.post(f"/jobs/{job_id}/resolve", json={"reason": "seen in its log", "taskId": ours})
    assert told.status_code == 204, told.text
    job = finished(other, job_id)
    assert (job["status"], job["providerRequestId"]) == ("succeeded", ours), json.dumps(job)
    assert len(kie_ai.tasks) == 2

    def credits() -> float | None:
        (part,) = (one for one in boss.get("/house").json()["parts"] if one["id"] == "kie")
        return part["credits"] if part["creditsAt"] else None

    assert wait_for(credits, 60) <= 1000, "a worker reads them by itself"


def test_what_kie_would_refuse_is_refused_when_the_style_is_saved(
    kie_stack: Stack, kie_ai: KieServer
) -> None:
    kie_stack.web()
    boss = kie_stack.admin()
    good = dict(STYLE["params"])  # type: ignore[call-overload]  # a dict
    wrong: list[tuple[dict[str, object], str, str, str]] = [
        ({"model": "nano-banana-9"}, "STYLE_MODEL_UNKNOWN", "params.model", "seedream/4.5-edit"),
        ({"guidance": 7}, "STYLE_PARAM_UNKNOWN", "params.guidance", "quality"),
        ({"quality": "best"}, "STYLE_PARAM_INVALID", "params.quality", "basic, high"),
        ({"quality": 3}, "STYLE_PARAM_INVALID", "params.quality", "basic, high"),
        ({"prompt": "x" * 3001}, "STYLE_PROMPT_INVALID", "params.prompt", "3000"),
        ({"prompt": None}, "STYLE_PROMPT_INVALID", "params.prompt", "3000"),
        ({"images": ["http://x/costume.png"]}, "STYLE_IMAGES_INVALID", "params.images", "https://"),
    ]
    for change, code, field, words in wrong:
        told = boss.post("/styles", json={**STYLE, "params": {**good, **change}})
        assert (told.status_code, told.json()["code"], told.json()["field"]) == (422, code, field)
        assert words in told.json()["detail"]

    assert boss.post("/styles", json=STYLE).status_code == 201
    shape = {"model": "gpt-image-2-image-to-image", "prompt": "x", "aspect_ratio": "1:1", "resolution": "4K"}
    told = boss.patch("/styles/figurine", json={"params": shape})
    assert (told.status_code, told.json()["field"], told.json()["allowed"]) == (
        422,
        "params.resolution",
        "1K, 2K",
    )
    chain = [{"original": True}, {"provider": "kie", "params": {**good, "quality": "best"}}]
    told = boss.patch("/styles/figurine", json={"chain": chain})
    assert (told.status_code, told.json()["field"]) == (422, "chain.1.params.quality")
    assert boss.patch("/styles/figurine", json={"params": {**good, "quality": "high"}}).status_code == 200
    assert boss.patch("/styles/figurine", json={"enabled": False}).status_code == 200
    assert not kie_ai.asked


def test_a_worker_that_is_killed_while_kie_answers_pays_once(kie_stack: Stack, kie_ai: KieServer) -> None:
    kie_ai.trouble("/createTask", Trouble("accept"))
    kie_stack.web()
    worker = kie_stack.worker()
    client, job_id = posted(kie_stack)
    wait_for(lambda: kie_ai.tasks, 60)
    process.kill_group(worker)
    worker.wait(10)
    kie_ai.finish()
    kie_stack.worker()
    job = finished(client, job_id, 90)
    assert job["status"] == "succeeded", job
    assert len(kie_ai.tasks) == 1


def test_a_worker_that_slept_through_its_lease_pays_nothing_any_more(
    kie_stack: Stack, kie_ai: KieServer, waits_for: Callable[[str], str]
) -> None:
    """It falls asleep in the upload; a person looks at kie.ai, sees no task, and another worker makes one."""
    kie_ai.uploads_answered.clear()
    kie_stack.web()
    sleeper = kie_stack.worker()
    client, job_id = posted(kie_stack)
    wait_for(lambda: kie_ai.asked["file-stream-upload"], 60)
    os.kill(sleeper.pid, signal.SIGSTOP)
    kie_ai.uploads_answered.set()
    kie_stack.worker()
    wait_for(lambda: waits_for(job_id) == "outcome", 60)
    told = kie_stack.admin().post(f"/jobs/{job_id}/resolve", json={"reason": "not there", "taskId": None})
    assert told.status_code == 204, told.text
    assert finished(client, job_id)["status"] == "succeeded"
    lost = kie_stack.log("tasks").count('"lease_lost"')
    os.kill(sleeper.pid, signal.SIGCONT)
    wait_for(lambda: kie_stack.log("tasks").count('"lease_lost"') > lost, 60)
    assert len(kie_ai.tasks) == 1
