"""The guest's page in the bucket: it opens while no program of ours runs."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from app.adapters.embedded import process
from tests.e2e.steps import download, painted
from tests.fakes import s3_server
from tests.fakes import stack as stacks
from tests.fakes.browser import Visitors
from tests.fakes.s3_server import S3Server
from tests.fakes.stack import Stack, finished, first_event, picture, post_job, register


@contextmanager
def _public(folder: Path) -> Iterator[str]:
    """The bucket's public side, as a phone without any key sees it: its address."""
    port = process.free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    child = process.spawn(command, env={}, cwd=folder, output=subprocess.DEVNULL, death=signal.SIGKILL)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill_group(child)
        child.wait(10)


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[tuple[S3Server, str]]:
    """A bucket over S3, and its public address."""
    with s3_server.s3_server(tmp_path / "s3") as server, _public(tmp_path / "s3" / server.bucket) as url:
        yield server, url


@pytest.fixture
def house(database_url: str, redis_url: str, bucket: tuple[S3Server, str]) -> Iterator[Stack]:
    """An installation that publishes copies."""
    server, public = bucket
    environment = {
        "S3_BUCKET": server.bucket,
        "S3_ENDPOINT": server.endpoint_url,
        "S3_ACCESS_KEY_ID": server.access_key,
        "S3_SECRET_ACCESS_KEY": server.secret_key,
        "S3_REGION": "us-east-1",
        "S3_FORCE_PATH_STYLE": "true",
        "RESULT_BASE_URL": public,
    }
    with stacks.stack(database_url, redis_url, **environment) as made:
        yield made


def test_the_copy_opens_without_the_server(
    browser: Browser, house: Stack, bucket: tuple[S3Server, str], tmp_path: Path
) -> None:
    programs = [house.web(), house.worker()]
    api = house.client()
    guest = register(api, first_event(api), "Dewi <b>Anggraini</b>")
    made = post_job(api, guest, first_event(api), picture(900, 1200)).json()["jobId"]
    assert finished(api, made)["status"] == "succeeded"
    for program in programs:
        house.stop(program)
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{house.url}/health/live")

    people = Visitors(browser, bucket[1])
    try:
        phone = people.phone()
        phone.goto(f"/r/{guest['token']}/index.html")
        painted(phone.locator("img"))
        expect(phone.get_by_text("Dewi <b>Anggraini</b>", exact=True)).to_be_visible()
        saved = download(phone, phone.get_by_role("link", name="Simpan foto"), tmp_path)
        assert Image.open(BytesIO(saved)).size == (900, 1200)
        phone.get_by_text("EN", exact=True).tap()
        expect(phone.get_by_role("heading", name="Your photo is ready!")).to_be_visible()
        shared = phone.get_by_role("link", name="Share on WhatsApp").get_attribute("href") or ""
        assert guest["token"] in shared
        assert house.url not in phone.content()

        people.check()
    finally:
        people.close()
