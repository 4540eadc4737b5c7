"""Storage that refuses for twenty seconds: jobs wait and say why, then go on; nothing is paid again."""

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from app.adapters.embedded.postgres import EmbeddedPostgres
from tests.fakes import s3_server as s3
from tests.fakes import stack as stacks
from tests.fakes.s3_server import S3Server
from tests.fakes.stack import finished, wait_for
from tests.faults.rig import Rig
from tests.faults.rig import rig as make_rig

pytestmark = pytest.mark.faults

OUTAGE_SECONDS = 20.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[S3Server]:
    """An S3 that this test may kill."""
    with s3.s3_server(tmp_path / "s3") as made:
        yield made


@pytest.fixture
def on_s3(
    database_url: str, redis_url: str, postgres_server: EmbeddedPostgres, server: S3Server
) -> Iterator[Rig]:
    """A rig whose bytes lie in that S3."""
    bucket = {
        "S3_ENDPOINT": server.endpoint_url,
        "S3_ACCESS_KEY_ID": server.access_key,
        "S3_SECRET_ACCESS_KEY": server.secret_key,
        "S3_BUCKET": server.bucket,
        "S3_FORCE_PATH_STYLE": "true",
    }
    with (
        stacks.stack(database_url, redis_url, **bucket) as stack,
        make_rig(stack, postgres_server) as made,
    ):
        yield made


def test_storage_refuses_for_twenty_seconds(on_s3: Rig, server: S3Server, tmp_path: Path) -> None:
    """It worked well until then: its breaker's good name must not cost the jobs their tries."""
    on_s3.worker()
    for job_id in [on_s3.post() for _ in range(6)]:
        assert finished(on_s3.operator, job_id)["status"] == "succeeded"
    on_s3.provider.hang = True
    jobs = [on_s3.post() for _ in range(2)]
    wait_for(lambda: all(on_s3.provider.polls[job_id] for job_id in jobs), 30)
    server.kill()
    down_at = time.monotonic()
    on_s3.provider.hang = False
    said: set[tuple[str, str]] = set()

    def outage() -> bool:
        for job_id in jobs:
            job = on_s3.job(job_id)
            assert job["status"] in ("queued", "running"), job
            if why := job["waitReason"]:
                said.add((why["code"], why["because"]))
        return time.monotonic() - down_at > OUTAGE_SECONDS and bool(said)

    wait_for(outage, OUTAGE_SECONDS + 30, 0.2)
    with s3.s3_server(tmp_path / "s3", urlsplit(server.endpoint_url).port):
        ended = [finished(on_s3.operator, job_id, 90) for job_id in jobs]

    assert said <= {("breaker", "storage"), ("queue", "")}
    assert [job["status"] for job in ended] == ["succeeded"] * len(jobs)
    assert {on_s3.provider.submits[job_id] for job_id in jobs} == {1}
