"""Needs attention: what failed is decided alone and together, by those who may."""

import httpx
from playwright.sync_api import BrowserContext, expect

from tests.e2e.axe import serious
from tests.e2e.conftest import Place, Sql, let_in
from tests.e2e.steps import SLOW, is_live
from tests.fakes.browser import Visitors
from tests.fakes.stack import Stack, finished, picture, post_job, register


def _failed(api: httpx.Client, place: Place, sql: Sql) -> list[str]:
    """Three jobs that could not store their picture."""
    made = []
    for number, name in enumerate(("Ayu Lestari", "Bima Sakti", "Cinta Laura")):
        guest = register(api, place.event_id, name)
        answer = post_job(api, guest, place.event_id, picture(seed=number), boothId=place.booth_id)
        made.append(str(answer.json()["jobId"]))
        finished(api, made[-1])
    ids = ", ".join(repr(one) for one in made)
    sql(
        "UPDATE jobs SET status = 'failed', error_code = 'PROVIDER_AWAY', error_message = 'away', "
        "best_output_key = NULL, outputs = NULL, revision = revision + 100, updated_at = clock_timestamp(), "
        f"stage = NULL WHERE id IN ({ids}); "
        f"DELETE FROM job_stages WHERE job_id IN ({ids}); DELETE FROM job_attempts WHERE job_id IN ({ids})"
    )
    return made


def test_what_needs_a_person_is_decided_alone_and_together(
    visitors: Visitors,
    shared_stack: Stack,
    boss_cookie: str,
    operator: BrowserContext,
    place: Place,
    api: httpx.Client,
    sql: Sql,
) -> None:
    made = _failed(api, place, sql)
    page = let_in(visitors.context(), shared_stack, boss_cookie).new_page()
    page.goto(f"/console/attention?event={place.slug}")
    is_live(page)
    rows = page.locator(".attention .trouble")
    expect(rows).to_have_count(3, timeout=SLOW)
    page.keyboard.press("ArrowDown")
    expect(page.locator(".attention .rescue")).to_contain_text("needs a decision", timeout=SLOW)
    assert serious(page) == []
    page.locator(".rescue [data-deed=replay]").click()
    page.locator(".rescue [data-reason=TROUBLE_OVER]").click()
    page.locator(".rescue .send").click()
    expect(rows).to_have_count(2, timeout=SLOW)

    page.keyboard.press("a")
    page.locator("[data-bulk=replay]").click()
    box = page.locator("dialog.bulkbox")
    expect(box).to_contain_text("2 photos will be replayed")
    box.locator(".yes").click()
    expect(box.locator(".problem")).not_to_be_empty()
    box.locator("[data-reason=TROUBLE_OVER]").click()
    assert serious(page) == []
    box.locator(".yes").click()
    expect(page.locator(".attention .empty").first).to_contain_text(
        "Nothing needs your attention", timeout=SLOW
    )
    for job_id in made:
        assert finished(api, job_id)["error"] is None

    refused = operator.new_page()
    visitors.may_complain("403")
    refused.goto(f"/console/attention?event={place.slug}")
    expect(refused.locator(".attention")).to_have_count(0)
    refused.goto(place.queue)
    is_live(refused)
    expect(refused.locator("nav a[href^='/console/attention']")).to_have_count(0)
