"""Traps guests fell into: an older picture first, a number praised and then refused, a double tap."""

from urllib.parse import urlsplit

import httpx
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Place
from tests.e2e.steps import SLOW, agree, type_name_and_number
from tests.fakes.browser import PHONE, Visitors
from tests.fakes.stack import finished, picture, post_job, register


def _make(api: httpx.Client, place: Place, guest: dict[str, str], seed: int) -> str:
    """A finished picture of this guest; its id."""
    answer = post_job(api, guest, place.event_id, picture(300, 400, seed))
    assert answer.status_code == 202, answer.text
    job_id = str(answer.json()["jobId"])
    assert finished(api, job_id)["status"] == "succeeded"
    return job_id


def _shows(page: Page, job_id: str) -> None:
    """The large picture is this job's."""
    source = f"{urlsplit(page.url).path}/jobs/{job_id}/preview"
    expect(page.locator(".photo .after")).to_have_attribute("src", source, timeout=SLOW)


def test_the_guests_page_opens_on_the_newest_picture(
    visitors: Visitors, api: httpx.Client, place: Place
) -> None:
    guest = register(api, place.event_id, "Ratna")
    made = [_make(api, place, guest, seed) for seed in range(2)]
    phone = visitors.phone()
    phone.goto(f"/r/{guest['token']}")
    _shows(phone, made[1])
    expect(phone.locator(".thumbs button").first).to_have_attribute("aria-pressed", "true")
    made.append(_make(api, place, guest, 2))
    _shows(phone, made[2])
    visitors.loaded_once(phone)


def test_the_strip_stays_where_the_guest_scrolled_it(
    visitors: Visitors, api: httpx.Client, place: Place
) -> None:
    guest = register(api, place.event_id, "Ratna")
    made = [_make(api, place, guest, seed) for seed in range(5)]
    phone = visitors.phone()
    phone.set_viewport_size({"width": 280, "height": PHONE["height"]})
    phone.goto(f"/r/{guest['token']}")
    oldest = phone.locator(".thumbs button").last
    oldest.scroll_into_view_if_needed()
    scrolled = phone.locator(".thumbs").evaluate("strip => strip.scrollLeft")
    assert scrolled > 0
    oldest.tap()
    _shows(phone, made[0])
    assert phone.locator(".thumbs").evaluate("strip => strip.scrollLeft") == scrolled


def test_a_foreign_number_is_not_praised_before_it_is_refused(visitors: Visitors, place: Place) -> None:
    visitors.may_complain(r"422 \(")
    kiosk = visitors.kiosk()
    kiosk.goto(place.kiosk)
    type_name_and_number(kiosk, "Sari", "+65 1234 5678")
    kiosk.get_by_role("button", name="Back").tap()
    expect(kiosk.locator("#whatsapp")).to_have_value("+65 1234 5678")
    expect(kiosk.locator("#whatsapp-mark")).to_be_hidden()
    kiosk.keyboard.press("End")
    kiosk.keyboard.press("Backspace")
    kiosk.keyboard.press("8")
    kiosk.keyboard.press("Enter")
    agree(kiosk)
    expect(kiosk.locator("[data-screen=whatsapp]")).to_be_visible()
    expect(kiosk.locator("#e-whatsapp")).to_have_text(
        "We do not recognise this number. Check the country code and the digits."
    )
    kiosk.locator("#whatsapp").fill("0812 3456 7890")
    expect(kiosk.locator("#whatsapp-mark")).to_be_visible()
    kiosk.locator("#whatsapp").fill("+65 8123 4567")
    expect(kiosk.locator("#whatsapp-mark")).to_be_hidden()


def test_a_number_the_server_refuses_loses_its_tick(visitors: Visitors, place: Place) -> None:
    visitors.may_complain(r"422 \(")
    kiosk = visitors.kiosk()
    kiosk.goto(place.kiosk)
    type_name_and_number(kiosk, "Sari", "0800 123 4567")
    agree(kiosk)
    expect(kiosk.locator("#whatsapp")).to_have_attribute("aria-invalid", "true")
    expect(kiosk.locator("#whatsapp-mark")).to_be_hidden()


def test_a_double_tap_on_next_leaves_the_next_question_alone(visitors: Visitors, place: Place) -> None:
    kiosk = visitors.kiosk()
    kiosk.goto(place.kiosk)
    kiosk.locator("#start").dblclick()
    expect(kiosk.locator("#name")).to_be_focused()
    expect(kiosk.locator("#e-name")).to_have_text("")
    kiosk.locator("#name").press_sequentially("Sari")
    kiosk.locator("[data-screen=name] [type=submit]").dblclick()
    expect(kiosk.locator("#whatsapp")).to_be_focused()
    expect(kiosk.locator("#e-whatsapp")).to_have_text("")
    kiosk.keyboard.press("Enter")
    expect(kiosk.locator("#e-whatsapp")).to_have_text("Please type your WhatsApp number.")
    kiosk.locator("#whatsapp").press_sequentially("081234567890")
    kiosk.locator("[data-screen=whatsapp] [type=submit]").dblclick()
    expect(kiosk.locator("[data-screen=consent]")).to_be_visible()
    expect(kiosk.locator("#e-consent")).to_have_text("")


def test_the_guests_page_speaks_the_guests_language(
    visitors: Visitors, api: httpx.Client, place: Place
) -> None:
    body = {"eventId": place.event_id, "name": "Emma", "whatsapp": "0812 3456 7890", "consent": True}
    answer = api.post("/sessions", json={**body, "language": "en"})
    page = visitors.phone(locale="id-ID")
    page.context.clear_cookies()
    page.goto(answer.headers["location"])
    expect(page.get_by_role("heading", name="Hi Emma!")).to_be_visible()
    visitors.may_complain(r"404 \(")
    page.goto("/r/nobody-knows-this-link")
    expect(page.locator("html")).to_have_attribute("lang", "id")
    abroad = visitors.phone(locale="en-SG")
    abroad.context.clear_cookies()
    abroad.goto("/r/nobody-knows-this-link")
    expect(abroad.get_by_role("heading", name="We do not know this link")).to_be_visible()
