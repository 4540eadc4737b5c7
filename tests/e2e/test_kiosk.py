"""The guest's tablet: what it refuses and how it says so, both languages, wiping itself, the code as a QR."""

import re
from urllib.parse import quote

import cv2
import httpx
import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Place
from tests.e2e.steps import active, agree, bring, code_on, page_of_qr, painted, sign_up, type_name_and_number
from tests.fakes.browser import Visitors, until
from tests.fakes.stack import Stack, register

RESULT_SECONDS = 60
IDLE_SECONDS = 45


def _problem(page: Page, field: str) -> str:
    expect(page.locator(f"#{field}")).to_have_attribute("aria-invalid", "true")
    expect(page.locator(f"#{field}")).to_be_focused()
    return page.locator(f"#e-{field}").inner_text()


def _red(colour: str) -> bool:
    red, green, blue = (int(part) for part in re.findall(r"\d+", colour)[:3])
    return red > 2 * green and red > 2 * blue


def test_what_is_missing_or_wrong_is_said_beside_its_field(visitors: Visitors, place: Place) -> None:
    kiosk = visitors.kiosk()
    kiosk.goto(place.kiosk)
    kiosk.locator("#start").tap()
    kiosk.keyboard.press("Enter")
    assert _problem(kiosk, "name") == "Please type your name."
    kiosk.locator("#name").press_sequentially("12345")
    kiosk.keyboard.press("Enter")
    assert _problem(kiosk, "name") == "A name needs at least one letter."
    kiosk.locator("#name").fill("Sari")
    expect(kiosk.locator("#e-name")).to_have_text("")
    kiosk.keyboard.press("Enter")
    kiosk.locator("#whatsapp").press_sequentially("021 555")
    kiosk.keyboard.press("Enter")
    assert _problem(kiosk, "whatsapp") == "This is not a mobile number. Example: 0812 3456 7890."
    kiosk.locator("#whatsapp").fill("")
    kiosk.locator("#whatsapp").press_sequentially("+6281234567890")
    expect(kiosk.locator("#whatsapp")).to_have_value("0812 3456 7890")
    kiosk.keyboard.press("Enter")
    kiosk.locator("#send").tap()
    assert _problem(kiosk, "consent") == "We need your consent."
    edges = "() => ['.tick', '#e-consent'].map((one) => document.querySelector(one)).map(getComputedStyle)"
    edge, words = kiosk.evaluate(f"({edges})().map((one, at) => (at ? one.color : one.borderColor))")
    assert _red(edge), "the box that is not ticked is marked as a field is"
    assert _red(words)
    agree(kiosk)
    assert re.fullmatch(r"[2-9A-HJ-NP-Z]{4,8}", code_on(kiosk))
    visitors.loaded_once(kiosk)


def test_a_number_only_the_server_refuses_leads_back_to_its_field(visitors: Visitors, place: Place) -> None:
    visitors.may_complain(r"422 \(")
    kiosk = visitors.kiosk()
    kiosk.goto(place.kiosk)
    type_name_and_number(kiosk, "Sari", "0800 123 4567")
    agree(kiosk)
    expect(kiosk.locator("[data-screen=whatsapp]")).to_be_visible()
    assert _problem(kiosk, "whatsapp")


def test_the_language_switch_changes_every_word_and_loses_no_letter(visitors: Visitors, place: Place) -> None:
    kiosk = visitors.kiosk(lang="id")
    kiosk.goto(place.kiosk)
    expect(kiosk.get_by_role("heading", name="Siap difoto?")).to_be_visible()
    kiosk.locator("#start").tap()
    kiosk.keyboard.press("Enter")
    assert _problem(kiosk, "name") == "Tulis dulu namamu."
    kiosk.get_by_role("button", name="English").tap()
    assert _problem(kiosk, "name") == "Please type your name."
    kiosk.locator("#name").press_sequentially("Budi")
    kiosk.get_by_role("button", name="Indonesia").tap()
    expect(kiosk.locator("#name")).to_have_value("Budi")
    expect(kiosk.locator("#name")).to_be_focused()
    expect(kiosk.locator("html")).to_have_attribute("lang", "id")
    kiosk.get_by_role("button", name="English").tap()
    kiosk.keyboard.press("Enter")
    expect(kiosk.get_by_role("heading", name="Your WhatsApp number?")).to_be_visible()


def _nothing_of(page: Page, *words: str) -> None:
    left = page.evaluate(
        "() => document.body.innerText + [...document.querySelectorAll('input')].map(one => one.value).join()"
        " + JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + location.href"
    )
    for word in words:
        assert word not in left


def test_the_code_is_wiped_after_a_minute_for_the_next_guest(visitors: Visitors, place: Place) -> None:
    kiosk = visitors.kiosk()
    kiosk.clock.install()
    kiosk.goto(place.kiosk)
    kiosk.get_by_role("button", name="Indonesia").tap()
    code = sign_up(kiosk, "Rahasia Sekali")
    kiosk.clock.run_for((RESULT_SECONDS - 2) * 1000)
    expect(kiosk.locator("#result-code")).to_have_text(code)
    kiosk.clock.run_for(3000)
    expect(kiosk.locator("[data-screen=welcome]")).to_be_visible()
    expect(kiosk.locator("html")).to_have_attribute("lang", "en")
    _nothing_of(kiosk, code, "Rahasia", "3456")
    assert kiosk.locator("#result-qr").get_attribute("src") is None
    assert sign_up(kiosk, "Tamu Berikut") != code


def test_a_form_left_alone_asks_and_then_forgets(visitors: Visitors, place: Place) -> None:
    kiosk = visitors.kiosk()
    kiosk.clock.install()
    kiosk.goto(place.kiosk)
    type_name_and_number(kiosk, "Pergi Jauh", "081234567890")
    kiosk.clock.run_for((IDLE_SECONDS - 5) * 1000)
    kiosk.get_by_role("button", name="Yes, go on").tap()
    expect(kiosk.locator("#nudge")).to_be_hidden()
    expect(kiosk.locator("[data-screen=consent]")).to_be_visible()
    kiosk.clock.run_for((IDLE_SECONDS + 1) * 1000)
    expect(kiosk.locator("[data-screen=welcome]")).to_be_visible()
    _nothing_of(kiosk, "Pergi", "3456")
    kiosk.locator("#start").tap()
    expect(kiosk.locator("#name")).to_have_value("")


def _read(picture: bytes) -> str:
    """What a scanner reads in a photo."""
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    text, _, _ = cv2.QRCodeDetector().detectAndDecode(image)
    return str(text)


def test_the_qr_opens_the_guests_page_and_a_scanner_finds_the_guest_with_it(
    visitors: Visitors, operator: BrowserContext, shared_stack: Stack, place: Place
) -> None:
    kiosk = visitors.kiosk()
    kiosk.goto(place.kiosk)
    code = sign_up(kiosk, "Putri Maharani")
    painted(kiosk.locator("#result-qr"))
    link = until(kiosk, lambda: _read(kiosk.locator("#result-qr").screenshot()), "a QR that reads")
    assert link == f"{shared_stack.url}{page_of_qr(kiosk)}#{code}"
    phone = visitors.phone()
    phone.goto(link)
    expect(phone.locator(".ticket .code")).to_have_text(code)

    booth = operator.new_page()
    booth.goto(place.booth)
    bring(booth, link)
    expect(active(booth)).to_contain_text("Putri Maharani")
    booth.locator(".activecard").get_by_role("button", name="End").click()
    expect(active(booth)).to_have_count(0)
    booth.evaluate("text => navigator.clipboard.writeText(text)", quote(link, safe=""))
    booth.locator("#guest-code").click()
    booth.keyboard.press("Control+v")
    booth.keyboard.press("Enter")
    expect(active(booth)).to_contain_text("Putri Maharani")
    visitors.loaded_once(kiosk, phone, booth)


@pytest.mark.parametrize(
    ("lang", "words"), [("id", "Pendaftaran sudah ditutup"), ("en", "Sign-up is closed")]
)
def test_a_closed_event_says_so(
    visitors: Visitors, boss: httpx.Client, place: Place, lang: str, words: str
) -> None:
    visitors.may_complain(r"404 \(|410 \(")
    kiosk = visitors.kiosk(lang=lang)
    kiosk.goto(place.kiosk)
    boss.patch(f"/events/{place.event_id}", json={"status": "closed"})
    type_name_and_number(kiosk, "Terlambat", "081234567890")
    agree(kiosk)
    expect(kiosk.get_by_role("heading", name=words)).to_be_visible()
    again = visitors.kiosk(lang=lang)
    again.goto(place.kiosk)
    expect(again.get_by_role("heading", name=words)).to_be_visible()


def test_the_plain_address_leads_to_the_newest_open_event(visitors: Visitors, place: Place) -> None:
    kiosk = visitors.kiosk()
    kiosk.goto("/kiosk")
    expect(kiosk.locator("#event-name")).to_have_text(place.name)


def test_hostile_names_are_only_letters(
    visitors: Visitors, operator: BrowserContext, shared_stack: Stack, api: httpx.Client, place: Place
) -> None:
    name = "<img src=x onerror=alert(1)>${7*7}{{7*7}}"
    guest = register(api, place.event_id, name)
    booth = operator.new_page()
    booth.goto(place.booth)
    bring(booth, guest["code"])
    expect(active(booth).locator(".name")).to_have_text(name)
    phone = visitors.phone()
    phone.goto(f"/r/{guest['token']}")
    expect(phone.locator(".ticket .code")).to_have_text(guest["code"])
    visitors.loaded_once(booth, phone)
