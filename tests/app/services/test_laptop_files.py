"""A camera laptop is told which files may not stay there: at each connection all, then what is new."""

import pytest
from sqlalchemy import update
from ulid import ULID

from app.db.tables import Booth, CameraFile, EndedFile
from app.db.unit import unit
from app.domain.consent import ERASED
from app.ports import Ports
from app.services import laptop_files
from app.services.laptop_files import PutAways, put_away_since


async def _file(ports: Ports, state: str, reason: str | None) -> str:
    shot_id = str(ULID())
    async with unit(ports) as work:
        booth = await work.db.get_one(Booth, "booth-1")
        place = {"booth_id": booth.id, "event_id": booth.event_id, "file_name": "IMG.JPG"}
        work.db.add(
            CameraFile(id=shot_id, state=state, reason=reason, appeared_at=ports.clock.now(), **place)
        )
        work.changed("shot", shot_id)
    return shot_id


async def test_each_connection_hears_of_all_and_then_of_what_is_new(ports: Ports) -> None:
    erased = await _file(ports, "rejected", ERASED)
    rejected = await _file(ports, "rejected", "blurred")
    for state, reason in (("rejected", "GONE"), ("assigned", None), ("orphan", "NO_GUEST")):
        await _file(ports, state, reason)
    told = PutAways()
    assert await put_away_since(ports, "booth-1", told) == ([erased], [rejected])
    assert await put_away_since(ports, "booth-1", told) == ([], [])
    async with unit(ports) as work:
        await work.db.execute(update(CameraFile).where(CameraFile.id == rejected).values(reason=ERASED))
        work.changed("shot", rejected)
    assert await put_away_since(ports, "booth-1", told) == ([rejected], [])
    assert await put_away_since(ports, "booth-1", PutAways()) == ([erased, rejected], [])
    assert await put_away_since(ports, "booth-2", PutAways()) == ([], [])


async def test_what_retention_took_away_may_not_stay_either(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sweep ends many files within seconds: more than one message names, and none may be forgotten."""
    monkeypatch.setattr(laptop_files, "AT_ONCE", 3)
    ended = [str(ULID()) for _ in range(8)]
    async with unit(ports) as work:
        work.db.add_all(EndedFile(id=shot_id, booth_id="booth-1") for shot_id in ended)
    rejected = await _file(ports, "rejected", "blurred")
    told, heard, kept = PutAways(), set[str](), list[str]()
    while True:
        erased, put_away = await put_away_since(ports, "booth-1", told)
        if not erased and not put_away:
            break
        assert len(erased) + len(put_away) <= 3
        assert not heard & set(erased)
        heard |= set(erased)
        kept += put_away
    assert (heard, kept) == (set(ended), [rejected])
    late = str(ULID())
    async with unit(ports) as work:
        work.db.add(EndedFile(id=late, booth_id="booth-1"))
    assert await put_away_since(ports, "booth-1", told) == ([late], [])
    assert await put_away_since(ports, "booth-2", PutAways()) == ([], [])
