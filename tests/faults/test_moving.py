"""A picture moves while storage is away: rows at once, static copies and names when it is back."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.fakes import s3_server as s3
from tests.fakes import stack as stacks
from tests.fakes.stack import finished, first_event, picture, post_job, register, wait_for

pytestmark = pytest.mark.faults


def _settings(server: s3.S3Server) -> dict[str, str]:
    return {
        "S3_ENDPOINT": server.endpoint_url,
        "S3_ACCESS_KEY_ID": server.access_key,
        "S3_SECRET_ACCESS_KEY": server.secret_key,
        "S3_BUCKET": server.bucket,
        "S3_FORCE_PATH_STYLE": "true",
        "RESULT_BASE_URL": "https://pictures.example",
    }


def test_the_static_copy_follows_the_picture_when_storage_is_back(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    with (
        s3.s3_server(tmp_path / "s3") as server,
        stacks.stack(database_url, redis_url, **_settings(server)) as house,
    ):
        house.web()
        house.worker()
        api = house.client()
        wrong, right = (register(api, first_event(api), name) for name in ("Dewi", "Bima"))
        ids = []
        for seed in (1, 2):
            ids.append(post_job(api, wrong, first_event(api), picture(300, 400, seed=seed)).json()["jobId"])
            assert finished(api, ids[-1])["status"] == "succeeded"
        kept, made = ids
        copies = tmp_path / "s3" / server.bucket / "r"

        def under(token: str) -> set[str]:
            return {path.name for path in (copies / token).glob("*")}

        assert under(wrong["token"]) == {f"{kept}.jpg", f"{made}.jpg", "index.html"}
        names = set((tmp_path / "s3" / server.bucket).rglob(f"{made}/output_0-*"))

        server.kill()
        moved = api.post(f"/jobs/{made}/move", json={"sessionId": right["sessionId"]}).json()
        assert moved["offerLink"] is False
        assert api.get(f"/jobs/{made}").json()["sessionId"] == right["sessionId"]
        wait_for(lambda: "errand_not_done" in house.log("tasks"), 90)

        with s3.s3_server(tmp_path / "s3", urlsplit(server.endpoint_url).port):
            wait_for(lambda: under(right["token"]) == {f"{made}.jpg", "index.html"}, 120, every=1.0)
            wait_for(lambda: under(wrong["token"]) == {f"{kept}.jpg", "index.html"}, 120, every=1.0)
            assert made not in (copies / wrong["token"] / "index.html").read_text("utf-8")
            wait_for(lambda: not any(path.exists() for path in names), 120, every=1.0)
            link = api.post(f"/sessions/{wrong['sessionId']}/links", json={}).json()["resultUrl"]
            fresh = link.rsplit("/", 1)[1]
            wait_for(lambda: under(fresh) == {f"{kept}.jpg", "index.html"}, 120, every=1.0)
            wait_for(lambda: under(wrong["token"]) == set(), 120, every=1.0)
            api.post(f"/moves/{moved['moveId']}/undo")
            everything = {f"{kept}.jpg", f"{made}.jpg", "index.html"}
            wait_for(lambda: under(fresh) == everything, 120, every=1.0)
            wait_for(lambda: under(right["token"]) == set(), 120, every=1.0)
