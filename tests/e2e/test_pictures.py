"""Faults that the pictures of `make screens` showed: cut text, what touched, words that were not true."""

import httpx
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.e2e import fit
from tests.e2e.conftest import Place, Sql, let_in, new_place
from tests.e2e.steps import SLOW, active, bring, is_live, send_orphans
from tests.fakes.browser import TABLET, Visitors, until
from tests.fakes.stack import Stack, finished, post_job, register

LONG = "Muhammad Rizky Ramadhan Putra"


def _box(one: Locator) -> dict[str, float]:
    found = one.bounding_box()
    assert found is not None
    return dict(found)


def _whole(name: Locator) -> bool:
    expect(name).to_have_text(LONG, timeout=SLOW)
    fits = "one => one.scrollWidth <= one.clientWidth + 1 && one.scrollHeight <= one.clientHeight + 1"
    return bool(name.evaluate(fits))


def test_what_is_cut_off_is_found(operator: BrowserContext) -> None:
    page = operator.new_page()
    page.goto("/console")
    page.locator(".chooser .tile").first.wait_for()
    assert fit.cut(page) == []
    page.evaluate(
        "document.querySelector('.chooser').insertAdjacentHTML('beforeend', "
        "'<p id=cut style=\"width:40px;overflow:hidden;white-space:nowrap\">far too much to say</p>')"
    )
    assert fit.cut(page) == ['"far too much to say" is cut by P']
    page.evaluate("document.getElementById('cut').style.textOverflow = 'ellipsis'")
    assert fit.cut(page) == []


def test_each_booth_tells_who_is_there_whatever_its_event(
    operator: BrowserContext, boss: httpx.Client, api: httpx.Client, place: Place
) -> None:
    page = operator.new_page()
    for here in (place, new_place(boss)):
        guest = register(api, here.event_id, f"Tamu {here.slug}")
        body = {"sessionId": guest["sessionId"], "eventId": here.event_id, "styleId": "pencil"}
        api.post(f"/booth/{here.booth_id}/active-session", json=body).raise_for_status()
        page.goto("/console")
        tile = page.locator(".chooser .tile").filter(has=page.locator(f"a[href='{here.booth}']").first)
        expect(tile).to_contain_text(f"With Tamu {here.slug}", timeout=SLOW)
        is_live(page)


def test_guests_who_are_moved_are_named_whole_also_among_thirty_booths(
    visitors: Visitors,
    shared_stack: Stack,
    boss: httpx.Client,
    boss_cookie: str,
    api: httpx.Client,
    place: Place,
) -> None:
    for number in range(30):
        made = {"name": f"Booth Panggung {number}", "eventId": place.event_id}
        boss.put(f"/booths/{place.booth_id}-{number}", json=made).raise_for_status()
    guest = register(api, place.event_id, LONG)
    body = {"sessionId": guest["sessionId"], "eventId": place.event_id, "styleId": "pencil"}
    api.post(f"/booth/{place.booth_id}/active-session", json=body).raise_for_status()
    page = let_in(visitors.context(), shared_stack, boss_cookie).new_page()
    page.goto("/console/supervisor")
    is_live(page)
    page.locator("[data-control=move]").click()
    page.locator(f"[data-from={place.booth_id}]").click()
    row = page.locator(".mover li").filter(has_text=guest["code"])
    expect(row).to_contain_text("Being photographed")
    assert fit.cut(page, "dialog.mover") == []
    assert _whole(row.locator(".name"))


def test_the_tray_names_guests_whole(
    visitors: Visitors, shared_stack: Stack, operator: BrowserContext, api: httpx.Client, place: Place
) -> None:
    register(api, place.event_id, LONG)
    send_orphans(shared_stack, place.booth_id, 1)
    page = operator.new_page()
    page.goto(place.booth)
    is_live(page)
    page.get_by_role("button", name="Pro camera").click()
    page.locator(".opener").click()
    page.keyboard.press("a")
    assert _whole(page.locator(".tray .found .cut"))


@pytest.fixture
def tablet(visitors: Visitors, shared_stack: Stack, operator_cookie: str) -> Page:
    """An operator's upright tablet."""
    return let_in(visitors.context(TABLET, has_touch=True), shared_stack, operator_cookie).new_page()


def test_an_upright_tablet_shows_whose_photo_failed_and_how_long_a_turn_lasts(
    visitors: Visitors, tablet: Page, api: httpx.Client, place: Place, sql: Sql
) -> None:
    visitors.may_complain("ERR_INTERNET_DISCONNECTED")
    visitors.may_complain(r"409 \(Conflict\).*/thumb")  # the web hears of what SQL did a moment later
    guest = register(api, place.event_id, LONG)
    job_id = post_job(api, guest, place.event_id, boothId=place.booth_id).json()["jobId"]
    finished(api, job_id)
    sql(
        "UPDATE jobs SET status = 'failed', error_code = 'INPUT_MISSING', error_message = 'gone', "
        "best_output_key = NULL, outputs = NULL, revision = revision + 100, "
        f"updated_at = clock_timestamp() WHERE id = '{job_id}'"
    )
    tablet.goto(place.booth)
    is_live(tablet)
    expect(tablet.locator(".jobcard.bad")).to_be_visible(timeout=SLOW)
    assert _whole(tablet.locator(".jobcard.bad .line b"))
    bring(tablet, guest["code"])
    left = active(tablet).locator(".tag .dim")
    expect(left).to_contain_text("left", timeout=SLOW)
    assert "·" not in left.inner_text(), "a dot that begins a line divides nothing"
    assert _box(left)["y"] >= _box(active(tablet).locator(".tag .icon"))["y"] + 12
    tablet.context.set_offline(True)
    tablet.locator(".camera video").wait_for()
    tablet.keyboard.press("Space")
    tablet.locator(".camera img.taken").wait_for()
    tablet.keyboard.press("Enter")
    kept = tablet.locator(".uploadbtn")
    kept.wait_for()
    assert _box(tablet.locator(".opener"))["x"] - _box(kept)["x"] - _box(kept)["width"] >= 6
    tablet.context.set_offline(False)
    kept.wait_for(state="detached", timeout=SLOW)


def test_loud_pills_do_not_touch_each_other(tablet: Page, place: Place) -> None:
    tablet.goto(place.booth)
    is_live(tablet)
    apart = tablet.evaluate(
        """() => {
          const all = [...document.querySelectorAll('.topbar .pills .pill')];
          const pills = all.filter((one) => one.offsetWidth);
          for (const one of pills) one.classList.add('warn');
          const boxes = pills.map((one) => one.getBoundingClientRect());
          return boxes.slice(1).map((box, at) => box.left - boxes[at].right);
        }"""
    )
    assert min(apart) >= 5


def test_a_tablet_says_in_words_what_is_wrong_and_where(
    visitors: Visitors,
    shared_stack: Stack,
    boss_cookie: str,
    api: httpx.Client,
    place: Place,
    sql: Sql,
) -> None:
    guest = register(api, place.event_id, LONG)
    job_id = post_job(api, guest, place.event_id, boothId=place.booth_id).json()["jobId"]
    finished(api, job_id)
    sql(
        "UPDATE jobs SET status = 'failed', error_code = 'INPUT_MISSING', error_message = 'gone', "
        "best_output_key = NULL, outputs = NULL, revision = revision + 100, "
        f"updated_at = clock_timestamp() WHERE id = '{job_id}'"
    )
    boss = let_in(visitors.context(TABLET, has_touch=True), shared_stack, boss_cookie).new_page()
    boss.goto(f"/console/attention?event={place.slug}")
    trouble = boss.locator(".attention .trouble")
    expect(trouble.locator(".what b")).to_be_visible(timeout=SLOW)
    expect(trouble.locator(".what b")).to_have_text("Failed")
    expect(trouble.locator(".who .dim")).to_contain_text("Booth Utama")
    expect(trouble.locator(".who .dim")).to_be_visible()
    assert _whole(trouble.locator(".who b"))


def test_the_supervisors_numbers_are_as_high_as_they_need_on_a_tablet(
    visitors: Visitors, shared_stack: Stack, boss_cookie: str, place: Place
) -> None:
    boss = let_in(visitors.context(TABLET, has_touch=True), shared_stack, boss_cookie).new_page()
    boss.goto(f"/console/supervisor?event={place.slug}")
    is_live(boss)
    expect(boss.locator(".watch .tile:not(.skeleton)")).to_have_count(1)
    assert _box(boss.locator(".watch .numbers > div").first)["height"] <= 100


def test_the_wall_for_the_supervisor_keeps_its_sentences_wide_and_its_words_large(
    visitors: Visitors, shared_stack: Stack, boss_cookie: str, place: Place
) -> None:
    context = visitors.context({"width": 1920, "height": 1080})
    boss = let_in(context, shared_stack, boss_cookie).new_page()
    boss.goto(f"/console/supervisor?event={place.slug}&screen=wall")
    tile = boss.locator(".watch .tile:not(.skeleton)").first
    tile.wait_for()
    size = "one => parseFloat(getComputedStyle(one).fontSize)"
    assert tile.locator(".hour").evaluate(size) >= 20
    boss.evaluate(
        "document.querySelector('.watch .evening').insertAdjacentHTML('beforeend', "
        "'<p class=many>+12 more need a person</p>')"
    )
    assert _box(boss.locator(".watch .limit"))["width"] >= 600
    assert fit.cut(boss) == []


def test_a_token_and_its_files_stand_in_order(
    visitors: Visitors, shared_stack: Stack, boss_cookie: str, place: Place
) -> None:
    boss = let_in(visitors.context(), shared_stack, boss_cookie).new_page()
    boss.goto(f"{place.booth}/camera")
    boss.locator(".tokens form .btn").click()
    box = boss.locator("dialog.tokenbox")
    words = box.locator("code .word")
    expect(words.first).to_have_text("photobot")
    for word in words.all():
        assert _box(word)["height"] <= 24, f"{word.inner_text()} is broken over two lines"
    file, ways = box.locator(".files .btn").first, box.locator(".ways .segment").first
    assert _box(file)["x"] == pytest.approx(_box(ways)["x"], abs=1)
    assert " ".join(words.all_inner_texts()) in box.locator("code").last.inner_text().replace("\n", " ")


def test_a_guests_page_says_nothing_of_a_turn_before_it_knows(
    visitors: Visitors, api: httpx.Client, place: Place
) -> None:
    guest = register(api, place.event_id, "Dewi Anggraini")
    finished(api, post_job(api, guest, place.event_id).json()["jobId"])
    phone = visitors.phone()
    waiting: list[str] = []
    phone.route_web_socket("**/ws/guest/**", lambda socket: waiting.append(socket.url))
    phone.goto(f"/r/{guest['token']}")
    expect(phone.locator("#main .ticket .code")).to_have_text(guest["code"])
    until(phone, lambda: bool(waiting), "the page asks what is new")
    expect(phone.locator("#main h1")).to_have_text("Hi Dewi!")
    expect(phone.locator("#main")).not_to_contain_text("Show this code")
    expect(phone.locator("#main")).not_to_contain_text("once your photo is taken")


def _held_back(page: Page) -> list[Route]:
    """The requests for jobs' photos, which nobody answers yet."""
    held: list[Route] = []
    page.route("**/media/jobs/*/input*", lambda route: held.append(route))
    return held


def test_the_place_of_the_photo_is_quiet_until_it_comes_and_says_at_once_that_it_is_gone(
    visitors: Visitors, operator: BrowserContext, api: httpx.Client, place: Place, sql: Sql
) -> None:
    visitors.may_complain("404")
    guest = register(api, place.event_id, "Dewi Anggraini")
    job_id = post_job(api, guest, place.event_id, boothId=place.booth_id).json()["jobId"]
    finished(api, job_id)
    page = operator.new_page()
    held = _held_back(page)
    page.goto(f"/console/jobs/{job_id}", wait_until="commit")
    before = page.locator(".jobpage .pictures figure").first
    until(page, lambda: bool(held), "the photo is asked for")
    expect(before.locator(".empty .icon")).to_be_visible()
    expect(before.locator(".empty b")).to_have_count(0)
    held.pop().continue_()
    expect(before.locator(".empty")).to_have_count(0, timeout=SLOW)
    assert before.locator("img").evaluate("one => one.naturalWidth > 0")
    sql(
        "UPDATE jobs SET status = 'failed', error_code = 'INPUT_MISSING', error_message = 'gone', "
        "best_output_key = NULL, outputs = NULL, revision = revision + 100, "
        f"updated_at = clock_timestamp() WHERE id = '{job_id}'"
    )
    page.reload(wait_until="commit")
    until(page, lambda: bool(held), "the photo is asked for again")
    expect(before.locator(".empty b")).to_have_text("The original photo is gone.")
    assert held, "it was said before any answer came"
    for route in held:
        route.fulfill(status=404)
    expect(before.locator(".empty b")).to_have_text("The original photo is gone.")
