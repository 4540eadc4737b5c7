"""Between the shutter and the photo: whose it is, and from which camera."""

import httpx
from playwright.sync_api import BrowserContext, expect

from tests.e2e.conftest import Place, let_in
from tests.e2e.steps import SLOW, active, bring, card, is_live, painted
from tests.fakes.browser import Visitors
from tests.fakes.stack import Stack, register


def test_a_guest_changed_by_another_operator_during_the_countdown_keeps_the_photo(
    visitors: Visitors,
    operator: BrowserContext,
    shared_stack: Stack,
    boss_cookie: str,
    api: httpx.Client,
    place: Place,
) -> None:
    visitors.may_complain(r"409 \(")
    posing, next_one = (register(api, place.event_id, name) for name in ("Anto Wijaya", "Beni Kurnia"))
    # This browser sends by itself: exactly then nobody would look.
    booth = let_in(visitors.context(by_itself=True), shared_stack, boss_cookie).new_page()
    other = operator.new_page()
    for page in (booth, other):
        page.goto(place.booth)
        is_live(page)
    bring(booth, posing["code"])
    expect(active(booth)).to_contain_text("Anto Wijaya")
    bring(other, next_one["code"])
    swap = other.get_by_role("alertdialog").get_by_role("button", name="End Anto, start Beni")
    expect(swap).to_be_visible()

    booth.get_by_role("button", name="5 s").click()
    booth.get_by_role("button", name="Take photo").click()
    expect(booth.locator(".camera .count")).to_be_visible()
    swap.click()
    expect(active(booth)).to_contain_text("Beni Kurnia")
    expect(booth.locator(".camera .count")).to_be_visible()

    painted(booth.locator(".camera img.taken"))
    expect(booth.locator(".camera .caption.top")).to_have_text("Taken for Anto Wijaya")
    expect(booth.get_by_role("button", name="Hold")).to_have_count(0)
    expect(booth.get_by_role("button", name="For Beni")).to_be_visible()
    booth.get_by_role("button", name="Send for Anto").click()
    expect(card(booth, "Anto Wijaya")).to_have_count(1, timeout=SLOW)
    expect(card(booth, "Beni Kurnia")).to_have_count(0)
