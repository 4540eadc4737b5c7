"""The whole product for the bench: servers, web, worker, a watcher on a local disk, an open booth page."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, expect

from app.adapters.embedded.postgres import EmbeddedPostgres
from app.db import migrate
from tests.bench.camera.screen import SCRIPT, Screen
from tests.bench.report import FOLDER
from tests.fakes import browser as browsers
from tests.fakes import servers
from tests.fakes import stack as stacks
from tests.fakes.board_client import cookie_of
from tests.fakes.stack import OPERATOR, Stack, first_event, register

BOOTH = "booth-1"


@dataclass
class Rig:
    """One booth at work, with a guest in front of its camera."""

    stack: Stack
    postgres: EmbeddedPostgres
    watcher: "subprocess.Popen[bytes]"
    screen: Screen
    hotfolder: Path
    plan_folder: Path
    client: httpx.Client
    guest: dict[str, str] = field(default_factory=dict)

    def guest_comes(self) -> None:
        """Somebody stands in front of the camera; pictures are framed only, so that a job is soon over."""
        event = first_event(self.client)
        self.guest = register(self.client, event)
        session = self.guest["sessionId"]
        body = {"sessionId": session, "eventId": event, "mode": "original", "styleId": "pencil"}
        answer = self.client.post(f"/booth/{BOOTH}/active-session", json=body)
        assert answer.status_code == 200, answer.text

    def guest_goes(self) -> None:
        """Nobody stands there: pictures go to the tray."""
        wanted = {"sessionId": self.guest.pop("sessionId")}
        answer = self.client.delete(f"/booth/{BOOTH}/active-session", params=wanted)
        assert answer.status_code == 204, answer.text

    def stored(self) -> list[tuple[str, str, str]]:
        """What the server has of this booth's files: name, content hash, state."""
        answer = self.postgres.query(
            "SELECT file_name, coalesce(sha256, ''), state FROM camera_files"
            " WHERE reason IS DISTINCT FROM 'GONE'"
        )
        rows = [line.split("|") for line in answer.splitlines()]
        return [(name, sha256, state) for name, sha256, state in rows]


@contextmanager
def durable_postgres() -> Iterator[EmbeddedPostgres]:
    """The cluster as `photobot up` runs it: a commit waits for the disk."""
    with servers.open_folder() as folder, (folder / "postgres.log").open("ab") as log:
        server = EmbeddedPostgres(folder / "postgres")
        server.start(log)
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def local_folder() -> Iterator[Path]:
    """A folder on this machine's disk that goes away."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="camera-", dir=FOLDER) as folder:
        yield Path(folder)


def start_watcher(
    stack: Stack, hotfolder: Path, url: str, booth: str, token: str
) -> "subprocess.Popen[bytes]":
    """The real program, with its settings as they come."""
    hotfolder.mkdir()
    return stack.start(
        "watcher", SERVER_URL=url, BOOTH_ID=booth, HOTFOLDER_PATH=str(hotfolder), PHOTOBOT_TOKEN=token
    )


def open_page(browser: Browser, stack: Stack) -> Page:
    """The operator's booth page on a laptop's screen, set to the pro camera, its watcher connected."""
    context = browser.new_context(base_url=stack.url, viewport=browsers.LAPTOP)  # type: ignore[arg-type]
    name, _, value = cookie_of(stack, "operator", OPERATOR).partition("=")
    context.add_cookies(
        [{"name": name, "value": value, "url": stack.url}, {"name": "lang", "value": "en", "url": stack.url}]
    )
    page = context.new_page()
    page.add_init_script(path=SCRIPT)
    page.goto(f"/console/booth/{BOOTH}")
    page.get_by_role("button", name="Pro camera").click()
    expect(page.locator(".film .stage")).to_be_visible()
    expect(page.locator(".pill.watcher")).to_have_text("Camera ready", timeout=60_000)
    return page


@contextmanager
def open_rig() -> Iterator[Rig]:
    """Everything up; everything down at the end."""
    with durable_postgres() as postgres, servers.valkey() as valkey, local_folder() as folder:
        migrate.upgrade(postgres.database_url)  # before the browser: it keeps an event loop in this thread
        with (
            stacks.stack(postgres.database_url, valkey.redis_url) as stack,
            browsers.open_browser() as browser,
        ):
            stack.web()
            stack.worker()
            token = stack.command("booth", "token", BOOTH).strip()
            watcher = start_watcher(stack, folder / "hotfolder", stack.url, BOOTH, token)
            (folder / "plan").mkdir()
            screen = Screen(open_page(browser, stack))
            places = folder / "hotfolder", folder / "plan"
            yield Rig(stack, postgres, watcher, screen, *places, stack.client())
