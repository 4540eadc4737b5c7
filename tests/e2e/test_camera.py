"""Camera files at the booth: seen growing, given by one touch, taken back, put away, the right guest's."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Place, let_in
from tests.e2e.laptop import Laptop, seconds_ago, shot, shot_of_qr
from tests.e2e.steps import SLOW, active, bring, card, is_live, painted, turn_lasts
from tests.fakes.browser import Visitors, until
from tests.fakes.stack import Stack, register


@pytest.fixture
def laptop(shared_stack: Stack, place: Place, tmp_path: Path) -> Iterator[Laptop]:
    """This booth's camera laptop, at work."""
    folder = tmp_path / "hotfolder"
    folder.mkdir()
    token = shared_stack.booth_token(place.booth_id)
    made = Laptop(shared_stack, place.booth_id, folder, token)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def booth(operator: BrowserContext, place: Place, laptop: Laptop) -> Page:
    """The booth's page with its tethered camera, ready."""
    page = operator.new_page()
    page.goto(place.booth)
    is_live(page)
    expect(page.locator(".pill.watcher")).to_have_text("Camera ready", timeout=SLOW)
    page.get_by_role("button", name="Pro camera").click()
    return page


@contextmanager
def _workers_pause(stack: Stack) -> Iterator[None]:
    """Nothing is finished inside the block, so there is time to think again."""
    worker = next(child for child in stack.children if "tasks" in child.args)  # type: ignore[operator]
    os.kill(worker.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(worker.pid, signal.SIGCONT)


def _end(page: Page) -> None:
    page.locator(".activecard").get_by_role("button", name="End").click()
    expect(active(page)).to_have_count(0)


def _tray(page: Page) -> None:
    page.locator(".opener").click()
    expect(page.locator(".tray")).to_be_visible()


def test_a_growing_file_says_how_far_it_is_and_shows_its_embedded_picture_first(
    visitors: Visitors, booth: Page, api: httpx.Client, place: Place, laptop: Laptop
) -> None:
    guest = register(api, place.event_id, "Gita Savitri")
    bring(booth, guest["code"])
    expect(active(booth)).to_contain_text("Gita Savitri")
    stage, caption = booth.locator(".film .stage > img.taken"), booth.locator(".film .caption")
    laptop.write("IMG_0001.JPG", shot(1, size=(2400, 1600)))  # so that the next one's size can be guessed
    expect(caption).to_contain_text("For Gita Savitri", timeout=SLOW)
    with laptop.writing("IMG_0002.JPG", shot(2, size=(2400, 1600)), 0.4):
        expect(caption).to_contain_text("IMG_0002.JPG")
        until(booth, lambda: "v=1" in (stage.get_attribute("src") or ""), "the embedded picture")
        painted(stage)
        expect(caption).to_contain_text(re.compile(r"\d\.\d of about \d+ MB"))
        expect(caption).to_contain_text("Canon EOS R6")
        expect(booth.locator(".film .stage > .meter")).to_be_visible()
        first = stage.element_handle()
    until(booth, lambda: "v=2" in (stage.get_attribute("src") or ""), "the verified picture")
    assert first is not None
    assert first.evaluate("one => one.isConnected"), "the picture was replaced in place, not taken away"
    expect(booth.locator(".film .stage > .meter")).to_have_count(0)
    expect(caption).to_contain_text("For Gita Savitri", timeout=SLOW)
    visitors.loaded_once(booth)


def test_an_orphan_is_given_by_one_touch_taken_back_put_away_and_fetched_back(
    visitors: Visitors, booth: Page, shared_stack: Stack, api: httpx.Client, place: Place, laptop: Laptop
) -> None:
    guest = register(api, place.event_id, "Hana Wijaya")
    bring(booth, guest["code"])
    expect(active(booth)).to_contain_text("Hana Wijaya")
    turn_lasts(booth)
    _end(booth)
    ended = monotonic()
    until(booth, lambda: monotonic() > ended + 3, "the handover's seconds, in which a file is still hers")
    laptop.write("IMG_0007.JPG", shot(7))
    expect(booth.locator(".opener")).to_contain_text("1 in the tray", timeout=SLOW)

    _tray(booth)
    tray = booth.locator(".tray")
    expect(tray.locator(".why")).to_contain_text("No guest was active when it was taken.")
    painted(tray.locator(".stage img.taken"))
    with _workers_pause(shared_stack):
        tray.get_by_role("button", name=f"Give to Hana Wijaya, {guest['code']}").click()
        expect(booth.locator(".opener")).to_contain_text("Tray is empty")
        said = booth.locator(".pb-toasts > div").filter(has_text="Photo given to Hana Wijaya")
        said.get_by_role("button", name="Undo").click()
        # A worker frozen in a transaction holds its rows until the database ends it, ten seconds later.
        expect(booth.locator(".opener")).to_contain_text("1 in the tray", timeout=SLOW)
    expect(card(booth, "Hana Wijaya").locator(".tag.off")).to_have_text("Canceled", timeout=SLOW)
    expect(card(booth, "Hana Wijaya").locator(".why")).to_have_text("The photo was taken back.")
    expect(tray.locator(".why")).to_contain_text("No guest was active when it was taken.")

    tray.locator(".deeds").get_by_role("button", name="Put away").click()
    tray.get_by_role("button", name="Blurred").click()
    expect(booth.locator(".opener")).to_contain_text("Tray is empty")
    tray.locator("[data-tab=rejected]").click()
    expect(tray.locator(".why")).to_contain_text("Blurred")
    tray.get_by_role("button", name="Bring back").click()
    expect(booth.locator(".opener")).to_contain_text("1 in the tray")
    tray.locator("[data-tab=orphan]").click()
    expect(tray.locator(".why")).to_contain_text("No guest was active when it was taken.")
    expect(tray.locator(".guest.main")).to_contain_text("Hana Wijaya")
    visitors.loaded_once(booth)


def test_a_late_file_goes_to_the_guest_it_was_taken_of(
    visitors: Visitors, booth: Page, boss: httpx.Client, api: httpx.Client, place: Place, laptop: Laptop
) -> None:
    first, second = (register(api, place.event_id, name) for name in ("Eka Pratama", "Fajar Nugroho"))
    bring(booth, first["code"])
    expect(active(booth)).to_contain_text("Eka Pratama")
    laptop.write("IMG_0001.JPG", shot(1, taken=seconds_ago(0)))
    expect(booth.locator(".film .caption")).to_contain_text("For Eka Pratama", timeout=SLOW)
    key = boss.get(f"/booths/{place.booth_id}/cameras").json()["items"][0]["key"]
    put = boss.put(f"/booths/{place.booth_id}/cameras/{key}/clock", json={"offsetSeconds": 0})
    assert put.status_code == 200, put.text
    turn_lasts(booth)
    taken = seconds_ago(2)
    _end(booth)
    bring(booth, second["code"])
    expect(active(booth)).to_contain_text("Fajar Nugroho")

    laptop.write("IMG_0002.JPG", shot(2, taken=taken))
    late = booth.locator(".film .strip li").filter(has=booth.get_by_label("IMG_0002.JPG"))
    expect(late).to_have_attribute("data-state", "assigned", timeout=SLOW)
    expect(late).to_contain_text("Eka Pratama")
    expect(booth.locator(".film .caption")).to_contain_text("Late photo for Eka Pratama")
    expect(active(booth)).to_contain_text("Fajar Nugroho")
    visitors.loaded_once(booth)


def test_a_broken_file_shows_what_could_be_rescued_why_and_what_to_do(
    visitors: Visitors, booth: Page, laptop: Laptop
) -> None:
    laptop.stop()
    laptop.start(PHOTOBOT_GIVE_UP_SECONDS="2")
    whole = shot(8, size=(2400, 1600))
    (laptop.folder / "IMG_0008.JPG").write_bytes(whole[: len(whole) // 2])
    broken = booth.locator(".film .strip li[data-state=invalid]")
    expect(broken).to_have_count(1, timeout=SLOW)
    _tray(booth)
    tray = booth.locator(".tray")
    expect(tray.locator("[data-tab=invalid]")).to_have_attribute("aria-pressed", "true")
    painted(tray.locator(".stage img.taken"))
    expect(tray.locator(".why")).to_contain_text("The file is not whole.")
    expect(tray.locator(".why")).to_contain_text("copy it again from the card")
    tray.locator(".deeds").get_by_role("button", name="Put away").click()
    expect(booth.locator(".opener")).to_contain_text("Tray is empty")
    visitors.loaded_once(booth)


def test_a_photographed_qr_begins_its_guests_session(
    visitors: Visitors, booth: Page, api: httpx.Client, shared_stack: Stack, place: Place, laptop: Laptop
) -> None:
    before, guest = (register(api, place.event_id, name) for name in ("Indra Kusuma", "Joko Susilo"))
    bring(booth, before["code"])
    expect(active(booth)).to_contain_text("Indra Kusuma")
    turn_lasts(booth)
    laptop.write("IMG_0001.JPG", shot_of_qr(f"{shared_stack.url}/r/{guest['token']}#{guest['code']}"))
    expect(active(booth)).to_contain_text("Joko Susilo", timeout=SLOW)
    expect(booth.locator(".pb-toasts")).to_contain_text("Joko Susilo's QR code began their session")
    expect(booth.locator(".pb-toasts")).not_to_contain_text("Another operator")
    expect(booth.locator(".film .caption")).to_contain_text("Joko Susilo's QR code: the session began")
    turn_lasts(booth)
    laptop.write("IMG_0002.JPG", shot(2))
    expect(booth.locator(".film .caption")).to_contain_text("For Joko Susilo", timeout=SLOW)
    expect(booth.locator(".opener")).to_contain_text("Tray is empty")
    visitors.loaded_once(booth)


@pytest.fixture
def three(booth: Page, api: httpx.Client, place: Place, laptop: Laptop) -> dict[str, str]:
    """Three photos that are nobody's, and the guest they belong to."""
    guest = register(api, place.event_id, "Kartika Dewi")
    expect(booth.locator(".people")).to_contain_text("Kartika Dewi")
    for number in (1, 2, 3):
        laptop.write(f"IMG_000{number}.JPG", shot(number))
        expect(booth.locator(".opener")).to_contain_text(f"{number} in the tray", timeout=SLOW)
    return guest


def test_photos_one_by_one_by_keyboard_alone(visitors: Visitors, booth: Page, three: dict[str, str]) -> None:
    caption, opener = booth.locator(".film .caption b"), booth.locator(".opener")
    expect(caption).to_have_text("IMG_0003.JPG")
    booth.keyboard.press("ArrowRight")
    expect(caption).to_have_text("IMG_0002.JPG")
    booth.keyboard.press("ArrowLeft")
    expect(caption).to_have_text("IMG_0003.JPG")

    booth.keyboard.press("o")
    tray = booth.locator(".tray")
    expect(tray.locator(".caption b")).to_have_text("IMG_0001.JPG")
    booth.keyboard.press("ArrowRight")
    expect(tray.locator(".caption b")).to_have_text("IMG_0002.JPG")
    booth.keyboard.press("x")
    expect(tray.locator(".reasons button").first).to_be_focused()
    booth.keyboard.press("2")
    expect(opener).to_contain_text("2 in the tray")
    booth.keyboard.press("u")
    expect(opener).to_contain_text("3 in the tray")
    booth.keyboard.press("a")
    expect(tray.get_by_label("The guest's code or name")).to_be_focused()
    booth.keyboard.type("kart")
    expect(tray.locator(".found button")).to_have_count(1)
    booth.keyboard.press("Enter")
    expect(opener).to_contain_text("2 in the tray")
    booth.keyboard.press("Escape")
    expect(tray).to_have_count(0)
    expect(opener).to_be_focused()
    booth.keyboard.press("?")
    expect(booth.locator("dialog.help")).to_contain_text("Open / close the tray")
    visitors.loaded_once(booth)


def test_a_new_browser_begins_with_the_camera_that_is_there(
    visitors: Visitors, booth: Page, place: Place, laptop: Laptop, shared_stack: Stack, boss_cookie: str
) -> None:
    fresh = let_in(visitors.context(), shared_stack, boss_cookie).new_page()
    fresh.goto(place.booth)
    is_live(fresh)
    pro, webcam = (fresh.get_by_role("button", name=name) for name in ("Pro camera", "Webcam"))
    expect(pro).to_have_attribute("aria-pressed", "true")
    expect(fresh.locator(".film .offline")).to_have_count(0)
    webcam.click()
    fresh.reload()
    is_live(fresh)
    expect(webcam).to_have_attribute("aria-pressed", "true")  # this browser chose otherwise
    pro.click()
    laptop.write("IMG_0001.JPG", shot(1))
    expect(fresh.locator(".film .strip li[data-state=orphan]")).to_have_count(1, timeout=SLOW)
    laptop.kill()
    banner = fresh.locator(".film .offline")
    expect(banner).to_contain_text("Camera offline", timeout=SLOW)
    expect(banner).to_contain_text("Look at the camera laptop: is it on")
    size = banner.locator("b").evaluate("one => parseFloat(getComputedStyle(one).fontSize)")
    assert size >= 26, "it is read from two metres"
    expect(banner.get_by_role("link")).to_have_attribute("href", f"{place.booth}/camera")

    later = visitors.context()
    late = let_in(later, shared_stack, boss_cookie).new_page()
    late.goto(place.booth)
    is_live(late)
    expect(late.get_by_role("button", name="Pro camera")).to_have_attribute("aria-pressed", "true")
    expect(late.locator(".film .offline")).to_be_visible()
    laptop.start()
    expect(late.locator(".film .offline")).to_have_count(0, timeout=SLOW)
    visitors.loaded_once(late)


def test_many_photos_at_once_by_keyboard_alone(
    visitors: Visitors, booth: Page, three: dict[str, str]
) -> None:
    tray = booth.locator(".tray")
    booth.keyboard.press("o")
    expect(tray.locator(".caption b")).to_have_text("IMG_0001.JPG")
    booth.keyboard.press("s")
    expect(tray.locator(".grid .frame")).to_have_count(3)
    tray.get_by_role("button", name="Select all (3)").press("Enter")
    expect(tray.locator(".why")).to_have_text("3 selected")
    booth.keyboard.press("a")
    expect(tray.get_by_label("The guest's code or name")).to_be_focused()
    booth.keyboard.type(three["code"])
    booth.keyboard.press("Enter")
    expect(booth.locator(".opener")).to_contain_text("Tray is empty", timeout=SLOW)
    expect(booth.locator(".pb-toasts")).to_contain_text("3 photos given to Kartika Dewi")
    expect(card(booth, "Kartika Dewi")).to_have_count(3)
    visitors.loaded_once(booth)
