"""Every browser module can be read by a browser: one that cannot leaves a white page for a console."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route

from console.parts.shell import WORDS
from console.texts import browser_texts
from tests.fakes.stack import ROOT

MODULES = sorted([*(ROOT / "static" / "js").glob("*.js"), *(ROOT / "console" / "components").glob("*.js")])


def _served(route: Route) -> None:
    path = urlsplit(route.request.url).path
    if path == "/":
        words = browser_texts(WORDS)
        page = (
            f'<!doctype html><html lang="en"><script type="application/json" id="pb-words">{words}</script>'
        )
        route.fulfill(body=page, content_type="text/html")
    else:
        route.fulfill(path=ROOT / path.removeprefix("/"), content_type="text/javascript")


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """An empty page with our words and modules, and no installation behind it."""
    opened = browser.new_page()
    opened.route("http://photobot.test/**", _served)
    opened.goto("http://photobot.test/")
    yield opened
    opened.close()


def test_one_photo_is_not_photos(page: Page) -> None:
    said = page.evaluate(
        """async () => {
          const { setLang, t } = await import("/static/js/words.js");
          const both = () => [1, 2].map((n) => t("bulk.replayDone", { n }));
          const english = (setLang("en"), both());
          return [...english, ...(setLang("id"), both()), (setLang("en"), t("bulk.replayDone"))];
        }"""
    )
    assert said == [
        "1 photo is being replayed",
        "2 photos are being replayed",
        "1 foto dilanjutkan",
        "2 foto dilanjutkan",
        "{n} {n:photo is|photos are} being replayed",
    ]


def test_a_forecast_is_made_of_real_durations_or_not_at_all(page: Page) -> None:
    said = page.evaluate(
        """async () => {
          const { forecasts } = await import("/static/js/forecast.js");
          const at = (s) => new Date(1700000000000 + s * 1000).toISOString();
          const job = (id, more) => ({ id, mode: "style", styleId: "comic", provider: "local", createdAt: at(0), ...more });
          const done = [10, 20, 60].map((took, n) => job(`d${n}`, { status: "succeeded", startedAt: at(0), finishedAt: at(took) }));
          const running = job("r", { status: "running", startedAt: at(100), createdAt: at(90) });
          const waiting = job("w", { status: "queued", createdAt: at(95), wait: { code: "queue" } });
          const stuck = job("s", { status: "queued", createdAt: at(96), wait: { code: "breaker" } });
          const now = Date.parse(at(108));
          const left = forecasts([...done, running, waiting, stuck]);
          const few = forecasts([...done.slice(1), running]);
          return [left(running, now), left(waiting, now), left(stuck, now), left(running, now + 60000), few(running, now)];
        }"""  # noqa: E501
    )
    assert said == [12, 32, None, 0, None]


def test_a_maker_that_is_asked_no_more_is_not_shown(page: Page) -> None:
    """Its key was taken away. One that was never asked, and what a house always has, stay."""
    shown = page.evaluate(
        """async () => {
          const { outsideParts } = await import("/static/js/parts.js");
          const row = (id, checkedAt) => ({ id, state: "closed", because: "", checkBecause: "", slotsUsed: 0, slotsTotal: 0, checkedAt });
          const now = 1700000000000;
          const at = (minutes) => new Date(now - minutes * 60000).toISOString();
          const names = (...rows) => outsideParts(rows, now).map((part) => part.id);
          return [names(row("local", at(60)), row("storage", null), row("kie", at(11)), row("comfy", at(1))), names(row("kie", null))];
        }"""  # noqa: E501
    )
    assert shown == [["storage", "comfy", "local"], ["kie"]]


def test_a_maker_of_which_nothing_was_heard_is_not_called_well(page: Page) -> None:
    """With no worker nobody asks it how it is, and its last answer is old. Switched off stays so."""
    said = page.evaluate(
        """async () => {
          const { outsideParts } = await import("/static/js/parts.js");
          const { setLang } = await import("/static/js/words.js");
          setLang("en");
          const now = 1700000000000;
          const row = (seconds, more) => ({ id: "local", state: "closed", because: "", checkBecause: "", slotsUsed: 0, slotsTotal: 0, checkedAt: new Date(now - seconds * 1000).toISOString(), ...more });
          const told = (...how) => { const [part] = outsideParts([row(...how)], now); return [part.tone, part.title]; };
          return [told(30), told(180), told(180, { forced: "open" }), told(180, { checkBecause: "CHECK_SILENT" })];
        }"""  # noqa: E501
    )
    assert said == [
        ["good", "This computer works"],
        ["warn", "This computer: no news for 3 min"],
        ["warn", "This computer is switched off"],
        ["warn", "This computer does not answer"],
    ]


def test_guests_are_found_by_code_name_and_the_last_digits_of_their_number(page: Page) -> None:
    found = page.evaluate(
        """async () => {
          const { isMeant } = await import("/static/js/guests.js");
          const row = { code: "7KQM", guestName: "Dewi Anggraini", phoneTail: "7890" };
          return ["7k", "anggr", "890", "7890", "0812 3456 7890", "+62 812-3456-7890", "0", "1234", "budi"].map((typed) => isMeant(row, typed));
        }"""  # noqa: E501
    )
    assert found == [True, True, True, True, True, True, False, False, False]


def test_the_evening_is_told_from_what_happened_or_not_at_all(page: Page) -> None:
    said = page.evaluate(
        """async () => {
          const { evening, lastHour } = await import("/static/js/evening.js");
          const now = 1700000000000;
          const at = (minutes) => new Date(now - minutes * 60000).toISOString();
          const job = (n, more) => ({ sessionId: `s${n}`, createdAt: at(n), status: "succeeded", finishedAt: at(n - 1), ...more });
          const busy = [2, 4, 6, 8, 10].map((n) => job(n));
          const waits = [1, 2].map((n) => job(n, { sessionId: `w${n}`, status: "queued", finishedAt: null, wait: { code: "slot", because: "kie 5/5" } }));
          const guests = [{ state: "registered", expiresAt: at(-60) }, { state: "registered", expiresAt: at(1) }, { state: "done", expiresAt: at(-60) }];
          const told = evening({ jobs: [...busy, ...waits], guests, programs: [] }, now);
          const few = evening({ jobs: busy.slice(3), guests, programs: [] }, now);
          return [told.perHour, told.made, told.line, told.heldUp, few.perHour, few.made, few.lineClears, few.heldUp, lastHour([now, now - 61 * 60000, now - 59 * 60000], now)];
        }"""  # noqa: E501
    )
    slots = [1, *([0] * 10), 1]
    assert said == [42, 33, 1, {"code": "slot", "because": "kie"}, None, None, None, None, slots]


def test_what_comes_closely_is_gathered_and_nothing_of_it_is_lost(page: Page) -> None:
    said = page.evaluate(
        """async () => {
          const { gathered } = await import("/static/js/gathered.js");
          let deeds = 0;
          const until = (many) => new Promise((done) => { const look = () => (deeds >= many ? done(deeds) : requestAnimationFrame(look)); look(); });
          const call = gathered(50, () => { deeds += 1; });
          call();
          const first = deeds;
          for (let n = 0; n < 20; n += 1) call();
          const meanwhile = deeds;
          const then = await until(2);
          call();
          call.stop();
          const other = gathered(50, () => { deeds += 10; });
          other();
          other();
          return [first, meanwhile, then, await until(22)];
        }"""  # noqa: E501
    )
    assert said == [1, 1, 2, 22]  # stopped: the third never came


def test_without_a_worker_nothing_is_called_busy_and_nothing_is_forecast(page: Page) -> None:
    said = page.evaluate(
        """async () => {
          const { evening } = await import("/static/js/evening.js");
          const now = 1700000000000;
          const at = (minutes) => new Date(now - minutes * 60000).toISOString();
          const done = [2, 4, 6, 8, 10].map((n) => ({ sessionId: `s${n}`, createdAt: at(n), status: "succeeded", finishedAt: at(n - 1) }));
          const waits = { sessionId: "w", createdAt: at(1), status: "queued", wait: null };
          const program = (role, endedAt) => ({ role, seenAt: at(0), endedAt, lostAt: null, facts: { stages: [] } });
          const told = (worker, jobs) => evening({ jobs, guests: [], programs: [program("web", null), worker] }, now);
          const gone = told(program("worker", at(1)), [...done, waits]);
          const here = told(program("worker", null), [...done, waits]);
          const calm = told(program("worker", at(1)), done);
          return [gone.heldUp?.code, gone.photosClear, here.heldUp?.code, here.photosClear > 0, calm.heldUp];
        }"""  # noqa: E501
    )
    assert said == ["no_worker", None, "queue", True, None]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_a_browser_can_read_it(page: Page, path: Path) -> None:
    """Two merged branches once declared one name twice; no test of either branch could see it."""
    ask = (
        "path => import(path).then(() => '', (error) => (error instanceof SyntaxError ? error.message : ''))"
    )
    assert page.evaluate(ask, f"/{path.relative_to(ROOT)}") == ""
