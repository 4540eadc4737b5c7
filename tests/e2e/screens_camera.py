"""The tethered camera's screens for `tests/e2e/screens.py`: strip, tray, health, the laptop's page."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.sync_api import Page

from tests.e2e.laptop import Laptop, seconds_ago, shot, shot_of_qr
from tests.e2e.screens_people import party
from tests.fakes.stack import Stack, wait_for

BOOTH = "booth-2"
Take = Callable[..., None]
"""`Album.take`: name, path, shows."""


def _photo(seed: int) -> bytes:
    return shot(seed, image=party(seed, (1500, 1000)), taken=seconds_ago(63))


@dataclass
class CameraTable:
    """What booth 2's camera has brought so far; its watcher goes on running."""

    stack: Stack
    api: httpx.Client
    event_id: str
    guests: list[dict[str, str]]
    hotfolder: Path

    def fill(self) -> None:
        """Files in every state."""
        token = self.stack.command("booth", "token", BOOTH).strip()
        laptop = Laptop(self.stack, BOOTH, self.hotfolder, token)
        laptop.start(PHOTOBOT_GIVE_UP_SECONDS="2")
        wait_for(lambda: "welcome" in laptop.log() or "connected" in laptop.log(), 60)
        self._hold(self.guests[0])
        laptop.write("DSC_4201.JPG", _photo(1))
        laptop.write("DSC_4202.JPG", _photo(2))
        wait_for(lambda: self._filed("processed") == 2, 60)
        self.api.delete(f"/booth/{BOOTH}/active-session", params={"sessionId": self.guests[0]["sessionId"]})
        over = int(time.time()) + 1  # cameras count whole seconds: what follows was taken in a later one
        wait_for(lambda: time.time() >= over, 5)
        for number in range(3, 7):
            laptop.write(f"DSC_420{number}.JPG", _photo(number))
        (self.hotfolder / "notes.jpg").write_bytes(b"this is no picture")
        broken = _photo(7)
        (self.hotfolder / "DSC_4207.JPG").write_bytes(broken[: len(broken) * 2 // 3])
        wait_for(lambda: self._filed("orphan") == 4, 60)
        laptop.write("DSC_4208.JPG", shot_of_qr(self.guests[2]["code"]))
        wait_for(lambda: self.api.get(f"/booth/{BOOTH}/active-session").status_code == 200, 60)
        wait_for(lambda: self._filed("invalid") >= 1, 60)
        laptop.stop()
        laptop.start(PHOTOBOT_GIVE_UP_SECONDS="3600")
        half = _photo(9)
        (self.hotfolder / "DSC_4209.JPG").write_bytes(half[: len(half) // 2])

    def _hold(self, guest: dict[str, str]) -> None:
        body = {"sessionId": guest["sessionId"], "eventId": self.event_id, "styleId": "pencil"}
        assert self.api.post(f"/booth/{BOOTH}/active-session", json=body).status_code == 200

    def _filed(self, tray: str) -> int:
        return len([path for path in (self.hotfolder / tray).rglob("*") if path.suffix.lower() == ".jpg"])


def at_the_booth(page: Page, take: Take) -> None:
    """What an operator sees of the camera."""
    page.goto(f"/console/booth/{BOOTH}")
    page.locator(".shootmode button").nth(1).click()
    take("booth-pro", shows=".film .strip li[data-state=receiving]")
    page.evaluate("document.activeElement.blur()")
    page.locator(".film .strip li[data-state=orphan] button").first.click()
    take("booth-pro-orphan", shows=".film .giver.main")
    page.keyboard.press("o")
    take("tray", shows=".tray .guest")
    page.keyboard.press("a")
    take("tray-guest", shows=".tray .found button")
    page.locator(".tray .asking header .btn").click()
    page.keyboard.press("x")
    take("tray-put-away", shows=".tray .reasons button")
    page.locator(".tray .asking header .btn").click()
    page.keyboard.press("s")
    page.locator(".tray .grid .frame").first.click()
    take("tray-many", shows=".tray .grid .tick .icon")
    page.locator("[data-tab=invalid]").click()
    take("tray-broken", shows=".tray .why.invalid")
    page.keyboard.press("Escape")
    page.locator(".pill.watcher").click()
    take("camera-health", shows="dialog.camerabox[open]")
    page.keyboard.press("Escape")
    page.locator(".shootmode button").first.click()
    take("laptop-operator", f"/console/booth/{BOOTH}/camera", ".laptop .facts")


def as_administrator(page: Page, take: Take) -> None:
    """The camera laptop's page for those who set it up."""
    take("laptop", f"/console/booth/{BOOTH}/camera", ".clocks li")
    page.locator(".clocks li .btn").first.click()
    take("laptop-clock", shows="dialog.clockbox[open]")
    page.keyboard.press("Escape")
    page.get_by_role("textbox").first.fill("MacBook")
    page.locator(".tokens form .btn").click()
    take("laptop-token", shows="dialog.tokenbox[open]")
    page.keyboard.press("Escape")
    page.locator(".tokens li .btn").first.click()
    take("laptop-revoke", shows="dialog[open] .btn.bad")
    page.locator("dialog[open] .btn.bad").click()
    page.locator("dialog[open]").wait_for(state="detached")
