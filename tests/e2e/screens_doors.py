"""The doors' screens for `tests/e2e/screens.py`: signing in and its mistakes; a server that is away."""

from playwright.sync_api import Page

from tests.e2e.screens_camera import Take

PROBE = "**/health/ready"
TRIES = 11
"""One more than a name may have in a minute."""


def at_the_door(page: Page, take: Take) -> None:
    """The form: empty, after a wrong password, after too many; and how a device comes to trust us."""
    take("login", "/login")
    take("trust", "/trust", "#steps li")
    take("login-wrong", "/login?error=LOGIN_FAILED")
    for _ in range(TRIES):
        page.request.post("/login", form={"username": "nobody", "password": "a wrong one"})
    page.locator("#username").fill("nobody")
    page.locator("#password").fill("a wrong one")
    page.keyboard.press("Enter")
    take("login-too-many", shows="#go:disabled")


def without_the_server(page: Page, take: Take) -> None:
    """What the console's service worker shows then."""
    page.route(PROBE, lambda route: route.abort())
    take("away", "/console/away", "#again")
    page.unroute(PROBE)
