"""The whole flow with S3 and two workers as separate programs; a database that restarts; a busy web."""

import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from ulid import ULID

from app.adapters.embedded.valkey import EmbeddedValkey
from app.db import migrate
from tests.fakes import s3_server as s3
from tests.fakes import servers
from tests.fakes import stack as stacks
from tests.fakes.board_client import cookie_of, screen
from tests.fakes.stack import OPERATOR, Stack, finished, first_event, picture, post_job, register, wait_for
from tests.faults.rig import rig as make_rig

pytestmark = pytest.mark.faults


@pytest.fixture
def on_s3(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[Stack]:
    """An installation whose bytes lie in S3."""
    with (
        s3.s3_server(tmp_path / "s3") as server,
        stacks.stack(
            database_url,
            redis_url,
            S3_ENDPOINT=server.endpoint_url,
            S3_ACCESS_KEY_ID=server.access_key,
            S3_SECRET_ACCESS_KEY=server.secret_key,
            S3_BUCKET=server.bucket,
            S3_FORCE_PATH_STYLE="true",
            RESULT_BASE_URL="https://pictures.example",
        ) as stack,
    ):
        yield stack


def test_the_whole_flow_on_separate_machines(on_s3: Stack, tmp_path: Path) -> None:
    on_s3.web()
    on_s3.worker()
    on_s3.worker()
    operator = on_s3.client()
    event_id = first_event(operator)
    guest = register(operator, event_id)
    body = {"sessionId": guest["sessionId"], "eventId": event_id, "mode": "style", "styleId": "pencil"}
    assert operator.post("/booth/booth-1/active-session", json=body).status_code == 200
    token = on_s3.command("booth", "token", "booth-1").split()[-1]
    image, now = picture(seed=5), datetime.now(UTC).isoformat()
    shot = httpx.post(
        f"{on_s3.url}/api/v1/booth/booth-1/shots",
        headers={"Authorization": f"Bearer {token}"},
        data={
            "shotId": str(ULID()),
            "fileName": "DSC_1.JPG",
            "sha256": sha256(image).hexdigest(),
            "appearedAt": now,
            "appearedEarliest": now,
            "appearedLatest": now,
        },
        files={"file": ("DSC_1.JPG", image, "image/jpeg")},
        timeout=30,
    ).json()
    posted = [post_job(operator, guest, event_id, picture(seed=n)).json()["jobId"] for n in range(2)]

    jobs = [finished(operator, job_id) for job_id in (shot["jobId"], *posted)]

    assert [job["status"] for job in jobs] == ["succeeded"] * 3
    link = operator.get(f"/jobs/{shot['jobId']}/download")
    assert link.status_code == 302
    assert "X-Amz-Signature" in link.headers["location"]
    download = httpx.get(link.headers["location"])
    assert (download.status_code, download.content[:2]) == (200, b"\xff\xd8")
    assert httpx.get(link.headers["location"].partition("?")[0]).status_code >= 400
    public = tmp_path / "s3" / s3.BUCKET / "r" / guest["token"]
    page = (public / "index.html").read_text()
    assert all(f"{job['jobId']}.jpg" in page and (public / f"{job['jobId']}.jpg").exists() for job in jobs)
    assert not list((on_s3.folder / "data").glob("objects/events"))


def test_the_database_restarts_under_load(tmp_path: Path, own_valkey: EmbeddedValkey) -> None:
    with servers.postgres() as postgres:
        migrate.upgrade(postgres.database_url)
        with (
            stacks.stack(postgres.database_url, own_valkey.redis_url) as stack,
            make_rig(stack, postgres) as rig,
        ):
            rig.provider.seconds = 1
            rig.worker()
            cookie = cookie_of(stack, "operator", OPERATOR)
            with screen(stack, "/ws/board", Cookie=cookie) as board:
                jobs = [rig.post() for _ in range(4)]
                for _ in range(2):
                    wait_for(lambda: rig.provider.polls.total() > 3, 20)
                    postgres.stop()
                    postgres.start(subprocess.DEVNULL)
                    jobs.append(rig.post())
                ended = [finished(rig.operator, job_id, 60) for job_id in jobs]
                assert [job["status"] for job in ended] == ["succeeded"] * len(jobs)
                assert {rig.provider.submits[job_id] for job_id in jobs} == {1}
                for job_id in jobs:
                    board.until("job", job_id, 15, status="succeeded")
                assert board.close_code is None


def test_a_busy_web_goes_on_answering(stack: Stack) -> None:
    stack.web()
    operator = stack.client()
    event_id = first_event(operator)
    guest = register(operator, event_id)
    idle_until = time.monotonic() + 2
    idle = _longest_gap(stack, lambda: wait_for(lambda: time.monotonic() > idle_until))

    def load() -> None:
        large = picture(4000, 3000, quality=92)
        threads = [threading.Thread(target=_sign_in, args=(stack,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        assert post_job(operator, guest, event_id, large).status_code == 202
        for thread in threads:
            thread.join(30)

    busy = _longest_gap(stack, load)
    print(f"longest gap between answers: idle {idle * 1000:.0f} ms, busy {busy * 1000:.0f} ms")
    assert busy < max(1.0, idle * 20)


def _sign_in(stack: Stack) -> None:
    httpx.post(
        f"{stack.url}/api/v1/auth/login", json={"username": "operator", "password": OPERATOR}, timeout=30
    )


def _longest_gap(stack: Stack, work: object) -> float:
    """The longest time between two answers of /health/live while `work` is done, in seconds."""
    done = threading.Event()
    answers: list[float] = [time.monotonic()]

    def ask() -> None:
        with httpx.Client(timeout=20) as client:
            while not done.is_set():
                assert client.get(f"{stack.url}/health/live").status_code == 200
                answers.append(time.monotonic())
                done.wait(0.01)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        work()  # type: ignore[operator]
    finally:
        done.set()
        asking.join(30)
    return max(later - earlier for earlier, later in pairwise(answers))
