"""What an erased guest left on the camera laptop goes; what an operator put away stays for some days only."""

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta

from tests.fakes import camera_writer as camera
from tests.fakes.booth_server import BoothServer
from tests.watcher.rig import Rig, eventually
from watcher import put_away
from watcher.clock import Clock


def _today() -> date:
    return datetime.now().astimezone().date()


async def test_an_erased_file_goes_and_a_rejected_one_is_kept_for_some_days(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    rig = make_rig()
    old = rig.folder / "rejected" / (_today() - timedelta(days=9)).isoformat()
    recent = rig.folder / "rejected" / (_today() - timedelta(days=2)).isoformat()
    for day in (old, recent):
        day.mkdir(parents=True)
        (day / "a.jpg").write_bytes(b"x")
    await rig.start()
    photos = {name: camera.small_photo(seed) for seed, name in enumerate(("ERASED", "REJECTED", "KEPT"), 80)}
    for name, data in photos.items():
        camera.write_once(rig.folder / f"{name}.JPG", data)
    camera.write_once(rig.folder / "COPY.JPG", photos["ERASED"])
    await rig.filed(4)
    ids = {name: server.stored[camera.sha(data)].shot_id for name, data in photos.items()}
    await server.put_away(erased=[ids["ERASED"], "unheard-of"], rejected=[ids["REJECTED"]])
    await eventually(lambda: len(rig.tray("processed")) == 1, "gone from processed")
    assert rig.tray("processed")[0].name.startswith("KEPT")
    kept = [path for path in rig.tray("rejected") if path.parent != recent]
    assert [path.name.split("-")[0] for path in kept] == ["REJECTED"]
    await eventually(lambda: not old.exists(), "the old ones are deleted")
    assert recent.exists()
    # The same card is copied once more, also after a restart.
    await rig.stop()
    await rig.start()
    camera.write_once(rig.folder / "AGAIN.JPG", photos["ERASED"])
    await eventually(lambda: len(rig.rows()) == 5 and rig.rows()[4]["filed"], "filed")
    await eventually(lambda: len(rig.tray("processed")) == 1, "and erased again", put_away._LOOK_SECONDS + 20)
    assert len(server.stored) == 3


async def test_what_was_asked_while_the_folder_was_away_is_done_when_it_is_back(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    rig = make_rig()
    await rig.start()
    data = camera.small_photo(90)
    camera.write_once(rig.folder / "IMG.JPG", data)
    await rig.filed(1)
    away = rig.folder.rename(rig.folder.with_name("away"))
    await server.put_away(erased=[server.stored[camera.sha(data)].shot_id], rejected=[])
    await eventually(
        lambda: any(beat.get("trouble") == "FOLDER_AWAY" for beat in server.of_type("heartbeat")), "told"
    )
    away.rename(rig.folder)
    await eventually(lambda: rig.tray("processed") == [], "erased", put_away._LOOK_SECONDS + 20)


async def test_a_laptop_clock_that_is_a_month_ahead_deletes_nothing(
    make_rig: Callable[..., Rig], server: BoothServer
) -> None:
    rig = make_rig()
    rig.clock = Clock(wall=lambda: time.time() + 30 * 86400)
    day = rig.folder / "rejected" / _today().isoformat()
    old = rig.folder / "rejected" / (_today() - timedelta(days=9)).isoformat()
    for folder in (day, old):
        folder.mkdir(parents=True)
        (folder / "a.jpg").write_bytes(b"x")
    await rig.start()
    await eventually(lambda: not old.exists(), "what is over by the server's clock is deleted")
    assert day.exists()
    data = camera.small_photo(91)
    camera.write_once(rig.folder / "IMG.JPG", data)
    await rig.filed(1)
    await server.put_away(erased=[], rejected=[server.stored[camera.sha(data)].shot_id])
    await eventually(lambda: len(rig.tray("rejected")) == 2, "put away", put_away._LOOK_SECONDS + 20)
    assert {path.parent for path in rig.tray("rejected")} == {day}
