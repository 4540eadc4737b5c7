"""The pure parts of the camera's screens, in the browser they are for: words, sizes, whose it may be."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route

from console.parts.shell import WORDS
from console.texts import browser_texts
from tests.fakes.stack import ROOT

GUEST = {"sessionId": "a", "code": "AAAA", "guestName": "Ayu", "startedAt": "2026-11-26T10:00:00Z"}
OTHER = {"sessionId": "b", "code": "BBBB", "guestName": "Budi"}
EARLIER, LATER = "2026-11-26T09:59:00Z", "2026-11-26T10:01:00Z"


def _row(**fields: Any) -> dict[str, Any]:
    return {
        "id": "x",
        "state": "orphan",
        "reason": "NO_GUEST",
        "suggested": [OTHER],
        "appearedAt": EARLIER,
        "updatedAt": EARLIER,
        "bytesSeen": 3_250_000,
        "bytesExpected": None,
        "expectedExact": False,
        **fields,
    }


def _served(route: Route) -> None:
    """The page's words and our own modules, from the disk: no installation is needed for pure functions."""
    path = urlsplit(route.request.url).path
    if path.startswith("/static/"):
        route.fulfill(path=ROOT / path.removeprefix("/"), content_type="text/javascript")
        return
    words = browser_texts(WORDS)
    page = f'<!doctype html><html lang="en"><script type="application/json" id="pb-words">{words}</script>'
    route.fulfill(body=page, content_type="text/html")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page whose modules can be asked."""
    opened = browser.new_page()
    opened.route("http://photobot.test/**", _served)
    opened.goto("http://photobot.test/")
    yield opened
    opened.close()


def _ask(page: Page, name: str, cases: list[list[Any]]) -> list[Any]:
    code = "async ([name, cases]) => { const m = await import('/static/js/shots.js'); return cases.map((one) => m[name](...one)); }"  # noqa: E501
    return list(page.evaluate(code, [name, cases]))


def test_the_likeliest_guest_comes_first_and_a_late_photo_never_slips_to_who_is_here(page: Page) -> None:
    """G gives to the first of them: the wrong order is the wrong guest."""
    rows = {
        "came before its guest": (_row(), ["a", "b"]),
        "nobody's, while a guest was here long since": (_row(appearedAt=LATER), ["b", "a"]),
        "late": (_row(reason="LATE_FILE"), ["b"]),
        "late, and only who is here is near": (_row(reason="LATE_FILE", suggested=[GUEST]), []),
        "late, of nobody known": (_row(reason="LATE_FILE", suggested=[]), []),
        "between two": (_row(reason="BETWEEN_GUESTS"), ["b", "a"]),
        "one per guest": (_row(reason="ONE_PER_GUEST", suggested=[GUEST]), ["a"]),
        "put back by a hand": (_row(reason=None), ["a", "b"]),
    }
    found = _ask(page, "candidates", [[row, GUEST] for row, _ in rows.values()])
    names = [[one["sessionId"] for one in guests] for guests in found]
    assert dict(zip(rows, names, strict=True)) == {name: order for name, (_, order) in rows.items()}
    assert _ask(page, "candidates", [[_row(suggested=[]), None]]) == [[]]


def test_how_far_a_file_is_reads_as_what_is_known(page: Page) -> None:
    eight = 8_400_000
    rows = [
        _row(),
        _row(bytesExpected=eight),
        _row(bytesExpected=eight, expectedExact=True),
        _row(bytesExpected=eight, bytesSeen=9_000_000),
        _row(bytesSeen=25_000_000),
    ]
    assert _ask(page, "sizeWords", [[row] for row in rows]) == [
        "3.1 MB",
        "3.1 of about 8 MB",
        "3.1 of 8.0 MB",
        "8.6 MB",
        "24 MB",
    ]
    receiving = [dict(row, state="receiving") for row in rows]
    assert _ask(page, "part", [[row] for row in receiving])[3] == 0.95, "a guess never reads as full"
    assert _ask(page, "part", [[row] for row in rows]) == [None] * 5


def test_an_empty_file_and_a_small_one_say_how_large_they_are(page: Page) -> None:
    receiving = [
        _row(state="receiving", bytesSeen=seen, bytesExpected=214_000, updatedAt="2026-11-26T10:00:00Z")
        for seen in (0, 900, 150_000)
    ]
    now = 1_795_687_200_000
    assert _ask(page, "shortWords", [[row, now] for row in receiving]) == [
        "Empty so far",
        "0.1 / ~0.2 MB",
        "0.1 / ~0.2 MB",
    ]
    assert _ask(page, "size", [[0], [900], [51_000], [3_250_000]]) == ["0 KB", "1 KB", "50 KB", "3.1 MB"]


def test_every_reason_has_its_own_word_or_two_for_the_strip(page: Page) -> None:
    rows = {
        "No guest": _row(),
        "Changeover": _row(reason="BETWEEN_GUESTS"),
        "Older file": _row(reason="LATE_FILE"),
        "Time not sure": _row(reason="UNKNOWN_TIME"),
        "Has a photo": _row(reason="ONE_PER_GUEST"),
        "Time over": _row(reason="SESSION_EXPIRED"),
        "Other event": _row(reason="SESSION_OF_OTHER_EVENT"),
        "Unknown QR": _row(reason="QR_UNKNOWN"),
        "Put back": _row(reason=None),
        "RAW only": _row(state="invalid", reason="RAW_ONLY"),
        "Not whole": _row(state="invalid", reason="INCOMPLETE"),
        "Empty file": _row(state="invalid", reason="IMAGE_EMPTY"),
        "Not a photo": _row(state="invalid", reason="IMAGE_NOT_AN_IMAGE"),
        "Unreadable": _row(state="invalid", reason="IMAGE_BROKEN"),
        "On the laptop": _row(state="seen", reason=None),
    }
    assert _ask(page, "shortWords", [[row, 0] for row in rows.values()]) == list(rows)
    orphans = [row for row in rows.values() if row["state"] == "orphan"]
    assert _ask(page, "longWords", [[row, 0] for row in orphans]) == list(rows)[: len(orphans)]


def test_a_cameras_name_says_its_maker_once_and_no_serial_number(page: Page) -> None:
    names = {
        "NIKON CORPORATION NIKON D750 6012345": "NIKON D750",
        "Canon Canon EOS R6 012345678": "Canon EOS R6",
        "Canon EOS 5D": "Canon EOS 5D",
        "SONY ILCE-7M3": "SONY ILCE-7M3",
        "FUJIFILM X-T4 593333323035": "FUJIFILM X-T4",
        "": "",
    }
    assert _ask(page, "cameraName", [[text] for text in names]) == list(names.values())
    assert _ask(page, "cameraName", [[None]]) == [""]


def test_why_a_file_is_in_the_tray_is_said_in_words(page: Page) -> None:
    rows = [
        _row(),
        _row(reason=None),
        _row(reason="SESSION_OF_OTHER_EVENT"),
        _row(reason="NEVER_HEARD_OF"),
        _row(state="rejected", reason="BLURRED"),
        _row(state="rejected", reason="INCOMPLETE"),
        _row(state="rejected", reason="my own words"),
        _row(state="invalid", reason="RAW_ONLY"),
        _row(state="invalid", reason=None),
    ]
    assert _ask(page, "why", [[row] for row in rows]) == [
        "No guest was active when it was taken.",
        "An operator put it back into the tray.",
        "This guest signed up at another event.",
        "Something went wrong. Please try again.",
        "Blurred",
        "The file is not whole.",
        "my own words",
        "There is only a RAW file and no JPEG.",
        "The picture cannot be read.",
    ]
