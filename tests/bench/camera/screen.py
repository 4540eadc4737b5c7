"""The operator's open booth page, watched: when was which picture painted, told by the browser itself."""

import base64
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

from PIL import Image
from playwright.sync_api import Page

from tests.bench.camera.pictures import EMBEDDED, VERIFIED, Colour, is_colour, mark_of

SCRIPT = Path(__file__).with_name("painted.js")
_POLL_MS = 100
"""The page notes the moments itself; each look costs it some of the time that is measured."""


@dataclass(frozen=True)
class Paint:
    """A picture on screen; `what` by its pixels, `at` in wall-clock seconds."""

    shot: str
    what: Literal["verified", "embedded", "unknown"]
    left: Colour | None
    at: float
    stage: bool
    marks: list[tuple[float, float]]
    """Where in the window the left and the right mark lie."""

    def shows(self, number: int) -> bool:
        """Whether the pixels carry this picture's mark."""
        return self.left is not None and is_colour(self.left, mark_of(number))


@dataclass
class Seen:
    """All that the page knows of one shot; every time is wall clock."""

    name: str = ""
    row: dict[str, Any] = field(default_factory=dict)
    told: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    paints: list[Paint] = field(default_factory=list)
    fetches: list[dict[str, Any]] = field(default_factory=list)

    def first(self, what: str) -> Paint | None:
        """The first paint of this kind, wherever on the page."""
        return min((paint for paint in self.paints if paint.what == what), key=lambda p: p.at, default=None)


class Screen:
    """The page's witness: `pump` fetches what it noted. Nothing in it asks the browser for a frame."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.shots: dict[str, Seen] = {}
        self.jobs: dict[str, str] = {}
        self.clock_apart = 0.0
        """How far the browser's wall clock is from ours, at most; seconds."""

    def pump(self) -> None:
        """Take in what happened since the last time."""
        before = time.time()
        taken = self.page.evaluate("benchTake()")
        zero = self._zero(taken, before, time.time())
        for told in taken["told"]:
            self._told(zero + told["at"] / 1000, told["row"])
        for fetch in taken["fetches"]:
            times = {name: zero + fetch[name] / 1000 for name in ("begun", "answered", "ended")}
            self._seen(fetch["shot"]).fetches.append({"url": fetch["url"], **times})
        for paint in taken["paints"]:
            self._seen(paint["shot"]).paints.append(_paint(paint, zero))

    def _zero(self, taken: dict[str, Any], before: float, after: float) -> float:
        """The wall-clock time of the page's zero: its own word, once it was found to agree with our clock."""
        zero = float(taken["origin"]) / 1000
        now = zero + float(taken["now"]) / 1000
        self.clock_apart = max(self.clock_apart, before - now, now - after)
        return zero

    def _seen(self, shot: str) -> Seen:
        return self.shots.setdefault(shot, Seen())

    def _told(self, at: float, row: dict[str, Any]) -> None:
        if row["kind"] == "job":
            self.jobs[row["id"]] = row["status"]
            return
        if row["state"] == "gone":
            self.shots.pop(row["id"], None)
            return
        seen = self._seen(row["id"])
        seen.name, seen.row = row["fileName"], row
        seen.told.append((at, row))

    def named(self, name: str) -> Seen | None:
        """The shot of a file."""
        return next((seen for seen in self.shots.values() if seen.name == name), None)

    def until(self, condition: Callable[[], object], seconds: float) -> bool:
        """Look on until the condition holds; False when it does not in time."""
        deadline = time.monotonic() + seconds
        while True:
            self.pump()
            if condition():
                return True
            if time.monotonic() > deadline:
                return False
            self.page.wait_for_timeout(_POLL_MS)

    @property
    def quiet(self) -> bool:
        """Whether every shot has its answer and every job its end."""
        states = {seen.row.get("state") for seen in self.shots.values()}
        return not states & {"receiving", "seen", "stored"} and set(self.jobs.values()) <= _ENDED


_ENDED = {"succeeded", "failed", "canceled"}


def _paint(paint: dict[str, Any], zero: float) -> Paint:
    right = paint["right"]
    what: Literal["verified", "embedded", "unknown"] = "unknown"
    if right is not None:
        what = (
            "verified" if is_colour(right, VERIFIED)
            else "embedded" if is_colour(right, EMBEDDED)
            else "unknown"
        )  # fmt: skip
    return Paint(
        paint["shot"],
        what,
        tuple(paint["left"]) if paint["left"] else None,
        zero + paint["at"] / 1000,
        paint["stage"],
        [(x, y) for x, y in paint["place"] or ()],
    )


class Screencast:
    """Films the page, frame by frame: the second witness, for a few pictures only.

    A frame carries the time its drawing was asked for, and comes here some time after it was shown.
    """

    def __init__(self, page: Page) -> None:
        self.frames: list[tuple[float, float, bytes]] = []
        """Each with the time it was begun and the time it came here, wall clock."""
        self._session = page.context.new_cdp_session(page)

    def __enter__(self) -> "Screencast":
        self._session.on("Page.screencastFrame", self._frame)
        self._session.send("Page.startScreencast", {"format": "jpeg", "quality": 90, "everyNthFrame": 1})
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(Exception):
            self._session.send("Page.stopScreencast")
            self._session.detach()

    def _frame(self, frame: dict[str, Any]) -> None:
        begun = float(frame["metadata"]["timestamp"])
        self.frames.append((begun, time.time(), base64.b64decode(frame["data"])))
        self._session.send("Page.screencastFrameAck", {"sessionId": frame["sessionId"]})

    def first_with(self, paint: Paint, number: int, width: int) -> tuple[float, float] | None:
        """Between when and when a window `width` wide first showed both marks of a verified picture."""
        wanted = list(zip(paint.marks, (mark_of(number), VERIFIED), strict=True))
        for begun, came, data in self.frames:
            with Image.open(BytesIO(data)) as frame:
                scale, rgb = frame.width / width, frame.convert("RGB")
                seen = [rgb.getpixel((int(x * scale), int(y * scale))) for (x, y), _ in wanted]
            if all(is_colour(pixel, colour) for pixel, (_, colour) in zip(seen, wanted, strict=True)):  # type: ignore[arg-type]
                return begun, came
        return None
