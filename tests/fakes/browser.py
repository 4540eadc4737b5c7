"""A real Chromium for tests, and visitors in it whose every request, error and reload is written down."""

import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

# The shell first: pages are the same in it, and nobody pays for a browser's window around each of them.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--use-fake-device-for-media-stream=fps=10",  # half its own: each picture is drawn by a processor
    "--use-fake-ui-for-media-stream",
]
_NOT_BY_ITSELF = """try { localStorage.getItem("pb.byItself") ?? localStorage.setItem("pb.byItself", "0"); }
catch { /* a page of nowhere */ }"""
LAPTOP = {"width": 1366, "height": 768}
TABLET = {"width": 800, "height": 1280}
PHONE = {"width": 390, "height": 844}


def chromium() -> str:
    """The browser's program: PHOTOBOT_CHROMIUM or CHROMIUM, else what is installed.

    Raises FileNotFoundError that says how to get one.
    """
    named = os.environ.get("PHOTOBOT_CHROMIUM") or os.environ.get("CHROMIUM")
    found = named or next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None or not Path(found).exists():
        raise FileNotFoundError(
            f"No Chromium here ({named or ', '.join(NAMES)}). `make browser` installs Debian's; elsewhere "
            "set PHOTOBOT_CHROMIUM to the program of any Chrome."
        )
    return found


@contextmanager
def open_browser(film: Path | None = None) -> Iterator[Browser]:
    """A headless Chromium with an empty profile and a fake camera; `film`: what that sees, as .mjpeg."""
    seen = [f"--use-file-for-fake-video-capture={film}"] if film else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=[*ARGUMENTS, *seen])
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Seen:
    """What one page loaded, fetched since its last load, and complained about."""

    loads: list[str] = field(default_factory=list)
    gets: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def repeated(self) -> dict[str, int]:
        """Addresses fetched more than once since the page was loaded."""
        return {url: count for url, count in Counter(self.gets).items() if count > 1}


expect.set_options(timeout=30_000)  # a machine that also runs others' tests is slow, not wrong


class Visitors:
    """The people of one test: each has a browser context of their own and is watched."""

    def __init__(self, browser: Browser, base_url: str) -> None:
        self.browser = browser
        self.base_url = base_url
        self.host = urlsplit(base_url).netloc
        self.contexts: list[BrowserContext] = []
        self.pages: list[Page] = []
        self.seen: dict[Page, Seen] = {}
        self.expected: list[re.Pattern[str]] = []

    def context(self, size: dict[str, int] | None = None, **options: Any) -> BrowserContext:
        """A person's browser: no cookies, nothing remembered; English unless `lang` says `id`.

        A webcam photo waits for its button unless `by_itself`: on a busy machine the four seconds to look at
        it are over before a test has looked.
        """
        lang: Literal["en", "id"] = options.pop("lang", "en")
        by_itself: bool = options.pop("by_itself", False)
        context = self.browser.new_context(
            base_url=self.base_url,
            viewport=size or LAPTOP,  # type: ignore[arg-type]
            permissions=["camera", "clipboard-read", "clipboard-write"],
            accept_downloads=True,
            **{"service_workers": "block", **options},
        )
        context.set_default_timeout(40_000)
        context.set_default_navigation_timeout(40_000)
        context.add_cookies([{"name": "lang", "value": lang, "url": self.base_url}])
        if not by_itself:
            context.add_init_script(_NOT_BY_ITSELF)
        context.on("page", self._watch)
        self.contexts.append(context)
        return context

    def page(self, size: dict[str, int] | None = None, **options: Any) -> Page:
        """A page in a browser of its own."""
        return self.context(size, **options).new_page()

    def kiosk(self, **options: Any) -> Page:
        """A touch tablet in portrait."""
        return self.page(TABLET, has_touch=True, **options)

    def phone(self, **options: Any) -> Page:
        """A guest's phone."""
        return self.page(PHONE, has_touch=True, device_scale_factor=2, **options)

    def may_complain(self, pattern: str) -> None:
        """Console errors of this shape are what the test provokes."""
        self.expected.append(re.compile(pattern))

    def _watch(self, page: Page) -> None:
        seen = self.seen[page] = Seen()
        self.pages.append(page)

        def requested(request: Any) -> None:
            url = urlsplit(request.url)
            if url.scheme in ("http", "https") and url.netloc != self.host:
                seen.foreign.append(request.url)
            if url.scheme not in ("http", "https") or request.method != "GET":
                return
            if request.is_navigation_request() and request.frame == page.main_frame:
                seen.loads.append(url.path)
                seen.gets.clear()
            seen.gets.append(request.url)

        def opened(socket: Any) -> None:
            if urlsplit(socket.url).netloc != self.host:
                seen.foreign.append(socket.url)

        def said(message: Any) -> None:
            if message.type == "error":
                seen.errors.append(f"{message.text} @ {message.location.get('url', '')}")

        page.on("request", requested)
        page.on("websocket", opened)
        page.on("console", said)
        page.on("pageerror", lambda error: seen.errors.append(f"uncaught: {error}"))

    def check(self) -> None:
        """AssertionError for a request to another host, an uncaught error, or a console error."""
        for page, seen in self.seen.items():
            assert seen.foreign == [], f"{page.url} asked other hosts"
            unexpected = [
                text for text in seen.errors if not any(pattern.search(text) for pattern in self.expected)
            ]
            assert unexpected == [], f"errors on {page.url}: {unexpected}"

    def loaded_once(self, *pages: Page) -> None:
        """AssertionError when one of these pages was loaded again or fetched an address twice."""
        for page in pages:
            seen = self.seen[page]
            assert len(seen.loads) == 1, seen.loads
            assert seen.repeated() == {}, f"{page.url}: {seen.repeated()}"

    def keep(self, folder: Path) -> None:
        """Save a picture and the markup of every open page."""
        folder.mkdir(parents=True, exist_ok=True)
        for number, page in enumerate(self.pages):
            if page.is_closed():
                continue
            with suppress(PlaywrightError, OSError):
                page.screenshot(path=folder / f"{number}.png", timeout=5000)
                (folder / f"{number}.html").write_text(page.content(), "utf-8")

    def close(self) -> None:
        """Everybody goes."""
        for context in self.contexts:
            with suppress(PlaywrightError):
                context.close()


def until(page: Page, condition: Callable[[], Any], what: str = "", seconds: float = 30.0) -> Any:
    """The first true answer of `condition`; the page lives on meanwhile. AssertionError without one."""
    deadline = monotonic() + seconds
    while True:
        if answer := condition():
            return answer
        assert monotonic() < deadline, f"not within {seconds} s: {what or condition}"
        page.wait_for_timeout(40)
