"""Redis, database or web go away under open pages: the pages say so, and are right again without a reload."""

import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from app.adapters.embedded.postgres import EmbeddedPostgres
from app.adapters.embedded.valkey import EmbeddedValkey
from tests.e2e.conftest import cookie_of, let_in
from tests.e2e.steps import (
    SLOW,
    active,
    agree,
    bring,
    card,
    code_on,
    is_live,
    link,
    painted,
    row,
    sign_up,
    type_name_and_number,
)
from tests.fakes import servers
from tests.fakes import stack as stacks
from tests.fakes.browser import Visitors
from tests.fakes.stack import OPERATOR, Stack, first_event, post_job, register

OUTAGE = r"ERR_|WebSocket|50[0-9] \(|Failed to fetch"


@dataclass
class House:
    """An installation of these tests' own, whose parts they may stop."""

    stack: Stack
    web: "subprocess.Popen[bytes]"
    worker: "subprocess.Popen[bytes]"
    valkey: EmbeddedValkey
    database: str
    cookie: str
    api: httpx.Client


@dataclass
class Evening:
    """The house with its screens open."""

    house: House
    visitors: Visitors
    event_id: str
    booth: Page
    queue: Page
    kiosk: Page

    @property
    def api(self) -> httpx.Client:
        """An operator's program."""
        return self.house.api

    def is_right(self, name: str) -> None:
        """What happens from now on reaches every screen: a guest signs up and is photographed."""
        guest = register(self.api, self.event_id, name)
        expect(self.booth.locator(".guests .guest").filter(has_text=name)).to_be_visible()
        answer = post_job(self.api, guest, self.event_id, boothId="booth-1")
        assert answer.status_code == 202, answer.text
        expect(row(self.queue, name)).to_contain_text("Done", timeout=SLOW)
        expect(card(self.booth, name).locator(".tag.done")).to_be_visible()

    def never_reloaded(self) -> None:
        """Each screen was loaded once."""
        self.visitors.loaded_once(self.booth, self.queue, self.kiosk)


@pytest.fixture(scope="module")
def house(databases: servers.Databases, migrated_template: str) -> Iterator[House]:
    """Web and worker with a Redis and a database of their own."""
    with (
        servers.valkey() as valkey,
        databases.fresh(template=migrated_template) as url,
        stacks.stack(url, valkey.redis_url) as stack,
    ):
        web, worker = stack.web(), stack.worker()
        cookie = cookie_of(stack, "operator", OPERATOR)
        name = url.rsplit("/", 1)[1].partition("?")[0]
        yield House(stack, web, worker, valkey, name, cookie, stack.client())


@pytest.fixture
def evening(house: House, invite: Callable[[Stack], Visitors]) -> Evening:
    """The booth, the queue and the kiosk are open and live."""
    visitors = invite(house.stack)
    visitors.may_complain(OUTAGE)
    desk = let_in(visitors.context(), house.stack, house.cookie)
    booth, queue, kiosk = desk.new_page(), desk.new_page(), visitors.kiosk()
    booth.goto("/console/booth/booth-1")
    queue.goto("/console/queue")
    kiosk.goto("/kiosk")
    is_live(booth)
    is_live(queue)
    return Evening(house, visitors, first_event(house.api), booth, queue, kiosk)


def test_redis_dies_and_comes_back(evening: Evening, tmp_path: Path) -> None:
    evening.house.valkey.stop()
    guest = register(evening.api, evening.event_id, "Saat Redis Mati")
    expect(evening.booth.locator(".guests .guest").filter(has_text="Saat Redis Mati")).to_be_visible()
    bring(evening.booth, guest["code"])
    expect(active(evening.booth)).to_contain_text("Saat Redis Mati")
    assert sign_up(evening.kiosk, "Tamu Kiosk")
    expect(evening.booth.locator(".guests .guest").filter(has_text="Tamu Kiosk")).to_be_visible()
    with (tmp_path / "valkey.log").open("ab") as log:
        evening.house.valkey.start(log)
    is_live(evening.booth)
    is_live(evening.queue)
    evening.is_right("Sesudah Redis")
    evening.never_reloaded()


def test_a_database_that_is_away_is_said_and_healed(
    evening: Evening, postgres_server: EmbeddedPostgres
) -> None:
    name = evening.house.database
    postgres_server.query(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false", "postgres")
    postgres_server.query(
        f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{name}'", "postgres"
    )
    expect(link(evening.booth)).to_have_attribute("data-state", "stale", timeout=SLOW)
    expect(link(evening.booth)).to_have_text(re.compile(r"Data \d+ s old"))
    expect(link(evening.queue)).to_have_attribute("data-state", "stale", timeout=SLOW)
    postgres_server.query(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true", "postgres")
    is_live(evening.booth)
    is_live(evening.queue)
    evening.is_right("Sesudah Basis Data")
    evening.never_reloaded()


def test_a_web_that_hangs_is_said(evening: Evening) -> None:
    evening.house.web.send_signal(signal.SIGSTOP)
    try:
        expect(link(evening.booth)).to_have_text(re.compile(r"Data \d+ s old|Offline"), timeout=SLOW)
        expect(link(evening.queue)).to_have_text(re.compile(r"Data \d+ s old|Offline"), timeout=SLOW)
    finally:
        evening.house.web.send_signal(signal.SIGCONT)
    is_live(evening.booth)
    is_live(evening.queue)
    evening.is_right("Sesudah Macet")
    evening.never_reloaded()


def test_the_web_restarts_under_open_pages(evening: Evening) -> None:
    type_name_and_number(evening.kiosk, "Tetap Ada", "0812 3456 7890")
    evening.booth.get_by_role("button", name="No timer").click()
    evening.booth.get_by_role("button", name="Take photo").click()
    painted(evening.booth.locator(".camera img.taken"))
    evening.booth.locator("#guest-code").fill("belum selesai")
    evening.house.stack.stop(evening.house.web)
    for page in (evening.booth, evening.queue):
        expect(link(page)).to_have_attribute("data-state", "lost", timeout=SLOW)
        expect(link(page)).to_contain_text("Offline")
    agree(evening.kiosk)
    expect(evening.kiosk.locator("#trouble")).to_be_visible()
    expect(evening.kiosk.locator("#trouble-words")).to_contain_text("What you typed is safe")
    expect(evening.kiosk.locator("#name")).to_have_value("Tetap Ada")

    evening.house.web = evening.house.stack.web()
    code = code_on(evening.kiosk)
    is_live(evening.booth)
    is_live(evening.queue)
    expect(evening.booth.locator("#guest-code")).to_have_value("belum selesai")
    painted(evening.booth.locator(".camera img.taken"))
    evening.booth.locator("#guest-code").fill("")
    guests = evening.booth.locator(".guests .guest").filter(has_text="Tetap Ada")
    expect(guests).to_have_count(1)
    expect(guests).to_contain_text(code)
    evening.is_right("Sesudah Mulai Ulang")
    evening.never_reloaded()


def shoot_without_a_server(booth: Page, other: str) -> None:
    """Two photos, of the guest at the camera and of another one: both are kept and listed."""
    for code in (None, other):
        if code:
            bring(booth, code)
            expect(active(booth)).to_contain_text("Photographed without a server")
        booth.keyboard.press("Space")
        painted(booth.locator(".camera img.taken"))
        booth.keyboard.press("Enter")
        expect(booth.locator(".camera img.taken")).to_have_count(0)
    expect(booth.locator(".uploadbtn")).to_contain_text("2 not sent yet")
    booth.keyboard.press("w")
    waiting = booth.locator("dialog.uploadlist")
    expect(waiting).to_be_visible()
    expect(waiting.locator("li")).to_have_count(2)
    expect(waiting).to_contain_text("The server cannot be reached.")
    booth.keyboard.press("Escape")
    expect(waiting).to_be_hidden()


def test_a_photo_taken_while_the_web_is_away_arrives_once_by_itself(evening: Evening) -> None:
    guest, other = (register(evening.api, evening.event_id, name) for name in ("Tanpa Server", "Tamu Kedua"))
    booth = evening.booth
    evening.visitors.may_complain(r"409 \(")
    turn = "/booth/booth-1/active-session"
    if (held := evening.api.get(turn)).status_code == 200:  # the evening before this one left a guest there
        evening.api.delete(turn, params={"sessionId": held.json()["sessionId"]})
        expect(active(booth)).to_have_count(0)
    expect(booth.locator(".guests .guest").filter(has_text="Tamu Kedua")).to_be_visible()
    bring(booth, guest["code"])
    expect(active(booth)).to_contain_text("Tanpa Server")
    booth.get_by_role("button", name="No timer").click()
    booth.evaluate("document.activeElement.blur()")
    evening.house.stack.stop(evening.house.web)
    expect(booth.locator(".lostbar")).to_contain_text(re.compile(r"No server since \d"), timeout=SLOW)
    shoot_without_a_server(booth, other["code"])

    # The first word to the new server is lost on the way: the guest at the camera is told again.
    booth.route("**/booth/*/active-session", lambda lost: lost.abort(), times=1)
    evening.house.web = evening.house.stack.web()
    for name in ("Tanpa Server", "Tamu Kedua"):
        expect(card(booth, name)).to_have_count(1, timeout=SLOW)
    expect(active(booth)).to_contain_text("Tamu Kedua")
    expect(booth.locator(".uploadbtn")).to_have_count(0)
    expect(booth.locator(".lostbar")).to_have_count(0)
    expect(active(booth)).to_contain_text("Being photographed")
    for one in (guest, other):
        asked = {"eventId": evening.event_id, "q": one["code"]}
        assert len(evening.api.get("/jobs", params=asked).json()["items"]) == 1
    booth.keyboard.press("e")
    expect(active(booth)).to_have_count(0)
    evening.never_reloaded()


def test_a_waiting_picture_is_canceled_at_once_and_still_found(evening: Evening) -> None:
    evening.house.stack.stop(evening.house.worker)
    guest = register(evening.api, evening.event_id, "Belum Yakin")
    job_id = post_job(evening.api, guest, evening.event_id, boothId="booth-1").json()["jobId"]
    waiting = row(evening.queue, "Belum Yakin")
    expect(waiting).to_contain_text("Waiting")
    waiting.get_by_role("button", name="Cancel").click()
    expect(waiting).to_have_count(0)
    assert evening.api.get(f"/jobs/{job_id}").json()["status"] == "canceled"
    evening.queue.keyboard.press("/")
    evening.queue.keyboard.type("belum yakin")
    expect(waiting).to_contain_text("Canceled")
    evening.house.worker = evening.house.stack.worker()
    evening.never_reloaded()
