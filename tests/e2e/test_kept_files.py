"""What a page asks the server for when its reader has been there before."""

from playwright.sync_api import BrowserContext, expect

from tests.e2e.conftest import Place

TRANSFERRED = """() => performance.getEntriesByType("resource")
  .filter((entry) => entry.transferSize > 0 && /[.](js|css|woff2)$/.test(new URL(entry.name).pathname))
  .map((entry) => new URL(entry.name).pathname)"""


def test_a_page_that_was_seen_before_asks_for_no_script_and_no_style(
    operator: BrowserContext, place: Place
) -> None:
    """On a bad Wi-Fi each round of questions is a tenth of a second, and there were eight."""
    for known in (False, True):
        page = operator.new_page()
        page.goto(place.booth)
        expect(page.locator(".people")).to_be_visible()
        asked = page.evaluate(TRANSFERRED)
        assert bool(asked) is not known, asked
        page.close()
