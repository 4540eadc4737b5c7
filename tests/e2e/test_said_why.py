"""Where a page said nothing, or the wrong thing, to somebody who had done no wrong."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.conftest import Place, Sql, let_in
from tests.e2e.steps import SLOW, is_live, row, send_orphans
from tests.fakes.browser import Visitors
from tests.fakes.stack import Stack, finished, post_job, register

LONG = "Siti Nurhaliza Kusumawardhani Prameswari"


def _whole(name: Locator) -> bool:
    """Whether nothing of a text is cut."""
    expect(name).to_have_text(LONG, timeout=SLOW)
    fits = "one => one.scrollWidth <= one.clientWidth && one.scrollHeight <= one.clientHeight"
    return bool(name.evaluate(fits))


@pytest.mark.parametrize(
    ("address", "who"),
    [
        ("/console/supervisor", "This page is for supervisors and administrators."),
        ("/console/admin", "This page is for administrators."),
    ],
)
def test_a_page_that_is_not_the_accounts_says_whose_it_is(
    visitors: Visitors, operator: BrowserContext, address: str, who: str
) -> None:
    visitors.may_complain(r"403 \(")
    page = operator.new_page()
    page.goto(address)
    expect(page.get_by_role("heading", name="Your account may not do this.")).to_be_visible()
    expect(page.locator("main")).to_contain_text(who)
    expect(page.locator("main")).not_to_contain_text("check the address")
    expect(page.locator("main > .icon use")).to_have_attribute("href", "#i-shield")
    page.get_by_role("button", name="ID").click()
    expect(page.locator("main")).to_contain_text("Minta tolong")
    expect(page).to_have_title("Bukan untuk akun ini · photobot")
    page.get_by_role("link", name="Pilih booth").click()
    expect(page.locator(".chooser")).to_be_visible()


def test_a_long_name_is_whole_in_the_queue_and_among_the_troubles(
    visitors: Visitors,
    operator: BrowserContext,
    shared_stack: Stack,
    boss_cookie: str,
    api: httpx.Client,
    place: Place,
    sql: Sql,
) -> None:
    guest = register(api, place.event_id, LONG)
    job_id = post_job(api, guest, place.event_id, boothId=place.booth_id).json()["jobId"]
    finished(api, job_id)
    page = operator.new_page()
    page.goto(place.queue)
    assert _whole(row(page, LONG).locator(".who b"))
    sql(
        "UPDATE jobs SET status = 'failed', error_code = 'PROVIDER_AWAY', error_message = 'away', "
        "best_output_key = NULL, outputs = NULL, revision = revision + 100, updated_at = clock_timestamp(), "
        f"stage = NULL WHERE id = '{job_id}'; DELETE FROM job_stages WHERE job_id = '{job_id}'; "
        f"DELETE FROM job_attempts WHERE job_id = '{job_id}'"
    )
    boss = let_in(visitors.context(), shared_stack, boss_cookie).new_page()
    boss.goto(f"/console/attention?event={place.slug}")
    name = boss.locator(".attention .who b")
    assert _whole(name)


@pytest.fixture
def film(operator: BrowserContext, place: Place) -> Page:
    """The booth's page with its tethered camera, no photo there yet."""
    page = operator.new_page()
    page.goto(place.booth)
    is_live(page)
    page.get_by_role("button", name="Pro camera").click()
    return page


def _said(page: Page, words: str) -> Locator:
    line = page.locator(".pb-toasts > div").filter(has_text=words)
    expect(line).to_have_count(1)
    return line


def test_a_key_that_can_do_nothing_says_why(
    film: Page, api: httpx.Client, place: Place, shared_stack: Stack, sql: Sql
) -> None:
    film.keyboard.press("x")
    _said(film, "There is no photo here yet.")
    send_orphans(shared_stack, place.booth_id, 1)
    dewi = register(api, place.event_id, "Dewi Anggraini")
    expect(film.locator(".film .giver")).to_be_visible(timeout=SLOW)
    shot = sql(f"SELECT id FROM camera_files WHERE booth_id = '{place.booth_id}'").strip()
    assert api.post(f"/shots/{shot}/assign", json={"sessionId": dewi["sessionId"]}).status_code == 200
    expect(film.locator(".film .caption .tag").first).to_contain_text("Dewi Anggraini")
    film.keyboard.press("a")
    line = _said(film, "This photo is Dewi Anggraini's already.")
    expect(line.get_by_role("button", name="Wrong guest?")).to_be_visible()
    film.keyboard.press("x")
    line = _said(film, "This photo is Dewi Anggraini's. Take it back first, then put it away.")
    expect(line.get_by_role("button", name="Take back")).to_be_visible()
    film.keyboard.press("g")
    _said(film, "This photo is Dewi Anggraini's already.")
    expect(film.locator("dialog[open]")).to_have_count(0)


def test_the_pill_of_the_queue_speaks_of_lanes_to_those_who_decide_about_them(
    visitors: Visitors, operator: BrowserContext, shared_stack: Stack, boss_cookie: str, place: Place
) -> None:
    def facts(context: BrowserContext) -> Callable[[str], Locator]:
        page = context.new_page()
        page.goto(place.booth)
        is_live(page)
        page.locator(".topbar .pill[data-part=queue]").click()
        return page.locator("dialog.partbox .facts dt").get_by_text

    mine = facts(operator)
    expect(mine("Waiting")).to_be_visible()
    expect(mine("Lane")).to_have_count(0)
    theirs = facts(let_in(visitors.context(), shared_stack, boss_cookie))
    expect(theirs("Lane")).to_have_count(3)
