"""An operator's evening at the webcam: two actions a guest, bursts, scanning, everybody in view."""

import httpx
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.axe import serious
from tests.e2e.conftest import Place, let_in
from tests.e2e.steps import SLOW, active, bring, card, is_live, painted
from tests.e2e.test_booth_traps import SCAN
from tests.fakes.browser import LAPTOP, Visitors
from tests.fakes.ipp_server import FakePrinter, ipp_printer
from tests.fakes.stack import Stack, finished, picture, post_job, register

# A camera that sees a guest's QR code on a grey table.
QR_CAMERA = """(address) => {
  navigator.mediaDevices.getUserMedia = async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 720 });
    const code = Object.assign(new Image(), { src: address });
    await code.decode();
    const pen = canvas.getContext("2d");
    setInterval(() => { pen.fillStyle = "#999"; pen.fillRect(0, 0, 1280, 720); pen.drawImage(code, 440, 160, 400, 400); }, 50);
    return canvas.captureStream(20);
  };
}"""  # noqa: E501


def _open(context: BrowserContext, place: Place) -> Page:
    page = context.new_page()
    page.goto(place.booth)
    is_live(page)
    return page


def test_from_registration_to_the_picture_in_two_actions_a_guest(
    visitors: Visitors,
    shared_stack: Stack,
    operator_cookie: str,
    api: httpx.Client,
    boss: httpx.Client,
    place: Place,
) -> None:
    """A scan and the shutter; the photo is sent by itself and the turn makes room for the next guest's."""
    visitors.may_complain(r"409 \(")
    booth = _open(let_in(visitors.context(by_itself=True), shared_stack, operator_cookie), place)
    names = ("Aulia Rahman", "Bunga Citra", "Cahya Dewata")
    actions: dict[str, int] = dict.fromkeys(names, 0)
    for name in names:
        guest = register(api, place.event_id, name)
        expect(booth.locator(".guests .guest").filter(has_text=name)).to_be_visible()
        booth.evaluate("document.activeElement.blur()")
        booth.evaluate(SCAN, guest["code"])
        actions[name] += 1
        expect(active(booth)).to_contain_text(name)
        booth.keyboard.press("Space")
        actions[name] += 1
        expect(card(booth, name)).to_have_count(1, timeout=SLOW)
        expect(booth.locator(".camera img.taken")).to_have_count(0)
    for name in names:
        expect(card(booth, name).locator(".tag.done")).to_have_text("Done", timeout=SLOW)
    assert max(actions.values()) <= 2
    last = register(api, place.event_id, "Dian Puspita")
    booth.evaluate(SCAN, last["code"])
    booth.get_by_role("button", name="Undo").last.click()
    expect(active(booth)).to_contain_text("Cahya Dewata")
    visitors.loaded_once(booth)


def test_pictures_are_printed(
    operator: BrowserContext, api: httpx.Client, boss: httpx.Client, place: Place
) -> None:
    for name in ("Aulia Rahman", "Cahya Dewata"):
        guest = register(api, place.event_id, name)
        made = post_job(api, guest, place.event_id, picture(), mode="original", boothId=place.booth_id)
        finished(api, made.json()["jobId"])
    booth = _open(operator, place)
    with ipp_printer() as paper:
        prints(booth, boss, place, paper)


def prints(booth: Page, boss: httpx.Client, place: Place, paper: FakePrinter) -> None:
    """The newest picture by key, another by its button; no paper is told on the pill and the card."""
    pill = booth.locator(".topbar .pill[data-part=printer]")
    expect(booth.locator(".printbtn")).to_have_count(0)
    told = {"name": "Booth Utama", "eventId": place.event_id, "printer": paper.uri}
    assert boss.put(f"/booths/{place.booth_id}", json=told).is_success
    expect(pill).to_have_attribute("title", "The printer is ready", timeout=SLOW)
    booth.evaluate("document.activeElement.blur()")
    booth.keyboard.press("p")
    dialog = booth.locator("dialog.printbox")
    expect(dialog).to_contain_text("Print Cahya Dewata's photo")
    assert serious(booth, "dialog.printbox") == []
    dialog.get_by_role("button", name="Print", exact=True).dblclick()
    expect(dialog).to_have_count(0)
    newest = card(booth, "Cahya Dewata").locator(".printed")
    expect(newest).to_contain_text("1 copy printed", timeout=SLOW)
    paper.out_of_paper()
    expect(pill).to_contain_text("Printer out of paper", timeout=SLOW)
    card(booth, "Aulia Rahman").get_by_role("button", name="Print Aulia Rahman").click()
    booth.keyboard.press("3")
    booth.keyboard.press("Enter")
    oldest = card(booth, "Aulia Rahman").locator(".printed")
    expect(oldest).to_contain_text("3 copies", timeout=SLOW)
    expect(oldest).to_contain_text("Printer out of paper")
    pill.click()
    expect(booth.locator("dialog.partbox")).to_contain_text("Put paper in.")
    booth.keyboard.press("Escape")
    paper.refill()
    expect(oldest).to_contain_text("3 copies printed", timeout=SLOW)
    assert sorted(job.copies for job in paper.printed) == [1, 3]


def test_a_burst_is_picked_from_by_key_and_by_touch(
    visitors: Visitors, shared_stack: Stack, operator_cookie: str, api: httpx.Client, place: Place
) -> None:
    guest = register(api, place.event_id, "Dimas Saputra")
    booth = _open(let_in(visitors.context(LAPTOP, has_touch=True), shared_stack, operator_cookie), place)
    booth.get_by_role("button", name="Burst of 3").tap()
    booth.get_by_role("button", name="No timer").tap()
    bring(booth, guest["code"])
    expect(active(booth)).to_contain_text("Dimas Saputra")
    booth.locator("[data-style]").nth(2).click()
    shown = booth.locator(".camera img.taken")
    for pick in (
        lambda: booth.keyboard.press("3"),
        lambda: booth.get_by_role("button", name="Photo 3").tap(),
    ):
        booth.keyboard.press("Space")
        painted(shown)
        expect(booth.locator(".picks button")).to_have_count(3)
        third = booth.get_by_role("button", name="Photo 3").locator("img").get_attribute("src") or ""
        pick()
        expect(shown).to_have_attribute("src", third)
        booth.get_by_role("button", name="Send for Dimas").tap()
        expect(shown).to_have_count(0)
    expect(card(booth, "Dimas Saputra")).to_have_count(2, timeout=SLOW)
    booth.reload()
    is_live(booth)
    expect(shown).to_have_count(0)
    expect(booth.get_by_role("button", name="Burst of 3")).to_have_attribute("aria-pressed", "true")


def test_a_guests_qr_is_scanned_by_the_booths_camera(
    visitors: Visitors, operator: BrowserContext, api: httpx.Client, place: Place
) -> None:
    guest = register(api, place.event_id, "Fajar Nugroho")
    booth = _open(operator, place)
    booth.evaluate(QR_CAMERA, f"/r/{guest['token']}/qr.svg")
    booth.evaluate("document.activeElement.blur()")
    booth.keyboard.press("m")
    expect(booth.locator(".film")).to_be_visible()
    booth.keyboard.press("q")
    expect(active(booth)).to_contain_text("Fajar Nugroho", timeout=SLOW)
    expect(booth.get_by_role("dialog")).to_have_count(0)
    visitors.loaded_once(booth)


def test_nobody_is_invisible_and_the_page_does_not_scroll(
    visitors: Visitors, operator: BrowserContext, api: httpx.Client, place: Place
) -> None:
    for number in range(12):
        register(api, place.event_id, f"Tamu {number:02}")
    booth = _open(operator, place)
    every = booth.locator(".chips button").first
    expect(every).to_contain_text("12")
    for name in ("Tamu 00", "Tamu 11"):
        row = booth.locator(".guests .guest").filter(has_text=name)
        booth.locator(".guests").evaluate(
            "(list, down) => { list.scrollTop = down ? 1e6 : 0; }", name == "Tamu 11"
        )
        expect(row).to_be_visible()
    bring(booth, "tamu 07")
    expect(active(booth)).to_contain_text("Tamu 07")
    expect(every).to_contain_text("11")
    for shoot in ("Webcam", "Pro camera"):
        booth.get_by_role("button", name=shoot).click()
        assert booth.evaluate("document.scrollingElement.scrollHeight <= innerHeight"), shoot
        assert booth.locator(".keysbar").evaluate(
            "bar => bar.getBoundingClientRect().bottom <= innerHeight + 1"
        )
