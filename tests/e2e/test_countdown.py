"""Between the shutter and the photo: whose it is, and from which camera."""

import httpx
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.e2e.conftest import Place, let_in
from tests.e2e.steps import SLOW, active, bring, card, is_live, painted
from tests.fakes.browser import ARGUMENTS, Visitors, chromium, until
from tests.fakes.stack import Stack, register


def test_a_guest_changed_by_another_operator_during_the_countdown_keeps_the_photo(
    visitors: Visitors,
    operator: BrowserContext,
    shared_stack: Stack,
    boss_cookie: str,
    api: httpx.Client,
    place: Place,
) -> None:
    visitors.may_complain(r"409 \(")
    posing, next_one = (register(api, place.event_id, name) for name in ("Anto Wijaya", "Beni Kurnia"))
    # This browser sends by itself: exactly then nobody would look.
    booth = let_in(visitors.context(by_itself=True), shared_stack, boss_cookie).new_page()
    other = operator.new_page()
    for page in (booth, other):
        page.goto(place.booth)
        is_live(page)
    bring(booth, posing["code"])
    expect(active(booth)).to_contain_text("Anto Wijaya")
    bring(other, next_one["code"])
    swap = other.get_by_role("alertdialog").get_by_role("button", name="End Anto, start Beni")
    expect(swap).to_be_visible()

    booth.get_by_role("button", name="5 s").click()
    booth.get_by_role("button", name="Take photo").click()
    expect(booth.locator(".camera .count")).to_be_visible()
    swap.click()
    expect(active(booth)).to_contain_text("Beni Kurnia")
    expect(booth.locator(".camera .count")).to_be_visible()

    painted(booth.locator(".camera img.taken"))
    expect(booth.locator(".camera .caption.top")).to_have_text("Taken for Anto Wijaya")
    expect(booth.get_by_role("button", name="Hold")).to_have_count(0)
    expect(booth.get_by_role("button", name="For Beni")).to_be_visible()
    booth.get_by_role("button", name="Send for Anto").click()
    expect(card(booth, "Anto Wijaya")).to_have_count(1, timeout=SLOW)
    expect(card(booth, "Beni Kurnia")).to_have_count(0)


TWO_CAMERAS = "--use-fake-device-for-media-stream=device-count=2"


def opened_camera(page: Page) -> str:
    """The name of the camera whose picture is shown."""
    video = page.locator(".camera video")
    return str(video.evaluate("one => one.srcObject?.getVideoTracks()[0]?.label ?? ''"))


def test_the_chosen_camera_is_opened_and_remembered(
    browser: Browser, shared_stack: Stack, operator_cookie: str, place: Place
) -> None:
    arguments = [one for one in ARGUMENTS if "fake-device" not in one]
    with browser.browser_type.launch(executable_path=chromium(), args=[*arguments, TWO_CAMERAS]) as two:
        visitors = Visitors(two, shared_stack.url)
        page = let_in(visitors.context(), shared_stack, operator_cookie).new_page()
        page.goto(place.booth)
        is_live(page)
        choice = page.locator("#camera-device")
        expect(choice.locator("option")).to_have_count(2)
        first = opened_camera(page)
        other = choice.locator("option:not(:checked)").inner_text()
        assert first != other
        choice.select_option(label=other)
        until(page, lambda: opened_camera(page) == other, f"{other} is opened")
        expect(choice.locator("option:checked")).to_have_text(other)

        page.reload()
        is_live(page)
        until(page, lambda: opened_camera(page) == other, f"{other} is opened again")
        expect(choice.locator("option:checked")).to_have_text(other)
        visitors.check()
        visitors.close()


def inside(small: Locator, large: Locator) -> bool:
    """Whether one box lies in the other."""
    one, whole = small.bounding_box(), large.bounding_box()
    assert one
    assert whole
    return one["x"] >= whole["x"] and one["x"] + one["width"] <= whole["x"] + whole["width"]


def test_a_guest_without_a_server_stays_inside_the_card(
    visitors: Visitors, operator: BrowserContext, api: httpx.Client, place: Place
) -> None:
    visitors.may_complain(r"ERR_")
    guest = register(api, place.event_id, "Doni Saputra")
    page = operator.new_page()
    page.goto(place.booth)
    is_live(page)
    page.route("**/active-session*", lambda route: route.abort("connectionrefused"))
    bring(page, guest["code"])
    expect(active(page)).to_contain_text("Photographed without a server")
    assert inside(active(page).locator(".act .dim"), active(page))
    page.unroute("**/active-session*")


def test_the_only_guest_is_not_said_to_be_none(
    operator: BrowserContext, api: httpx.Client, place: Place
) -> None:
    page = operator.new_page()
    page.goto(place.booth)
    is_live(page)
    nobody = page.locator(".guests .empty")
    expect(nobody).to_contain_text("No guests yet")
    bring(page, register(api, place.event_id, "Citra Dewi")["code"])
    expect(active(page)).to_contain_text("Citra Dewi")
    expect(nobody).to_contain_text("No other guests yet")
    page.get_by_role("button", name="ID", exact=True).click()
    expect(nobody).to_contain_text("Belum ada tamu lain")
