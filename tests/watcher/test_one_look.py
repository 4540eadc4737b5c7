"""One look is enough for a whole file, also where the scan met it in the middle of its last write."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fakes import camera_writer as camera
from watcher.flight import Flight
from watcher.judging import Judging
from watcher.ledger import Ledger
from watcher.outbox import Outbox
from watcher.screen_first import ScreenFirst
from watcher.settings import WatcherSettings
from watcher.shot import Shot


@pytest.mark.parametrize("at_the_scan", [0, 4096], ids=["empty", "some bytes"])
async def test_a_file_met_in_the_middle_of_its_write_is_decoded_once(
    tmp_path: Path, at_the_scan: int
) -> None:
    """Six of eight pictures that were written at once were decoded twice: 0.2 to 0.8 s later on screen."""
    settings = WatcherSettings(hotfolder=tmp_path)
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    await ledger.open()
    try:
        shot = await ledger.add("A.JPG", at_the_scan, 1, datetime.now(UTC))
        flight = Flight(shot, at_the_scan, 1, 0.0)
        accepted: list[Shot] = []
        judging = Judging(
            settings,
            ledger,
            Outbox(),
            {"A.JPG": flight},
            ScreenFirst(),
            whole=accepted.append,
            invalid=accepted.append,
        )
        camera.write_once(tmp_path / "A.JPG", camera.small_photo(1))
        await judging.look(flight)
        assert [(one.state, one.sha256) for one in accepted] == [("whole", camera.sha(camera.small_photo(1)))]
    finally:
        await ledger.close()
