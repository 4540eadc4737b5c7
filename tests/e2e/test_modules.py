"""Every browser module can be read by a browser: one that cannot leaves a white page for a console."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route

from console.parts.shell import WORDS
from console.texts import browser_texts
from tests.fakes.stack import ROOT

MODULES = sorted([*(ROOT / "static" / "js").glob("*.js"), *(ROOT / "console" / "components").glob("*.js")])


def _served(route: Route) -> None:
    path = urlsplit(route.request.url).path
    if path == "/":
        words = browser_texts(WORDS)
        page = (
            f'<!doctype html><html lang="en"><script type="application/json" id="pb-words">{words}</script>'
        )
        route.fulfill(body=page, content_type="text/html")
    else:
        route.fulfill(path=ROOT / path.removeprefix("/"), content_type="text/javascript")


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """An empty page with our words and modules, and no installation behind it."""
    opened = browser.new_page()
    opened.route("http://photobot.test/**", _served)
    opened.goto("http://photobot.test/")
    yield opened
    opened.close()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_a_browser_can_read_it(page: Page, path: Path) -> None:
    """Two merged branches once declared one name twice; no test of either branch could see it."""
    ask = (
        "path => import(path).then(() => '', (error) => (error instanceof SyntaxError ? error.message : ''))"
    )
    assert page.evaluate(ask, f"/{path.relative_to(ROOT)}") == ""
