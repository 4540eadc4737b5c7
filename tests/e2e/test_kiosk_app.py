"""The kiosk as an app: it starts without the server and waits; a registration survives cuts and reloads."""

import os
import signal
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import serious
from tests.e2e.conftest import Place
from tests.e2e.steps import agree, code_on, page_of_qr, sign_up, type_name_and_number
from tests.fakes.browser import Visitors, until
from tests.fakes.stack import Stack, post_job, register

KEPT = """async () => {
  const stores = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
  const kept = await Promise.all(stores.map((store) => store.keys()));
  return kept.flat().map((request) => new URL(request.url).pathname);
}"""


@pytest.fixture
def house(stack: Stack) -> Stack:
    """An installation of this test's own, whose server it may stop."""
    stack.web()
    return stack


def _kept(page: Page) -> list[str]:
    """Everything the kiosk's service worker keeps on the tablet."""
    kept: list[str] = page.evaluate(KEPT)
    return kept


def test_an_installed_kiosk_starts_without_the_server_and_opens_when_it_is_back(
    invite: Callable[[Stack], Visitors], house: Stack
) -> None:
    visitors = invite(house)
    visitors.may_complain(r"ERR_CONNECTION|Failed to load|WebSocket")
    kiosk = visitors.kiosk(service_workers="allow")
    kiosk.goto("/kiosk/photobot")
    assert serious(kiosk) == []
    type_name_and_number(kiosk, "Rahasia Sekali", "0812 3456 7890")
    assert serious(kiosk) == []
    agree(kiosk)
    code = code_on(kiosk)
    assert serious(kiosk) == []
    token = page_of_qr(kiosk).rsplit("/", 1)[1]
    expect(kiosk.locator("#result-turn")).to_have_text("You are next")
    kiosk.locator("#done").tap()
    until(kiosk, lambda: "/kiosk/photobot" in _kept(kiosk), "the page among what is kept")
    assert not [path for path in _kept(kiosk) if path.startswith(("/api", "/r/", "/ws"))]
    assert not [path for path in _kept(kiosk) if code in path or token in path]
    manifest = httpx.get(f"{house.url}/kiosk/app.webmanifest?event=photobot").json()
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == (
        "/kiosk/photobot",
        "/kiosk",
        "fullscreen",
    )
    for icon in manifest["icons"]:
        assert httpx.get(house.url + icon["src"]).headers["content-type"] == "image/png"

    house.stop(house.children[0])
    kiosk.reload()
    expect(kiosk.get_by_text("Waiting for the connection")).to_be_visible()
    expect(kiosk.locator("#start")).to_be_disabled()
    assert serious(kiosk) == []
    assert kiosk.evaluate("document.fonts.check('20px \"Plus Jakarta Sans\"')")
    kiosk.get_by_role("button", name="Indonesia").tap()
    expect(kiosk.get_by_text("Menunggu sambungan")).to_be_visible()
    kiosk.get_by_role("button", name="English").tap()

    house.web()
    expect(kiosk.locator("#start")).to_be_enabled(timeout=30_000)
    expect(kiosk.get_by_text("Waiting for the connection")).to_be_hidden()
    assert sign_up(kiosk, "Tamu Berikut")


def test_an_answer_lost_with_a_reload_is_no_second_guest(
    invite: Callable[[Stack], Visitors], house: Stack
) -> None:
    visitors = invite(house)
    visitors.may_complain(r"ERR_|Failed to load|WebSocket|aborted")
    kiosk = visitors.kiosk()
    kiosk.goto("/kiosk/photobot")
    type_name_and_number(kiosk, "Setia Menunggu", "0812 3456 7890")
    os.killpg(house.children[0].pid, signal.SIGSTOP)
    try:
        agree(kiosk)
        expect(kiosk.locator("#send-words")).to_have_text("Making your code…")
    finally:
        os.killpg(house.children[0].pid, signal.SIGCONT)
    kiosk.reload()
    code = code_on(kiosk)
    kiosk.reload()
    assert code_on(kiosk) == code
    expect(kiosk.locator("#result-hello")).to_contain_text("Setia")
    kiosk.locator("#done").tap()
    kiosk.reload()
    expect(kiosk.locator("[data-screen=welcome]")).to_be_visible()
    assert kiosk.evaluate("sessionStorage.length") == 0


def test_who_waits_is_told_how_long_only_when_that_is_known(
    visitors: Visitors, api: httpx.Client, place: Place
) -> None:
    for number in range(2):
        register(api, place.event_id, f"Antre {number}")
    late = register(api, place.event_id, "Paling Akhir")
    phone = visitors.phone()
    phone.goto(f"/r/{late['token']}")
    expect(phone.locator(".turn")).to_have_text("2 people before you")
    for number in range(4):
        served = register(api, place.event_id, f"Sudah {number}")
        assert post_job(api, served, place.event_id, mode="original", seed=str(number)).status_code == 202
    # Four that came later were photographed: who stood before them has gone, and there is a pace to tell.
    fresh = register(api, place.event_id, "Baru Datang")
    phone.goto(f"/r/{fresh['token']}")
    expect(phone.locator(".turn")).to_have_text("You are nextAbout a minute or less")
