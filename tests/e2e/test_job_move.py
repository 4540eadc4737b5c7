"""The wrong guest got the picture: put right on the job's page after delivery, seen on both phones."""

import re

import httpx
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.axe import serious
from tests.e2e.conftest import Place
from tests.e2e.steps import SLOW, is_live, painted
from tests.fakes.browser import Visitors
from tests.fakes.stack import finished, post_job, register


def test_a_delivered_picture_goes_to_the_right_guest_and_back(
    visitors: Visitors, operator: BrowserContext, api: httpx.Client, place: Place
) -> None:
    wrong, right = (register(api, place.event_id, name) for name in ("Ayu Lestari", "Bima Sakti"))
    job_id = str(post_job(api, wrong, place.event_id, boothId=place.booth_id).json()["jobId"])
    assert finished(api, job_id)["status"] == "succeeded"
    visitors.may_complain(r"404 \(|410 \(|409 \(")
    phones = []
    for guest in (wrong, right):
        phones.append(visitors.phone())
        phones[-1].goto(f"/r/{guest['token']}")
    theirs, mine = phones
    painted(theirs.locator(".compare img, .photo img").first)
    expect(mine.locator("h1")).to_contain_text("Bima", timeout=SLOW)

    page = operator.new_page()
    page.goto(f"/console/jobs/{job_id}#move")
    is_live(page)
    card = page.locator(".jobpage .move")
    find = card.get_by_role("textbox", name="Name, code or last 4 digits")
    expect(find).to_be_focused(timeout=SLOW)
    expect(card).to_contain_text("moves at once from Ayu Lestari's page to that of the guest you choose")
    assert serious(page) == []
    find.press_sequentially("zzz")
    expect(card).to_contain_text("No guest fits.")
    find.fill("")
    find.press_sequentially("bima")
    expect(card.locator(".who")).to_have_count(1)
    card.get_by_role("button", name="Codes mixed up").click()
    card.get_by_role("button", name=re.compile("Bima Sakti")).click()

    expect(card).to_contain_text("The photo is Bima Sakti's now", timeout=SLOW)
    expect(card.locator("#move-done")).to_be_focused()
    page.keyboard.press("Enter")  # pressed once too often: nothing is undone by it
    expect(page.locator("h1")).to_have_text("Bima Sakti")
    painted(mine.locator(".compare img, .photo img").first)
    expect(theirs.locator(".compare img, .photo img")).to_have_count(0, timeout=SLOW)
    moved = page.locator(".story li.moved")
    expect(moved).to_contain_text(f"Moved from {wrong['code']} to {right['code']} by operator", timeout=SLOW)
    expect(moved).to_contain_text("Codes mixed up")

    _new_link_and_undo(page, theirs, mine, wrong)
    _a_colleague_is_faster(page, api, job_id, right)
    _undone_after_a_reload(page, wrong)
    _from_the_booth(page, place, job_id)


def _new_link_and_undo(page: Page, theirs: Page, mine: Page, wrong: dict[str, str]) -> None:
    """The wrong guest's link may have gone to somebody else too: it is closed; then all of it is undone."""
    card = page.locator(".jobpage .move")
    card.get_by_role("button", name="Give Ayu Lestari a new link").click()
    expect(card).to_contain_text("Ayu Lestari's old link is closed.", timeout=SLOW)
    expect(theirs.get_by_role("heading", name="This link was closed")).to_be_visible(timeout=SLOW)
    assert serious(page) == []
    card.get_by_role("button", name="Show the new link").click()
    expect(page.locator("dialog.share .address")).not_to_contain_text(wrong["token"])
    page.keyboard.press("Escape")

    card.get_by_role("button", name="Undo").click()
    expect(page.locator("h1")).to_have_text("Ayu Lestari", timeout=SLOW)
    expect(mine.locator(".compare img, .photo img")).to_have_count(0, timeout=SLOW)
    theirs.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # looked at, not loaded again
    painted(theirs.locator(".compare img, .photo img").first)


def _a_colleague_is_faster(page: Page, api: httpx.Client, job_id: str, right: dict[str, str]) -> None:
    """What this page asks is closed in words, the picture stays where they put it."""
    card = page.locator(".jobpage .move")
    card.get_by_role("button", name="Wrong guest?").click()
    expect(card.get_by_role("textbox")).to_be_focused()
    assert api.post(f"/jobs/{job_id}/move", json={"sessionId": right["sessionId"]}).status_code == 200
    expect(page.locator(".pb-toasts")).to_contain_text(
        "Somebody else has just moved this photo to Bima Sakti.", timeout=SLOW
    )
    expect(page.locator("h1")).to_have_text("Bima Sakti")


def _undone_after_a_reload(page: Page, wrong: dict[str, str]) -> None:
    """Also who comes later, and did not move it, puts it back."""
    page.reload()
    painted(page.locator(".mat img").last)
    back = page.locator(".jobpage .move").get_by_role("button", name=f"Give it back to {wrong['code']}")
    back.click()
    expect(page.locator("h1")).to_have_text("Ayu Lestari", timeout=SLOW)
    expect(back).to_have_count(0, timeout=SLOW)


def _from_the_booth(page: Page, place: Place, job_id: str) -> None:
    """The card at the booth asks the same in a dialog, which is gone when all is said."""
    page.goto(place.booth)
    is_live(page)
    job = page.locator(f'.jobcard[data-job="{job_id}"]')
    job.get_by_role("button", name="Wrong guest? Ayu Lestari").click()
    dialog = page.locator("dialog.movebox[open]")
    expect(dialog.get_by_role("textbox")).to_be_focused()
    dialog.get_by_role("textbox").press_sequentially("bima")
    assert serious(page) == []
    dialog.get_by_role("button", name=re.compile("Bima Sakti")).click()
    expect(dialog).to_contain_text("The photo is Bima Sakti's now", timeout=SLOW)
    expect(job).to_contain_text("Bima Sakti", timeout=SLOW)
    dialog.get_by_role("button", name="Undo").click()
    expect(dialog).to_have_count(0, timeout=SLOW)
    expect(job).to_contain_text("Ayu Lestari", timeout=SLOW)
    job.get_by_role("button", name="Wrong guest? Ayu Lestari").click()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
