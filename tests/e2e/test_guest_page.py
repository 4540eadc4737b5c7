"""A guest's own page from first to last: compare, another style, what is held, erased for good."""

import re

import httpx
from playwright.sync_api import Locator, Page, expect

from tests.e2e.axe import serious
from tests.e2e.conftest import Place, Sql
from tests.e2e.steps import SLOW, painted
from tests.fakes.browser import Visitors, until
from tests.fakes.stack import finished, picture, post_job, register


def _at(figure: Locator) -> float:
    """How much of the photo shows, in per cent."""
    return float(figure.evaluate("one => parseFloat(one.style.getPropertyValue('--at'))"))


def _compare(phone: Page) -> None:
    """By finger, by mouse and by keyboard."""
    figure = phone.locator(".compare")
    painted(figure.locator(".after"))
    painted(figure.locator(".before"))
    assert _at(figure) == 0
    figure.tap(position={"x": 175, "y": 200})
    assert 45 < _at(figure) < 55
    box = figure.bounding_box()
    assert box
    phone.mouse.move(box["x"] + box["width"] / 2, box["y"] + 90)
    phone.mouse.down()
    phone.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + 90, steps=4)
    phone.mouse.up()
    assert 77 < _at(figure) < 83
    slider = phone.get_by_role("slider")
    expect(slider).to_be_focused()
    phone.keyboard.press("Home")
    phone.keyboard.press("ArrowRight")
    assert _at(figure) == 5
    expect(slider).to_have_attribute("aria-valuetext", "5 per cent of the original photo shows")


def _allow_the_wall(phone: Page) -> None:
    """In my data; the sheet stays open."""
    phone.get_by_role("button", name="My data").tap()
    sheet = phone.get_by_role("dialog")
    expect(sheet).to_contain_text("1 taken, 2 made")
    wall = sheet.get_by_role("switch")
    expect(wall).not_to_be_checked()
    wall.tap()
    expect(wall).to_be_checked()
    assert serious(phone) == []


def _erase(phone: Page) -> str:
    """In two steps, once thought better of; the receipt's number."""
    sheet = phone.get_by_role("dialog")
    sheet.get_by_role("button", name="Erase all my data").tap()
    expect(sheet).to_contain_text("all your photos and pictures")
    sheet.get_by_role("button", name="Keep my data").tap()
    expect(sheet).to_contain_text("Ratna Sari")
    sheet.get_by_role("button", name="Erase all my data").tap()
    assert serious(phone) == []
    sheet.get_by_role("button", name="Yes, erase everything").tap()
    expect(phone.locator(".receipt")).to_contain_text("All of it gone", timeout=SLOW)
    number = phone.locator(".receipt .code").inner_text()
    assert re.fullmatch(r"[2-9A-Z]{4}-[2-9A-Z]{4}", number)
    assert serious(phone) == []
    return number


def test_a_guest_compares_asks_for_a_style_and_has_everything_erased(
    visitors: Visitors, api: httpx.Client, boss: httpx.Client, place: Place, sql: Sql
) -> None:
    boss.patch(f"/events/{place.event_id}", json={"extraStyles": 1})
    guest = register(api, place.event_id, "Ratna Sari")
    made = post_job(api, guest, place.event_id, picture(600, 800)).json()["jobId"]
    assert finished(api, made)["status"] == "succeeded"
    phone = visitors.phone()
    phone.goto(f"/r/{guest['token']}")
    _compare(phone)
    assert serious(phone) == []

    phone.get_by_role("button", name="Comic").tap()
    phone.get_by_role("button", name="Make it in Comic").dblclick()
    expect(phone.locator(".thumbs button")).to_have_count(2, timeout=SLOW)
    expect(phone.locator(".more")).to_have_count(0)
    assert sql(f"SELECT count(*) FROM jobs WHERE session_id = '{guest['sessionId']}'").strip() == "2"
    share = phone.get_by_role("link", name="Share on WhatsApp").get_attribute("href") or ""
    assert guest["token"] in share

    _allow_the_wall(phone)
    consents = f"SELECT data->>'purpose' FROM audit_log WHERE subject = '{guest['sessionId']}'"
    until(phone, lambda: sql(consents).strip() == "wall", "the change in the audit log")
    number = _erase(phone)

    visitors.may_complain(r"410 \(")
    later = visitors.phone(lang="id")
    later.goto(f"/r/{guest['token']}")
    expect(later.get_by_role("heading", name="Datamu sudah dihapus")).to_be_visible()
    expect(later.locator(".receipt .code")).to_have_text(number)
    assert "Ratna" not in later.content()


def test_another_open_page_of_the_guest_turns_into_the_receipt(
    visitors: Visitors, api: httpx.Client, place: Place
) -> None:
    guest = register(api, place.event_id, "Dua Layar")
    phone = visitors.phone()
    phone.goto(f"/r/{guest['token']}")
    expect(phone.locator(".ticket .code")).to_have_text(guest["code"])
    expect(phone.locator("#link")).to_have_text("Connected")
    number = api.post(f"/guest/{guest['token']}/erasure", json={"confirm": True}).json()["number"]
    expect(phone.locator(".receipt .code")).to_have_text(number)
    assert "Dua Layar" not in phone.content()
