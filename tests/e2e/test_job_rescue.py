"""A job that needs a person, on its page: a supervisor decides it there, an operator reads who can."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.conftest import Place, Sql, cookie_of, let_in
from tests.e2e.steps import SLOW, is_live, painted, row
from tests.fakes.browser import Visitors
from tests.fakes.stack import Stack, finished, post_job, register


@pytest.fixture(scope="module")
def supervisor_cookie(shared_stack: Stack) -> str:
    """The sign-in of somebody who decides."""
    name, password = f"sari-{secrets.token_hex(3)}", "a-supervisors-password"
    shared_stack.command("user", "add", name, "--role", "supervisor", "--password-stdin", typed=password)
    return cookie_of(shared_stack, name, password)


@pytest.fixture
def supervisor(visitors: Visitors, shared_stack: Stack, supervisor_cookie: str) -> BrowserContext:
    """The supervisor's browser, signed in."""
    return let_in(visitors.context(), shared_stack, supervisor_cookie)


@contextmanager
def nobody_works(boss: httpx.Client) -> Iterator[None]:
    """What comes meanwhile waits."""
    assert boss.put("/house/lanes/default/pause", json={"reason": "a test"}).status_code == 204
    try:
        yield
    finally:
        assert boss.delete("/house/lanes/default/pause").status_code == 204


def waiting(
    boss: httpx.Client, api: httpx.Client, place: Place, sql: Sql, name: str, *, code: str, maker: str
) -> str:
    """A job that waits like this for nobody knows how long; no worker had it."""
    with nobody_works(boss):
        guest = register(api, place.event_id, name)
        job_id = str(post_job(api, guest, place.event_id, boothId=place.booth_id).json()["jobId"])
        sql(
            "UPDATE jobs SET parked_for = 'signal:outcome-lost', due_at = now() + interval '9 days', "
            f"provider = '{maker}', wait = jsonb_build_object('code', '{code}'), "
            f"revision = revision + 1, updated_at = clock_timestamp() WHERE id = '{job_id}'"
        )
    return job_id


def undecided(boss: httpx.Client, api: httpx.Client, place: Place, sql: Sql, name: str) -> str:
    """A job that waits for somebody to say what became of its request."""
    return waiting(boss, api, place, sql, name, code="outcome", maker="kie")


def failed(stack: Stack, boss: httpx.Client, api: httpx.Client, place: Place, name: str) -> tuple[str, Path]:
    """A job whose photo was away when a worker came for it; where the photo is now."""
    with nobody_works(boss):
        guest = register(api, place.event_id, name)
        job_id = str(post_job(api, guest, place.event_id, boothId=place.booth_id).json()["jobId"])
        (photo,) = (stack.folder / "data" / "objects").rglob(f"{job_id}/input.*")
        photo.rename(photo.with_suffix(".away"))
    ended = finished(api, job_id)
    assert (ended["status"], ended["makers"], ended["dismissed"]) == ("failed", ["local"], False)
    return job_id, photo


def card(page: Page) -> Locator:
    """The question on the page."""
    return page.locator(".rescue")


def opened(context: BrowserContext, job_id: str) -> Page:
    """The job's page, live."""
    page = context.new_page()
    page.goto(f"/console/jobs/{job_id}")
    is_live(page)
    return page


def test_what_nobody_knows_is_resolved_by_a_supervisor(
    visitors: Visitors,
    supervisor: BrowserContext,
    boss: httpx.Client,
    api: httpx.Client,
    place: Place,
    sql: Sql,
) -> None:
    job_id = undecided(boss, api, place, sql, "Sinta Dewi")
    queue = supervisor.new_page()
    queue.goto(place.queue)
    expect(row(queue, "Sinta Dewi")).to_contain_text("Undecided", timeout=SLOW)
    expect(row(queue, "Sinta Dewi").get_by_role("link", name="Decide", exact=True)).to_be_visible()

    page = opened(supervisor, job_id)
    expect(card(page)).to_contain_text("Nobody knows whether kie.ai took this task (and its payment)")
    expect(card(page).get_by_role("link", name="kie.ai/logs")).to_be_visible()
    card(page).get_by_role("button", name="It was taken").click()
    expect(card(page).get_by_role("textbox", name="Task id")).to_be_focused()
    page.keyboard.press("Enter")
    expect(card(page).get_by_role("alert")).to_have_text("Give the task id first.")
    page.keyboard.press("Escape")
    expect(card(page).get_by_role("button", name="It was taken")).to_be_focused()

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    card(page).get_by_role("button", name="Make it again").click()
    expect(card(page).get_by_role("alert")).to_have_text("Say why.")
    card(page).get_by_role("button", name="Not in its log").click()
    card(page).get_by_role("button", name="Make it again").click()
    expect(card(page).get_by_role("button", name="No, go back")).to_be_focused()
    card(page).get_by_role("button", name="Yes, do it").click()

    expect(card(page)).to_have_count(0, timeout=SLOW)
    decided = page.locator(".story li.resolved")
    expect(decided).to_contain_text("Decided by sari-", timeout=SLOW)
    expect(decided).to_contain_text("it was not taken")
    expect(decided).to_contain_text("Not in its log")
    expect(page.locator(".standing")).to_contain_text("Done", timeout=SLOW)
    visitors.loaded_once(page)


def test_a_failed_job_is_replayed_with_the_keyboard(
    visitors: Visitors,
    supervisor: BrowserContext,
    shared_stack: Stack,
    boss: httpx.Client,
    api: httpx.Client,
    place: Place,
) -> None:
    job_id, photo = failed(shared_stack, boss, api, place, "Raka Putra")
    visitors.may_complain(r"404 \(|409 \(")
    page = opened(supervisor, job_id)
    expect(card(page)).to_contain_text("This photo needs a decision")
    for name in ("Send the original", "Give it to another maker", "Give up"):
        expect(card(page).get_by_role("button", name=name)).to_be_visible()

    photo.with_suffix(".away").rename(photo)
    card(page).get_by_role("button", name="Replay from the failed step").focus()
    page.keyboard.press("Enter")
    card(page).get_by_label("Another reason").focus()
    page.keyboard.type("the disk is back")
    page.keyboard.press("Enter")

    expect(card(page)).to_have_count(0, timeout=SLOW)
    expect(page.locator(".standing")).to_contain_text("Done", timeout=SLOW)
    painted(page.locator(".pictures figure").nth(1).locator("img"))
    replayed = page.locator(".story li.replayed")
    expect(replayed).to_contain_text("Taken up again at the failed step by sari-")
    expect(replayed).to_contain_text("the disk is back")
    visitors.loaded_once(page)


def test_a_failed_job_is_given_up_and_another_made_by_another_style(
    visitors: Visitors,
    supervisor: BrowserContext,
    shared_stack: Stack,
    boss: httpx.Client,
    api: httpx.Client,
    place: Place,
) -> None:
    job_id, photo = failed(shared_stack, boss, api, place, "Wulan Sari")
    visitors.may_complain(r"404 \(|409 \(")
    page, other = opened(supervisor, job_id), opened(supervisor, job_id)
    card(page).get_by_role("button", name="Give up").click()
    card(page).get_by_role("button", name="The guest has left").click()
    card(page).get_by_role("button", name="Give up").click()
    for one in (page, other):
        expect(card(one)).to_contain_text("This photo was given up", timeout=SLOW)
        expect(one.locator(".story li.dismissed")).to_contain_text("Given up by sari-", timeout=SLOW)

    photo.with_suffix(".away").rename(photo)
    card(page).get_by_role("button", name="Give it to another maker").click()
    card(page).get_by_label("Another style").select_option("comic")
    card(page).get_by_role("button", name="The guest waits").click()
    card(page).get_by_role("button", name="Give it", exact=True).click()
    for one in (page, other):
        expect(one.locator(".standing")).to_contain_text("Done", timeout=SLOW)
    visitors.loaded_once(page, other)


def test_a_job_that_does_not_move_is_sent_as_it_is(
    visitors: Visitors,
    supervisor: BrowserContext,
    boss: httpx.Client,
    api: httpx.Client,
    place: Place,
    sql: Sql,
) -> None:
    page = opened(supervisor, waiting(boss, api, place, sql, "Vina Lestari", code="no_worker", maker="local"))
    expect(card(page)).to_contain_text("This photo does not move")
    expect(card(page).get_by_role("button")).to_have_text(["Send the original", "Give it to another maker"])
    card(page).get_by_role("button", name="Send the original").click()
    card(page).get_by_role("button", name="The guest waits").click()
    card(page).get_by_role("button", name="Send it").click()
    card(page).get_by_role("button", name="Yes, do it").click()
    expect(page.locator(".standing")).to_contain_text("Done", timeout=SLOW)
    expect(page.locator(".story li.switch_asked")).to_contain_text("asked to go to The original")
    expect(card(page)).to_have_count(0)
    visitors.loaded_once(page)


def test_an_operator_gets_words_and_no_buttons(
    operator: BrowserContext, boss: httpx.Client, api: httpx.Client, place: Place, sql: Sql
) -> None:
    page = opened(operator, undecided(boss, api, place, sql, "Tia Ayu"))
    expect(card(page)).to_contain_text("Nobody knows whether kie.ai took this task")
    expect(card(page)).to_contain_text("A supervisor or an administrator decides, on this page.")
    expect(card(page).get_by_role("button")).to_have_count(0)
    expect(card(page).get_by_role("textbox")).to_have_count(0)
