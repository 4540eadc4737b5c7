"""The watch over pages must itself be able to fail: polling, reloads, foreign hosts and errors are found."""

from collections.abc import Callable

import pytest

from tests.e2e.conftest import Place
from tests.fakes.browser import Visitors
from tests.fakes.stack import Stack


@pytest.mark.parametrize(
    ("deed", "what"),
    [
        ("() => fetch('/kiosk?again').then(() => fetch('/kiosk?again'))", "fetched twice"),
        ("() => { location.reload(); }", "loaded again"),
    ],
)
def test_polling_and_reloads_are_found(visitors: Visitors, place: Place, deed: str, what: str) -> None:
    kiosk = visitors.kiosk()
    kiosk.goto(place.kiosk)
    visitors.loaded_once(kiosk)
    if what == "loaded again":
        with kiosk.expect_navigation():
            kiosk.evaluate(deed)
    else:
        kiosk.evaluate(deed)
    with pytest.raises(AssertionError):
        visitors.loaded_once(kiosk)


@pytest.mark.parametrize(
    "deed",
    [
        "() => { console.error('a complaint'); }",
        "() => { setTimeout(() => { throw new Error('thrown'); }); }",
        "() => { new Image().src = 'http://127.0.0.1:9/elsewhere.png'; }",
    ],
)
def test_errors_and_other_hosts_are_found(
    invite: Callable[[Stack], Visitors], shared_stack: Stack, place: Place, deed: str
) -> None:
    mine = invite(shared_stack)
    kiosk = mine.kiosk()
    kiosk.goto(place.kiosk)
    mine.check()
    with kiosk.expect_event(
        "console" if "console" in deed else "pageerror" if "throw" in deed else "request"
    ):
        kiosk.evaluate(deed)
    with pytest.raises(AssertionError):
        mine.check()
    seen = mine.seen[kiosk]
    seen.errors.clear()
    seen.foreign.clear()
