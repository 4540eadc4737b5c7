"""Pictures of the gallery, the TV wall and what needs attention, for `tests.e2e.screens`."""

from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

TV = {"width": 1920, "height": 1080}


class Take(Protocol):
    """`Album.take` of the screens."""

    def __call__(self, name: str, path: str = "", shows: str = "main") -> None: ...


def in_the_gallery(page: Page, take: Take) -> None:
    """The grid, some picked, one large, nothing found."""
    take("gallery", "/console/gallery?event=photobot", ".gallery .pic img")
    ticks = page.locator(".gallery .tick")
    for number in (0, 2):
        with suppress(PlaywrightTimeout):
            ticks.nth(number).click(timeout=2000)
    take("gallery-picked", shows=".gallery .picks")
    page.keyboard.press("Escape")
    page.locator(".gallery .frame").first.click()
    take("gallery-large", shows="dialog.viewer img.painted")
    page.keyboard.press("Escape")
    take("gallery-none", "/console/gallery?event=photobot&q=zzz", ".gallery .empty")


def in_trouble(page: Page, take: Take) -> None:
    """The list, one photo's decision, many at once."""
    take("attention", "/console/attention?event=photobot", ".attention .trouble")
    page.locator(".attention .hit").first.click()
    take("attention-one", shows=".attention .rescue")
    page.locator(".attention .tick").first.click()
    page.locator("[data-bulk=replay]").click()
    take("attention-many", shows="dialog.bulkbox[open]")


def on_the_wall(page: Page, take: Take, allow: Callable[[bool], None]) -> None:
    """A TV without and with pictures, and a new one large; `allow` says whether guests want theirs shown."""
    before = page.viewport_size
    page.set_viewport_size(TV)  # type: ignore[arg-type]
    allow(False)
    take("wall-empty", "/wall/photobot", ".card.alone")
    page.goto("/wall/photobot")
    page.locator("html[data-link=live]").wait_for()
    allow(True)
    take("wall-new", shows=".big.in img")
    page.locator(".big:not(.in)").wait_for(state="attached", timeout=60_000)
    take("wall", shows=".tile.in img")
    if before:
        page.set_viewport_size(before)
