"""The gallery: hundreds of pictures found, turned over, picked, and taken home as a zip."""

import asyncio
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from app.services import retention
from tests.e2e.axe import serious
from tests.e2e.conftest import Place, Sql
from tests.e2e.steps import SLOW, is_live, painted
from tests.fakes.ports import real_ports
from tests.fakes.stack import Stack, finished, picture, post_job, register

PEOPLE = (("Ayu Lestari", "pencil"), ("Bima Sakti", "comic"), ("Cinta Laura", "pencil"))
ALL = 600
COLUMNS = (
    "event_id, booth_id, session_id, line, code, guest_name, guest_whatsapp, mode, style_id, provider, args, "
    "input_key, input_sha256, best_output_key, outputs"
)


@pytest.fixture
def made(api: httpx.Client, place: Place, sql: Sql) -> list[str]:
    """Three guests' pictures, and an evening of the first one's before them."""
    ids = []
    for number, (name, style) in enumerate(PEOPLE):
        guest = register(api, place.event_id, name)
        image = picture(600, 450, seed=number) if number == 1 else picture(seed=number)
        answer = post_job(api, guest, place.event_id, image, styleId=style, boothId=place.booth_id)
        ids.append(str(answer.json()["jobId"]))
        finished(api, ids[-1])
    sql(
        f"INSERT INTO jobs (id, status, percent, created_at, finished_at, {COLUMNS}) "
        f"SELECT left(id, 20) || lpad(n::text, 6, '0'), 'succeeded', 100, created_at - interval '30 hours', "
        f"created_at - interval '30 hours' - n * interval '20 seconds', {COLUMNS} "
        f"FROM jobs, generate_series(1, {ALL}) n WHERE id = '{ids[0]}'"
    )
    return ids


def _found(page: Page, number: int) -> None:
    expect(page.locator(".gallery .found")).to_have_text(
        f"{number} photos" if number > 1 else "1 photo", timeout=SLOW
    )


def _saved(page: Page, folder: Path) -> list[str]:
    """The names inside the zip that the page's button brings."""
    with page.expect_download() as info:
        page.locator("[data-do=zip]").click()
    assert re.fullmatch(r"pesta-\w+-[\d-]+\.zip", info.value.suggested_filename)
    info.value.save_as(folder / "taken.zip")
    return zipfile.ZipFile(folder / "taken.zip").namelist()


def turned_over(page: Page, made: list[str]) -> None:
    """One picture large: keys, a swipe, its address, the way to its job."""
    page.locator(f".pic[data-job='{made[2]}'] .frame").click()
    viewer = page.locator("dialog.viewer")
    expect(viewer).to_contain_text("Cinta Laura")
    painted(viewer.locator(".stage img"))
    page.keyboard.press("ArrowRight")
    expect(viewer).to_contain_text("Bima Sakti")
    expect(page).to_have_url(re.compile(f"photo={made[1]}"))
    assert serious(page) == []
    laptop = page.viewport_size
    page.set_viewport_size({"width": 768, "height": 1024})  # its buttons are icons there
    assert serious(page) == []
    assert laptop
    page.set_viewport_size(laptop)
    page.mouse.move(900, 400)
    page.mouse.down()
    page.mouse.move(700, 400, steps=3)
    page.mouse.up()
    expect(viewer).to_contain_text("Ayu Lestari")
    page.reload()
    expect(viewer).to_contain_text("Ayu Lestari", timeout=SLOW)
    expect(viewer.locator("[data-do=job]")).to_have_attribute("href", f"/console/jobs/{made[0]}")
    page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()


def picked_and_taken_home(page: Page, made: list[str], folder: Path) -> None:
    """By touch and by shift; then all of them but one."""
    page.locator(f".pic[data-job='{made[2]}'] .tick").click()
    page.locator(f".pic[data-job='{made[0]}'] .tick").click(modifiers=["Shift"])
    expect(page.locator(".picks")).to_contain_text("3 photos selected")
    assert [name.split("_")[3] for name in _saved(page, folder)] == [
        "Cinta-Laura",
        "Bima-Sakti",
        "Ayu-Lestari",
    ]
    page.get_by_role("button", name=f"Select all {ALL + 3} that match").click()
    page.locator(f".pic[data-job='{made[1]}'] .tick").click()
    expect(page.locator(".picks")).to_contain_text(f"{ALL + 2} photos selected")
    names = _saved(page, folder)
    assert len(names) == ALL + 2
    assert not any("Bima" in name for name in names)
    page.keyboard.press("Escape")
    expect(page.locator(".picks")).to_have_count(0)


def comes_by_itself(page: Page, api: httpx.Client, place: Place) -> None:
    """What is finished meanwhile: at the top at once, or it waits above where somebody looks further down."""
    guest = register(api, place.event_id, "Dewi Anggraini")
    first = post_job(api, guest, place.event_id, picture(seed=21), boothId=place.booth_id).json()["jobId"]
    expect(page.locator(f".pic[data-job='{first}']")).to_be_visible(timeout=SLOW)
    _found(page, ALL + 4)
    page.locator(".gallery .windowed").evaluate("one => one.scrollTo(0, one.scrollHeight)")
    expect(page.locator(".gallery .pic:not(.blank)").last).to_be_visible(timeout=SLOW)
    post_job(api, guest, place.event_id, picture(seed=22), boothId=place.booth_id)
    page.get_by_role("button", name="1 new photo").click(timeout=SLOW)
    expect(page.locator(".gallery .pic").first).to_contain_text("Dewi Anggraini")


def test_pictures_are_found_looked_at_and_taken_home(
    operator: BrowserContext, api: httpx.Client, place: Place, made: list[str], tmp_path: Path
) -> None:
    page = operator.new_page()
    page.goto(f"/console/gallery?event={place.slug}")
    is_live(page)
    _found(page, ALL + 3)
    painted(page.locator(f".pic[data-job='{made[2]}'] img"))
    assert page.locator(".gallery .pic").count() < 80, "only what is in view is in the page"
    assert serious(page) == []
    turned_over(page, made)

    page.keyboard.press("/")
    page.keyboard.type("bima")
    _found(page, 1)
    page.locator("[data-do=clear]").click()
    page.locator("[data-filter=style]").select_option("comic")
    _found(page, 1)
    expect(page).to_have_url(re.compile("style=comic"))
    page.reload()
    _found(page, 1)
    page.locator("[data-do=clear]").click()
    _found(page, ALL + 3)
    picked_and_taken_home(page, made, tmp_path)
    comes_by_itself(page, api, place)


def test_what_retention_takes_leaves_the_open_gallery(
    operator: BrowserContext, api: httpx.Client, place: Place, shared_stack: Stack, sql: Sql
) -> None:
    guest = register(api, place.event_id, "Bima Sakti")
    job_id = str(post_job(api, guest, place.event_id, picture(200, 260)).json()["jobId"])
    assert finished(api, job_id)["status"] == "succeeded"
    page = operator.new_page()
    page.goto(f"/console/gallery?event={place.slug}")
    is_live(page)
    visit = f"(SELECT session_id FROM jobs WHERE id = '{job_id}')"
    old = "clock_timestamp() - interval '31 days'"
    sql(f"UPDATE jobs SET updated_at = {old} WHERE session_id = {visit}")
    sql(f"UPDATE sessions SET created_at = {old}, updated_at = {old}, expires_at = {old} WHERE id = {visit}")
    expect(page.locator(f".pic[data-job='{job_id}']")).to_be_visible()

    async def sweep() -> None:
        where = shared_stack.environment
        async with real_ports(
            where["DATABASE_URL"], where["REDIS_URL"], shared_stack.folder / "data"
        ) as ports:
            await retention.sweep(ports)

    with ThreadPoolExecutor() as other:  # the browser's loop runs in this thread
        other.submit(asyncio.run, sweep()).result()
    expect(page.locator(f".pic[data-job='{job_id}']")).to_have_count(0, timeout=SLOW)
