"""The live queue: chips, search, addresses that keep both, the keyboard, and many jobs retried at once."""

import re

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.axe import serious
from tests.e2e.conftest import Place, Sql
from tests.e2e.steps import SLOW, is_live, row
from tests.fakes.stack import finished, post_job

PEOPLE = (("Ayu Lestari", "081234561111"), ("Bima Sakti", "081234562222"), ("Cinta Laura", "081234563333"))
ALL = 400


@pytest.fixture
def jobs(api: httpx.Client, place: Place, sql: Sql) -> list[str]:
    """Three guests' jobs, all failed; and an evening of others that went well long ago."""
    made = []
    for number, (name, phone) in enumerate(PEOPLE):
        guest = api.post(
            "/sessions", json={"eventId": place.event_id, "name": name, "whatsapp": phone, "consent": True}
        ).json()
        style = "comic" if number == 1 else "pencil"
        answer = post_job(api, guest, place.event_id, styleId=style, boothId=place.booth_id)
        made.append(str(answer.json()["jobId"]))
        finished(api, made[-1])
    columns = (
        "event_id, booth_id, session_id, line, code, guest_name, guest_whatsapp, mode, style_id, provider, "
        "args, input_key, input_sha256, best_output_key, outputs"
    )
    sql(
        f"INSERT INTO jobs (id, status, percent, created_at, finished_at, {columns}) "
        f"SELECT left(id, 20) || lpad(n::text, 6, '0'), 'succeeded', 100, created_at - interval '2 hours', "
        f"created_at - interval '119 minutes', {columns} FROM jobs, generate_series(1, {ALL}) n "
        f"WHERE id = '{made[0]}'"
    )
    sql(
        "UPDATE jobs SET status = 'failed', error_code = 'PROVIDER_AWAY', error_message = 'away', "
        "best_output_key = NULL, outputs = NULL, revision = revision + 100, updated_at = clock_timestamp() "
        f"WHERE id IN ({', '.join(repr(one) for one in made)})"
    )
    return made


def count(page: Page, name: str, number: int) -> None:
    """The chip says how many."""
    expect(page.locator(f"[data-filter={name}] b")).to_have_text(str(number), timeout=SLOW)


def found_in_every_way(page: Page, jobs: list[str]) -> None:
    """By chips, by name, by the last digits of a number; the address keeps it over a reload."""
    count(page, "bad", len(jobs))
    count(page, "done", ALL)
    assert page.locator(".queue .row").count() < 40, "only what is in view is in the page"
    expect(page.locator(".queue .row").first).to_contain_text("Ayu Lestari")

    page.keyboard.press("f")
    page.locator("[data-facet=style][data-id=comic]").click()
    count(page, "all", 1)
    expect(page).to_have_url(re.compile(r"style=comic"))
    page.locator("[data-bulk=clear]").click()
    page.keyboard.press("/")
    page.keyboard.type("2222")
    expect(row(page, "Bima Sakti")).to_be_visible()
    count(page, "all", 1)
    page.get_by_role("searchbox").fill("0812 3456 3333")  # longer than what rows know: the server is asked
    expect(row(page, "Cinta Laura")).to_be_visible(timeout=SLOW)
    count(page, "all", 1)
    page.reload()
    expect(page.get_by_role("searchbox")).to_have_value("0812 3456 3333")
    expect(row(page, "Cinta Laura")).to_be_visible(timeout=SLOW)


def test_what_needs_action_is_found_and_retried_together(
    operator: BrowserContext, api: httpx.Client, place: Place, jobs: list[str]
) -> None:
    page = operator.new_page()
    page.goto(place.queue)
    is_live(page)
    found_in_every_way(page, jobs)

    page.goto(f"{place.queue}&show=bad")
    expect(page.locator(".queue .row")).to_have_count(len(jobs), timeout=SLOW)
    assert serious(page, ".queue") == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(row(page, "Bima Sakti").locator(".hit")).to_be_focused()
    page.keyboard.press("b")
    box = page.locator("dialog.bulkbox")
    expect(box).to_contain_text("3 photos will be retried")
    assert serious(page, "dialog.bulkbox") == []

    box.get_by_role("button", name="Retry 3 photos").click()
    expect(page.locator(".pb-toasts")).to_contain_text("3 photos are being retried", timeout=SLOW)
    for job_id in jobs:
        for child in api.get(f"/jobs/{job_id}").json()["children"]:
            assert finished(api, child)["status"] == "succeeded"
    count(page, "bad", 0)
    expect(page.locator(".queue .empty")).to_contain_text("Nothing needs your attention")


def test_what_another_operator_does_meanwhile_leaves_the_box(
    operator: BrowserContext, api: httpx.Client, place: Place, jobs: list[str]
) -> None:
    page = operator.new_page()
    page.goto(f"{place.queue}&show=bad")
    expect(page.locator(".queue .row")).to_have_count(len(jobs), timeout=SLOW)
    page.keyboard.press("b")
    box = page.locator("dialog.bulkbox")
    expect(box).to_contain_text("3 photos will be retried")

    theirs = api.post(f"/jobs/{jobs[1]}/retry").json()["jobId"]
    expect(box).to_contain_text("2 photos will be retried", timeout=SLOW)
    expect(box.locator("li.gone")).to_contain_text("Bima Sakti")
    expect(box.locator("li.gone")).to_contain_text("no longer needed")
    assert finished(api, theirs)["status"] == "succeeded"
    box.get_by_role("button", name="Retry 2 photos").click()
    expect(page.locator(".pb-toasts")).to_contain_text("2 photos are being retried", timeout=SLOW)
    assert api.get(f"/jobs/{jobs[1]}").json()["children"] == [theirs]
    count(page, "bad", 0)
    expect(box).not_to_be_visible()


def test_a_row_that_left_a_moment_ago_is_scrolled_into_view(
    operator: BrowserContext, place: Place, jobs: list[str]
) -> None:
    """The list follows the board up to 120 ms later: until then it still names rows that are gone."""
    page = operator.new_page()
    page.goto(place.queue)
    is_live(page)
    count(page, "done", ALL)
    shown = page.evaluate(
        """async () => {
          const { board } = await import("/static/js/board.js");
          const view = document.querySelector(".queue .view");
          for (const key of [...board().rows.keys()]) if (key.startsWith("job:")) board().rows.delete(key);
          view.scrollTop = view.scrollHeight;
          view.dispatchEvent(new Event("scroll"));
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          return [...document.querySelectorAll(".queue .row .code")].length;
        }"""
    )
    assert shown > 0
