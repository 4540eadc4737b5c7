"""An operator's work at one booth: by keyboard alone, two at once, with a tethered camera."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, expect

from tests.e2e.conftest import Place, let_in
from tests.e2e.steps import SLOW, active, bring, card, is_live, job_of, objects_of, painted
from tests.fakes import camera_writer
from tests.fakes.browser import Visitors, until
from tests.fakes.stack import Stack, post_job, register


def test_the_whole_loop_by_keyboard(
    visitors: Visitors, operator: BrowserContext, api: httpx.Client, place: Place
) -> None:
    guest = register(api, place.event_id, "Citra Kirana")
    booth = operator.new_page()
    booth.goto(place.booth)
    is_live(booth)
    expect(booth.locator("#guest-code")).to_be_focused()
    booth.keyboard.press("Escape")
    booth.keyboard.press("2")
    expect(booth.locator("[data-style][aria-pressed=true]")).to_have_count(1)
    second = booth.locator("[data-style]").nth(1)
    expect(second).to_have_attribute("aria-pressed", "true")
    booth.keyboard.press("/")
    expect(booth.locator("#guest-code")).to_be_focused()
    booth.keyboard.type(guest["code"])
    booth.keyboard.press("Enter")
    expect(active(booth)).to_contain_text("Citra Kirana")
    booth.keyboard.press("Space")
    expect(booth.locator(".camera .count")).to_be_visible()
    painted(booth.locator(".camera img.taken"))
    booth.keyboard.press("r")
    expect(booth.locator(".camera img.taken")).to_have_count(0)
    booth.keyboard.press("Space")
    painted(booth.locator(".camera img.taken"))
    booth.keyboard.press("Enter")
    expect(card(booth, "Citra Kirana")).to_be_visible()
    booth.keyboard.press("e")
    expect(active(booth)).to_have_count(0)
    booth.keyboard.press("m")
    expect(booth.locator(".film")).to_be_visible()
    booth.keyboard.press("?")
    help_ = booth.locator("dialog.help")
    expect(help_).to_contain_text("Take the photo")
    booth.keyboard.press("Escape")
    expect(help_).to_be_hidden()
    expect(card(booth, "Citra Kirana").locator(".tag.done")).to_have_text("Done", timeout=SLOW)
    visitors.loaded_once(booth)


def test_an_unknown_code_is_said_and_stays_to_be_corrected(
    visitors: Visitors, operator: BrowserContext, place: Place
) -> None:
    visitors.may_complain(r"404 \(")
    booth = operator.new_page()
    booth.goto(place.booth)
    is_live(booth)
    bring(booth, "ZZZZZZ")
    expect(booth.locator("#guest-code-problem")).to_have_text(
        "No guest has this code. Check it, or look for the name."
    )
    expect(booth.locator("#guest-code")).to_have_value("ZZZZZZ")
    expect(booth.locator("#guest-code")).to_be_focused()


def test_two_operators_see_each_other_and_nobody_is_pushed_away(
    visitors: Visitors,
    operator: BrowserContext,
    shared_stack: Stack,
    boss_cookie: str,
    api: httpx.Client,
    place: Place,
) -> None:
    visitors.may_complain(r"409 \(")
    first, second = (register(api, place.event_id, name) for name in ("Eka Pratama", "Fajar Nugroho"))
    mine = operator.new_page()
    mine.goto(place.booth)
    other = let_in(visitors.context(), shared_stack, boss_cookie).new_page()
    other.goto(place.booth)
    is_live(other)
    bring(mine, first["code"])
    expect(active(mine)).to_contain_text("Eka Pratama")
    expect(active(other)).to_contain_text("Eka Pratama")
    assert post_job(api, first, place.event_id, boothId=place.booth_id).status_code == 202
    expect(card(other, "Eka Pratama")).to_be_visible()  # photographed, and still not this operator's to end

    bring(other, second["code"])
    conflict = other.get_by_role("alertdialog")
    expect(conflict).to_contain_text("The booth is still held by Eka Pratama")
    other.get_by_role("button", name="Keep").click()
    expect(conflict).to_have_count(0)
    expect(active(other)).to_contain_text("Eka Pratama")
    expect(active(mine)).to_contain_text("Eka Pratama")

    bring(other, second["code"])
    other.get_by_role("button", name="End Eka, start Fajar").click()
    expect(active(other)).to_contain_text("Fajar Nugroho")
    expect(active(mine)).to_contain_text("Fajar Nugroho")
    visitors.loaded_once(mine, other)


@dataclass
class Camera:
    """A camera laptop: its hotfolder, watched by the real program."""

    folder: Path

    def write_slowly(self, name: str, data: bytes) -> threading.Thread:
        """As over a slow cable, while the test goes on."""
        work = threading.Thread(
            target=lambda: asyncio.run(
                camera_writer.write_in_chunks(self.folder / name, data, pieces=4, stall=0.8)
            ),
        )
        work.start()
        return work

    def write(self, name: str, data: bytes) -> None:
        """At once."""
        camera_writer.write_once(self.folder / name, data)


@pytest.fixture
def camera(shared_stack: Stack, place: Place, tmp_path: Path) -> Iterator[Camera]:
    """This booth's camera laptop, at work."""
    folder = tmp_path / "hotfolder"
    folder.mkdir()
    token = shared_stack.booth_token(place.booth_id)
    program = shared_stack.start(
        "watcher",
        SERVER_URL=shared_stack.url,
        BOOTH_ID=place.booth_id,
        HOTFOLDER_PATH=str(folder),
        PHOTOBOT_TOKEN=token,
        PHOTOBOT_GIVE_UP_SECONDS="2",
        PHOTOBOT_PUT_AWAY_SECONDS="4",
    )
    yield Camera(folder)
    shared_stack.stop(program)


def test_a_camera_file_is_seen_arriving_and_becomes_its_guests_picture(
    visitors: Visitors,
    operator: BrowserContext,
    shared_stack: Stack,
    api: httpx.Client,
    place: Place,
    camera: Camera,
) -> None:
    guest = register(api, place.event_id, "Gita Savitri")
    booth = operator.new_page()
    booth.goto(place.booth)
    expect(booth.locator(".pill.watcher")).to_have_text("Camera ready", timeout=SLOW)
    booth.get_by_role("button", name="Pro camera").click()
    expect(booth.locator(".film .stage")).to_contain_text("Waiting for camera files")
    bring(booth, guest["code"])
    expect(active(booth)).to_contain_text("Gita Savitri")

    writing = camera.write_slowly("IMG_0001.JPG", camera_writer.photo(1))
    frame = booth.locator(".strip li[data-state]")
    expect(frame).to_have_attribute("data-state", "receiving")
    expect(booth.locator(".film .caption")).to_contain_text("Receiving")
    painted(frame.locator("img"))
    writing.join()
    expect(frame).to_have_attribute("data-state", "assigned", timeout=SLOW)
    expect(frame).to_contain_text("Gita Savitri")
    mine = card(booth, "Gita Savitri")
    expect(mine.locator(".tag.done")).to_have_text("Done", timeout=SLOW)
    painted(mine.locator(".face img"))
    names = objects_of(shared_stack, job_of(mine))
    assert len([name for name in names if name.startswith("output_0-")]) == 1, names
    until(booth, lambda: list((camera.folder / "processed").rglob("IMG_0001*.JPG")), "the file in its tray")
    visitors.loaded_once(booth)


def test_a_photo_without_a_guest_waits_in_the_tray_and_a_broken_one_says_why(
    visitors: Visitors, operator: BrowserContext, api: httpx.Client, place: Place, camera: Camera
) -> None:
    guest = register(api, place.event_id, "Hana Wijaya")
    booth = operator.new_page()
    booth.goto(place.booth)
    expect(booth.locator(".pill.watcher")).to_have_text("Camera ready", timeout=SLOW)
    booth.get_by_role("button", name="Pro camera").click()
    camera.write("IMG_0007.JPG", camera_writer.small_photo(7))
    orphan = booth.locator(".strip li[data-state=orphan]")
    expect(orphan).to_have_count(1, timeout=SLOW)
    expect(booth.locator(".opener")).to_contain_text("1 in the tray")
    bring(booth, guest["code"])
    expect(active(booth)).to_contain_text("Hana Wijaya")
    booth.get_by_role("button", name="Give to Hana Wijaya").click()
    expect(orphan).to_have_count(0)
    expect(booth.locator(".strip li[data-state=assigned]")).to_contain_text("Hana Wijaya")
    expect(card(booth, "Hana Wijaya").locator(".tag.done")).to_have_text("Done", timeout=SLOW)

    camera_writer.write_truncated(camera.folder / "IMG_0008.JPG", camera_writer.small_photo(8))
    broken = booth.locator(".strip li[data-state=invalid]")
    expect(broken).to_have_count(1, timeout=SLOW)
    broken.get_by_role("button").click()
    expect(booth.locator(".film .stage")).to_contain_text("The file is not whole.")
    until(booth, lambda: list((camera.folder / "invalid").rglob("IMG_0008*")), "the broken file's tray")
    visitors.loaded_once(booth)
