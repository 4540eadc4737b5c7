"""A guest asks to be erased while storage is away: it is written down, and done when storage is back."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.fakes import s3_server as s3
from tests.fakes import stack as stacks
from tests.fakes.stack import finished, first_event, picture, post_job, register, wait_for

pytestmark = pytest.mark.faults


def test_the_wish_waits_for_storage_and_leaves_only_the_receipt(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
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
            house.worker()
            api = house.client()
            guest = register(api, first_event(api), "Dewi Anggraini")
            made = post_job(api, guest, first_event(api), picture(900, 1200)).json()["jobId"]
            assert finished(api, made)["status"] == "succeeded"
            bucket = tmp_path / "s3" / server.bucket

            server.kill()
            erasure = f"/guest/{guest['token']}/erasure"
            number = api.post(erasure, json={"confirm": True}).json()["number"]
            wait_for(lambda: "not_erased_yet" in house.log("tasks"), 90)
            assert api.get(erasure).json()["doneAt"] is None
            assert (bucket / "r" / guest["token"] / f"{made}.jpg").exists()

            with s3.s3_server(tmp_path / "s3", urlsplit(server.endpoint_url).port):
                wait_for(lambda: api.get(erasure).json()["doneAt"], 120, every=1.0)
            [left] = [path for path in bucket.rglob("*") if path.is_file()]
            assert left == bucket / "r" / guest["token"] / "index.html"
            page = left.read_text("utf-8")
            assert number in page
            assert "Anggraini" not in page
