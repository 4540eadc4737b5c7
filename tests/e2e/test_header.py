"""The header's pills: quiet while all is well, loud when somebody must act; each explains itself on touch."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.axe import serious
from tests.e2e.conftest import Place, Sql, let_in
from tests.e2e.steps import SLOW, card, is_live, painted
from tests.e2e.test_job_rescue import supervisor_cookie as supervisor_cookie
from tests.fakes.browser import Visitors
from tests.fakes.stack import Stack, finished, post_job, register

LOW = (
    "UPDATE breakers SET credits = {}, credits_at = clock_timestamp(), task_cost = 4, "
    "revision = revision + 1, updated_at = clock_timestamp() WHERE id = 'local'"
)


@pytest.fixture
def house(boss: httpx.Client, sql: Sql) -> Iterator[None]:
    """Whatever a test switched is as it was."""
    yield
    sql(LOW.format("NULL"))
    boss.delete("/house/parts/storage/breaker")
    boss.delete("/house/lanes/bulk/pause")


def pill(page: Page, part: str) -> Locator:
    return page.locator(f".topbar .pill[data-part={part}]")


def fits_in_one_line(page: Page) -> None:
    """Nothing of the header wraps or is cut off."""
    wide = page.evaluate(
        "() => { const bar = document.querySelector('.topbar');"
        " return [bar.scrollWidth - bar.clientWidth, bar.clientHeight]; }"
    )
    assert wide[0] <= 0
    assert wide[1] <= 60


def everybody_reads(booth: Page) -> None:
    """What a part is, also that there is no printer; an operator decides nothing there."""
    pill(booth, "storage").click()
    box = booth.locator("dialog.partbox")
    expect(box).to_contain_text("Storage works")
    expect(box.locator(".partdeeds")).to_have_count(0)
    box.get_by_role("tab", name=re.compile("Printer")).click()
    expect(box).to_contain_text("No printer set up")
    booth.keyboard.press("Escape")
    expect(box).to_be_hidden()


def a_supervisor_decides(boss: Page) -> None:
    """A lane is paused, with a reason, and goes on."""
    pill(boss, "storage").click()
    box = boss.locator("dialog.partbox")
    box.get_by_role("button", name="Switch off for a while").click()
    boss.keyboard.press("Escape")
    expect(box.get_by_role("button", name="Switch off for a while")).to_be_focused()
    box.get_by_role("tab", name=re.compile("^Queue")).click()
    box.get_by_role("button", name="Pause bulk").click()
    box.get_by_role("button", name="Do it").click()
    expect(box.get_by_role("alert")).to_have_text("Say why.")
    box.get_by_role("button", name="A break in the event").click()
    box.get_by_role("button", name="Do it").click()
    expect(box).to_contain_text("Lane bulk paused", timeout=SLOW)
    assert serious(boss, "dialog.partbox") == []
    box.get_by_role("button", name="Resume bulk").click()
    expect(box.get_by_role("button", name="Pause bulk")).to_be_visible(timeout=SLOW)


def a_photo_fails(booth: Page, others: Page, api: httpx.Client, place: Place, sql: Sql) -> None:
    """The queue's pill says so, also on a tablet, and leads to it."""
    guest = register(api, place.event_id, "Rangga Surya")
    job_id = post_job(api, guest, place.event_id, boothId=place.booth_id).json()["jobId"]
    finished(api, job_id)
    for page in (booth, others):  # the picture that is taken away below was asked for before
        painted(card(page, "Rangga Surya").locator("img"))
    sql(
        "UPDATE jobs SET status = 'failed', error_code = 'PROVIDER_AWAY', error_message = 'away', "
        "best_output_key = NULL, outputs = NULL, revision = revision + 100, "
        f"updated_at = clock_timestamp() WHERE id = '{job_id}'"
    )
    expect(pill(booth, "queue")).to_have_text("1 perlu tindakan", timeout=SLOW)
    assert serious(booth, ".topbar") == []
    booth.set_viewport_size({"width": 800, "height": 1280})
    expect(booth.locator(".topbar")).to_have_attribute("data-fit", re.compile("quiet"))
    fits_in_one_line(booth)
    pill(booth, "queue").click()
    booth.locator("dialog.partbox a.btn").click()
    expect(booth.locator(".queue .row.bad")).to_contain_text("Rangga Surya", timeout=SLOW)
    expect(booth).to_have_url(re.compile("show=bad"))


def test_the_pills_tell_what_is_wrong_and_a_supervisor_decides_there(
    visitors: Visitors,
    shared_stack: Stack,
    supervisor_cookie: str,
    operator: BrowserContext,
    api: httpx.Client,
    place: Place,
    sql: Sql,
    house: None,
) -> None:
    boss = let_in(visitors.context(), shared_stack, supervisor_cookie).new_page()
    booth = operator.new_page()
    for page in (boss, booth):
        page.goto(place.booth)
        is_live(page)
        for part in ("storage", "local", "queue"):
            expect(pill(page, part)).to_have_class(re.compile("good"))
        fits_in_one_line(page)
    everybody_reads(booth)
    a_supervisor_decides(boss)

    sql(LOW.format(196))
    for page in (boss, booth):
        expect(pill(page, "local")).to_have_text("This computer: 49 photos left", timeout=SLOW)
        fits_in_one_line(page)
    pill(booth, "local").click()
    expect(booth.locator("dialog.partbox .facts")).to_contain_text("196, enough for about 49 photos")
    booth.keyboard.press("Escape")
    booth.get_by_role("button", name="ID", exact=True).click()
    expect(pill(booth, "local")).to_have_text("Komputer ini: sisa 49 foto")
    fits_in_one_line(booth)
    visitors.loaded_once(booth)  # axe fetches style sheets itself
    a_photo_fails(booth, boss, api, place, sql)
