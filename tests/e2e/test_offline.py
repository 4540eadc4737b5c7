"""Photos taken while the server is away: kept in the browser, sent by themselves, each of them once."""

import json

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.e2e.conftest import Place, Sql
from tests.e2e.steps import SLOW, active, bring, card, is_live, painted
from tests.fakes.browser import Visitors, until
from tests.fakes.stack import register

JOBS = "**/api/v1/jobs"


@pytest.fixture
def booth(visitors: Visitors, operator: BrowserContext, api: httpx.Client, place: Place) -> Page:
    """The booth with Eva in front of its webcam."""
    visitors.may_complain(r"ERR_|WebSocket|41[0-9] \(|NotReadable")
    guest = register(api, place.event_id, "Eva Marlina")
    page = operator.new_page()
    page.goto(place.booth)
    is_live(page)
    page.get_by_role("button", name="No timer").click()
    bring(page, guest["code"])
    expect(active(page)).to_contain_text("Eva Marlina")
    page.evaluate("document.activeElement.blur()")
    return page


def _shoot(page: Page) -> None:
    expect(page.locator(".shoot .main")).to_be_enabled()
    page.keyboard.press("Space")
    painted(page.locator(".camera img.taken"))
    page.keyboard.press("Enter")
    expect(page.locator(".camera img.taken")).to_have_count(0)


def _jobs(sql: Sql, place: Place) -> int:
    return int(sql(f"SELECT count(*) FROM jobs WHERE event_id = '{place.event_id}'"))


def test_a_cut_network_a_reload_and_a_second_tab_make_one_job_of_each_photo(
    visitors: Visitors, booth: Page, operator: BrowserContext, place: Place, sql: Sql
) -> None:
    """The network goes before the capture; the page is loaded again; another tab of the booth is opened."""
    operator.set_offline(True)
    for count in (1, 2):
        _shoot(booth)
        expect(booth.locator(".uploadbtn")).to_contain_text(f"{count} not sent yet")
    operator.route(JOBS, lambda route: route.abort("connectionreset"))
    operator.set_offline(False)
    booth.reload()
    is_live(booth)
    expect(booth.locator(".uploadbtn")).to_contain_text("2 not sent yet")
    booth.locator(".uploadbtn").click()
    rows = booth.locator(".uploadlist li")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Eva Marlina")
    expect(rows.first).to_contain_text("The server cannot be reached.", timeout=SLOW)
    painted(rows.first.locator("img"))
    booth.keyboard.press("Escape")
    booth.get_by_role("button", name="Take photo").click()
    painted(booth.locator(".camera img.taken"))
    second = operator.new_page()
    second.goto(place.booth)
    is_live(second)
    expect(second.locator(".uploadbtn")).to_contain_text("2 not sent yet")
    expect(second.locator(".camera img.taken")).to_have_count(0)  # it is on the stage of a page that lives
    booth.get_by_role("button", name="Retake").click()
    assert _jobs(sql, place) == 0

    keys: list[str] = []
    operator.on("request", lambda one: keys.append(one.headers.get("idempotency-key", "")) if one.url.endswith("/api/v1/jobs") else None)  # fmt: skip  # noqa: E501
    operator.unroute(JOBS)
    for page in (booth, second):
        page.evaluate("dispatchEvent(new Event('online'))")
    expect(card(booth, "Eva Marlina")).to_have_count(2, timeout=SLOW)
    for page in (booth, second):
        expect(page.locator(".uploadbtn")).to_have_count(0)
    assert len(keys) == len(set(keys)) == 2, keys
    assert _jobs(sql, place) == 2


def test_a_photo_whose_answer_was_lost_is_the_same_photo(booth: Page, place: Place, sql: Sql) -> None:
    """The server took it, and nobody heard that."""
    taken: list[int] = []

    def swallow(route: Route) -> None:
        taken.append(route.fetch().status)
        route.abort("connectionreset")

    booth.route(JOBS, swallow, times=1)
    _shoot(booth)
    until(booth, lambda: taken == [202], "the server's answer that nobody hears")
    expect(card(booth, "Eva Marlina")).to_have_count(1, timeout=SLOW)
    expect(booth.locator(".uploadbtn")).to_have_count(0, timeout=SLOW)
    assert _jobs(sql, place) == 1


def test_a_refused_photo_says_why_and_what_to_do(booth: Page, place: Place, sql: Sql) -> None:
    gone = json.dumps({"status": 410, "code": "SESSION_EXPIRED", "detail": "Over."})
    booth.route(JOBS, lambda route: route.fulfill(status=410, body=gone, content_type="application/json"))
    _shoot(booth)
    expect(booth.locator(".pb-toasts")).to_contain_text("The server refused Eva Marlina's photo")
    booth.locator(".pb-toasts").get_by_role("button", name="Look").click()
    row = booth.locator(".uploadlist li")
    expect(row).to_have_attribute("data-stage", "refused")
    expect(row).to_contain_text("This code has expired.")
    expect(row).to_contain_text("Ask the guest to register again")
    row.get_by_role("button", name="Delete the photo of Eva Marlina").click()
    expect(row).to_have_count(0)
    booth.keyboard.press("Escape")
    booth.locator(".pb-toasts").get_by_role("button", name="Undo").click()
    expect(booth.locator(".uploadbtn")).to_contain_text("1 not sent yet")
    booth.unroute(JOBS)
    booth.reload()
    is_live(booth)
    booth.locator(".uploadbtn").click()
    row.get_by_role("button", name="Send again").click()
    expect(row).to_have_count(0, timeout=SLOW)
    booth.keyboard.press("Escape")
    expect(card(booth, "Eva Marlina")).to_have_count(1)
    assert _jobs(sql, place) == 1


def test_a_full_browser_says_so_and_still_sends(booth: Page, place: Place, sql: Sql) -> None:
    session = booth.context.new_cdp_session(booth)
    origin = booth.evaluate("location.origin")
    session.send("Storage.overrideQuotaForOrigin", {"origin": origin, "quotaSize": 1})
    booth.keyboard.press("Space")
    painted(booth.locator(".camera img.taken"))
    expect(booth.locator(".camera .caption")).to_contain_text("The browser's storage is full")
    booth.keyboard.press("Enter")
    expect(card(booth, "Eva Marlina")).to_have_count(1)
    expect(booth.locator(".camera img.taken")).to_have_count(0)
    assert _jobs(sql, place) == 1
