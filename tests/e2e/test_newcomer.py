"""Where somebody who saw the pages for the first time was stopped or told something untrue."""

from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.conftest import Place, let_in
from tests.e2e.steps import (
    SLOW,
    active,
    agree,
    bring,
    card,
    code_on,
    is_live,
    painted,
    row,
    type_name_and_number,
)
from tests.fakes.browser import Visitors
from tests.fakes.stack import Stack, finished, picture, post_job, register


def _box(locator: Locator) -> dict[str, float]:
    expect(locator).to_be_visible()
    box: Any = locator.bounding_box()
    assert box is not None
    return dict(box)


def _in_view(locator: Locator) -> bool:
    """Whether all of it is inside its window, sideways and down."""
    return bool(
        locator.evaluate(
            """one => { const box = one.getBoundingClientRect();
            return box.left >= 0 && box.top >= 0 && box.right <= innerWidth && box.bottom <= innerHeight; }"""
        )
    )


@pytest.mark.parametrize("size", [(810, 1080), (800, 1280), (1024, 1366), (834, 1194)])
def test_a_booth_on_an_upright_tablet_hides_nothing(
    size: tuple[int, int], operator: BrowserContext, api: httpx.Client, place: Place
) -> None:
    guest = register(api, place.event_id, "Dewi Anggraini")
    post_job(api, guest, place.event_id, boothId=place.booth_id)
    page = operator.new_page()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(place.booth)
    is_live(page)
    modes, tray = _box(page.locator(".capture .shootmode")), _box(page.locator(".capture .opener"))
    assert modes["x"] + modes["width"] <= tray["x"], (modes, tray)
    expect(card(page, "Dewi Anggraini")).to_be_visible(timeout=SLOW)
    assert _in_view(card(page, "Dewi Anggraini"))
    assert _in_view(page.locator(".guests .guest").filter(has_text="Dewi Anggraini"))
    assert _in_view(page.get_by_role("button", name="Take photo"))
    assert _in_view(page.locator(".capture .styles button").first)
    assert _box(page.locator(".camera .stage"))["height"] > 220
    page.locator(".guests .guest").filter(has_text="Dewi Anggraini").get_by_role("button").click()
    left, held = active(page).locator(".act .dim"), active(page)
    expect(left).to_contain_text("left")
    assert _box(left)["x"] + _box(left)["width"] <= _box(held)["x"] + _box(held)["width"]


def test_a_finished_photo_whose_guest_asks_for_another_style_stays_finished(
    operator: BrowserContext, api: httpx.Client, boss: httpx.Client, place: Place, visitors: Visitors
) -> None:
    boss.patch(f"/events/{place.event_id}", json={"extraStyles": 2})
    guest = register(api, place.event_id, "Ratna Sari")
    first = post_job(api, guest, place.event_id, picture(600, 800), boothId=place.booth_id).json()["jobId"]
    assert finished(api, first)["status"] == "succeeded"
    phone = visitors.phone()
    phone.goto(f"/r/{guest['token']}")
    painted(phone.locator(".photo .after"))  # one that comes later would push away what was just pressed
    comic = phone.get_by_role("button", name="Paper cut")  # the last one: the strip is pushed to it
    comic.click()
    expect(phone.get_by_role("button", name="Make it in Paper cut")).to_be_visible()
    assert _in_view(phone.get_by_role("button", name="Paper cut", exact=True))
    phone.get_by_role("button", name="Make it in Paper cut").click()
    expect(phone.locator(".thumbs button")).to_have_count(2, timeout=SLOW)

    queue = operator.new_page()
    queue.goto(place.queue)
    expect(row(queue, "Ratna Sari")).to_have_count(2)
    expect(row(queue, "Ratna Sari").locator(".now b")).to_have_text(["Done", "Done"], timeout=SLOW)
    queue.goto(place.booth)
    expect(card(queue, "Ratna Sari")).to_have_count(2)
    queue.goto(f"/console/jobs/{first}")
    expect(queue.get_by_role("link", name="Another style of it")).to_be_visible()


@pytest.fixture
def clash(
    operator: BrowserContext,
    api: httpx.Client,
    place: Place,
    visitors: Visitors,
    shared_stack: Stack,
    boss_cookie: str,
) -> tuple[Page, Page]:
    """Two people at one booth: the second page is told that the first one's guest is still there."""
    visitors.may_complain(r"409 \(")
    holder, next_one = (
        register(api, place.event_id, "Siti Aminah"),
        register(api, place.event_id, "Budi Santoso"),
    )
    here = operator.new_page()
    there = let_in(visitors.context(), shared_stack, boss_cookie).new_page()
    for page in (here, there):
        page.goto(place.booth)
        is_live(page)
    bring(here, holder["code"])
    expect(active(there)).to_contain_text("Siti Aminah")
    bring(there, next_one["code"])
    expect(there.locator(".conflict")).to_contain_text("Siti Aminah")
    return here, there


def test_the_guest_who_is_still_there_makes_room_by_a_key(clash: tuple[Page, Page]) -> None:
    _, there = clash
    there.keyboard.press("Escape")
    expect(there.locator(".conflict")).to_have_count(0)
    expect(active(there)).to_contain_text("Siti Aminah")
    there.locator(".guests .guest").filter(has_text="Budi Santoso").get_by_role("button").click()
    expect(there.locator(".conflict .btn.main kbd")).to_have_text("E")
    there.keyboard.press("e")
    expect(active(there)).to_contain_text("Budi Santoso")
    expect(there.locator(".conflict")).to_have_count(0)


def test_nobody_is_said_to_hold_a_booth_that_they_left(clash: tuple[Page, Page]) -> None:
    here, there = clash
    here.keyboard.press("e")
    expect(active(here)).to_have_count(0)
    expect(there.locator(".conflict")).to_have_count(0)


def test_the_key_of_the_code_field_is_no_part_of_a_code(
    operator: BrowserContext, api: httpx.Client, place: Place
) -> None:
    guest = register(api, place.event_id, "Dewi Anggraini")
    page = operator.new_page()
    page.goto(place.booth)
    is_live(page)
    expect(page.locator("#guest-code")).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.type(guest["code"])
    expect(page.locator("#guest-code")).to_have_value(guest["code"])
    page.keyboard.press("/")  # in the midst of a link it is a sign like others
    expect(page.locator("#guest-code")).to_have_value(f"{guest['code']}/")


def test_the_guests_page_says_when_they_are_being_photographed(
    visitors: Visitors, api: httpx.Client, place: Place, operator: BrowserContext
) -> None:
    guest = register(api, place.event_id, "Dewi Anggraini")
    phone = visitors.phone()
    phone.goto(f"/r/{guest['token']}")
    expect(phone.get_by_role("heading", name="Hi Dewi!")).to_be_visible()
    page = operator.new_page()
    page.goto(place.booth)
    is_live(page)
    bring(page, guest["code"])
    expect(phone.get_by_role("heading", name="It is your turn, Dewi!")).to_be_visible()
    expect(phone.locator("main")).not_to_contain_text("Show this code")
    page.keyboard.press("e")
    expect(phone.get_by_role("heading", name="Hi Dewi!")).to_be_visible()


@pytest.mark.parametrize("size", [(1080, 810), (1024, 768), (810, 1080), (768, 1024)])
def test_a_kiosk_without_a_server_says_so_where_it_is_seen(
    size: tuple[int, int], visitors: Visitors, place: Place
) -> None:
    visitors.may_complain("ERR_INTERNET_DISCONNECTED|ERR_FAILED")
    kiosk = visitors.kiosk(lang="id")
    kiosk.set_viewport_size({"width": size[0], "height": size[1]})
    kiosk.goto(place.kiosk)
    type_name_and_number(kiosk, "Rini", "0812 3333 4444")
    kiosk.context.set_offline(True)
    agree(kiosk)
    expect(kiosk.locator("#trouble")).to_be_visible()
    assert _in_view(kiosk.locator("#trouble"))
    assert _in_view(kiosk.locator("#send"))
    kiosk.context.set_offline(False)
    code_on(kiosk)


def test_messages_do_not_cover_what_is_said_of_the_server(
    operator: BrowserContext, api: httpx.Client, place: Place, visitors: Visitors
) -> None:
    visitors.may_complain("ERR_INTERNET_DISCONNECTED|ERR_FAILED")
    guest = register(api, place.event_id, "Dewi Anggraini")
    page = operator.new_page()
    page.goto(place.booth)
    is_live(page)
    bring(page, guest["code"])
    expect(active(page)).to_contain_text("Dewi Anggraini")
    page.get_by_role("button", name="No timer").click()
    page.context.set_offline(True)
    bar = _box(page.locator(".lostbar"))
    page.get_by_role("button", name="Take photo").click()
    page.get_by_role("button", name="Send for Dewi Anggraini").click()
    message = page.locator(".pb-toasts > div").filter(has_text="is kept here")
    assert _box(message)["y"] >= bar["y"] + bar["height"]


def test_a_photo_of_an_erased_guest_says_so_and_offers_nothing(
    operator: BrowserContext, api: httpx.Client, place: Place
) -> None:
    guest = register(api, place.event_id, "Made Wirawan")
    job_id = post_job(api, guest, place.event_id, boothId=place.booth_id).json()["jobId"]
    finished(api, job_id)
    page = operator.new_page()
    page.goto(place.booth)
    mine = page.locator(f'.jobcard[data-job="{job_id}"]')
    expect(mine.get_by_role("button", name="Wrong guest?")).to_be_visible(timeout=SLOW)
    answer = api.post(f"/guest/{guest['token']}/erasure", json={"confirm": True})
    assert answer.status_code == 200, answer.text
    expect(mine.locator(".tag")).to_have_text("Data erased", timeout=SLOW)
    expect(mine.get_by_role("button")).to_have_count(0)
    page.goto(f"/console/jobs/{job_id}")
    expect(page.locator(".jobpage .tag").first).to_have_text("Data erased")
    expect(page.get_by_role("button", name="Wrong guest?")).to_have_count(0)
    expect(page.locator(".jobpage figure").first).to_contain_text("Data erased")
    expect(page.locator(".jobpage figure img")).to_have_count(0)  # it may be there for a moment still
