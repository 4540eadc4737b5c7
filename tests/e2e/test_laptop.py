"""The camera laptop's page and the pill: tokens, rescan, clocks, and what is said when nothing comes."""

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Place, let_in
from tests.e2e.laptop import Laptop, seconds_ago, shot
from tests.e2e.steps import SLOW, is_live, send_orphans
from tests.fakes.browser import Visitors, until
from tests.fakes.meddling_proxy import Answer, Meddler, meddling_proxy
from tests.fakes.stack import Stack

OFFLINE_SECONDS = 20
BUSY = Answer(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n")


@pytest.fixture
def laptop(shared_stack: Stack, place: Place, tmp_path: Path) -> Iterator[Laptop]:
    """This booth's camera laptop, not started yet and without a token."""
    folder = tmp_path / "hotfolder"
    folder.mkdir()
    made = Laptop(shared_stack, place.booth_id, folder, "")
    yield made
    made.stop()


@pytest.fixture
def tokened(laptop: Laptop, shared_stack: Stack) -> Laptop:
    """The laptop with a token from the command line."""
    laptop.token = shared_stack.booth_token(laptop.booth_id)
    return laptop


@pytest.fixture
def page(visitors: Visitors, shared_stack: Stack, boss_cookie: str, place: Place) -> Page:
    """The camera laptop's page, opened by an administrator."""
    opened = let_in(visitors.context(), shared_stack, boss_cookie).new_page()
    opened.goto(f"{place.booth}/camera")
    is_live(opened)
    return opened


@contextmanager
def _meddler(stack: Stack) -> Iterator[Meddler]:
    """A proxy before the server; it lets the first connection (the watcher's socket) be."""
    ready, over = threading.Event(), threading.Event()
    found: list[Meddler] = []

    async def run() -> None:
        async with meddling_proxy(stack.url, [None], BUSY) as meddler:
            found.append(meddler)
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    try:
        assert ready.wait(10)
        yield found[0]
    finally:
        over.set()
        thread.join(10)


def test_a_token_is_made_used_and_revoked(
    visitors: Visitors, page: Page, shared_stack: Stack, place: Place, laptop: Laptop
) -> None:
    expect(page.locator(".tokens")).to_contain_text("No token yet")
    page.get_by_label("For which laptop?").fill("MacBook")
    page.get_by_role("button", name="Make a token").click()
    box = page.locator("dialog.tokenbox")
    expect(box).to_contain_text("This token is shown this once.")
    laptop.token = box.locator("code").first.inner_text().strip()
    expect(box.locator("code").last).to_contain_text(
        f"photobot watcher --server {shared_stack.url} --booth {place.booth_id}"
    )
    box.get_by_role("button", name="In one line").click()
    expect(box.locator("code").last).to_contain_text(laptop.token)
    box.get_by_role("button", name="Close").click()
    expect(box.locator("code")).to_have_count(0)
    assert laptop.token not in page.content(), "the secret is gone with its dialog"
    row = page.locator(".tokens li").filter(has_text="MacBook")
    expect(row).to_contain_text("Never used")
    expect(row).to_contain_text("Made by boss")

    laptop.start()
    expect(page.locator(".laptop .note").first).to_contain_text("Camera ready", timeout=SLOW)
    expect(row).to_contain_text("Used ")
    row.get_by_role("button", name="Revoke").click()
    question = page.get_by_role("dialog", name="Revoke")
    expect(question).to_contain_text("cut off within seconds")
    question.get_by_role("button", name="Revoke the token").click()
    expect(row).to_have_count(0)
    expect(page.locator(".laptop .note").first).to_contain_text("Camera offline", timeout=SLOW)
    until(page, lambda: re.search(r"token.*not valid|refused", laptop.log()), "the watcher's own words")
    visitors.loaded_once(page)


def test_operators_read_and_change_nothing(operator: BrowserContext, place: Place) -> None:
    page = operator.new_page()
    page.goto(f"{place.booth}/camera")
    is_live(page)
    expect(page.locator(".tokens")).to_contain_text("Only supervisors and administrators see tokens.")
    expect(page.locator(".laptop")).to_contain_text("Only administrators can change this.")
    expect(page.locator(".tokens form")).to_have_count(0)
    expect(page.locator(".switch .segment")).to_have_count(0)


def test_the_watcher_looks_again_and_a_new_cameras_clock_is_set_by_hand(
    visitors: Visitors, page: Page, tokened: Laptop
) -> None:
    rescan = page.get_by_role("button", name="Look through the folder again")
    expect(rescan).to_be_disabled()
    tokened.start()
    expect(rescan).to_be_enabled(timeout=SLOW)
    rescan.click()
    expect(page.locator(".laptop")).to_contain_text("No new file since.")
    tokened.write("IMG_0001.JPG", shot(1, taken=seconds_ago(125)))
    expect(page.locator(".laptop")).to_contain_text("New files since then: 1.", timeout=SLOW)

    camera = page.locator(".clocks li")
    expect(camera).to_contain_text("Canon EOS R6", timeout=SLOW)
    expect(camera).to_contain_text("Not known yet")
    camera.get_by_role("button", name="Set").click()
    box = page.locator("dialog.clockbox")
    expect(box.get_by_label("The camera's clock shows")).to_be_focused()
    moment = seconds_ago(125)
    box.get_by_label("The camera's clock shows").fill(moment.strftime("%H:%M:%S"))
    box.get_by_label("Its date").fill(moment.strftime("%Y-%m-%d"))
    box.get_by_role("button", name="The camera shows this now").click()
    expect(camera).to_contain_text(re.compile(r"Its clock is 2 min \d+ s behind · set by hand"))
    camera.get_by_role("button", name="Measure again").click()
    expect(camera).to_contain_text("Not known yet")
    visitors.loaded_once(page)


def test_what_waits_in_the_tray_is_said_and_a_long_list_of_cameras_shows_that_it_goes_on(
    visitors: Visitors, page: Page, tokened: Laptop, shared_stack: Stack, place: Place
) -> None:
    tokened.start()
    note = page.locator(".laptop .note").first
    expect(note).to_contain_text("Every photo has arrived.", timeout=SLOW)
    expect(page.locator(".laptop .intray")).to_have_count(0)
    send_orphans(shared_stack, place.booth_id, 5, tuple(f"Maker Model {name}" for name in "ABCDE"))
    tray = page.locator(".laptop .intray")
    expect(tray).to_contain_text("5 photos wait in the tray for their guest")
    expect(tray.get_by_role("link")).to_have_attribute("href", f"{place.booth}#tray")

    clocks = page.locator(".clocks")
    expect(clocks.locator("li")).to_have_count(5, timeout=SLOW)
    expect(clocks.locator("h2")).to_contain_text("5")
    more = clocks.locator(".further")
    expect(more).to_contain_text("more cameras")
    more.click()
    expect(more).to_contain_text("1 more camera")
    clocks.locator("li").last.get_by_role("button").scroll_into_view_if_needed()
    expect(more).to_have_count(0)
    visitors.loaded_once(page)


def test_the_events_switches(visitors: Visitors, page: Page, boss: httpx.Client, place: Place) -> None:
    page.get_by_role("group", name="Photos per guest").get_by_role("button", name="One").click()
    expect(page.locator(".laptop")).to_contain_text("The first is processed; more wait in the tray.")
    page.get_by_role("group", name="Keep RAW files").get_by_role("button", name="Yes").click()
    expect(page.locator(".pb-toasts")).to_contain_text("Saved")
    event = next(one for one in boss.get("/events").json()["items"] if one["id"] == place.event_id)
    until(page, lambda: _switches(boss, place) == ("one", True), f"what was set: {event}")
    visitors.loaded_once(page)


def _switches(boss: httpx.Client, place: Place) -> tuple[str, bool]:
    event = next(one for one in boss.get("/events").json()["items"] if one["id"] == place.event_id)
    return event["photosPerGuest"], event["keepRaw"]


def test_a_laptop_that_lost_power_is_offline_in_words(
    visitors: Visitors, operator: BrowserContext, place: Place, tokened: Laptop
) -> None:
    booth = operator.new_page()
    booth.goto(place.booth)
    pill = booth.locator(".pill.watcher")
    expect(pill).to_have_text("No camera laptop yet")
    tokened.start()
    expect(pill).to_have_text("Camera ready", timeout=SLOW)
    booth.get_by_role("button", name="Pro camera").click()
    tokened.kill()
    expect(pill).to_contain_text(re.compile(r"Camera offline · \d+ s"), timeout=OFFLINE_SECONDS * 1000)
    pill.click()
    box = booth.locator("dialog.camerabox")
    expect(box).to_contain_text("Look at the camera laptop: is it on")
    expect(box).to_contain_text("Camera offline since")
    booth.keyboard.press("Escape")
    expect(box).to_be_hidden()
    tokened.start()
    expect(pill).to_have_text("Camera ready", timeout=SLOW)
    visitors.loaded_once(booth)


def test_what_waits_on_the_laptop_is_said_and_comes_by_itself(
    visitors: Visitors, operator: BrowserContext, shared_stack: Stack, place: Place, tokened: Laptop
) -> None:
    booth = operator.new_page()
    booth.goto(place.booth)
    is_live(booth)
    pill = booth.locator(".pill.watcher")
    with _meddler(shared_stack) as meddler:
        tokened.start(SERVER_URL=meddler.address)
        expect(pill).to_have_text("Camera ready", timeout=SLOW)
        booth.get_by_role("button", name="Pro camera").click()
        tokened.write("IMG_0001.JPG", shot(1))
        expect(booth.locator(".film .strip li[data-state]")).to_have_attribute(
            "data-state", "seen", timeout=SLOW
        )
        expect(booth.locator(".film .caption")).to_contain_text("on its way from the camera laptop")
        expect(pill).to_contain_text(re.compile(r"1 file · \d\.\d MB"), timeout=SLOW)
        pill.click()
        expect(booth.locator("dialog.camerabox .facts")).to_contain_text("1 file")
        booth.keyboard.press("Escape")
        meddler.ever = None
        expect(booth.locator(".film .strip li[data-state]")).to_have_attribute(
            "data-state", "orphan", timeout=SLOW
        )
        expect(pill).to_have_text("Camera ready", timeout=SLOW)
        visitors.loaded_once(booth)
        tokened.stop()
