"""What the screens say of a camera file and its laptop is true at that moment, and says what to do next."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.conftest import Place, let_in
from tests.e2e.laptop import Laptop, shot
from tests.e2e.steps import SLOW, active, bring, card, is_live
from tests.fakes.browser import Visitors, until
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


def test_not_every_photo_has_arrived_while_one_comes_in_or_never_became_whole(
    booth: Page, desk: Page, laptop: Laptop
) -> None:
    """The laptop's page and the header's box are read by whoever wonders where a photo is."""
    expect(_said(desk)).to_contain_text("Every photo has arrived.", timeout=SLOW)
    with laptop.writing("IMG_0003.JPG", shot(3, size=(2400, 1600)), 0.4):
        expect(_said(desk)).to_contain_text(
            "1 file is still coming in; all others have arrived.", timeout=SLOW
        )
        booth.locator(".pill.watcher").click()
        expect(booth.locator("dialog.camerabox")).to_contain_text("1 file is still coming in")
        booth.keyboard.press("Escape")
    expect(_said(desk)).to_contain_text("Every photo has arrived.", timeout=SLOW)
    laptop.write("NOTES.JPG", b"a list of guests, by mistake\n" * 40)
    expect(_said(desk)).to_contain_text("Every photo that can be read has arrived.", timeout=SLOW)
    tray = desk.locator(".laptop .intray")
    expect(tray).to_have_text("1 file with a problem is in the tray.Open the tray")
    tray.get_by_role("link").click()
    expect(desk.locator(".tray .why")).to_contain_text("This file is not a picture.")


def test_a_revoked_token_is_named_as_the_reason(desk: Page, laptop: Laptop, place: Place) -> None:
    """The laptop is on, on the network, and its watcher runs: looking there would not help anybody."""
    expect(_said(desk)).to_contain_text("Camera ready", timeout=SLOW)
    desk.reload()
    is_live(desk)
    desk.get_by_role("button", name="Revoke").click()
    desk.get_by_role("button", name="Revoke the token").click()
    expect(_said(desk)).to_contain_text("Camera offline since", timeout=SLOW)
    expect(_said(desk)).to_contain_text("This booth has no token, so no laptop can connect.")
    assert laptop.program is not None
    assert laptop.program.poll() is None
    until(
        desk,
        lambda: "Make a new one on the booth's camera page. (BOOTH_TOKEN_INVALID)" in laptop.log(),
        "the watcher says what to do",
    )
    desk.goto(place.booth)
    desk.get_by_role("button", name="Pro camera").click()
    expect(desk.locator(".film .offline")).to_contain_text("is its token still valid?")


def test_both_ways_of_starting_say_that_the_folder_is_the_cameras_own(desk: Page) -> None:
    """The line as it stands makes an empty folder, and waits there for ever."""
    desk.get_by_role("button", name="Make a token").click()
    box = desk.locator("dialog.tokenbox")
    for way in ("With a token file", "In one line"):
        box.get_by_role("button", name=way).click()
        expect(box.locator(".hint")).to_contain_text("Put the camera's own folder where it says hotfolder.")


def test_a_photo_that_its_guest_has_is_not_taken_back_but_moved(
    visitors: Visitors, booth: Page, laptop: Laptop
) -> None:
    visitors.may_complain("409")
    laptop.write("IMG_0004.JPG", shot(4))
    expect(_caption(booth)).to_contain_text("For Gita Savitri", timeout=SLOW)
    expect(card(booth, "Gita Savitri")).to_contain_text("Done", timeout=SLOW)
    booth.locator(".film .strip .frame").first.click()
    booth.get_by_role("button", name="Take back").click()
    said = booth.locator(".pb-toasts > div").filter(has_text="Too late")
    said.get_by_role("button", name="Wrong guest?").click()
    booth.wait_for_url("**/console/jobs/*#move")


def test_a_photo_is_brought_back_by_who_has_just_opened_its_list(booth: Page, laptop: Laptop) -> None:
    """A touch right after another touch is meant; what comes by itself has to be seen first."""
    laptop.write("A.JPG", b"no picture\n" * 40)
    expect(booth.locator(".opener")).to_contain_text("1 in the tray", timeout=SLOW)
    booth.keyboard.press("o")
    tray = booth.locator(".tray")
    tray.get_by_role("button", name="Put away").and_(booth.locator(".deeds .btn")).click()
    expect(booth.locator(".opener")).to_contain_text("Tray is empty")
    laptop.write("B.JPG", b"none, either\n" * 40)
    expect(tray.locator(".why")).to_contain_text("This file is not a picture.", timeout=SLOW)
    booth.evaluate(
        """async () => {
          const settled = () => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
          document.querySelector(".tray [data-tab=rejected]").click();
          await settled();
          document.querySelector(".tray .deeds .btn").click(); // Bring back
        }"""
    )
    expect(booth.locator(".opener")).to_contain_text("2 in the tray")


def test_the_supervisor_hears_of_a_file_that_is_no_photo(
    booth: Page, desk: Page, laptop: Laptop, place: Place
) -> None:
    """A photo that broke on its way is a guest without a photo: the booth alone may not see it in time."""
    desk.goto(f"/console/supervisor?event={place.event_id}")
    is_live(desk)
    laptop.write("BROKEN.JPG", b"once a picture\n" * 40)
    alert = desk.locator("[data-alert^=broken]")
    expect(alert).to_contain_text("Booth Utama: 1 camera file with a problem", timeout=SLOW)
    expect(alert).to_contain_text("Open the tray: it says what each needs.")
    expect(desk.locator(f"[data-booth={place.booth_id}]")).to_have_class("tile warn")
    alert.get_by_role("link", name="Open the tray").click()
    expect(desk.locator(".tray .why")).to_contain_text("This file is not a picture. Put it away.")
    desk.locator(".tray .deeds").get_by_role("button", name="Put away").click()
    expect(desk.locator(".pb-toasts")).to_contain_text("Photo put away")
    desk.goto(f"/console/supervisor?event={place.event_id}")
    expect(desk.locator(".needs")).to_contain_text("Everything runs")
