"""A USB scanner types a code wherever it likes: it is a code, and never a shortcut of the page."""

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Place, Sql
from tests.e2e.steps import SLOW, active, is_live, row
from tests.e2e.test_booth_traps import SCAN
from tests.fakes.stack import finished, post_job, register

# Into a field, too, faster than this machine may be able to press keys.
SCAN_INTO_FIELD = """text => {
  for (const key of text) document.execCommand("insertText", false, key);
  document.activeElement.form.requestSubmit();
}"""


@pytest.fixture
def failed(api: httpx.Client, place: Place, sql: Sql) -> str:
    """A job that may be retried."""
    guest = register(api, place.event_id, "Tuti Wibowo")
    job_id = str(post_job(api, guest, place.event_id, boothId=place.booth_id).json()["jobId"])
    finished(api, job_id)
    sql(
        "UPDATE jobs SET status = 'failed', error_code = 'PROVIDER_AWAY', error_message = 'away', "
        "best_output_key = NULL, outputs = NULL, revision = revision + 100, updated_at = clock_timestamp() "
        f"WHERE id = '{job_id}'"
    )
    return job_id


def test_a_code_scanned_in_the_queue_is_looked_for_and_retries_nothing(
    operator: BrowserContext, api: httpx.Client, place: Place, failed: str
) -> None:
    page = operator.new_page()
    posts: list[str] = []
    page.on("request", lambda one: posts.append(one.url) if one.method == "POST" else None)
    page.goto(place.queue)
    is_live(page)
    expect(row(page, "Tuti Wibowo").get_by_role("button", name="Retry")).to_be_visible(timeout=SLOW)
    search = page.get_by_role("searchbox")
    page.evaluate(SCAN, "https://photos.example/r/tbf8#TB3F")
    expect(search).to_have_value("TB3F")
    expect(page.locator(".queue .empty")).to_be_visible()
    expect(page.locator("dialog[open]")).to_have_count(0)
    code = api.get(f"/jobs/{failed}").json()["code"]
    page.evaluate(SCAN, code)
    expect(search).to_have_value(code)
    expect(row(page, "Tuti Wibowo")).to_be_visible()

    page.goto(f"/console/jobs/{failed}")
    is_live(page)
    expect(page.get_by_role("button", name="Retry")).to_be_visible()
    page.evaluate(SCAN, "TKS9")
    page.evaluate(SCAN, "KKST")
    page.keyboard.press("s")  # one key is a shortcut still
    expect(page.locator("dialog[open]")).to_be_visible()
    assert not [url for url in posts if "retry" in url], posts
    assert api.get(f"/jobs/{failed}").json()["children"] == []


def test_a_code_scanned_into_a_field_with_a_rest_in_it_is_the_code(
    operator: BrowserContext, api: httpx.Client, place: Place
) -> None:
    guest = register(api, place.event_id, "Umar Bakri")
    page: Page = operator.new_page()
    page.goto(place.booth)
    is_live(page)
    field = page.locator("#guest-code")
    field.press_sequentially("de", delay=150)  # a hand: slower than any scanner
    page.evaluate(SCAN_INTO_FIELD, guest["code"])
    expect(active(page)).to_contain_text("Umar Bakri")
    expect(field).to_have_value("")
