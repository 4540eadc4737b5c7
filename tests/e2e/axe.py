"""What axe-core finds on a page that keeps somebody from using it."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# What turns for ever, or runs for a second and more (a countdown's ring), is no page that comes to rest.
STILL = """() => document.getAnimations().every((one) => {
  const { iterations, duration } = one.effect.getTiming();
  return one.playState !== "running" || iterations > 1 || duration >= 900;
})"""


COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules whose answer is another one in another theme; a theme is nothing but colours."""


def serious(page: Page, within: str | None = None, rules: list[str] | None = None) -> list[str]:
    """Serious and critical violations, each with where it is; a page that still moves is waited for.

    All rules look, or only these.
    """
    page.wait_for_function(STILL)
    only = {"runOnly": {"type": "rule", "values": rules}} if rules else {}
    options = {"resultTypes": ["violations"], **only}
    found = Axe().run(page, context=within, options=options).response["violations"]
    return [
        f"{one['id']}: {node['html'][:100]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
