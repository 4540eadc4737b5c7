"""What people do on the pages, in their own words, so that a test reads like an evening at the booth."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from playwright.sync_api import Locator, Page, expect
from ulid import ULID

from tests.fakes import camera_writer
from tests.fakes.browser import Visitors, until
from tests.fakes.stack import Stack

SLOW = 60_000
"""Milliseconds a picture may take on a busy machine."""
MORNING = datetime(2026, 3, 9, 8, tzinfo=UTC)


def type_name_and_number(page: Page, name: str, number: str) -> None:
    """From the kiosk's welcome up to the consent."""
    page.locator("#start").tap()
    page.locator("#name").press_sequentially(name)
    page.keyboard.press("Enter")
    page.locator("#whatsapp").press_sequentially(number)
    page.keyboard.press("Enter")
    expect(page.locator("[data-screen=consent]")).to_be_visible()


def agree(page: Page) -> None:
    """Tick the consent and ask for the code."""
    page.locator("label.tick").tap()
    expect(page.locator("#consent")).to_be_checked()
    page.locator("#send").tap()


def code_on(page: Page) -> str:
    """The code on the kiosk's last screen."""
    expect(page.locator("[data-screen=result]")).to_be_visible()
    code = page.locator("#result-code").inner_text().strip()
    assert code
    return code


def sign_up(page: Page, name: str, number: str = "0812 3456 7890") -> str:
    """The whole way at the kiosk; the code."""
    type_name_and_number(page, name, number)
    agree(page)
    return code_on(page)


def page_of_qr(page: Page) -> str:
    """The path of the guest's page whose QR the kiosk shows."""
    source = page.locator("#result-qr").get_attribute("src") or ""
    assert source.endswith("/qr.svg")
    return source.removesuffix("/qr.svg")


def bring(page: Page, code: str) -> None:
    """Type a guest's code at the booth."""
    page.locator("#guest-code").fill("")
    page.locator("#guest-code").press_sequentially(code)
    page.keyboard.press("Enter")


def active(page: Page) -> Locator:
    """The card of the guest in front of the camera."""
    return page.locator(".activecard.on")


def turn_lasts(page: Page) -> None:
    """Until the turn of the guest at the booth is past the seconds of the handover (of thirty minutes)."""
    expect(active(page)).to_contain_text(re.compile(r"29:(5[0-5]|[0-4])"), timeout=SLOW)


def link(page: Page) -> Locator:
    """The pill that says how old the data is."""
    return page.locator(".topbar .pill.link")


def is_live(page: Page) -> None:
    """The page says that its data is live."""
    expect(link(page)).to_have_attribute("data-state", "live", timeout=SLOW)


def card(page: Page, name: str) -> Locator:
    """A guest's job on the booth's page."""
    return page.locator(".jobcard").filter(has_text=name)


def row(page: Page, name: str) -> Locator:
    """A guest's job in the queue."""
    return page.locator(".queue .row").filter(has_text=name)


def painted(image: Locator) -> None:
    """The picture is really there, not only its frame."""
    expect(image).to_be_visible(timeout=SLOW)
    until(
        image.page,
        lambda: image.evaluate("one => one.complete && one.naturalWidth > 0"),
        "a picture that loads",
    )


def job_of(locator: Locator) -> str:
    """The id of the job a card or row stands for."""
    job_id = locator.get_attribute("data-job")
    assert job_id
    return job_id


def objects_of(stack: Stack, job_id: str) -> list[str]:
    """Names of everything stored for a job."""
    folder = stack.folder / "data" / "objects"
    return sorted(path.name for path in folder.rglob(f"{job_id}/*"))


def download(page: Page, link_to: Locator, folder: Path) -> bytes:
    """Press a download; the file's bytes."""
    with page.expect_download() as download_info:
        link_to.click()
    target = folder / "download.bin"
    download_info.value.save_as(target)
    return target.read_bytes()


def guest_page(visitors: Visitors, kiosk: Page) -> Page:
    """The guest scans the kiosk's QR with the phone."""
    phone = visitors.phone()
    phone.goto(page_of_qr(kiosk))
    return phone


def _live(camera: str) -> dict[str, str]:
    """What a watcher says of a file that a camera has just written: it tells how the camera's clock goes."""
    now = datetime.now(UTC)
    return {
        "camera": camera,
        "takenAt": now.replace(tzinfo=None).isoformat(),
        "appearedEarliest": (now - timedelta(milliseconds=20)).isoformat(),
        "appearedLatest": now.isoformat(),
    }


def send_orphans(stack: Stack, booth_id: str, count: int, cameras: tuple[str, ...] = ("",)) -> None:
    """Photos of no guest, IMG_0001.JPG and on, one a minute; taken by these cameras in turn."""
    token = stack.booth_token(booth_id)
    with httpx.Client(base_url=f"{stack.url}/api/v1", headers={"Authorization": f"Bearer {token}"}) as camera:
        for number in range(1, count + 1):
            image = camera_writer.small_photo(int(ULID()) % 2**31)
            name = cameras[(number - 1) % len(cameras)]
            answer = camera.post(
                f"/booth/{booth_id}/shots",
                data={
                    "shotId": str(ULID()),
                    "fileName": f"IMG_000{number}.JPG",
                    "sha256": camera_writer.sha(image),
                    "appearedAt": (MORNING + timedelta(minutes=number)).isoformat(),
                    **(_live(name) if name else {}),
                },
                files={"file": ("x.jpg", image)},
                timeout=30,
            )
            assert answer.status_code == 200, answer.text
