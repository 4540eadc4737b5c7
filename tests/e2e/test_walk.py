"""A guest's whole visit across four screens, each loaded once: kiosk, phone, booth, queue, and the job."""

import re
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Place
from tests.e2e.steps import (
    SLOW,
    active,
    bring,
    card,
    download,
    guest_page,
    is_live,
    job_of,
    objects_of,
    painted,
    row,
    sign_up,
)
from tests.fakes.browser import TABLET, Visitors
from tests.fakes.stack import OPERATOR, Stack

STAGES = ["Preparing", "Styling", "Framing", "Saving", "Publishing"]


def _sign_in(context: BrowserContext, place: Place) -> Page:
    page = context.new_page()
    page.goto(place.booth)
    page.locator("#username").fill("operator")
    page.locator("#password").fill(OPERATOR)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"//[^/]+{re.escape(place.booth)}$"))
    return page


def _shoot(page: Page, name: str) -> None:
    """Photograph, look, do it again, send."""
    page.get_by_role("button", name="No timer").click()
    page.get_by_role("button", name="Take photo").click()
    painted(page.locator(".camera img.taken"))
    first = page.locator(".camera img.taken").get_attribute("src")
    page.get_by_role("button", name="Retake").click()
    expect(page.locator(".camera img.taken")).to_have_count(0)
    page.get_by_role("button", name="Take photo").click()
    painted(page.locator(".camera img.taken"))
    assert page.locator(".camera img.taken").get_attribute("src") != first
    page.get_by_role("button", name=f"Send for {name}").click()


def _watch_words(page: Page, selector: str) -> None:
    """Write down every text that an element shows from now on."""
    page.evaluate(
        """selector => {
          window.said = [];
          const look = () => {
            for (const node of document.querySelectorAll(selector)) {
              const words = node.textContent.trim();
              if (words && words !== window.said.at(-1)) window.said.push(words);
            }
          };
          new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
        }""",  # noqa: E501
        selector,
    )


def _saw_the_stages(page: Page) -> None:
    said = page.evaluate("window.said")
    shown = [stage for stage in STAGES if stage in said]
    assert len(shown) >= 2, f"the stages passed by unseen: {said}"
    assert [word for word in said if word in STAGES] == shown, f"out of order: {said}"
    assert said[-1] == "Done"


def _open_screens(visitors: Visitors, place: Place) -> tuple[Page, Page]:
    """The operator's booth and, beside it, the queue."""
    desk = visitors.context()
    booth = _sign_in(desk, place)
    queue = desk.new_page()
    queue.set_viewport_size(TABLET)  # type: ignore[arg-type]
    queue.goto(place.queue)
    is_live(booth)
    is_live(queue)
    expect(queue.get_by_text("No photos yet")).to_be_visible()
    return booth, queue


def _look_at_the_job(booth: Page, job_id: str, folder: Path) -> Page:
    """The job's own page, in a tab of its own."""
    job = booth.context.new_page()
    job.goto(f"/console/jobs/{job_id}")
    painted(job.get_by_alt_text("Before, Dewi Anggraini"))
    painted(job.get_by_alt_text("After, Dewi Anggraini"))
    expect(job.locator(".story")).to_contain_text("Finished: Publishing")
    assert download(job, job.get_by_role("link", name="Download"), folder)[:2] == b"\xff\xd8"
    return job


def test_a_visit_from_the_kiosk_to_the_picture_without_one_reload(
    visitors: Visitors, shared_stack: Stack, place: Place, tmp_path: Path
) -> None:
    kiosk = visitors.kiosk()
    kiosk.goto(place.kiosk)
    code = sign_up(kiosk, "Dewi Anggraini")
    painted(kiosk.locator("#result-qr"))
    phone = guest_page(visitors, kiosk)
    expect(phone.locator(".ticket .code")).to_have_text(code)

    booth, queue = _open_screens(visitors, place)
    expect(booth.locator(".guests .guest").filter(has_text="Dewi Anggraini")).to_be_visible()
    bring(booth, code.lower())
    expect(active(booth)).to_contain_text("Dewi Anggraini")
    _watch_words(booth, ".jobcard .tag")
    _watch_words(queue, ".queue .row .now b")
    _shoot(booth, "Dewi Anggraini")

    mine = card(booth, "Dewi Anggraini")
    expect(mine).to_be_visible()
    job_id = job_of(mine)
    expect(mine.locator(".tag.done")).to_have_text("Done", timeout=SLOW)
    painted(mine.locator(".face img"))
    expect(row(queue, "Dewi Anggraini")).to_contain_text("Done")
    painted(phone.locator(".photo .after"))
    assert download(phone, phone.get_by_role("link", name="Save photo"), tmp_path)[:2] == b"\xff\xd8"
    _saw_the_stages(booth)
    _saw_the_stages(queue)
    job = _look_at_the_job(booth, job_id, tmp_path)

    visitors.loaded_once(kiosk, phone, queue, job)
    assert visitors.seen[booth].loads == [place.booth, "/login", place.booth]
    assert visitors.seen[booth].repeated() == {}
    _made_once(objects_of(shared_stack, job_id))


def _made_once(names: list[str]) -> None:
    """What each stage leaves behind is there once: none of them ran a second time."""
    for stem in ("input.", "prepared-", "styled-", "output_0-"):
        assert len([name for name in names if name.startswith(stem)]) == 1, names
