"""Workers take away what is over while storage is away and one of them is killed: nothing is lost or left."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from app.adapters.embedded.postgres import EmbeddedPostgres
from tests.fakes import s3_server as s3
from tests.fakes import stack as stacks
from tests.fakes.s3_server import S3Server
from tests.fakes.stack import Stack, finished, first_event, picture, post_job, register, wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]
OLD = "clock_timestamp() - interval '31 days'"


@contextmanager
def _house(database_url: str, redis_url: str, server: S3Server) -> Iterator[Stack]:
    environment = {
        "S3_ENDPOINT": server.endpoint_url,
        "S3_ACCESS_KEY_ID": server.access_key,
        "S3_SECRET_ACCESS_KEY": server.secret_key,
        "S3_BUCKET": server.bucket,
        "S3_FORCE_PATH_STYLE": "true",
        "RESULT_BASE_URL": "https://pictures.example",
    }
    with stacks.stack(database_url, redis_url, **environment) as house:
        house.web()
        yield house


def _made(api: httpx.Client, name: str) -> tuple[dict[str, str], str]:
    """A guest with a finished picture."""
    guest = register(api, first_event(api), name)
    job_id = post_job(api, guest, first_event(api), picture(300, 400)).json()["jobId"]
    assert finished(api, job_id)["status"] == "succeeded"
    return guest, job_id


def test_killed_and_without_storage_it_comes_to_its_end(
    database_url: str, redis_url: str, postgres_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    name = database_url.rsplit("/", 1)[1].partition("?")[0]

    def sql(statement: str) -> str:
        return postgres_server.query(statement, name)

    def stored() -> set[str]:
        return {str(path) for path in (tmp_path / s3.BUCKET).rglob("*") if path.is_file()}

    with s3.s3_server(tmp_path) as server, _house(database_url, redis_url, server) as house:
        worker, api = house.worker(), house.client()
        (old, photo), (_, theirs) = _made(api, "Dewi Anggraini"), _made(api, "Bima Sakti")
        house.stop(worker)
        visit = old["sessionId"]
        aged = f"created_at = {OLD}, updated_at = {OLD}"
        sql(f"UPDATE sessions SET {aged}, expires_at = {OLD} WHERE id = '{visit}'")
        sql(f"UPDATE jobs SET {aged} WHERE session_id = '{visit}'")
        before = stored()
        mine = {path for path in before if photo in path or old["token"] in path}
        assert len(mine) > 4

        server.kill()
        worker = house.worker()
        wait_for(lambda: sql(f"SELECT count(*) FROM jobs WHERE id = '{photo}'") == "0", 90)
        wait_for(lambda: "errand_not_done" in house.log("tasks"), 60)
        worker.kill()
        worker.wait(10)
        assert stored() == before
        over = api.get(f"/guest/{old['token']}/data")
        assert (over.status_code, over.json()["code"]) == (410, "LINK_EXPIRED")

        with s3.s3_server(tmp_path, urlsplit(server.endpoint_url).port):
            sql("UPDATE storage_errands SET due_at = clock_timestamp()")  # the dead worker's claim is over
            house.worker()
            wait_for(lambda: sql("SELECT count(*) FROM storage_errands") == "0", 90)
            assert stored() == before - mine
        told = sql("SELECT data FROM audit_log WHERE action = 'retention_deleted'")
        assert told == '{"files": 0, "guests": 1, "photos": 1, "pictures": 1}'
        shown = api.get("/gallery", params={"eventId": first_event(api)}).json()["items"]
        assert [one["id"] for one in shown] == [theirs]
