"""The watcher's pure rules and the reading of file ends, without a server."""

import asyncio
import contextlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.fakes import camera_writer as camera
from watcher.answers import read_answer
from watcher.clock import Clock
from watcher.endings import Ending, deep_ending, ending, glance, is_raw
from watcher.filing import move
from watcher.hotfolder import Hotfolder, HotfolderAway
from watcher.ledger import Ledger, Shot
from watcher.probe import being_written
from watcher.settings import WatcherSettings
from watcher.settle import Patience, Step, examine, fingerprint, next_step
from watcher.sort import Verdict, judge, shown_name, target_name
from watcher.wakes import Wakes

PATIENCE = Patience(stability=2.0, give_up=60.0)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_no_cut_of_a_picture_looks_ended(tmp_path: Path, kind: str) -> None:
    data = camera.photo(1, width=300, height=200, kind=kind)
    path = tmp_path / "x"
    path.write_bytes(data)
    assert ending(path) is Ending.ENDED
    for keep in range(1, len(data) - 1, 997):
        path.write_bytes(data[:keep])
        assert ending(path) is not Ending.ENDED
        path.write_bytes(data[:keep] + bytes(len(data) - keep + 5000))
        assert ending(path) is not Ending.ENDED


def test_a_jpeg_with_data_behind_it_is_found_by_the_long_look(tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    data = camera.photo(1, width=300, height=200)
    path.write_bytes(data + os.urandom(70_000))
    assert ending(path) is Ending.OPEN
    assert deep_ending(path) is Ending.UNTOLD
    path.write_bytes(data[:-2])
    assert deep_ending(path) is Ending.OPEN


def test_zeros_and_nothing_are_open(tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    for content in (b"", bytes(10_000)):
        path.write_bytes(content)
        assert ending(path) is Ending.OPEN


def test_raw_by_name_and_by_content() -> None:
    assert is_raw("A.NEF")
    assert is_raw("a.jpg", b"FUJIFILMCCD-RAW 0201")
    assert is_raw("a", b"\0\0\0\x18ftypcrx ")
    assert not is_raw("a.jpg", b"\xff\xd8\xff")


@pytest.mark.parametrize(
    ("end", "quiet", "writing", "step"),
    [
        (Ending.ENDED, 0.0, None, Step.EXAMINE),
        (Ending.OPEN, 1.0, None, Step.WAIT),
        (Ending.OPEN, 59.0, False, Step.LOOK_DEEPER),
        (Ending.OPEN, 61.0, None, Step.EXAMINE_LAST),
        (Ending.OPEN, 61.0, True, Step.EXAMINE_LAST),
        (Ending.UNTOLD, 61.0, True, Step.WAIT),
        (Ending.UNTOLD, 301.0, True, Step.EXAMINE_LAST),
        (Ending.UNTOLD, 1.0, None, Step.WAIT),
        (Ending.UNTOLD, 2.0, None, Step.EXAMINE),
        (Ending.UNTOLD, 30.0, True, Step.WAIT),
    ],
)
def test_next_step(end: Ending, quiet: float, writing: bool | None, step: Step) -> None:
    assert next_step(end, quiet, PATIENCE, being_written=writing) is step


def test_a_hole_is_waited_for(tmp_path: Path) -> None:
    data = bytearray(camera.photo(2, width=600, height=400))
    data[60_000:70_000] = bytes(10_000)
    path = tmp_path / "x.jpg"
    path.write_bytes(data)
    finding = examine(path, max_bytes=10**8, max_pixels=10**8)
    assert finding.hole or finding.code
    verdict = judge(finding, glance(path), Step.EXAMINE, quiet=10.0, patience=PATIENCE, being_written=None)
    assert verdict is Verdict.LOOK_AGAIN


def test_the_fingerprint_sees_holes_across_pieces(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"a" * (1024 * 1024 - 5000) + bytes(5000) + b"b")
    assert fingerprint(path)[1]
    path.write_bytes(b"a" * 100_000 + bytes(5000))
    assert not fingerprint(path)[1]


def test_who_writes_a_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    with path.open("wb"):
        assert being_written(path) in (True, None)
    assert being_written(path) in (False, None)


@pytest.mark.parametrize(
    ("status", "body", "kind", "state"),
    [
        (200, {"state": "assigned", "jobId": "j"}, "final", "done"),
        (201, {"state": "orphan"}, "final", "orphan"),
        (200, {}, "hold", "whole"),
        (302, {}, "hold", "whole"),
        (401, {"code": "BOOTH_TOKEN_INVALID"}, "hold", "whole"),
        (404, {}, "hold", "whole"),
        (413, {}, "later", "whole"),
        (413, {"code": "IMAGE_TOO_LARGE"}, "final", "invalid"),
        (422, {"code": "SHOT_ID_INVALID"}, "later", "whole"),
        (415, {"code": "IMAGE_UNSUPPORTED"}, "final", "invalid"),
        (500, {}, "later", "whole"),
        (502, {}, "hold", "whole"),
    ],
)
def test_answers(status: int, body: dict[str, object], kind: str, state: str) -> None:
    outcome = read_answer(status, body, {})
    assert (outcome.kind, outcome.state) == (kind, state)


@pytest.mark.parametrize(("value", "seconds"), [("7", 7.0), ("", 0.0), ("soon", 0.0), ("99999", 300.0)])
def test_retry_after(value: str, seconds: float) -> None:
    assert read_answer(429, {}, {"retry-after": value}).retry_after == seconds


def test_names_fit_every_disk_and_screen() -> None:
    name = target_name("写" * 84 + ".jpg", "01ARZ3NDEKTSV4RRFFQ69G5FAV")
    assert len(os.fsencode(name)) + len(".reason.txt") <= 255
    assert name.endswith("Q69G5FAV.jpg")
    assert shown_name("a/b\n\x1b[31mc.jpg") == "b��[31mc.jpg"


def _shot(path: Path, name: str, **values: object) -> Shot:
    facts = path.stat()
    return Shot(
        "01ARZ3NDEKTSV4RRFFQ69G5FAV", name, facts.st_size, facts.st_mtime_ns, datetime.now(UTC), **values
    )  # type: ignore[arg-type]


def test_a_file_named_by_blanks_has_a_name_to_show() -> None:
    """Without one the server refuses it, again and again."""
    for name in (" ", "\N{IDEOGRAPHIC SPACE}"):
        assert shown_name(name).strip()


def test_a_move_repeated_after_a_kill_changes_nothing(tmp_path: Path) -> None:
    source, target = tmp_path / "a.jpg", tmp_path / "tray" / "a-1.jpg"
    source.write_bytes(b"one")
    shot = _shot(source, "a.jpg", state="done")
    assert move(source, target, shot)
    assert move(source, target, shot)
    source.write_bytes(b"another picture of the same name")
    assert move(source, target, shot)
    assert source.exists()
    assert target.read_bytes() == b"one"


def test_a_file_written_anew_is_not_moved_as_the_old_one(tmp_path: Path) -> None:
    source, target = tmp_path / "a.jpg", tmp_path / "tray" / "a-1.jpg"
    source.write_bytes(b"one")
    shot = _shot(source, "a.jpg", state="done")
    source.write_bytes(b"another")
    assert not move(source, target, shot)
    assert source.read_bytes() == b"another"


def test_a_missing_folder_is_not_an_empty_one(tmp_path: Path) -> None:
    folder = Hotfolder(tmp_path / "hot", ())
    folder.prepare()
    assert folder.scan() == []
    (tmp_path / "hot" / ".photobot").rmdir()
    (tmp_path / "hot").rmdir()
    with pytest.raises(HotfolderAway):
        folder.scan()


def test_a_tray_by_another_name_is_still_a_tray(tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(tmp_path / "hot")
    folder = Hotfolder(tmp_path / "hot", (tmp_path / "alias" / "done",))
    folder.prepare()
    (tmp_path / "hot" / "done" / "a.jpg").write_bytes(b"x")
    (tmp_path / "hot" / "DCIM").mkdir()
    (tmp_path / "hot" / "DCIM" / "b.jpg").write_bytes(b"x")
    assert [found.path for found in folder.scan()] == [os.path.join("DCIM", "b.jpg")]  # noqa: PTH118


@pytest.mark.parametrize("portable", [True, False])
async def test_change_events_wake(tmp_path: Path, portable: bool) -> None:
    folder = Hotfolder(tmp_path / "hot", ())
    folder.prepare()
    wakes = Wakes(folder, Clock(), portable=portable)
    listening = asyncio.create_task(wakes.run())
    assert await wakes.wait(10)
    if not wakes.reliable:
        pytest.skip("this disk gives no events")
    tries = 0
    while not await wakes.wait(0.2):
        tries += 1
        assert tries < 50
        (tmp_path / "hot" / f"{tries}.jpg").write_bytes(b"x")
    listening.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await listening


def test_settings_speak_plainly(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="HOTFOLDER_PATH"):
        WatcherSettings(hotfolder=tmp_path, processed=tmp_path)
    with pytest.raises(ValidationError, match="http"):
        WatcherSettings(hotfolder=tmp_path, server_url="localhost:8000")
    settings = WatcherSettings(hotfolder=tmp_path, server_url="https://photo.example/base/")
    assert settings.socket_url == "wss://photo.example/base/ws/watcher"
    assert settings.shots_url == "https://photo.example/base/api/v1/booth/booth-1/shots"


async def test_the_ledger_remembers(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "ledger.sqlite3"
    file.parent.mkdir(exist_ok=True)
    ledger = Ledger(file)
    await ledger.open()
    now = datetime.now(UTC)
    odd = os.fsdecode(b"caf\xe9/IMG_1.JPG")
    shot = await ledger.add(odd, 3, 4, now)
    await ledger.change(shot, state="uploading", sha256="aa")
    done = await ledger.add("b.jpg", 1, 1, now + timedelta(seconds=1))
    await ledger.change(done, state="done", sha256="bb", filed=True, target="/x")
    await ledger.close()
    ledger = Ledger(file)
    await ledger.open()
    (again,) = ledger.live()
    assert (again.path, again.state, again.sha256, again.appeared_at) == (odd, "whole", "aa", now)
    twin = await ledger.add("c.jpg", 1, 1, now)
    first = await ledger.known(await ledger.change(twin, sha256="bb"))
    assert first is not None
    assert first.shot_id == done.shot_id
    await ledger.close()
