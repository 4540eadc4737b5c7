"""What a browser is to its operator: its sounds, and where else the account is signed in."""

import hashlib
import re
import secrets

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.app.api.conftest import fresh_picture, shot_fields
from tests.e2e.axe import serious
from tests.e2e.conftest import Place, cookie_of, let_in
from tests.e2e.steps import SLOW, is_live
from tests.e2e.test_header import fits_in_one_line
from tests.fakes.browser import LAPTOP, TABLET, Visitors, until
from tests.fakes.stack import Stack

PASSWORD = "a-password-of-this-test"
LISTEN = """window.heard = [];
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...rest) {
  window.heard.push(this.frequency.value);
  return start.apply(this, rest);
};
window.devices = [];
window.AudioContext = class extends AudioContext {
  constructor() { super(); window.devices.push(this); }
};
try { localStorage.setItem("pb.shoot", "pro"); } catch { /* a page of nowhere */ }"""
LATER = "() => { const now = performance.now.bind(performance); performance.now = () => now() + 1600; }"
PHOTO = [1175, 1568]


@pytest.fixture
def watcher(shared_stack: Stack, place: Place) -> httpx.Client:
    """The booth's camera laptop."""
    client = shared_stack.client(None)
    client.headers["Authorization"] = f"Bearer {shared_stack.booth_token(place.booth_id)}"
    return client


@pytest.fixture
def account(shared_stack: Stack) -> str:
    """An account that nobody else signs in with."""
    name = "sari"
    shared_stack.command("user", "add", name, "--role", "operator", "--password-stdin", typed=PASSWORD)
    return name


def heard(page: Page) -> list[float]:
    return [round(hertz) for hertz in page.evaluate("window.heard")]


def shoot(watcher: httpx.Client, place: Place, page: Page, shots: int) -> None:
    """A camera file comes, and is on the film strip."""
    image = fresh_picture()
    fields = {"sha256": hashlib.sha256(image).hexdigest(), **shot_fields()}
    sent = watcher.post(f"/booth/{place.booth_id}/shots", data=fields, files={"file": ("x.jpg", image)})
    assert sent.status_code in (200, 201), sent.text
    expect(page.locator("li[data-state=orphan]")).to_have_count(shots)


def _photos_are_heard(watcher: httpx.Client, place: Place, booth: Page) -> None:
    booth.evaluate(LATER)  # what comes right behind a snapshot is silent
    shoot(watcher, place, booth, 1)
    until(booth, lambda: heard(booth) == PHOTO, "one sound for the photo")
    resting = "devices.map((device) => device.state).join()"
    until(booth, lambda: booth.evaluate(resting) == "suspended", "silence costs nothing")
    shoot(watcher, place, booth, 2)
    until(booth, lambda: heard(booth) == 2 * PHOTO, "and what comes after a rest is heard")


def test_sounds_and_sign_ins(
    visitors: Visitors, shared_stack: Stack, place: Place, watcher: httpx.Client, account: str
) -> None:
    laptop = visitors.context()
    laptop.add_init_script(LISTEN)
    booth = laptop.new_page()
    booth.goto(f"/login?next={place.booth}")
    booth.locator("#username").fill(account)
    booth.locator("#password").fill(PASSWORD)
    booth.keyboard.press("Enter")
    is_live(booth)
    booth.locator(".topbar .place").click()
    _photos_are_heard(watcher, place, booth)
    sounds = booth.get_by_role("button", name="Sounds")
    expect(sounds).to_have_attribute("aria-pressed", "true")
    sounds.click()
    expect(sounds).to_have_attribute("aria-pressed", "false")
    fits_in_one_line(booth)
    shoot(watcher, place, booth, 3)
    booth.reload()
    is_live(booth)
    expect(sounds).to_have_attribute("aria-pressed", "false")
    sounds.click()
    until(booth, lambda: heard(booth) == PHOTO, "switching on is heard, and a reload was silent")

    tablet = let_in(visitors.context(TABLET), shared_stack, cookie_of(shared_stack, account, PASSWORD))
    lost = tablet.new_page()
    lost.goto(place.booth)
    is_live(lost)
    booth.get_by_role("link", name="Where I am signed in").click()
    rows = booth.locator(".signins li")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("This browser")
    expect(rows.first).to_contain_text("Chrome on Linux")
    for size in (LAPTOP, TABLET):
        booth.set_viewport_size(size)
        assert serious(booth) == []
    rows.last.get_by_role("button", name="End it").click()
    expect(rows).to_have_count(1)
    expect(booth.locator(".signins")).to_contain_text("signed in here only")
    lost.wait_for_url("**/login?error=SIGNED_OUT*")


def test_a_wrong_password_forgets_nothing_and_too_many_say_how_long(
    visitors: Visitors, shared_stack: Stack, place: Place
) -> None:
    visitors.may_complain(r"40[19] \(|429 \(")
    name = f"tari-{secrets.token_hex(3)}"
    shared_stack.command("user", "add", name, "--role", "operator", "--password-stdin", typed=PASSWORD)
    page = visitors.page()
    page.goto(f"/login?next={place.booth}")

    def sign_in(password: str) -> None:
        page.locator("#username").fill(name)
        page.locator("#password").fill(password)
        page.keyboard.press("Enter")

    sign_in("wrong")
    expect(page.locator("#problem")).to_have_text("Wrong username or password.")
    sign_in(PASSWORD)
    expect(page).to_have_url(re.compile(re.escape(place.booth) + "$"))

    page.goto(f"/login?next={place.queue}")
    wrong = {"username": name, "password": "wrong"}
    while (refused := httpx.post(f"{shared_stack.url}/login", data=wrong, timeout=30)).status_code == 401:
        pass
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    sign_in(PASSWORD)
    expect(page.locator("#problem")).to_have_text(re.compile(r"Too many tries\. Wait \d+ seconds?, then"))
    button = page.locator("#go")
    expect(button).to_be_disabled()
    expect(button).to_have_text(re.compile(r"Try again in \d+ s"))
    page.get_by_role("button", name="ID", exact=True).click()
    expect(button).to_have_text(re.compile(r"Coba lagi dalam \d+ detik"))
    expect(page.locator("#problem")).to_have_text(re.compile(r"Tunggu \d+ detik"))

    def soon(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=re.sub(r'"wait":\s*\d+', '"wait": 2', answer.text()))

    page.goto(f"/login?next={place.queue}")
    page.route("**/login", soon)
    sign_in(PASSWORD)
    expect(button).to_be_disabled()
    expect(button).to_be_enabled(timeout=SLOW)
    expect(button).to_have_text("Masuk")
    expect(page.locator("#problem")).to_be_hidden()
    expect(page.locator("#next")).to_have_value(place.queue)
