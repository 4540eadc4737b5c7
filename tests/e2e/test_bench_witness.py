"""The camera bench's witness in a real browser: what was painted when, and never the wrong version."""

import time
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route

from app.imaging.develop import thumbnail
from tests.bench.camera.pictures import Kind, Pictures
from tests.bench.camera.screen import SCRIPT, Screen, Screencast
from tests.fakes.browser import LAPTOP

HOST = "http://bench.test"
PAGE = "<body style='margin: 0'><div class='stage'><img width=600 height=400></div>"


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Page:
    """A page with one picture, whose address is `…/preview?v=1` or `2`: embedded, or of the whole file."""
    data = Pictures(Kind(1, 768, 512, 4.0, 90), tmp_path).jpeg(42, datetime(2026, 11, 26, tzinfo=UTC))
    embedded = data[data.index(b"\xff\xd8", 2) :]
    with Image.open(BytesIO(embedded)) as picture:
        picture.load()

    def answer(route: Route) -> None:
        version = route.request.url.rpartition("=")[2]
        if "/preview" not in route.request.url:
            route.fulfill(body=PAGE, content_type="text/html")
            return
        route.fulfill(body=embedded if version == "1" else thumbnail(data), content_type="image/jpeg")

    page = browser.new_page(viewport=LAPTOP)  # type: ignore[arg-type]
    page.add_init_script(path=SCRIPT)
    page.route("**/*", answer)
    page.goto(HOST)
    return page


def show(page: Page, version: int) -> float:
    """Give the picture its address; when that was."""
    now = time.time()
    page.evaluate(f"document.querySelector('img').src = '/media/shots/S1/preview?v={version}'")
    return now


def test_the_embedded_picture_and_the_verified_one_are_told_apart(page: Page) -> None:
    screen = Screen(page)
    first_at = show(page, 1)
    assert screen.until(lambda: "S1" in screen.shots and screen.shots["S1"].first("embedded"), 20)
    assert screen.shots["S1"].first("verified") is None
    second_at = show(page, 2)
    assert screen.until(lambda: screen.shots["S1"].first("verified"), 20)
    embedded, verified = (screen.shots["S1"].first(what) for what in ("embedded", "verified"))
    assert embedded is not None
    assert verified is not None
    assert first_at <= embedded.at <= second_at <= verified.at <= time.time()
    assert verified.shows(42)
    assert not verified.shows(43)
    page.close()


def test_a_picture_out_of_the_window_is_not_painted(page: Page) -> None:
    screen = Screen(page)
    page.evaluate("document.querySelector('.stage').style.paddingTop = '2000px'")
    show(page, 2)
    page.evaluate("document.querySelector('img').decode()")
    page.screenshot()
    page.evaluate("document.querySelector('img').scrollIntoView()")
    page.screenshot()
    screen.pump()
    assert screen.shots["S1"].fetches
    assert screen.shots["S1"].paints == []
    page.close()


def test_the_film_agrees_with_the_browsers_word(page: Page) -> None:
    screen = Screen(page)
    with Screencast(page) as film:
        begun = show(page, 2)
        assert screen.until(lambda: "S1" in screen.shots and screen.shots["S1"].first("verified"), 20)
        paint = screen.shots["S1"].first("verified")
        assert paint is not None
        assert screen.until(lambda: film.first_with(paint, 42, LAPTOP["width"]), 20)
    shown = film.first_with(paint, 42, LAPTOP["width"])
    assert shown is not None
    assert film.first_with(paint, 43, LAPTOP["width"]) is None
    assert shown[1] > begun
    page.close()
