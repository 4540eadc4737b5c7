"""The kiosk's screens for `tests/e2e/screens.py`: each step, upright and lying, with the mistakes."""

from playwright.sync_api import Page

from tests.e2e.screens_camera import Take


def at_the_kiosk(page: Page, take: Take) -> None:
    """A guest with a mistake at each step, up to the code."""
    take("kiosk-1-welcome", "/kiosk/photobot", "#start")
    page.locator("#start").click()
    take("kiosk-2-name", shows="#name")
    page.keyboard.press("Enter")
    take("kiosk-2-problem", shows="#e-name:not(:empty)")
    page.locator("#name").press_sequentially("Dewi Anggraini")
    page.keyboard.press("Enter")
    take("kiosk-3-number", shows="#whatsapp")
    page.locator("#whatsapp").press_sequentially("08")
    page.keyboard.press("Enter")
    take("kiosk-3-problem", shows="#e-whatsapp:not(:empty)")
    page.locator("#whatsapp").press_sequentially("12 3456 7890")
    page.keyboard.press("Enter")
    take("kiosk-4-consent", shows="label.tick")
    page.locator("#send").click()
    take("kiosk-4-problem", shows="#e-consent:not(:empty)")
    page.locator("label.tick").click()
    page.locator("#send").click()
    take("kiosk-5-code", shows="#result-code:visible")
