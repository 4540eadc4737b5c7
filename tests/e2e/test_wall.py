"""The TV wall: who wants it is on it, who takes it back is off at once; and it comes back by itself."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import serious
from tests.e2e.steps import SLOW
from tests.fakes.browser import Visitors, until
from tests.fakes.stack import Stack, finished, first_event, picture, post_job, register

TV = {"width": 1920, "height": 1080}


def _photographed(api: httpx.Client, event_id: str, name: str, seed: int) -> str:
    """A guest with a finished picture; the token of their page."""
    guest = register(api, event_id, name)
    job_id = post_job(api, guest, event_id, picture(seed=seed)).json()["jobId"]
    assert finished(api, job_id)["status"] == "succeeded"
    return guest["token"]


def _on_the_wall(wall: Page, count: int) -> list[str]:
    """So many pictures, painted; their addresses."""
    tiles = wall.locator(".tile img")
    expect(tiles).to_have_count(count, timeout=SLOW)
    for number in range(count):
        assert tiles.nth(number).evaluate("one => one.complete && one.naturalWidth > 0")
    return [str(tile.get_attribute("src")) for tile in tiles.all()]


def _decides(phone: Page, token: str, on: bool) -> None:
    """The guest's own page: my data, the wall."""
    phone.goto(f"/r/{token}")
    phone.locator(".mine").click()
    switch = phone.get_by_role("switch")
    switch.wait_for()
    if (switch.get_attribute("aria-checked") == "true") != on:
        switch.click()
    expect(switch).to_have_attribute("aria-checked", str(on).lower())


@pytest.fixture
def hall(stack: Stack, invite: Callable[[Stack], Visitors]) -> Visitors:
    """An installation of this test's own: its web is stopped."""
    stack.web()
    stack.worker()
    visitors = invite(stack)
    visitors.may_complain(r"404|410|ERR_|WebSocket|50[0-9] \(")
    return visitors


def test_what_the_hall_sees_is_what_its_guests_allow(stack: Stack, hall: Visitors) -> None:
    api, stranger = stack.client(), stack.client(None)
    event_id = first_event(api)
    ayu, bima = (_photographed(api, event_id, name, at) for at, name in enumerate(("Ayu", "Bima")))
    _photographed(api, event_id, "Cinta", 7)  # never asked: never seen

    wall = hall.page(TV)
    wall.goto("/wall")
    expect(wall).to_have_url(f"{stack.url}/wall/photobot")
    expect(wall.locator(".card.alone")).to_contain_text("Tonight's photos appear here")
    assert serious(wall) == []

    phone = hall.phone()
    _decides(phone, ayu, True)
    expect(wall.locator(".big.in img")).to_be_visible(timeout=SLOW)
    (first,) = _on_the_wall(wall, 1)
    given = httpx.get(stack.url + first, timeout=30)
    assert (given.status_code, given.headers["cache-control"]) == (200, "no-store")
    assert stranger.put(f"/guest/{bima}/consents/wall", json={"given": True}).status_code == 204
    both = _on_the_wall(wall, 2)
    assert "Ayu" not in wall.content()

    _decides(phone, ayu, False)
    (second,) = _on_the_wall(wall, 1)
    assert second in both
    assert first.rsplit("/", 1)[0] != second.rsplit("/", 1)[0]
    assert httpx.get(stack.url + first, timeout=30).status_code == 404

    stack.stop(stack.children[0])
    expect(wall.locator("html")).to_have_attribute("data-link", "lost", timeout=SLOW)
    _on_the_wall(wall, 1)
    stack.web()
    expect(wall.locator("html")).to_have_attribute("data-link", "live", timeout=SLOW)

    _decides(phone, ayu, True)
    again = [one for one in _on_the_wall(wall, 2) if one.rsplit("/", 1)[0] != second.rsplit("/", 1)[0]]
    assert again[0].rsplit("/", 1)[0] != first.rsplit("/", 1)[0], "a new consent is a new address"
    assert stranger.post(f"/guest/{bima}/erasure", json={"confirm": True}).status_code == 200
    _on_the_wall(wall, 1)
    assert httpx.get(stack.url + second, timeout=30).status_code == 404

    stack.admin().patch(f"/events/{event_id}", json={"status": "closed"})
    until(wall, lambda: wall.locator(".tile").count() == 0, "a closed event shows nothing", 20)
    assert hall.seen[wall].loads == ["/wall", "/wall/photobot"] or hall.seen[wall].loads == ["/wall"]
