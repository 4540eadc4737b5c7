"""The supervisor's and the system's screens for `tests/e2e/screens.py`, and the wall."""

from collections.abc import Callable

from playwright.sync_api import Page

Take = Callable[..., None]
"""`Album.take`: name, path, shows."""


def as_supervisor(page: Page, take: Take) -> None:
    """All booths, guests to be moved, a part's box, the wall, the system."""
    take("supervisor", "/console/supervisor", ".watch .tile:not(.skeleton)")
    page.locator("[data-control=move]").click()
    take("supervisor-move", shows="dialog.mover[open]")
    page.keyboard.press("Escape")
    page.locator("[data-control=local]").click()
    take("supervisor-part", shows="dialog.partbox[open]")
    page.keyboard.press("Escape")
    take("system", "/console/system", ".system [data-role=web]")
    before = page.viewport_size
    page.set_viewport_size({"width": 1920, "height": 1080})
    take("supervisor-wall", "/console/supervisor?screen=wall", ".watch .tile:not(.skeleton)")
    page.set_viewport_size(before)  # type: ignore[arg-type]
