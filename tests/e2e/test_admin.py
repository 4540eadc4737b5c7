"""Administrators in the browser: an event set up without a manual; a first run from login to first photo."""

import json
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.app.api.test_setup import _frame
from tests.e2e.axe import serious
from tests.e2e.conftest import Place, let_in
from tests.e2e.laptop import Laptop, shot
from tests.fakes.browser import Visitors
from tests.fakes.stack import ADMIN, Stack, wait_for


@pytest.fixture
def page(visitors: Visitors, shared_stack: Stack, boss_cookie: str) -> Page:
    """The administrator's browser."""
    return let_in(visitors.context(), shared_stack, boss_cookie).new_page()


def _field(page: Page, name: str) -> str:
    return f'.form [data-field="{name}"] .field'


def _sign_in(page: Page, username: str, password: str) -> None:
    page.locator("input[name=username]").fill(username)
    page.locator("input[name=password]").fill(password)
    page.get_by_role("button", name=re.compile("sign in|masuk", re.I)).click()


def test_an_event_is_set_up_without_a_manual(
    page: Page, visitors: Visitors, shared_stack: Stack, boss: httpx.Client, tmp_path: Path
) -> None:
    """Event, frame, booth and token, style, an account; its operator signs in and sees the booth."""
    visitors.may_complain(r"409 \(|422 \(")
    mark = secrets.token_hex(3)
    _event(page, mark)
    _frame_tried(page, tmp_path)
    event_id = page.url.rsplit("#", 1)[1]
    _somebody_is_faster(page, boss, event_id)
    with page.expect_download() as file:
        page.get_by_role("link", name="Export").click()
    exported = json.loads(Path(file.value.path()).read_text("utf-8"))
    assert exported["event"]["spendLimit"] == 100
    _imported_again(page, exported)
    _booth_with_a_token(page, mark)
    _style_off_and_on(page)
    password = _account(page, mark)

    operator = visitors.page()
    operator.goto("/login")
    _sign_in(operator, f"ayu-{mark}", password)
    expect(operator.locator(".chooser .tile")).to_have_count(1)
    expect(operator.locator(".chooser .tile")).to_contain_text(f"Depan {mark}")
    expect(operator.get_by_role("link", name="Admin")).to_have_count(0)
    visitors.may_complain(r"403 \(")
    operator.goto("/console/admin/events")
    expect(operator.get_by_text("Your account may not do this.")).to_be_visible()

    page.goto("/console/admin/audit")
    expect(page.get_by_text(f"Made the account ayu-{mark}")).to_be_visible()
    page.get_by_label("What").select_option("booth_created")
    expect(page.locator(".auditlog li").first).to_contain_text(f"Made the booth Depan {mark}")
    expect(page.locator(".auditlog li:not([data-action=booth_created])")).to_have_count(0)
    assert serious(page) == []
    boss.patch(f"/events/{event_id}", json={"status": "closed"})  # other tests take the newest open one


def _event(page: Page, mark: str) -> None:
    page.goto("/console")
    page.get_by_role("link", name="Admin").click()
    page.get_by_role("link", name="Events").click()
    page.get_by_role("button", name="New event").click()
    page.locator(_field(page, "name")).fill(f"Nikah Ayu & Budi {mark}")
    expect(page.locator(_field(page, "slug"))).to_have_value(f"nikah-ayu-budi-{mark}")
    page.locator(_field(page, "retentionDays")).fill("9999")
    page.get_by_role("button", name="Make the event").click()
    expect(page.locator(".form .problem")).to_have_text("Type a number from 1 to 3650.")
    assert serious(page) == []
    page.locator(_field(page, "retentionDays")).fill("14")
    page.get_by_role("button", name="Make the event").click()
    expect(page.get_by_role("heading", name=f"Nikah Ayu & Budi {mark}")).to_be_visible()


def _frame_tried(page: Page, folder: Path) -> None:
    (folder / "frame.png").write_bytes(_frame())
    page.locator(".framing input[type=file]").set_input_files(folder / "frame.png")
    expect(page.locator(".framing b")).to_have_text("With the new frame, not in use yet")
    page.get_by_role("button", name="Use this frame").click()
    expect(page.get_by_role("button", name="Take it away")).to_be_visible()
    assert serious(page) == []


def _somebody_is_faster(page: Page, boss: httpx.Client, event_id: str) -> None:
    boss.patch(f"/events/{event_id}", json={"extraStyles": 2})
    page.locator(_field(page, "spendLimit")).fill("100")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Load it").click()
    expect(page.locator(_field(page, "extraStyles"))).to_have_value("2")
    page.locator(_field(page, "spendLimit")).fill("100")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".pb-toasts")).to_contain_text("Saved")


def _imported_again(page: Page, file: dict[str, Any]) -> None:
    """The plan says what would change before anything does; what is so already is only counted."""
    page.get_by_role("button", name="Import a configuration").click()
    choose = page.locator(".importing input[type=file]")

    def chosen() -> None:
        content = json.dumps(file).encode()
        choose.set_input_files({"name": "e.json", "mimeType": "application/json", "buffer": content})

    chosen()
    expect(page.get_by_role("heading", name="All is as in the file already")).to_be_visible()
    expect(page.locator(".importing .plan li")).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile(r"Make \d"))).to_have_count(0)
    file["event"]["retentionDays"] = 21
    chosen()
    expect(page.locator(".importing .plan li")).to_have_text(
        [re.compile("Event: .*is changed: Photos are kept")]
    )
    assert serious(page) == []
    page.get_by_role("button", name="Make 1 change").click()
    expect(page.locator(".pb-toasts")).to_contain_text("Imported, 1 change")


def _booth_with_a_token(page: Page, mark: str) -> None:
    page.get_by_role("link", name="Booths").last.click()
    page.get_by_role("button", name="New booth").click()
    page.locator(_field(page, "name")).fill(f"Depan {mark}")
    page.locator(_field(page, "eventId")).select_option(label=f"Nikah Ayu & Budi {mark}")
    page.get_by_role("button", name="Make the booth").click()
    expect(page.get_by_role("heading", name=f"Depan {mark}")).to_be_visible()
    page.get_by_label("For which laptop?").fill("MacBook")
    page.get_by_role("button", name="Make a token").click()
    expect(page.locator("dialog[open] .secret code").first).not_to_be_empty()
    page.keyboard.press("Escape")
    expect(page.locator(".tokens li")).to_contain_text("MacBook")
    assert serious(page) == []


def _style_off_and_on(page: Page) -> None:
    page.get_by_role("link", name="Styles").click()
    page.locator(".pickrow[data-id=duotone]").click()
    expect(page.locator(".trying .stage.ready img")).to_be_visible(timeout=60_000)
    assert serious(page) == []
    switch = page.get_by_role("switch", name="Offered at booths")
    for now in ("false", "true"):
        switch.click()
        expect(switch).to_have_attribute("aria-checked", now)
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()


def _account(page: Page, mark: str) -> str:
    page.get_by_role("link", name="Accounts").click()
    page.get_by_role("button", name="New account").click()
    page.locator(_field(page, "username")).fill(f"ayu-{mark}")
    page.get_by_role("switch", name="Sees every event").click()
    page.get_by_label(f"Nikah Ayu & Budi {mark}").check()
    page.get_by_role("button", name="Make the account").click()
    password = page.locator("dialog[open] .secret code").inner_text()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name=f"ayu-{mark}")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text(password)
    assert serious(page) == []
    return password


def test_closing_asks_while_a_guest_is_at_the_booth(
    page: Page, api: httpx.Client, place: Place, visitors: Visitors
) -> None:
    visitors.may_complain(r"409 \(")
    guest = api.post(
        "/sessions",
        json={"eventId": place.event_id, "name": "Ayu", "whatsapp": "081234567890", "consent": True},
    ).json()
    wish = {"sessionId": guest["sessionId"], "eventId": place.event_id, "styleId": "pencil"}
    assert api.post(f"/booth/{place.booth_id}/active-session", json=wish).status_code == 200
    page.goto(f"/console/admin/events#{place.event_id}")
    page.get_by_role("button", name="Closed", exact=True).click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("dialog[open]")).to_contain_text("Ayu is at Booth Utama")
    assert serious(page) == []
    page.get_by_role("button", name="Wait first").click()
    assert api.get(f"/booth/{place.booth_id}/active-session").status_code == 200
    page.get_by_role("button", name="Save", exact=True).click()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.get_by_role("button", name="Close it anyway").dblclick()
    expect(page.locator(f'.pickrow[data-id="{place.slug}"]')).to_contain_text("Closed")
    assert sent.count("PATCH") == 1  # the second was refused, as if somebody else had been faster


@pytest.fixture
def fresh(stack: Stack) -> Stack:
    """An installation as `photobot up` leaves it, with one administrator."""
    stack.web()
    stack.worker()
    stack.command("user", "add", "boss", "--role", "admin", "--password-stdin", typed=ADMIN + "\n")
    return stack


def _laptop_connects(page: Page, stack: Stack, folder: Path) -> Laptop:
    page.get_by_label("Untuk laptop mana?").fill("MacBook")
    page.get_by_role("button", name="Buat token", exact=True).click()
    token = page.locator("dialog[open] .secret code").first.inner_text()
    page.keyboard.press("Escape")
    laptop = Laptop(stack, "booth-1", folder, token)
    laptop.folder.mkdir()
    laptop.start()
    expect(page.get_by_text("Laptop kamera terhubung")).to_be_visible(timeout=60_000)
    expect(page.locator('.step[data-step="booth"]')).to_contain_text("Selesai")
    page.get_by_role("button", name="Lanjut").click()
    return laptop


def _by_webcam(page: Page) -> None:
    """The test shot once more, with this browser's own camera."""
    page.get_by_role("button", name="Mulai foto uji").click()
    page.get_by_role("button", name="Potret dengan webcam").click()
    page.get_by_role("button", name="Ambil foto").click()
    expect(page.get_by_role("heading", name="Foto pertama jadi!")).to_be_visible(timeout=90_000)
    expect(page.locator(".trial video")).to_have_count(0)
    page.get_by_role("button", name="Hapus foto uji").click()
    expect(page.get_by_role("heading", name="Siap mencoba?")).to_be_visible()


@pytest.mark.timeout(300)
def test_from_login_to_the_first_photo(
    fresh: Stack, invite: Callable[[Stack], Visitors], tmp_path: Path
) -> None:
    """Five steps on an empty installation, with a real watcher and a real worker, in Indonesian."""
    page = invite(fresh).page(lang="id")
    page.goto("/login")
    _sign_in(page, "boss", ADMIN)
    page.get_by_role("link", name="Siapkan photobot dalam lima langkah").click()

    def state(name: str) -> str:
        return f'.step[data-step="{name}"]'

    page.locator(_field(page, "old")).fill(ADMIN)
    page.locator(_field(page, "new")).fill("kata-sandi-saya-sendiri")
    page.get_by_role("button", name="Ganti kata sandi", exact=True).click()
    expect(page.locator(state("password"))).to_contain_text("Selesai")

    page.locator(_field(page, "name")).fill("Nikah Ayu & Budi")
    page.get_by_role("button", name="Simpan", exact=True).click()
    expect(page.locator(state("event"))).to_contain_text("Selesai")
    assert serious(page) == []

    laptop = _laptop_connects(page, fresh, tmp_path / "hotfolder")
    page.get_by_role("button", name="Pakai gaya ini").click()

    page.get_by_role("button", name="Mulai foto uji").click()
    expect(page.get_by_role("heading", name="Ambil satu foto")).to_be_visible()
    laptop.write("IMG_0001.JPG", shot(1))
    expect(page.get_by_role("heading", name="Foto pertama jadi!")).to_be_visible(timeout=90_000)
    expect(page.locator(".trial .screen img")).to_be_visible()
    expect(page.get_by_role("heading", name="Foto pertama sudah jadi")).to_be_visible()
    assert serious(page) == []
    page.get_by_role("button", name="Hapus foto uji").click()
    expect(page.get_by_role("heading", name="Siap mencoba?")).to_be_visible()
    _by_webcam(page)
    client = fresh.client("boss", "kata-sandi-saya-sendiri")
    assert "Foto uji" not in client.get("/jobs").text
    wait_for(lambda: not list((fresh.folder / "data/objects").rglob("output_*")), 60)
    page.goto("/console")
    expect(page.locator(".chooser .guidebanner")).to_have_count(0)
