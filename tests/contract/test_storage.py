"""One suite for the Storage port, run on the folder (behind a real web server) and on S3 (a real rclone)."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import date
from pathlib import Path

import httpx
import pytest

from app.domain import errors
from app.domain.keys import output_key
from app.ports import ObjectInfo
from tests.contract.storage_stands import (
    KEY,
    MB,
    Stand,
    collect,
    folder_stand,
    generated_file,
    s3_stand,
    sha256,
)


@pytest.fixture(params=["folder", "s3"])
async def stand(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stand]:
    async with AsyncExitStack() as stack:
        if request.param == "folder":
            yield folder_stand(stack, tmp_path)
        else:
            yield await s3_stand(stack, tmp_path)


@pytest.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
        yield client


async def test_bytes_come_back_as_they_went_in(stand: Stand, tmp_path: Path) -> None:
    target = tmp_path / "back.jpg"
    await stand.storage.put_bytes(KEY, b"a picture", "image/jpeg")
    assert await stand.storage.head(KEY) == ObjectInfo(9, "image/jpeg")
    assert await stand.storage.get_file(KEY, target, max_bytes=9) == ObjectInfo(9, "image/jpeg")
    assert target.read_bytes() == b"a picture"
    assert await collect(stand.storage.open(KEY, chunk=4)) == b"a picture"
    await stand.storage.put_bytes(KEY, b"another", "image/jpeg")
    assert await collect(stand.storage.open(KEY)) == b"another"
    await stand.storage.delete(KEY)
    await stand.storage.delete(KEY)
    assert await stand.storage.head(KEY) is None


async def test_an_empty_object_is_an_object(stand: Stand, tmp_path: Path) -> None:
    await stand.storage.put_bytes(KEY, b"", "image/jpeg")
    assert await stand.storage.get_file(KEY, tmp_path / "empty", max_bytes=0) == ObjectInfo(0, "image/jpeg")
    assert await collect(stand.storage.open(KEY)) == b""


@pytest.mark.parametrize("size", [3 * MB, 40 * MB + 17], ids=["whole", "in parts"])
async def test_a_file_comes_back_with_the_same_hash(stand: Stand, tmp_path: Path, size: int) -> None:
    source, target = tmp_path / "source.jpg", tmp_path / "target.jpg"
    digest = generated_file(source, size)
    await stand.storage.put_file(KEY, source, "image/jpeg")
    info = await stand.storage.get_file(KEY, target, max_bytes=size)
    assert info == ObjectInfo(size, "image/jpeg")
    assert sha256(target) == digest
    streamed = hashlib.sha256()
    async for chunk in stand.storage.open(KEY):
        streamed.update(chunk)
    assert streamed.hexdigest() == digest


async def test_a_missing_key_is_not_found(stand: Stand, tmp_path: Path) -> None:
    assert await stand.storage.head(KEY) is None
    with pytest.raises(errors.NotFound):
        await stand.storage.get_file(KEY, tmp_path / "none", max_bytes=100)
    with pytest.raises(errors.NotFound):
        await collect(stand.storage.open(KEY))
    assert not list(tmp_path.glob("*none*"))
    assert not list(tmp_path.glob("*.part"))


async def test_an_object_over_the_bound_leaves_no_file(stand: Stand, tmp_path: Path) -> None:
    where = tmp_path / "downloads"
    where.mkdir()
    await stand.storage.put_bytes(KEY, b"0123456789", "image/jpeg")
    with pytest.raises(errors.TooLarge):
        await stand.storage.get_file(KEY, where / "big.jpg", max_bytes=9)
    assert list(where.iterdir()) == []


async def test_whoever_holds_the_link_gets_the_object(stand: Stand, browser: httpx.AsyncClient) -> None:
    await stand.storage.put_bytes(KEY, b"0123456789", "image/jpeg")
    link = stand.url(await stand.storage.signed_get_url(KEY, seconds=60))
    plain = await browser.get(link)
    assert (plain.status_code, plain.content) == (200, b"0123456789")
    assert plain.headers["content-type"] == "image/jpeg"
    assert "content-disposition" not in plain.headers
    part = await browser.get(link, headers={"Range": "bytes=2-4"})
    assert (part.headers["content-range"], part.content) == (
        "bytes 2-4/10",
        b"234",
    )  # rclone answers 200, not 206


async def test_a_file_name_makes_the_link_a_download(stand: Stand, browser: httpx.AsyncClient) -> None:
    await stand.storage.put_bytes(KEY, b"x", "image/jpeg")
    link = await stand.storage.signed_get_url(KEY, seconds=60, filename='Añi & "Budi"\n.jpg')
    header = (await browser.get(stand.url(link))).headers["content-disposition"]
    assert header.startswith("attachment;")
    assert "A%C3%B1i%20%26%20%22Budi%22%0A.jpg" in header


async def test_one_may_put_through_a_link(stand: Stand, browser: httpx.AsyncClient) -> None:
    link = stand.url(await stand.storage.signed_put_url(KEY, seconds=60, content_type="image/jpeg"))
    answer = await browser.put(link, content=b"from a booth", headers={"Content-Type": "image/jpeg"})
    assert answer.status_code == 200
    assert await stand.storage.head(KEY) == ObjectInfo(12, "image/jpeg")
    assert await collect(stand.storage.open(KEY)) == b"from a booth"


async def test_a_put_link_is_for_one_type_and_one_method(stand: Stand, browser: httpx.AsyncClient) -> None:
    link = stand.url(await stand.storage.signed_put_url(KEY, seconds=60, content_type="image/jpeg"))
    page = await browser.put(link, content=b"<script>", headers={"Content-Type": "text/html"})
    untyped = await browser.put(link, content=b"<script>")
    assert (page.status_code, untyped.status_code) == (403, 403)
    assert await stand.storage.head(KEY) is None
    await stand.storage.put_bytes(KEY, b"x", "image/jpeg")
    assert (await browser.get(link)).status_code == 403
    get_link = stand.url(await stand.storage.signed_get_url(KEY, seconds=60))
    assert (
        await browser.put(get_link, content=b"y", headers={"Content-Type": "image/jpeg"})
    ).status_code == 403
    assert await collect(stand.storage.open(KEY)) == b"x"


async def test_a_changed_link_is_refused(stand: Stand, browser: httpx.AsyncClient) -> None:
    other = output_key("01EVENT", date(2026, 11, 21), "01JOB", 1, 2, "jpg")
    await stand.storage.put_bytes(KEY, b"x", "image/jpeg")
    await stand.storage.put_bytes(other, b"secret", "image/jpeg")
    link = stand.url(await stand.storage.signed_get_url(KEY, seconds=60, filename="a.jpg"))
    flipped = link[:-1] + ("0" if link[-1] != "0" else "1")
    changed = [
        flipped,
        link.replace(KEY, other),
        link.replace("a.jpg", "b.jpg"),
        link.replace("exp=", "exp=9").replace("X-Amz-Expires=60", "X-Amz-Expires=600"),
        link.partition("?")[0],
    ]
    assert len({link, *changed}) == 6
    answers = [(await browser.get(url)).status_code for url in changed]
    assert all(status in {400, 403} for status in answers), answers  # 400: rclone's word for "no signature"
    assert (await browser.get(link)).status_code == 200


async def test_a_link_dies_at_its_time(stand: Stand, browser: httpx.AsyncClient) -> None:
    await stand.storage.put_bytes(KEY, b"x", "image/jpeg")
    link = stand.url(await stand.storage.signed_get_url(KEY, seconds=1))
    stand.pass_time(2)
    async with asyncio.timeout(20):
        while (answer := await browser.get(link)).status_code == 200:
            await asyncio.sleep(0.05)
    assert answer.status_code in {400, 403, 410}
    assert any(word in answer.text for word in ("LINK_EXPIRED", "server&#39;s time exceeds")), answer.text


async def test_a_key_that_leads_elsewhere_is_refused(stand: Stand, tmp_path: Path) -> None:
    storage = stand.storage
    for key in (
        "../x.jpg",
        "a/../../x.jpg",
        "/etc/x.jpg",
        "a//x.jpg",
        ".tmp/x.jpg",
        "a\\x.jpg",
        "a/b\n.jpg",
        "",
    ):
        for call in (
            storage.put_bytes(key, b"x", "image/jpeg"),
            storage.put_file(key, tmp_path / "x", "image/jpeg"),
            storage.get_file(key, tmp_path / "x", max_bytes=10),
            collect(storage.open(key)),
            storage.head(key),
            storage.delete(key),
            storage.signed_get_url(key, seconds=60),
            storage.signed_put_url(key, seconds=60, content_type="image/jpeg"),
        ):
            with pytest.raises(errors.Invalid) as caught:
                await call
            assert caught.value.code == "KEY_INVALID"


async def test_a_picture_key_takes_no_page(stand: Stand) -> None:
    with pytest.raises(errors.Invalid):
        await stand.storage.put_bytes(KEY, b"<script>", "text/html")
    with pytest.raises(errors.Invalid):
        await stand.storage.signed_put_url(KEY, seconds=60, content_type="text/html")


async def test_concurrent_puts_leave_one_whole_object(stand: Stand, tmp_path: Path) -> None:
    sources = [tmp_path / f"{n}.jpg" for n in range(6)]
    digests = {generated_file(path, 2 * MB + n, seed=n) for n, path in enumerate(sources)}
    await asyncio.gather(*(stand.storage.put_file(KEY, path, "image/jpeg") for path in sources))
    await stand.storage.get_file(KEY, tmp_path / "winner", max_bytes=3 * MB)
    assert sha256(tmp_path / "winner") in digests


async def test_a_storage_that_is_gone_says_so_in_bounded_time(stand: Stand, tmp_path: Path) -> None:
    storage = stand.storage
    await storage.put_bytes(KEY, b"x", "image/jpeg")
    assert await storage.healthy()
    source = tmp_path / "source.jpg"
    generated_file(source, 20 * MB)
    stand.break_down()
    async with asyncio.timeout(60):
        assert not await storage.healthy()
        for call in (
            lambda: storage.put_bytes(KEY, b"y", "image/jpeg"),
            lambda: storage.put_file(KEY, source, "image/jpeg"),
            lambda: storage.get_file(KEY, tmp_path / "x", max_bytes=10),
            lambda: storage.head(KEY),
            lambda: storage.delete(KEY),
            lambda: collect(storage.open(KEY)),
        ):
            with pytest.raises(errors.Unavailable) as caught:
                await call()
            assert caught.value.code == "STORAGE_UNAVAILABLE"
