"""What every screen shows: rows by kind and id, the newest revision wins. Pure: no clock and no wire."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.consent import ERASED
from app.domain.house import HouseRow
from app.domain.job import FINISHED
from app.domain.messages import (
    GuestChanged,
    IncidentChanged,
    JobChanged,
    LiveRow,
    ProgramChanged,
    ShotChanged,
)

Key = tuple[str, str]
LIMITS = {"job": 5000, "guest": 3000, "shot": 600, "tray": 2000, "incident": 300}
KEEP = timedelta(hours=24)
KEEP_PROGRAMS = timedelta(hours=2)


def key_of(row: LiveRow) -> Key:
    """A row's identity on every screen."""
    return row.kind, row.id


def is_hidden(row: LiveRow) -> bool:
    """A file that vanished, was erased, or turned out to be a known shot: no screen shows it (any more).

    A deleted job or guest is no row of a snapshot either, but screens are told of it by its last row: a
    gallery shows pictures that the board has dropped long ago.
    """
    return is_deleted(row) or _vanished(row)


def is_deleted(row: LiveRow) -> bool:
    """A job or a guest that is gone for good."""
    return isinstance(row, JobChanged | GuestChanged) and row.deleted


def _vanished(row: LiveRow) -> bool:
    return isinstance(row, ShotChanged) and row.state == "rejected" and row.reason in ("GONE", ERASED)


@dataclass(frozen=True)
class Scope:
    """What one screen is about and may see; `events` None means every event, `booth_id` None every booth."""

    events: frozenset[str] | None
    booth_id: str | None = None
    watches: bool = False
    """A supervisor's screen: the house's programs and incidents are shown there only."""
    given: frozenset[str] | None = None
    """The events of the account, whichever of them the screen is about; None means every event."""

    def covers(self, row: LiveRow) -> bool:
        """Whether the row belongs on this screen. Guests wait for any booth, so a booth shows them all.

        What is the house's own (how its providers work) concerns every screen.
        """
        if isinstance(row, ProgramChanged | IncidentChanged) and not self.watches:
            return False
        if isinstance(row, HouseRow) or not row.event_id:
            return True
        if self.events is not None and row.event_id not in self.events:
            return False
        if self.booth_id is None or row.kind == "guest":
            return True
        return row.booth_id == self.booth_id


class Board:
    """The rows, with each row's JSON made once for all the screens it goes to."""

    def __init__(self) -> None:
        self._rows: dict[Key, LiveRow] = {}
        self._json: dict[Key, str] = {}
        self.changes = 0
        """Counts up with every change."""

    def __len__(self) -> int:
        return len(self._rows)

    def revision(self, key: Key) -> int:
        """The revision known of a row; 0 when there is none."""
        row = self._rows.get(key)
        return row.revision if row else 0

    def apply(self, row: LiveRow) -> bool:
        """Take a row unless it is as old as what is known; tells whether it was taken."""
        key = key_of(row)
        if row.revision <= self.revision(key):
            return False
        self._rows[key] = row
        self._json.pop(key, None)
        self.changes += 1
        return True

    def get(self, key: Key) -> LiveRow | None:
        """The row, where it is known."""
        return self._rows.get(key)

    def json(self, key: Key) -> str:
        """The row as JSON for a wire."""
        text = self._json.get(key)
        if text is None:
            text = self._json[key] = self._rows[key].model_dump_json(by_alias=True)
        return text

    def json_for(self, key: Key, given: frozenset[str] | None) -> str:
        """The same for an account of some events: a program's row names screens of its booths only."""
        row = self._rows[key]
        if given is None or not isinstance(row, ProgramChanged):
            return self.json(key)
        screens = [
            one for one in row.facts.screens if not one.booth_id or self._stands_at(one.booth_id, given)
        ]
        facts = row.facts.model_copy(update={"screens": screens})
        return row.model_copy(update={"facts": facts}).model_dump_json(by_alias=True)

    def _stands_at(self, booth_id: str, given: frozenset[str]) -> bool:
        booth = self._rows.get(("booth", booth_id))
        return booth is not None and booth.event_id in given

    def within(self, scope: Scope) -> Iterator[LiveRow]:
        """The rows of a screen."""
        return (row for row in self._rows.values() if scope.covers(row) and not is_hidden(row))

    def keys(self) -> set[Key]:
        """The rows there are now."""
        return set(self._rows)

    def drop(self, keys: Iterable[Key]) -> list[LiveRow]:
        """Drop these rows; gives those that there were."""
        dropped = []
        for key in keys:
            self._json.pop(key, None)
            row = self._rows.pop(key, None)
            if row is not None:
                dropped.append(row)
        self.changes += bool(dropped)
        return dropped

    def prune(self, now: datetime) -> list[LiveRow]:
        """Drop what is over (expired guests, yesterday's jobs and shots) or beyond the limits; gives it."""
        over = [key for key, row in self._rows.items() if _is_over(row, now)]
        dropped = self.drop(over)
        for pile, limit in LIMITS.items():
            ids = sorted(key for key, row in self._rows.items() if _pile(row) == pile)
            dropped += self.drop(ids[: max(0, len(ids) - limit)])
        return dropped


def _pile(row: LiveRow) -> str:
    """Which limit counts: a card full of photos without a guest pushes no other shot off the board."""
    return "tray" if _waits_in_tray(row) else row.kind


def _waits_in_tray(row: LiveRow) -> bool:
    return isinstance(row, ShotChanged) and row.state in ("orphan", "invalid")


def _is_over(row: LiveRow, now: datetime) -> bool:
    if isinstance(row, GuestChanged):
        return row.expires_at <= now and row.booth_id is None and row.jobs_open == 0
    if isinstance(row, ProgramChanged):
        return row.seen_at < now - KEEP_PROGRAMS
    if isinstance(row, JobChanged):
        return row.status in FINISHED and row.created_at < now - KEEP
    return isinstance(row, ShotChanged) and row.updated_at < now - KEEP and not _waits_in_tray(row)
