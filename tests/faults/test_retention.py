"""Workers take away what is over while storage is away and one of them is killed: nothing is lost or left."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from app.adapters.embedded.postgres import EmbeddedPostgres
from tests.fakes import s3_server as s3
from tests.fakes import stack as stacks
from tests.fakes.stack import finished, first_event, picture, post_job, register, wait_for

pytestmark = pytest.mark.faults
OLD = "clock_timestamp() - interval '31 days'"


def test_killed_and_without_storage_it_comes_to_its_end(
    database_url: str, redis_url: str, postgres_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    name = database_url.rsplit("/", 1)[1].partition("?")[0]

    def sql(statement: str) -> str:
        return postgres_server.query(statement, name)

    with s3.s3_server(tmp_path / "s3") as server:
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
            worker, api, bucket = house.worker(), house.client(), tmp_path / "s3" / server.bucket
            guests = [register(api, first_event(api), who) for who in ("Dewi Anggraini", "Bima Sakti")]
            made = [
                post_job(api, guest, first_event(api), picture(300, 400)).json()["jobId"] for guest in guests
            ]
            assert [finished(api, job_id)["status"] for job_id in made] == ["succeeded"] * 2
            house.stop(worker)
            gone = guests[0]["sessionId"]
            sql(
                f"UPDATE sessions SET created_at = {OLD}, updated_at = {OLD}, expires_at = {OLD}"
                f" WHERE id = '{gone}'"
            )
            sql(f"UPDATE jobs SET updated_at = {OLD} WHERE session_id = '{gone}'")

            def stored() -> list[str]:
                return [str(path) for path in bucket.rglob("*") if path.is_file()]

            mine = [path for path in stored() if made[0] in path or guests[0]["token"] in path]
            theirs = sorted(set(stored()) - set(mine))
            assert len(mine) > 4
            server.kill()
            worker = house.worker()
            wait_for(lambda: sql(f"SELECT count(*) FROM jobs WHERE id = '{made[0]}'") == "0", 90)
            wait_for(lambda: "errand_not_done" in house.log("tasks"), 60)
            worker.kill()
            worker.wait(10)
            assert set(mine) <= set(stored())
            over = api.get(f"/guest/{guests[0]['token']}/data")
            assert (over.status_code, over.json()["code"]) == (410, "LINK_EXPIRED")

            with s3.s3_server(tmp_path / "s3", urlsplit(server.endpoint_url).port):
                sql(
                    "UPDATE storage_errands SET due_at = clock_timestamp()"
                )  # the dead worker's claim is over
                house.worker()
                wait_for(lambda: sql("SELECT count(*) FROM storage_errands") == "0", 90)
                assert sorted(stored()) == theirs
            assert sql("SELECT data FROM audit_log WHERE action = 'retention_deleted'") == (
                '{"files": 0, "guests": 1, "photos": 1, "pictures": 1}'
            )
            shown = api.get("/gallery", params={"eventId": first_event(api)}).json()["items"]
            assert [one["id"] for one in shown] == [made[1]]
