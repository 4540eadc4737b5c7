"""How long guests wait, told from the board: no query of its own, one reckoning per event and moment."""

import time

from app.domain.forecast import Pace, pace_of, wait_of
from app.services.guest_page import GuestPage
from console.board import Scope
from console.live import Live

KEEP_SECONDS = 3.0
EVENTS_MAX = 50


class Waits:
    """Each event's pace as the board shows it, kept for a moment: hundreds of phones ask."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._paces: dict[str, tuple[float, Pace]] = {}

    def of(self, page: GuestPage) -> dict[str, int | None] | None:
        """`{ahead, seconds}` of a guest who waits, each None where nothing honest can be said."""
        return wait_of(self._pace(page.event_id), page.guest, page.jobs, self._live.ports.clock.now())

    def _pace(self, event_id: str) -> Pace:
        known = self._paces.get(event_id)
        if known is not None and time.monotonic() - known[0] < KEEP_SECONDS:
            return known[1]
        if len(self._paces) >= EVENTS_MAX:
            self._paces.clear()
        rows = self._live.board.within(Scope(frozenset({event_id})))
        pace = pace_of(rows, self._live.ports.clock.now())
        self._paces[event_id] = (time.monotonic(), pace)
        return pace
