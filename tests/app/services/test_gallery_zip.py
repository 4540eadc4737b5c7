"""The zip itself: 64-bit fields where they are needed, an end when nobody listens or storage is away."""

import io
import zipfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import update

from app.db.tables import Job
from app.db.unit import unit
from app.domain.access import Principal
from app.domain.errors import NotFound, TooMany, Unavailable
from app.ports import Ports, Storage
from app.services import gallery_zip
from app.services.gallery import Wish
from app.services.gallery_zip import AHEAD, AT_ONCE, GIVE_UP, Order
from app.services.zip_window import Window
from tests.contract.storage_stands import s3_stand
from tests.fakes.ports import event_of, queued_job

NUMBER = 30


class CountingStorage:
    """Gives a picture for each key; counts what was begun, and fails where it is told to."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.fault: Exception | None = None

    async def open(self, key: str, *, chunk: int = 1) -> AsyncIterator[bytes]:
        """Some bytes in two pieces."""
        self.opened.append(key)
        if self.fault is not None:
            raise self.fault
        yield b"\xff\xd8\xff" + key.encode()
        yield b"x" * 100_000


@pytest.fixture
async def pictures(ports: Ports) -> list[str]:
    """Finished jobs without any object."""
    ids = [await queued_job(ports) for _ in range(NUMBER)]
    async with unit(ports) as work:
        for job_id in ids:
            key = f"events/{job_id}.jpg"
            done: dict[str, Any] = {
                "status": "succeeded",
                "best_output_key": key,
                "outputs": {"full": key},
                "finished_at": ports.clock.now(),
            }
            await work.db.execute(update(Job).where(Job.id == job_id).values(**done))
    return ids


async def _open(ports: Ports, storage: CountingStorage, who: Principal) -> gallery_zip.Zip:
    stored = replace(ports, storage=cast(Storage, storage))
    return await gallery_zip.open_zip(stored, who, Order(Wish(await event_of(ports))))


async def test_whoever_goes_away_ends_the_reading(
    ports: Ports, admin: Principal, pictures: list[str]
) -> None:
    storage = CountingStorage()
    made = await _open(ports, storage, admin)
    async with aclosing(cast(Any, made.content)) as content:
        await anext(content)
    assert 1 <= len(storage.opened) <= AHEAD + 2
    for _ in range(AT_ONCE * 2):  # nobody who left keeps a place
        content = cast(Any, (await _open(ports, storage, admin)).content)
        await anext(content)
        await content.aclose()


async def test_only_so_many_at_once(ports: Ports, admin: Principal, pictures: list[str]) -> None:
    storage = CountingStorage()
    opened = [cast(Any, (await _open(ports, storage, admin)).content) for _ in range(AT_ONCE)]
    try:
        for content in opened:
            await anext(content)
        with pytest.raises(TooMany, match="ZIP_BUSY"):
            await _open(ports, storage, admin)
    finally:
        for content in opened:
            await content.aclose()


async def test_a_storage_that_is_away_breaks_the_download_and_one_that_lost_a_picture_does_not(
    ports: Ports, admin: Principal, pictures: list[str]
) -> None:
    storage = CountingStorage()
    storage.fault = Unavailable("STORAGE_UNAVAILABLE", "away")
    with pytest.raises(Unavailable):
        _ = [piece async for piece in (await _open(ports, storage, admin)).content]
    assert len({*storage.opened}) <= GIVE_UP + AHEAD + 1
    storage.fault = NotFound("OBJECT_NOT_FOUND", "gone")
    data = b"".join([piece async for piece in (await _open(ports, storage, admin)).content])
    found = zipfile.ZipFile(io.BytesIO(data))
    assert all(job_id in found.read(found.namelist()[0]).decode() for job_id in pictures)


async def test_over_a_real_s3_it_holds_every_picture_and_says_what_is_missing(
    ports: Ports, admin: Principal, pictures: list[str], tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        stand = await s3_stand(stack, tmp_path)
        stored = replace(ports, storage=stand.storage)
        content = {job_id: job_id.encode() * 20_000 for job_id in pictures}  # half a megabyte: many pieces
        for job_id in pictures[1:]:
            await stand.storage.put_bytes(f"events/{job_id}.jpg", content[job_id], "image/jpeg")
        order = Order(Wish(await event_of(ports)))
        opened = await gallery_zip.open_zip(stored, admin, order)
        with zipfile.ZipFile(io.BytesIO(b"".join([piece async for piece in opened.content]))) as found:
            assert found.testzip() is None
            names = [name for name in found.namelist() if name.endswith(".jpg")]
            assert {found.read(name) for name in names} == {content[job_id] for job_id in pictures[1:]}
            [told] = [name for name in found.namelist() if not name.endswith(".jpg")]
            assert pictures[0] in found.read(told).decode()
        stand.break_down()
        opened = await gallery_zip.open_zip(stored, admin, order)
        with pytest.raises(Unavailable):
            _ = [piece async for piece in opened.content]


def test_more_entries_than_a_small_zip_may_have() -> None:
    window, data, number = Window(), io.BytesIO(), 65_540
    with zipfile.ZipFile(cast(Any, window), "w") as made:
        for entry in range(number):
            made.writestr(zipfile.ZipInfo(f"{entry}.jpg"), b"x")
            data.writelines(window.taken())
    data.writelines(window.taken())
    with zipfile.ZipFile(data) as found:
        assert len(found.namelist()) == number
        assert found.read(f"{number - 1}.jpg") == b"x"
