"""Who may come in and what those read who may not: sign-in, signing out, links that lead nowhere."""

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Place, Sql, cookie_of, let_in
from tests.e2e.steps import is_live
from tests.fakes.browser import Visitors
from tests.fakes.stack import OPERATOR, Stack, register

UNKNOWN = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


def _try(page: Page, username: str, password: str) -> None:
    page.locator("#username").fill(username)
    page.locator("#password").fill(password)
    page.locator("#go").click()


@pytest.mark.parametrize(
    ("lang", "wrong", "often"),
    [
        ("en", "Wrong username or password.", "Too many tries. Wait "),
        ("id", "Nama pengguna atau kata sandi salah.", "Terlalu banyak percobaan. Tunggu "),
    ],
)
def test_a_wrong_password_and_too_many_are_told_in_words(
    visitors: Visitors, lang: str, wrong: str, often: str
) -> None:
    visitors.may_complain(r"40[13] \(|429 \(")
    page = visitors.page(lang=lang)
    page.goto("/login?next=/console/queue")
    account = f"nobody-{lang}"
    _try(page, account, "not the password")
    expect(page.locator("#problem")).to_contain_text(wrong)
    expect(page.locator("#username")).to_have_value(account)
    expect(page.locator("#password")).to_be_focused()
    for _ in range(12):
        if often in page.locator("#problem").inner_text():
            break
        with page.expect_navigation():
            _try(page, account, "not the password")
    expect(page.locator("#problem")).to_contain_text(often)
    expect(page.locator("#go")).to_be_disabled()


def test_signing_in_leads_to_the_page_that_was_asked_for(visitors: Visitors, place: Place) -> None:
    page = visitors.page()
    page.goto("/")
    expect(page).to_have_url(f"{visitors.base_url}/login?next=/console")
    page.goto(place.queue)
    page.locator("#username").fill("operator")
    page.locator("#password").fill(OPERATOR)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{visitors.base_url}{place.queue}")
    is_live(page)


@pytest.mark.parametrize("next_page", ["https://evil.example/", "//evil.example/", "/\\evil.example"])
def test_signing_in_never_leads_to_another_site(visitors: Visitors, next_page: str) -> None:
    page = visitors.page()
    page.goto(f"/login?next={next_page}")
    assert page.locator("#next").get_attribute("value") == "/console"


def test_signing_out_moves_the_other_tabs_to_the_door(
    visitors: Visitors, shared_stack: Stack, place: Place
) -> None:
    visitors.may_complain(r"40[13] \(|WebSocket|403")
    desk = let_in(visitors.context(), shared_stack, cookie_of(shared_stack, "operator", OPERATOR))
    booth, queue, leaving = desk.new_page(), desk.new_page(), desk.new_page()
    booth.goto(place.booth)
    queue.goto(place.queue)
    leaving.goto("/console")
    is_live(booth)
    is_live(queue)
    leaving.get_by_role("button", name="Sign out").click()
    expect(leaving).to_have_url(f"{visitors.base_url}/login")
    for page in (booth, queue):
        page.wait_for_url("**/login?**", timeout=20_000)
        expect(page.locator("#problem")).to_contain_text("signed out")
    assert booth.locator("#next").get_attribute("value") == place.booth


def test_a_revoked_account_is_shown_the_door(
    visitors: Visitors, shared_stack: Stack, boss: httpx.Client, place: Place, sql: Sql
) -> None:
    visitors.may_complain(r"40[13] \(|WebSocket|403")
    name = f"sementara-{place.slug[-4:]}"
    shared_stack.command("user", "add", name, "--role", "operator", "--password-stdin", typed="a-password\n")
    desk = let_in(visitors.context(), shared_stack, cookie_of(shared_stack, name, "a-password"))
    booth = desk.new_page()
    booth.goto(place.booth)
    is_live(booth)
    sql(f"UPDATE users SET disabled_at = now() WHERE username = '{name}'")
    booth.wait_for_url("**/login?**", timeout=20_000)


@pytest.mark.parametrize(
    ("lang", "unknown", "revoked", "expired"),
    [
        ("en", "We do not know this link", "This link was closed", "This link has ended"),
        ("id", "Tautan ini tidak dikenal", "Tautan ini sudah ditutup", "Tautan ini sudah berakhir"),
    ],
)
def test_links_that_are_over_say_so_kindly(
    visitors: Visitors,
    api: httpx.Client,
    place: Place,
    sql: Sql,
    lang: str,
    unknown: str,
    revoked: str,
    expired: str,
) -> None:
    visitors.may_complain(r"404 \(|410 \(")
    phone = visitors.phone(lang=lang)
    phone.goto("/r/nobody-ever-had-this-token")
    expect(phone.get_by_role("heading", name=unknown)).to_be_visible()

    closed = register(api, place.event_id)
    sql(f"UPDATE sessions SET revoked_at = now() WHERE id = '{closed['sessionId']}'")
    phone.goto(f"/r/{closed['token']}")
    expect(phone.get_by_role("heading", name=revoked)).to_be_visible()
    assert closed["code"] not in phone.content()

    over = register(api, place.event_id, "Lama Sekali")
    sql(f"UPDATE sessions SET created_at = now() - interval '400 days' WHERE id = '{over['sessionId']}'")
    phone.goto(f"/r/{over['token']}")
    expect(phone.get_by_role("heading", name=expired)).to_be_visible()
    assert "Lama Sekali" not in phone.content()


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "We do not have this photo."), ("id", "Foto ini tidak ditemukan.")]
)
def test_an_unknown_job_is_a_friendly_page(
    visitors: Visitors, operator: BrowserContext, lang: str, words: str
) -> None:
    visitors.may_complain(r"404 \(")
    operator.add_cookies([{"name": "lang", "value": lang, "url": visitors.base_url}])
    page = operator.new_page()
    page.goto(f"/console/jobs/{UNKNOWN}")
    expect(page.get_by_text(words)).to_be_visible()
    expect(page.get_by_text("Traceback")).to_have_count(0)
    page.locator("#lost-ways a").first.click()
    expect(page.locator(".chooser")).to_be_visible()


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "We do not know this booth."), ("id", "Booth ini tidak dikenal.")]
)
def test_an_unknown_booth_is_a_friendly_page(
    visitors: Visitors, operator: BrowserContext, lang: str, words: str
) -> None:
    visitors.may_complain(r"404 \(")
    operator.add_cookies([{"name": "lang", "value": lang, "url": visitors.base_url}])
    page = operator.new_page()
    page.goto("/console/booth/booth-of-nobody")
    expect(page.get_by_text(words)).to_be_visible()


def test_an_address_that_does_not_exist_is_a_friendly_page(
    visitors: Visitors, operator: BrowserContext
) -> None:
    visitors.may_complain(r"404 \(")
    page = operator.new_page()
    answer = page.goto("/console/nothing-here")
    assert answer is not None
    assert answer.status == 404
    assert "text/html" in answer.headers["content-type"]
    expect(page.get_by_role("link").first).to_be_visible()
