"""What the screens say of a camera file and its laptop is true at that moment, and says what to do next."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.conftest import Place, let_in
from tests.e2e.laptop import Laptop, shot
from tests.e2e.steps import SLOW, active, bring, is_live
from tests.fakes.browser import Visitors
from tests.fakes.stack import Stack, register


@pytest.fixture
def laptop(shared_stack: Stack, place: Place, tmp_path: Path) -> Iterator[Laptop]:
    """This booth's camera laptop, at work."""
    folder = tmp_path / "hotfolder"
    folder.mkdir()
    made = Laptop(shared_stack, place.booth_id, folder, shared_stack.booth_token(place.booth_id))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def booth(operator: BrowserContext, api: httpx.Client, place: Place, laptop: Laptop) -> Page:
    """The booth's page with its tethered camera and a guest."""
    guest = register(api, place.event_id, "Gita Savitri")
    page = operator.new_page()
    page.goto(place.booth)
    is_live(page)
    expect(page.locator(".pill.watcher")).to_have_text("Camera ready", timeout=SLOW)
    page.get_by_role("button", name="Pro camera").click()
    bring(page, guest["code"])
    expect(active(page)).to_contain_text("Gita Savitri")
    return page


@pytest.fixture
def desk(visitors: Visitors, shared_stack: Stack, boss_cookie: str, place: Place) -> Page:
    """The camera laptop's page, opened by an administrator."""
    page = let_in(visitors.context(), shared_stack, boss_cookie).new_page()
    page.goto(f"{place.booth}/camera")
    is_live(page)
    return page


def _caption(page: Page) -> Locator:
    return page.locator(".film .caption")


def _said(desk: Page) -> Locator:
    return desk.get_by_role("region", name="Watcher").locator(".note").first


def test_a_file_that_stands_still_is_told_as_such(booth: Page, laptop: Laptop) -> None:
    """The watcher says twice a second how far it is: that alone is no progress."""
    with laptop.writing("IMG_0002.JPG", shot(2, size=(2400, 1600)), 0.4):
        expect(_caption(booth)).to_contain_text("Receiving", timeout=SLOW)
        expect(_caption(booth)).to_contain_text("Waiting for the rest of the file")
        expect(booth.locator(".film .strip .tag").first).to_have_text("Incomplete")
    expect(_caption(booth)).to_contain_text("For Gita Savitri", timeout=SLOW)


def test_a_chosen_file_follows_what_happens_to_it(booth: Page, laptop: Laptop) -> None:
    """Somebody looks at a frame while it comes in: the words below it must not stay behind."""
    with laptop.writing("IMG_0002.JPG", shot(2, size=(2400, 1600)), 0.4):
        expect(_caption(booth)).to_contain_text("Receiving", timeout=SLOW)
        booth.locator(".film .strip .frame").first.click()
    expect(booth.locator(".film .strip .tag").first).to_have_text("Gita Savitri", timeout=SLOW)
    expect(_caption(booth)).to_contain_text("For Gita Savitri", timeout=2000)
    expect(booth.get_by_role("button", name="Take back")).to_be_visible()
