"""Where a new operator gave away, lost or changed something unseen at the booth: none of it happens again."""

import re

import httpx
import pytest
from playwright.sync_api import APIResponse, BrowserContext, Page, Route, expect

from tests.e2e.conftest import Place, let_in
from tests.e2e.steps import SLOW, active, bring, card, is_live, painted, send_orphans
from tests.fakes.browser import Visitors
from tests.fakes.stack import Stack, register

# A scanner's keys come within milliseconds; this machine may be too busy to send them so fast one by one.
SCAN = """text => {
  for (const key of [...text, "Enter"])
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def booth(operator: BrowserContext, place: Place) -> Page:
    """The booth's page, live."""
    page = operator.new_page()
    page.goto(place.booth)
    is_live(page)
    return page


def _take_picture(page: Page) -> None:
    page.get_by_role("button", name="No timer").click()
    page.get_by_role("button", name="Take photo").click()
    painted(page.locator(".camera img.taken"))
    page.evaluate("document.activeElement.blur()")


def test_only_the_photo_on_the_stage_is_given_away(
    visitors: Visitors, booth: Page, shared_stack: Stack, api: httpx.Client, place: Place
) -> None:
    guest = register(api, place.event_id, "Dewi Anggraini")
    booth.get_by_role("button", name="Pro camera").click()
    send_orphans(shared_stack, place.booth_id, 2)
    frame = {n: booth.locator(".strip li").filter(has=booth.get_by_label(f"IMG_000{n}.JPG")) for n in (1, 2)}
    for one in frame.values():
        expect(one).to_have_attribute("data-state", "orphan")
    bring(booth, guest["code"])
    expect(active(booth)).to_contain_text("Dewi Anggraini")

    caption, giver = booth.locator(".film .caption b"), booth.locator(".film .giver")
    frame[2].get_by_role("button").click()
    expect(caption).to_have_text("IMG_0002.JPG")
    expect(giver).to_contain_text("Give to Dewi Anggraini")
    expect(giver).to_contain_text("IMG_0002.JPG")
    booth.keyboard.press("g")
    expect(frame[2]).to_have_attribute("data-state", "assigned")
    expect(frame[1]).to_have_attribute("data-state", "orphan")

    expect(giver).to_contain_text("Show the photo without a guest")
    booth.keyboard.press("g")
    expect(caption).to_have_text("IMG_0001.JPG")
    expect(giver).to_contain_text("Give to Dewi Anggraini")
    expect(frame[1]).to_have_attribute("data-state", "orphan")
    booth.keyboard.press("g")
    expect(frame[1]).to_have_attribute("data-state", "assigned")
    expect(giver).to_have_count(0)
    visitors.loaded_once(booth)


def test_an_unsent_picture_outlives_a_reload_and_is_sent_as_the_same_one(
    visitors: Visitors, booth: Page, api: httpx.Client, place: Place
) -> None:
    visitors.may_complain(r"ERR_")
    guest = register(api, place.event_id, "Eva Marlina")
    bring(booth, guest["code"])
    expect(active(booth)).to_contain_text("Eva Marlina")
    _take_picture(booth)
    keys: list[str] = []
    booth.on(
        "request",
        lambda one: keys.append(one.headers["idempotency-key"]) if one.url.endswith("/api/v1/jobs") else None,
    )
    booth.route("**/api/v1/jobs", lambda route: route.abort("connectionreset"))
    booth.keyboard.press("Enter")
    expect(booth.locator(".pb-toasts")).to_contain_text("Eva Marlina's photo is kept here")
    expect(booth.locator(".camera img.taken")).to_have_count(0)
    _take_picture(booth)

    booth.reload()
    painted(booth.locator(".camera img.taken"))
    expect(booth.locator(".camera .caption")).to_have_text("Not sent yet")
    expect(active(booth)).to_contain_text("Eva Marlina")
    booth.get_by_role("button", name="Retake").click()
    booth.unroute("**/api/v1/jobs")
    expect(card(booth, "Eva Marlina")).to_have_count(1, timeout=SLOW)
    expect(booth.locator(".uploadbtn")).to_have_count(0)
    assert len(keys) >= 2, keys
    assert len(set(keys)) == 1, keys

    booth.reload()
    is_live(booth)
    expect(card(booth, "Eva Marlina")).to_have_count(1)
    expect(booth.locator(".camera img.taken")).to_have_count(0)


def test_a_scan_beside_the_code_field_is_a_code_and_nothing_else(
    visitors: Visitors, booth: Page, api: httpx.Client, place: Place
) -> None:
    visitors.may_complain(r"409 \(")
    first, second = (register(api, place.event_id, name) for name in ("Fitri Handayani", "Gilang Ramadhan"))
    sent: list[str] = []
    booth.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
    _take_picture(booth)
    pressed = booth.locator("[data-style][aria-pressed=true]")
    style = pressed.get_attribute("data-style") or ""

    held: list[tuple[Route, APIResponse]] = []  # the screen knows before the answer is there
    booth.route("**/active-session", lambda route: held.append((route, route.fetch())), times=1)
    booth.evaluate(SCAN, f"https://photos.example/r/4tEgMr123#{first['code']}")
    expect(active(booth)).to_contain_text("Fitri Handayani")
    booth.evaluate(SCAN, second["code"])
    expect(booth.locator("#guest-code")).to_have_value(second["code"])
    held[0][0].fulfill(response=held[0][1])
    expect(booth.get_by_role("alertdialog")).to_contain_text("The booth is still held by Fitri Handayani")
    expect(pressed).to_have_attribute("data-style", style)
    expect(booth.locator(".camera img.taken")).to_be_visible()
    expect(active(booth)).to_have_count(0)
    booth.get_by_role("button", name="Keep").click()
    expect(active(booth)).to_contain_text("Fitri Handayani")
    assert not [url for url in sent if url.endswith("/jobs") or "retry" in url], sent

    booth.evaluate("document.activeElement.blur()")
    booth.keyboard.press("k")
    expect(booth.locator("#guest-code")).to_be_focused()
    expect(booth.locator("#guest-code")).to_have_value("k")


def test_a_name_finds_its_guest_and_several_are_asked_about(
    booth: Page, api: httpx.Client, place: Place
) -> None:
    for name in ("Hendra Gunawan", "Hendri Saputra"):
        register(api, place.event_id, name)
    expect(booth.locator(".guests .guest")).to_have_count(2)
    bring(booth, "hendr")
    problem = booth.locator("#guest-code-problem")
    expect(problem).to_have_text("Several guests match. Choose from the list.")
    booth.keyboard.press("Escape")
    expect(problem).to_have_text("")
    booth.keyboard.press("/")
    bring(booth, "hendri")
    expect(active(booth)).to_contain_text("Hendri Saputra")


def test_everybody_at_the_booth_sees_the_guests_style_and_who_ended_the_turn(
    visitors: Visitors,
    booth: Page,
    shared_stack: Stack,
    boss_cookie: str,
    api: httpx.Client,
    place: Place,
) -> None:
    guest = register(api, place.event_id, "Indah Permata")
    other = let_in(visitors.context(), shared_stack, boss_cookie).new_page()
    other.goto(place.booth)
    is_live(other)
    bring(booth, guest["code"])
    expect(active(other)).to_contain_text("Indah Permata")
    fourth = booth.locator("[data-style]").nth(3)
    fourth.click()
    expect(fourth).to_have_attribute("aria-pressed", "true")
    chosen = re.escape(fourth.get_attribute("data-style") or "")
    theirs = other.locator("[data-style][aria-pressed=true]")
    expect(theirs).to_have_attribute("data-style", re.compile(f"^{chosen}$"))
    booth.evaluate("document.activeElement.blur()")
    booth.keyboard.press("e")
    expect(other.locator(".pb-toasts")).to_contain_text("Another operator ended Indah Permata's session")
    expect(active(booth)).to_have_count(0)
    expect(booth.locator(".pb-toasts")).not_to_contain_text("Another operator")
    visitors.loaded_once(booth, other)


def test_a_shutter_pressed_while_the_camera_opens_counts_when_it_is_open(
    operator: BrowserContext, api: httpx.Client, place: Place
) -> None:
    booth = operator.new_page()
    booth.add_init_script("""
      const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      const may = new Promise((resolve) => { window.openCamera = resolve; });
      navigator.mediaDevices.getUserMedia = async (wanted) => { await may; return open(wanted); };
    """)
    booth.goto(place.booth)
    is_live(booth)
    booth.keyboard.press("Escape")
    booth.keyboard.press("Space")
    booth.evaluate("openCamera()")
    expect(booth.locator(".camera .count")).to_be_visible()
