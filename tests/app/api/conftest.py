"""For the API's tests: clients signed in once, an event and booth of the test's own, what is stored of it."""

import hashlib
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from ulid import ULID

from app.adapters.embedded.postgres import EmbeddedPostgres
from app.adapters.embedded.valkey import EmbeddedValkey
from tests.fakes import servers
from tests.fakes import stack as stacks
from tests.fakes.stack import Stack, picture, register, wait_for

Sql = Callable[[str], str]

MOMENT = "2026-01-05T10:00:00+07:00"
ALLOWED_ORIGIN = "https://kiosk.example.org"


@dataclass(frozen=True)
class Place:
    """An event with one booth, both of one test."""

    event_id: str
    slug: str
    booth_id: str


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, object]:
    """The members of the refusal, once it is one: problem+json with this status and code."""
    assert (answer.status_code, answer.headers.get("content-type")) == (
        status,
        "application/problem+json",
    ), f"{answer.status_code} {answer.text[:500]}"
    body: dict[str, object] = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["title"]
    assert str(body["detail"]).strip()
    return body


def new_place(boss: httpx.Client) -> Place:
    """Make an event and a booth that no other test knows."""
    mark = secrets.token_hex(4)
    made = boss.post("/events", json={"name": f"Event {mark}", "slug": f"event-{mark}"})
    assert made.status_code == 201, made.text
    place = Place(made.json()["id"], f"event-{mark}", f"booth-{mark}")
    put = boss.put(f"/booths/{place.booth_id}", json={"name": "Booth", "eventId": place.event_id})
    assert put.status_code == 200, put.text
    return place


@pytest.fixture(scope="session")
def operator(shared_stack: Stack) -> httpx.Client:
    """An operator, signed in once: signing in is limited per account."""
    return shared_stack.client()


@pytest.fixture(scope="session")
def boss(shared_stack: Stack) -> httpx.Client:
    """An administrator, signed in once."""
    return shared_stack.admin()


@pytest.fixture(scope="session")
def stranger(shared_stack: Stack) -> httpx.Client:
    """Somebody without any sign-in."""
    return shared_stack.client(None)


@pytest.fixture
def place(boss: httpx.Client) -> Place:
    """This test's own event and booth."""
    return new_place(boss)


@pytest.fixture
def guest(operator: httpx.Client, place: Place) -> dict[str, str]:
    """A guest of this test's event."""
    return register(operator, place.event_id)


@pytest.fixture
def sql(shared_stack: Stack, postgres_server: EmbeddedPostgres) -> Sql:
    """Asks the shared installation's database directly."""
    name = shared_stack.environment["DATABASE_URL"].rsplit("/", 1)[1].partition("?")[0]
    return lambda text: postgres_server.query(text, name)


@pytest.fixture
def nothing_left(shared_stack: Stack, sql: Sql, place: Place) -> Iterator[None]:
    """Fails the test when it left a job, a key, a camera file or an object of its event behind."""
    at_work = (
        f"SELECT count(*) FROM jobs WHERE event_id = '{place.event_id}' AND status IN ('queued', 'running')"
    )
    with suppress(AssertionError):  # a module's tests share their event: the last one's job may still be made
        wait_for(lambda: sql(at_work) == "0", 30)
    before = _left(shared_stack, sql, place)
    yield
    # The worker may still be writing a picture of the test before this one.
    with suppress(AssertionError):
        wait_for(lambda: _left(shared_stack, sql, place) == before, 10)
    assert _left(shared_stack, sql, place) == before


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > 3
    except FileNotFoundError:
        return False


def _left(stack: Stack, sql: Sql, place: Place) -> tuple[str, list[str]]:
    rows = sql(
        f"SELECT (SELECT count(*) FROM jobs WHERE event_id = '{place.event_id}'),"
        " (SELECT count(*) FROM idempotency_keys),"
        f" (SELECT count(*) FROM camera_files WHERE event_id = '{place.event_id}')"
    )
    folder = stack.folder / "data" / "objects"
    mine = [path for path in (folder / "events" / place.event_id).rglob("*") if path.is_file()]
    # A young one is the worker's, at work for an earlier test; one that is left behind gets old.
    loose = [path for path in (folder / ".tmp").iterdir() if _is_old(path)]
    spool = list(stack.folder.glob("photobot-in-*")) + list(stack.folder.glob("photobot-upload-*"))
    return rows, sorted(str(path) for path in [*mine, *spool, *loose])


@pytest.fixture(scope="session")
def brief_stack(
    databases: servers.Databases, migrated_template: str, valkey_server: EmbeddedValkey
) -> Iterator[Stack]:
    """A web where everything is over quickly, and that knows one foreign origin."""
    url = f"{valkey_server.redis_url.rsplit('/', 1)[0]}/2"
    with (
        databases.fresh(template=migrated_template) as database,
        stacks.stack(
            database,
            url,
            SESSION_TTL_SECONDS="3",
            ACTIVE_SESSION_TTL_SECONDS="1",
            CORS_ORIGINS=f"{ALLOWED_ORIGIN}, https://other.example.org",
        ) as made,
    ):
        made.web()
        yield made


@pytest.fixture(scope="session")
def brief_operator(brief_stack: Stack) -> httpx.Client:
    """An operator of the brief installation."""
    return brief_stack.client()


@pytest.fixture(scope="module")
def spot(boss: httpx.Client) -> Place:
    """An event with a booth for this module."""
    return new_place(boss)


@pytest.fixture(scope="module")
def watcher(shared_stack: Stack, spot: Place) -> httpx.Client:
    """The booth's watcher."""
    client = shared_stack.client(None)
    client.headers["Authorization"] = f"Bearer {shared_stack.booth_token(spot.booth_id)}"
    return client


@pytest.fixture
def active(operator: httpx.Client, spot: Place, guest: dict[str, str], free_booth: None) -> dict[str, str]:
    """The booth holds this guest while the test runs."""
    url = f"/booth/{spot.booth_id}/active-session"
    body = {
        "sessionId": guest["sessionId"],
        "eventId": spot.event_id,
        "styleId": "pencil",
        "mode": "original",
    }
    assert operator.post(url, json=body).status_code == 200
    return guest


@pytest.fixture
def free_booth(operator: httpx.Client, spot: Place, sql: Sql) -> None:
    """Nobody holds the booth when a test starts, and the last guest left it long ago."""
    held = operator.get(f"/booth/{spot.booth_id}/active-session")
    if held.status_code == 200:
        operator.delete(
            f"/booth/{spot.booth_id}/active-session", params={"sessionId": held.json()["sessionId"]}
        )
    sql(
        "UPDATE booth_sessions SET started_at = started_at - interval '1 hour',"
        f" ended_at = ended_at - interval '1 hour' WHERE booth_id = '{spot.booth_id}'"
    )


def shot_fields(**fields: str) -> dict[str, str]:
    """What a watcher says of a file that appeared just now."""
    now = datetime.now(UTC)
    return {
        "shotId": str(ULID()),
        "fileName": "IMG_0001.JPG",
        "appearedAt": MOMENT,
        "appearedEarliest": (now - timedelta(milliseconds=5)).isoformat(),
        "appearedLatest": now.isoformat(),
        **fields,
    }


def send_shot(
    client: httpx.Client, spot: Place, image: bytes, fields: dict[str, str] | None = None
) -> httpx.Response:
    """Send a camera file as a watcher."""
    data = {"sha256": hashlib.sha256(image).hexdigest(), **(fields or shot_fields())}
    return client.post(f"/booth/{spot.booth_id}/shots", data=data, files={"file": ("x.jpg", image)})


def fresh_picture() -> bytes:
    """A picture nobody has sent yet."""
    return picture(200, 160, seed=int(ULID()) % 2**31)


def jobs_of(sql: Sql, guest: dict[str, str]) -> str:
    """How many jobs a guest has."""
    return sql(f"SELECT count(*) FROM jobs WHERE session_id = '{guest['sessionId']}'")
