"""A database or a storage folder that is away: a clear 503, and all is well again without a restart."""

import shutil

import httpx
import pytest

from app.adapters.embedded.postgres import EmbeddedPostgres
from tests.app.api.conftest import refused
from tests.fakes import servers
from tests.fakes.stack import Stack, first_event, picture, post_job, register, wait_for


@pytest.fixture
def web(stack: Stack) -> httpx.Client:
    """An operator of a web of this test's own."""
    stack.web()
    client = stack.client()
    client.timeout = httpx.Timeout(10)  # nobody at a counter waits longer for an answer that is there
    return client


def test_no_connection_is_given_any_more(
    stack: Stack, web: httpx.Client, postgres_server: EmbeddedPostgres, databases: servers.Databases
) -> None:
    name = stack.environment["DATABASE_URL"].rsplit("/", 1)[1].partition("?")[0]
    event_id = first_event(web)
    guest = register(web, event_id)
    postgres_server.query(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false", "postgres")
    kill = f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{name}'"
    postgres_server.query(kill, "postgres")
    for answer in (
        web.get("/events"),
        post_job(web, guest, event_id, picture(120, 90)),
        web.post("/auth/login", json={"password": "x"}),
        web.post(
            "/sessions", json={"eventId": event_id, "name": "A", "whatsapp": "081234567890", "consent": True}
        ),
        httpx.get(f"{stack.url}/r/{guest['token']}/qr.svg"),
    ):
        refused(answer, 503, "DATABASE_AWAY")
    assert httpx.get(f"{stack.url}/health/live").status_code == 200
    assert httpx.get(f"{stack.url}/health/ready").status_code == 503
    down = httpx.get(f"{stack.url}/health").json()
    assert down["status"] == "down"
    assert [part["ok"] for part in down["parts"] if part["name"] == "database"] == [False]
    postgres_server.query(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true", "postgres")
    wait_for(lambda: web.get("/events").status_code == 200)
    assert post_job(web, guest, event_id, picture(120, 90)).status_code == 202


def test_the_storage_folder_is_gone(stack: Stack, web: httpx.Client) -> None:
    event_id = first_event(web)
    guest = register(web, event_id)
    objects = stack.folder / "data" / "objects"
    aside = stack.folder / "aside"
    shutil.move(objects, aside)
    refused(post_job(web, guest, event_id, picture(120, 90), idempotency_key="k"), 503, "STORAGE_UNAVAILABLE")
    assert httpx.get(f"{stack.url}/health/ready").status_code == 503
    assert web.get("/jobs").json()["items"] == []
    shutil.move(aside, objects)
    answer = post_job(web, guest, event_id, picture(120, 90), idempotency_key="k")
    assert answer.status_code == 202, answer.text
