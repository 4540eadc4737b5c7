"""For tests in a real browser: one Chromium per process, visitors per test, an event and booth of its own."""

import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext

from app.adapters.embedded.postgres import EmbeddedPostgres
from tests.fakes import browser as browsers
from tests.fakes.browser import Visitors
from tests.fakes.stack import ADMIN, OPERATOR, ROOT, Stack

FAILURES = ROOT / ".screens" / "failures"
Sql = Callable[[str], str]
_report = pytest.StashKey[dict[str, pytest.TestReport]]()


@dataclass(frozen=True)
class Place:
    """An event with one booth, both of one test."""

    event_id: str
    slug: str
    name: str
    booth_id: str

    @property
    def booth(self) -> str:
        """The booth's page."""
        return f"/console/booth/{self.booth_id}"

    @property
    def queue(self) -> str:
        """The event's queue."""
        return f"/console/queue?event={self.slug}"

    @property
    def kiosk(self) -> str:
        """The event's kiosk."""
        return f"/kiosk/{self.slug}"


def new_place(boss: httpx.Client) -> Place:
    """Make an event and a booth that no other test knows."""
    mark = secrets.token_hex(4)
    name = f"Pesta {mark}"
    made = boss.post("/events", json={"name": name, "slug": f"pesta-{mark}"})
    assert made.status_code == 201, made.text
    place = Place(made.json()["id"], f"pesta-{mark}", name, f"booth-{mark}")
    put = boss.put(f"/booths/{place.booth_id}", json={"name": "Booth Utama", "eventId": place.event_id})
    assert put.status_code == 200, put.text
    return place


def cookie_of(stack: Stack, username: str, password: str) -> str:
    """Sign in by the form; the cookie's value."""
    answer = httpx.post(f"{stack.url}/login", data={"username": username, "password": password}, timeout=30)
    assert answer.status_code == 303, answer.text[:500]
    return answer.cookies["photobot"]


def let_in(context: BrowserContext, stack: Stack, cookie: str) -> BrowserContext:
    """A person's browser that is signed in already."""
    context.add_cookies([{"name": "photobot", "value": cookie, "url": stack.url, "httpOnly": True}])
    return context


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Iterator[None]:  # the report travels to the fixtures' ends
    report = yield
    item.stash.setdefault(_report, {})[call.when] = report  # type: ignore[arg-type]
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here drives a real browser."""
    for item in items:
        if "e2e" in item.path.parts:
            item.add_marker("e2e")


# Playwright's sync API keeps an event loop running in this thread: it must be gone before the next package's
# asynchronous tests, so `package` and not `session`; the installation, which needs a loop, starts first.
@pytest.fixture(scope="package")
def browser(shared_stack: Stack) -> Iterator[Browser]:
    """One Chromium for all these tests of this process."""
    with browsers.open_browser() as opened:
        yield opened


@pytest.fixture
def invite(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[[Stack], Visitors]]:
    """Opens visitors of a stack; at the end nobody may have met an error or another host."""
    everybody: list[Visitors] = []

    def open_for(stack: Stack) -> Visitors:
        everybody.append(Visitors(browser, stack.url))
        return everybody[-1]

    yield open_for
    name = re.sub(r"\W+", "-", request.node.name)
    failed = any(report.failed for report in request.node.stash.get(_report, {}).values())
    try:
        if not failed:
            for visitors in everybody:
                visitors.check()
    except AssertionError:
        failed = True
        raise
    finally:
        for number, visitors in enumerate(everybody):
            if failed:
                visitors.keep(FAILURES / f"{name}-{number}")
            visitors.close()


@pytest.fixture
def visitors(invite: Callable[[Stack], Visitors], shared_stack: Stack) -> Visitors:
    """People who open the shared installation's pages."""
    return invite(shared_stack)


@pytest.fixture(scope="session")
def boss(shared_stack: Stack) -> httpx.Client:
    """An administrator, signed in once."""
    return shared_stack.admin()


@pytest.fixture(scope="session")
def api(shared_stack: Stack) -> httpx.Client:
    """An operator's program, signed in once."""
    return shared_stack.client()


@pytest.fixture(scope="session")
def operator_cookie(shared_stack: Stack) -> str:
    """The sign-in of the operator's browser: signing in is limited per account."""
    return cookie_of(shared_stack, "operator", OPERATOR)


@pytest.fixture(scope="session")
def boss_cookie(shared_stack: Stack, boss: httpx.Client) -> str:
    """The sign-in of another person's browser."""
    return cookie_of(shared_stack, "boss", ADMIN)


@pytest.fixture
def place(boss: httpx.Client) -> Place:
    """This test's own event and booth."""
    return new_place(boss)


@pytest.fixture
def operator(visitors: Visitors, shared_stack: Stack, operator_cookie: str) -> BrowserContext:
    """The operator's browser, signed in."""
    return let_in(visitors.context(), shared_stack, operator_cookie)


@pytest.fixture
def sql(shared_stack: Stack, postgres_server: EmbeddedPostgres) -> Sql:
    """Asks the shared installation's database directly."""
    name = shared_stack.environment["DATABASE_URL"].rsplit("/", 1)[1].partition("?")[0]
    return lambda text: postgres_server.query(text, name)
