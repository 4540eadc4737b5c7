"""Where two operators in one tray gave away what neither of them saw: none of it happens again."""

import httpx
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.conftest import Place, Sql, let_in
from tests.e2e.steps import is_live, send_orphans
from tests.fakes.browser import Visitors
from tests.fakes.stack import Stack, register

SMALL = {"width": 1024, "height": 768}
LONG = "Muhammad Rizky Ramadhan Putra Wijayakusuma Hadiningrat Santoso"[:60]


@pytest.fixture
def guests(api: httpx.Client, place: Place) -> dict[str, dict[str, str]]:
    """Two guests of the event."""
    return {name: register(api, place.event_id, name) for name in ("Andi Wirawan", "Budi Santoso")}


@pytest.fixture
def two(
    operator: BrowserContext, visitors: Visitors, shared_stack: Stack, boss_cookie: str, place: Place
) -> tuple[Page, Page]:
    """Two people's browsers at one booth, both with the tray open on the first of three photos."""
    send_orphans(shared_stack, place.booth_id, 3)
    other = let_in(visitors.context(), shared_stack, boss_cookie)
    pages = operator.new_page(), other.new_page()
    for page in pages:
        page.goto(place.booth)
        is_live(page)
        page.get_by_role("button", name="Pro camera").click()
        page.locator(".opener").click()
        expect(_name(page)).to_have_text("IMG_0001.JPG")
    return pages


def _name(page: Page) -> Locator:
    return page.locator(".tray .stage .caption b")


def _given(sql: Sql, place: Place) -> str:
    return sql(f"SELECT count(*) FROM jobs WHERE event_id = '{place.event_id}'")


def _give_by_search(page: Page, guest: dict[str, str]) -> None:
    page.keyboard.press("a")
    page.locator(".tray .found button").filter(has_text=guest["code"]).click()


def test_a_question_about_a_photo_that_was_given_meanwhile_is_not_asked_of_the_next_one(
    visitors: Visitors,
    two: tuple[Page, Page],
    guests: dict[str, dict[str, str]],
    place: Place,
    sql: Sql,
) -> None:
    p, q = two
    q.keyboard.press("a")
    expect(q.locator(".tray .found button").first).to_be_visible()
    _give_by_search(p, guests["Andi Wirawan"])
    expect(q.locator(".pb-toasts")).to_contain_text("was given to Andi Wirawan meanwhile")
    expect(q.locator(".tray .asking")).to_have_count(0)
    expect(_name(q)).to_have_text("IMG_0002.JPG")
    assert _given(sql, place) == "1"
    visitors.loaded_once(q)


def test_a_reason_for_a_photo_that_was_put_away_meanwhile_puts_no_other_one_away(
    visitors: Visitors, two: tuple[Page, Page]
) -> None:
    p, q = two
    q.keyboard.press("x")
    expect(q.locator(".tray .reasons button").first).to_be_focused()
    p.keyboard.press("x")
    expect(p.locator(".tray .reasons button").first).to_be_focused()
    p.keyboard.press("2")
    expect(q.locator(".pb-toasts")).to_contain_text("was put away meanwhile: Blurred")
    expect(q.locator(".tray .asking")).to_have_count(0)
    q.keyboard.press("1")
    expect(q.locator(".opener")).to_contain_text("2 in the tray")
    visitors.loaded_once(q)


def test_the_next_photo_takes_the_place_of_one_that_was_given_elsewhere(
    two: tuple[Page, Page], guests: dict[str, dict[str, str]]
) -> None:
    p, q = two
    for page in two:
        page.keyboard.press("ArrowRight")
        expect(_name(page)).to_have_text("IMG_0002.JPG")
    _give_by_search(p, guests["Andi Wirawan"])
    expect(_name(q)).to_have_text("IMG_0003.JPG")


def test_all_are_selected_by_one_key_that_the_button_and_the_help_name(
    visitors: Visitors, two: tuple[Page, Page]
) -> None:
    page, _ = two
    page.keyboard.press("s")
    button = page.locator(".tray .deeds").get_by_role("button", name="Select all (3)")
    expect(button.locator("kbd")).to_have_text("L")
    page.keyboard.press("l")
    expect(page.locator(".tray .why")).to_have_text("3 selected")
    page.keyboard.press("l")
    expect(page.locator(".tray .why")).to_have_text("Touch photos to select them")
    page.keyboard.press("?")
    expect(page.locator("dialog.help")).to_contain_text("Select all, or none")
    visitors.loaded_once(page)


def test_a_long_name_stays_inside_the_list_of_guests(
    visitors: Visitors, two: tuple[Page, Page], api: httpx.Client, place: Place
) -> None:
    for name in (LONG, "Citra Kirana", "Dewi Anggraini"):
        register(api, place.event_id, name)
    page, _ = two
    page.set_viewport_size(SMALL)  # type: ignore[arg-type]
    page.keyboard.press("a")
    expect(page.locator(".tray .found")).to_contain_text(LONG[:20])
    inside = page.evaluate(
        "() => { const edge = document.querySelector('.tray').getBoundingClientRect().right;"
        " return [...document.querySelectorAll('.tray .found .who')]"
        ".every(one => one.getBoundingClientRect().right <= edge + 1); }"
    )
    assert inside
    visitors.loaded_once(page)
