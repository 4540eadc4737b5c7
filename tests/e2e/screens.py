"""`python -m tests.e2e.screens`: an evening with guests and jobs in every state, every screen as a picture.

The pictures go to .screens/: {page}-{size}-{language}-{theme}.png, for a person to look through. What
axe-core finds in them that keeps somebody out, and each text that is cut off, is printed at the end, and is a
failure.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from app.cli.authority import Authority
from app.db import migrate
from tests.e2e import axe, fit
from tests.e2e.conftest import cookie_of, let_in
from tests.e2e.screens_admin import administration
from tests.e2e.screens_camera import CameraTable, as_administrator, at_the_booth
from tests.e2e.screens_doors import at_the_door, without_the_server
from tests.e2e.screens_gallery import in_the_gallery, in_trouble, on_the_wall
from tests.e2e.screens_kiosk import at_the_kiosk
from tests.e2e.screens_people import photo, webcam
from tests.e2e.screens_supervisor import as_supervisor
from tests.fakes import servers
from tests.fakes import stack as stacks
from tests.fakes.browser import LAPTOP, PHONE, TABLET, Visitors, open_browser
from tests.fakes.stack import (
    ADMIN,
    OPERATOR,
    ROOT,
    Stack,
    finished,
    first_event,
    post_job,
    register,
)

TARGET = ROOT / ".screens"
SIZES = {"laptop": LAPTOP, "tablet": TABLET}
EMPTY = "kirana"
"""An event before its first guest, and its booth."""
NAMES = ("Dewi Anggraini", "Bagus Prasetyo", "Citra Kirana", "Muhammad Rizky Ramadhan Putra", "Eka", "Fajar")


@dataclass
class Evening:
    """What the pages show."""

    stack: Stack
    api: httpx.Client
    event_id: str
    done: str = ""
    failed: str = ""
    erased: str = ""
    guests: list[dict[str, str]] = field(default_factory=list)

    def fill(self, hotfolder: Path) -> None:
        """Guests; pictures that are done, failed, waiting and under way; camera files."""
        self.guests = [register(self.api, self.event_id, name) for name in NAMES]
        jobs = [
            self._job(self.guests[number], number, styleId=style)
            for number, style in enumerate(("pencil", "comic", "pop-art"))
        ]
        for job_id in jobs:
            finished(self.api, job_id, 120)
        self.done = jobs[0]
        self.erased = register(self.api, self.event_id, "Gita")["token"]
        self.api.post(f"/guest/{self.erased}/erasure", json={"confirm": True})
        boss = self.stack.admin()
        boss.patch(f"/events/{self.event_id}", json={"extraStyles": 2})
        later = boss.post("/events", json={"name": "Ulang Tahun Kirana", "slug": EMPTY}).json()
        boss.put(f"/booths/{EMPTY}", json={"name": "Booth 3", "eventId": later["id"]}).raise_for_status()
        self.failed = self._failing(self.guests[3])
        self.api.post(
            "/booth/booth-1/active-session",
            json={"sessionId": self.guests[4]["sessionId"], "eventId": self.event_id, "styleId": "pencil"},
        )
        CameraTable(self.stack, self.api, self.event_id, self.guests, hotfolder).fill()

    def _job(self, guest: dict[str, str], seed: int, **fields: str) -> str:
        answer = post_job(self.api, guest, self.event_id, photo(seed), boothId="booth-1", **fields)
        return str(answer.json()["jobId"])

    def _failing(self, guest: dict[str, str]) -> str:
        """A job whose input is gone before a worker looks at it."""
        self.stack.stop(self.stack.children[-1])
        job_id = self._job(guest, 9)
        for path in (self.stack.folder / "data" / "objects").rglob(f"{job_id}/input.*"):
            path.unlink()
        self.stack.worker()
        finished(self.api, job_id, 120)
        return job_id

    def on_the_wall(self, given: bool) -> None:
        """Whether the guests with a picture want it to be seen in the hall."""
        for guest in self.guests[:3]:
            self.api.put(f"/guest/{guest['token']}/consents/wall", json={"given": given})

    def wait_in_line(self) -> None:
        """Stop the workers: what comes now waits."""
        workers = [child for child in self.stack.children if "tasks" in child.args]  # type: ignore[operator]
        self.stack.stop(workers[-1])
        for number in (4, 5):
            self._job(self.guests[number], 20 + number)


@dataclass
class Album:
    """Takes the pictures of one size, language and theme."""

    page: Page
    suffix: str
    wrong: list[str]

    def take(self, name: str, path: str = "", shows: str = "main") -> None:
        """Open a page (or stay), wait until it shows something, and photograph it."""
        if path:
            self.page.goto(path)
        self.page.locator(shows).first.wait_for()
        with suppress(PlaywrightTimeout):
            self.page.wait_for_function(
                "() => document.fonts.status === 'loaded' && [...document.images].every(one => one.complete)",
                timeout=5000,
            )
        self.page.screenshot(path=TARGET / f"{name}-{self.suffix}.png", animations="disabled")
        print(f"{name}-{self.suffix}.png", flush=True)
        self.wrong += [f"{name}-{self.suffix}: {found}" for found in fit.cut(self.page)]
        if "-id-" in self.suffix:  # the other language has the same elements and colours
            self.wrong += [f"{name}-{self.suffix}: {found}" for found in axe.serious(self.page)]


def console(album: Album, evening: Evening) -> None:
    """What operators see."""
    album.take("chooser", "/console", ".chooser .tile")
    album.take("queue", "/console/queue?event=photobot", ".queue .row")
    in_the_gallery(album.page, album.take)
    album.page.goto("/console/queue?event=photobot")
    album.page.locator(".queue .row").first.wait_for()
    album.page.locator("[data-filter=bad]").click()
    album.page.keyboard.press("f")  # two keys without a pause between would be a scan
    album.take("queue-filters", shows=".queue .facet .btn")
    album.page.locator(".topbar .pill[data-part=local]").click()
    album.take("parts", shows="dialog.partbox[open]")
    album.take("job-done", f"/console/jobs/{evening.done}", ".story li")
    album.take("job-failed", f"/console/jobs/{evening.failed}", ".story li")
    album.take("booth-webcam", "/console/booth/booth-1", ".jobcard")
    album.page.keyboard.press("Escape")
    with suppress(PlaywrightTimeout):
        album.page.locator(".camera video").wait_for(timeout=5000)
    album.take("booth-webcam-on", shows=".activecard.on")
    with_the_webcam(album, evening.guests[5])
    at_the_booth(album.page, album.take)
    album.page.goto("/console/booth/booth-1")
    if album.page.locator(".topbar .more").is_visible():
        album.page.locator(".topbar .more").click()
        album.take("more", shows=".topbar .extras:popover-open")
    album.page.locator(".topbar .extras button").nth(1).click()
    album.take("help", shows="dialog.help[open]")
    album.take("sign-ins", "/console/sign-ins", ".signins li")
    without_the_server(album.page, album.take)
    album.take("lost", "/console/jobs/01ARZ3NDEKTSV4RRFFQ69G5FAV")
    album.take("not-yours", "/console/admin")
    where_nothing_is_yet(album)


def where_nothing_is_yet(album: Album) -> None:
    """An event before its first guest."""
    album.take("booth-empty", f"/console/booth/{EMPTY}", ".people .empty")
    album.take("queue-empty", f"/console/queue?event={EMPTY}", ".queue .empty")
    album.take("gallery-empty", f"/console/gallery?event={EMPTY}", ".gallery .empty")


def with_the_webcam(album: Album, waits: dict[str, str]) -> None:
    """Three photos to choose from, a guest's QR, and what waits while there is no server."""
    page = album.page
    page.locator("#guest-code").fill(waits["code"])
    page.keyboard.press("Enter")
    album.take("booth-taken", shows=".conflict")
    page.keyboard.press("Escape")
    burst = page.locator(".camera .knob").nth(2)
    burst.click()
    page.keyboard.press("Space")
    album.take("booth-burst", shows=".camera .picks")
    page.keyboard.press("r")
    burst.click()
    page.keyboard.press("q")
    album.take("booth-scan", shows="dialog.scanner[open] video")
    page.keyboard.press("Escape")
    page.context.set_offline(True)
    page.keyboard.press("Space")
    page.locator(".camera img.taken").wait_for()
    page.keyboard.press("Enter")
    page.locator(".uploadbtn").wait_for()
    page.keyboard.press("w")
    album.take("booth-uploads", shows="dialog.uploadlist[open] li")
    page.keyboard.press("Escape")
    page.context.set_offline(False)
    page.locator(".uploadbtn").wait_for(state="detached", timeout=60_000)


def guests(album: Album, evening: Evening) -> None:
    """What guests see on the tablet and the phone, and everybody at the door."""
    page = album.page
    at_the_door(page, album.take)
    at_the_kiosk(page, album.take)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    album.take("guest-ready", f"/r/{evening.guests[0]['token']}", ".photo .after")
    page.locator(".compare input").focus()
    page.keyboard.press("PageUp")
    album.take("guest-compare", shows=".compare")
    page.locator(".mine").click()
    album.take("guest-data", shows=".sheet .consents")
    page.locator(".sheet .erase").click()
    album.take("guest-erase", shows=".sheet .goes")
    album.take("guest-erased", f"/r/{evening.erased}", ".receipt .code")
    album.take("guest-failed", f"/r/{evening.guests[3]['token']}", "#main h1")
    album.take("guest-waiting", f"/r/{evening.guests[4]['token']}", "#main h1")
    album.take("guest-unknown", "/r/nobody-has-this", "#main h1")
    on_the_wall(page, album.take, evening.on_the_wall)


def photograph(browser: Browser, evening: Evening, sizes: Sequence[str]) -> list[str]:
    """Every page at these sizes, in both languages, light and dark; what axe-core found."""
    wrong: list[str] = []
    cookie = cookie_of(evening.stack, "operator", OPERATOR)
    evening.stack.admin()
    boss_cookie = cookie_of(evening.stack, "boss", ADMIN)
    visitors = Visitors(browser, evening.stack.url)
    for size in sizes:
        box = SIZES[size]
        for lang in ("id", "en"):
            for theme in ("light", "dark"):
                options = {"lang": lang, "color_scheme": theme, "has_touch": size == "tablet"}
                staff = let_in(visitors.context(box, **options), evening.stack, cookie)
                staff.add_init_script(f"localStorage.setItem('pb.theme', '{theme}')")
                console(Album(staff.new_page(), f"{size}-{lang}-{theme}", wrong), evening)
                staff.close()
                boss = let_in(visitors.context(box, **options), evening.stack, boss_cookie)
                boss.add_init_script(f"localStorage.setItem('pb.theme', '{theme}')")
                boss_album = Album(boss.new_page(), f"{size}-{lang}-{theme}", wrong)
                as_supervisor(boss_album.page, boss_album.take)
                as_administrator(boss_album.page, boss_album.take)
                in_trouble(boss_album.page, boss_album.take)
                administration(boss_album.page, boss_album.take)
                boss.close()
                crowd = visitors.context(box, **options)
                crowd.add_init_script(f"localStorage.setItem('pb.theme', '{theme}')")
                guests(Album(crowd.new_page(), f"{size}-{lang}-{theme}", wrong), evening)
                crowd.close()
    return wrong


@contextmanager
def installation() -> Iterator[Stack]:
    """Everything real, and gone afterwards."""
    with ExitStack() as opened:
        databases = servers.Databases(opened.enter_context(servers.postgres()))
        valkey = opened.enter_context(servers.valkey())
        url = opened.enter_context(databases.fresh())
        migrate.upgrade(url)
        stack = opened.enter_context(stacks.stack(url, valkey.redis_url))
        authority = Authority(stack.folder / "tls")
        authority.issue(["localhost"], "desk")
        stack.web(TLS_CA_FILE=str(authority.ca_file))
        stack.worker()
        yield stack


def main() -> int:
    """Take the pictures; the exit status."""
    parser = argparse.ArgumentParser(prog="make screens", description="see the head of this file")
    parser.add_argument("sizes", nargs="*", metavar="laptop|tablet", help="which sizes; both without any")
    sizes = parser.parse_args().sizes or list(SIZES)
    if unknown := set(sizes) - set(SIZES):
        parser.error(f"there is no size {', '.join(sorted(unknown))}")
    TARGET.mkdir(exist_ok=True)
    with (
        TemporaryDirectory() as hotfolder,  # gone after the watcher that works in it
        installation() as stack,
        webcam() as seen,
        open_browser(seen) as browser,
    ):
        api = stack.client()
        evening = Evening(stack, api, first_event(api))
        evening.fill(Path(hotfolder))
        evening.wait_in_line()
        wrong = photograph(browser, evening, sizes)
    print(f"The pictures are in {TARGET.name}/", *wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
