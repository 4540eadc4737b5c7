"""A console's page reloaded while the server is away: it says so, loses nothing, and comes back by itself."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.axe import serious
from tests.e2e.conftest import cookie_of, let_in
from tests.e2e.steps import SLOW, is_live, painted
from tests.e2e.test_kiosk_app import KEPT
from tests.fakes.browser import Visitors, until
from tests.fakes.stack import OPERATOR, Stack


@pytest.fixture
def house(stack: Stack) -> Stack:
    """An installation of this test's own, whose server it may stop."""
    stack.web()
    return stack


def test_a_reload_without_the_server_says_what_waits_and_opens_when_it_is_back(
    invite: Callable[[Stack], Visitors], house: Stack
) -> None:
    visitors = invite(house)
    visitors.may_complain(r"ERR_|Failed to load|WebSocket|50[23] \(")
    context = let_in(visitors.context(service_workers="allow"), house, cookie_of(house, "operator", OPERATOR))
    page = context.new_page()
    page.goto("/console/booth/booth-1")
    is_live(page)
    page.keyboard.press("Escape")
    if page.locator(".camera").is_hidden():
        page.get_by_role("button", name="Webcam").click()
    page.get_by_role("button", name="No timer").click()
    page.get_by_role("button", name="Take photo").click()
    painted(page.locator(".camera img.taken"))
    until(page, lambda: "/console/away" in page.evaluate(KEPT), "the page among what is kept")
    assert not [path for path in page.evaluate(KEPT) if path.startswith(("/api", "/media", "/console/b"))]

    house.stop(house.children[0])
    page.reload()
    expect(page.get_by_role("heading", name="The server cannot be reached")).to_be_visible()
    expect(page.locator("#kept")).to_have_text("1 photo that is not sent yet is safe in this browser.")
    assert serious(page) == []
    assert page.evaluate("document.fonts.check('20px \"Plus Jakarta Sans\"')")
    page.get_by_role("button", name="ID", exact=True).click()
    expect(page.locator("#kept")).to_have_text("1 foto yang belum terkirim aman di browser ini.")

    house.web()
    is_live(page)
    expect(page).to_have_url(f"{house.url}/console/booth/booth-1")
    painted(page.locator(".camera img.taken"))
    expect(page.locator(".camera .caption")).to_have_text("Belum terkirim", timeout=SLOW)

    page.goto("/console/away")
    expect(page).to_have_url(f"{house.url}/console")
