"""Takes pictures into the product's hotfolder and into the plan's, and keeps what became of each."""

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.camera.patterns import Pattern, Written, write_series
from tests.bench.camera.pictures import Kind, Pictures, raw_of, sha
from tests.bench.camera.plan import PlanWatcher
from tests.bench.camera.rig import Rig
from tests.bench.camera.screen import Paint, Seen

PATIENCE, PATIENCE_PER_FILE = 60.0, 2.0
"""Seconds that pictures may take to be on screen before they count as not shown."""
RAW_BYTES_PER_PIXEL = 1.1
Files = Sequence[tuple[str, bytes, bytes | None]]


@dataclass
class Shot:
    """One picture of the bench and all that is known of it."""

    pattern: Pattern
    kind: Kind
    number: int
    name: str
    sha256: str
    written: Written
    seen: Seen
    plan_written: Written | None = None

    @property
    def verified(self) -> Paint | None:
        """When the thumbnail made of the whole file was painted."""
        return self.seen.first("verified")

    @property
    def paint_ms(self) -> float | None:
        """Last byte to painted pixel; None when it was never shown.

        Of a series, for a picture that had scrolled out of the strip's window: until the page had it.
        """
        shown = self.verified.at if self.verified else self.had_at if self.out_of_view else None
        return None if shown is None else (shown - self.written.last_byte_at) * 1000

    @property
    def had_at(self) -> float | None:
        """When the page was told that there is a verified thumbnail."""
        return next((at for at, row in self.seen.told if row["previewVersion"] == 2), None)

    @property
    def out_of_view(self) -> bool:
        """Whether the page had it and never painted it, among many."""
        return self.pattern.files > 1 and self.verified is None and self.had_at is not None

    @property
    def embedded_ms(self) -> float | None:
        """From readable to painted, for the camera's own thumbnail; None when it was not shown first."""
        first, paint = self.seen.first("embedded"), self.verified
        if first is None or (paint is not None and paint.at <= first.at):
            return None
        return (first.at - self.written.readable_at) * 1000

    @property
    def misread(self) -> bool:
        """A verified thumbnail before there was a whole file, or one of another picture."""
        paint = self.verified
        return paint is not None and (paint.at < self.written.last_byte_at or not paint.shows(self.number))


class Shooting:
    """The imitated camera, at the product's booth and at the plan's."""

    def __init__(self, rig: Rig, plan: PlanWatcher) -> None:
        self.rig = rig
        self.plan = plan
        self.shots: list[Shot] = []
        self._camera = ThreadPoolExecutor(2, thread_name_prefix="camera")
        self._number = 0

    def close(self) -> None:
        """Put the camera away, when the plan has had its time too."""
        self.rig.screen.until(lambda: not self.plan.waiting, 10)
        self._camera.shutdown()

    def take(self, pattern: Pattern, pictures: Pictures) -> list[Shot]:
        """One picture, or one series; returns when it is on screen and the machine has calmed down."""
        screen, patience = self.rig.screen, PATIENCE + PATIENCE_PER_FILE * pattern.files
        self._call_guest(pattern)
        files, numbers = self._files(pattern, pictures)
        ours = self._write(pattern, self.rig.hotfolder, files)
        plans = self._write(pattern, self.rig.plan_folder, files) if pattern.slow else None
        screen.until(lambda: ours.done() and self._on_screen(pattern, files), patience)
        if plans is None:
            plans = self._write(pattern, self.rig.plan_folder, files)
        screen.until(lambda: plans.done() and screen.quiet, patience)
        written, plan_written = ours.result(), plans.result()
        taken = [
            Shot(
                pattern,
                pictures.kind,
                number,
                name,
                sha(data),
                written[name],
                screen.named(name) or Seen(),
                plan_written[name],
            )
            for number, (name, data, _) in zip(numbers, files, strict=True)
        ]
        self.shots += taken
        return taken

    def _call_guest(self, pattern: Pattern) -> None:
        if pattern.guest and not self.rig.guest:
            self.rig.guest_comes()
        elif self.rig.guest and not pattern.guest:
            self.rig.guest_goes()
            self.rig.guest.clear()

    def _files(self, pattern: Pattern, pictures: Pictures) -> tuple[Files, list[int]]:
        numbers = [self._number + 1 + at for at in range(pattern.files)]
        self._number = numbers[-1]
        taken = datetime.now(UTC).astimezone()
        weight = int(pictures.kind.width * pictures.kind.height * RAW_BYTES_PER_PIXEL)
        files = [
            (
                f"IMG_{number:04d}.JPG",
                pictures.jpeg(number, taken),
                raw_of(number, weight) if pattern.raw else None,
            )
            for number in numbers
        ]
        return files, numbers

    def _write(self, pattern: Pattern, folder: Path, files: Files) -> "Future[dict[str, Written]]":
        return self._camera.submit(lambda: dict(write_series(pattern, folder, files)))

    def _on_screen(self, pattern: Pattern, files: Files) -> bool:
        """One picture: painted. Of a series some are out of the strip's window: their row has come."""
        screen = self.rig.screen
        for name, _, _ in files:
            seen = screen.named(name)
            if seen is None:
                return False
            if pattern.files == 1 and seen.first("verified") is None:
                return False
            if pattern.files > 1 and seen.row.get("previewVersion") != 2:
                return False
        return True

    def wait_a_moment(self, seconds: float) -> None:
        """Let the page go on meanwhile."""
        until = time.monotonic() + seconds
        self.rig.screen.until(lambda: time.monotonic() > until, seconds + 1)
