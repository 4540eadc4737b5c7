"""No page keeps anybody out: axe-core looks at each, light and dark."""

from typing import Literal

import httpx
import pytest
from playwright.sync_api import Page

from tests.e2e.axe import COLOURS, serious
from tests.e2e.conftest import Place, let_in
from tests.fakes.browser import PHONE, TABLET, Visitors
from tests.fakes.stack import Stack, finished, post_job, register

Theme = Literal["light", "dark"]

STAFF = {
    "/console": ".chooser .tile",
    "{booth}": "main:has(.jobcard img) .capture .btn.main:enabled",  # half faded until the camera runs
    "{booth}/camera": "main .laptop, main section",
    "{queue}": ".queue .row",
    "/console/jobs/{job}": ".story li",
    "/console/jobs/nobody-has-this": "main",
    "/console/gallery?event={slug}": ".gallery img",
    "/console/attention?event={slug}": ".attention",
    "/console/supervisor": ".watch .tile:not(.skeleton)",
    "/console/supervisor?screen=wall": ".watch .tile:not(.skeleton)",
    "/console/system": ".system [data-role=web]",
    "/console/sign-ins": "main li",
    "/console/admin": ".guide .steps",
    "/console/admin/events": ".pickrow",
    "/console/admin/booths": ".pickrow",
    "/console/admin/styles": ".pickrow",
    "/console/admin/users": ".pickrow",
    "/console/admin/audit": ".auditlog li",
}
"""Pages by what they show when they are there."""
CROWD = {
    "/login?error=LOGIN_FAILED": "main",
    "/kiosk/{slug}": "#start",
    "/wall/{slug}": "main, .wall",
    "/r/{token}": ".photo .after",
    "/r/nobody-has-this": "#main h1",
}
THEMES: tuple[Theme, ...] = "light", "dark"

IN_THE_OTHER_THEME = """() => {
  const root = document.documentElement;
  root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
}"""


def looked_at(page: Page, paths: dict[str, str], names: dict[str, str]) -> list[str]:
    """What is wrong with these pages, in the theme they come in and, where they have one, in the other."""
    wrong: list[str] = []
    for path, shows in paths.items():
        page.goto(path.format(**names))
        page.locator(shows).first.wait_for()
        wrong += [f"{path}: {found}" for found in serious(page)]
        if (mains := page.get_by_role("main").count()) != 1:
            wrong.append(f"{path}: {mains} main landmarks")
        if page.locator("script[src$='theme.js']").count():
            page.evaluate(IN_THE_OTHER_THEME)
            theme = page.locator("html").get_attribute("data-theme")
            wrong += [f"{path}, {theme}: {found}" for found in serious(page, rules=COLOURS)]
    return wrong


@pytest.mark.timeout(400)
def test_axe_finds_nothing_serious_on_any_page_in_any_theme(
    visitors: Visitors, shared_stack: Stack, boss_cookie: str, api: httpx.Client, place: Place
) -> None:
    visitors.may_complain("40[14] ")
    guest = register(api, place.event_id, "Laras Ati")
    job_id = post_job(api, guest, place.event_id, boothId=place.booth_id).json()["jobId"]
    finished(api, job_id)
    names = {
        "booth": place.booth,
        "queue": place.queue,
        "job": job_id,
        "slug": place.slug,
        "token": guest["token"],
    }
    staff = let_in(visitors.context(), shared_stack, boss_cookie)
    assert looked_at(staff.new_page(), STAFF, names) == []
    kiosk = {path: shows for path, shows in CROWD.items() if not path.startswith("/r/")}
    assert looked_at(visitors.page(TABLET), kiosk, names) == []
    phone = {path: CROWD[path] for path in CROWD.keys() - kiosk.keys()}
    for theme in THEMES:  # a guest's page takes the phone's
        assert looked_at(visitors.page(PHONE, color_scheme=theme), phone, names) == []
