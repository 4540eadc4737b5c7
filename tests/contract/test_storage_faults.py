"""What only one storage can suffer: S3 on a network that cuts, stalls and refuses; the folder's own door."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session

from app.adapters.folder import FolderStorage
from app.adapters.s3 import S3Storage
from app.domain import errors
from app.ports import ObjectInfo
from tests.contract.storage_stands import KEY, MB, SECRET, MovingClock, files_app, generated_file, sha256
from tests.fakes.meddling_proxy import Answer, Cut, CutUpload, Meddler, Silence, meddling_proxy
from tests.fakes.s3_server import S3Server, s3_server
from tests.fakes.web_server import web_server

BUSY = Answer(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[S3Server]:
    with s3_server(tmp_path / "s3") as running:
        yield running


def storage_at(server: S3Server, address: str, **more: Any) -> S3Storage:
    return S3Storage(
        bucket=server.bucket,
        access_key=server.access_key,
        secret_key=more.pop("secret_key", server.secret_key),
        region="us-east-1",
        endpoint_url=address,
        backoff=0.01,
        **more,
    )


@asynccontextmanager
async def spoiled(
    server: S3Server, *plan: Any, ever: Any = None, **more: Any
) -> AsyncIterator[tuple[S3Storage, Meddler]]:
    """A storage whose connections go through a proxy with this plan."""
    async with (
        meddling_proxy(server.endpoint_url, plan, ever) as proxy,
        storage_at(server, proxy.address, **more) as storage,
    ):
        yield storage, proxy


async def uploads_under_way(server: S3Server) -> list[Any]:
    client = get_session().create_client(
        "s3",
        endpoint_url=server.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        config=AioConfig(s3={"addressing_style": "path"}),
    )
    async with client as s3:
        uploads: list[Any] = (await s3.list_multipart_uploads(Bucket=server.bucket)).get("Uploads") or []
        return uploads


async def test_three_refusals_are_outlived_and_a_fourth_is_not(server: S3Server) -> None:
    async with spoiled(server, BUSY, BUSY, BUSY) as (storage, proxy):
        await storage.put_bytes(KEY, b"x", "image/jpeg")
        assert proxy.connections == 4
    async with spoiled(server, BUSY, BUSY, BUSY, BUSY) as (storage, proxy):
        with pytest.raises(errors.Unavailable):
            await storage.head(KEY)
        assert proxy.connections == 4


async def test_a_download_cut_off_begins_anew(server: S3Server, tmp_path: Path) -> None:
    digest = generated_file(tmp_path / "source.jpg", 3 * MB)
    async with spoiled(server, Cut(MB), Cut(2 * MB)) as (storage, proxy):
        async with storage_at(server, server.endpoint_url) as direct:
            await direct.put_file(KEY, tmp_path / "source.jpg", "image/jpeg")
        await storage.get_file(KEY, tmp_path / "back.jpg", max_bytes=3 * MB)
        assert proxy.connections == 3
    assert sha256(tmp_path / "back.jpg") == digest


async def test_an_upload_cut_off_begins_anew(server: S3Server, tmp_path: Path) -> None:
    digest = generated_file(tmp_path / "source.jpg", 3 * MB)
    async with spoiled(server, CutUpload(MB)) as (storage, _proxy):
        await storage.put_file(KEY, tmp_path / "source.jpg", "image/jpeg")
        await storage.get_file(KEY, tmp_path / "back.jpg", max_bytes=3 * MB)
    assert sha256(tmp_path / "back.jpg") == digest


async def test_parts_cut_off_are_sent_again(server: S3Server, tmp_path: Path) -> None:
    digest = generated_file(tmp_path / "source.jpg", 30 * MB)
    async with spoiled(server, None, CutUpload(5 * MB), CutUpload(MB)) as (storage, _proxy):
        await storage.put_file(KEY, tmp_path / "source.jpg", "image/jpeg")
        await storage.get_file(KEY, tmp_path / "back.jpg", max_bytes=30 * MB)
    assert sha256(tmp_path / "back.jpg") == digest


async def test_a_line_that_never_carries_a_part_ends_as_unavailable(server: S3Server, tmp_path: Path) -> None:
    generated_file(tmp_path / "source.jpg", 20 * MB)
    async with spoiled(server, ever=CutUpload(2 * MB)) as (storage, _proxy):
        with pytest.raises(errors.Unavailable):
            await storage.put_file(KEY, tmp_path / "source.jpg", "image/jpeg")
        assert await storage.head(KEY) is None
    assert await uploads_under_way(server) == []


async def test_a_silent_server_costs_its_timeouts_only(server: S3Server, tmp_path: Path) -> None:
    async with spoiled(server, Silence(), read_timeout=0.2) as (storage, proxy):
        assert await storage.head(KEY) is None
        assert proxy.connections == 2
    async with spoiled(server, ever=Silence(), read_timeout=0.2) as (storage, proxy), asyncio.timeout(60):
        assert not await storage.healthy()
        with pytest.raises(errors.Unavailable):
            await storage.get_file(KEY, tmp_path / "x", max_bytes=10)
        assert proxy.connections == 5


async def test_a_cancelled_upload_leaves_no_parts_behind(server: S3Server, tmp_path: Path) -> None:
    generated_file(tmp_path / "source.jpg", 64 * MB)
    async with spoiled(server) as (storage, proxy):
        upload = asyncio.create_task(storage.put_file(KEY, tmp_path / "source.jpg", "image/jpeg"))
        async with asyncio.timeout(30):
            while proxy.bytes_up < 9 * MB:
                await asyncio.sleep(0)
        assert len(await uploads_under_way(server)) == 1
        upload.cancel()
        with pytest.raises(asyncio.CancelledError):
            await upload
        assert await uploads_under_way(server) == []
        assert await storage.head(KEY) is None


async def test_a_wrong_secret_is_not_tried_again(server: S3Server) -> None:
    async with spoiled(server, secret_key="not the secret of this server") as (storage, proxy):
        with pytest.raises(errors.Unavailable) as caught:
            await storage.put_bytes(KEY, b"x", "image/jpeg")
        assert caught.value.extra["reason"] == "SignatureDoesNotMatch"
        assert proxy.connections == 1
        assert not await storage.healthy()


async def test_a_bucket_that_is_not_there_is_no_missing_object(server: S3Server, tmp_path: Path) -> None:
    elsewhere = S3Server(server.endpoint_url, server.child, bucket="no-such-bucket")
    async with storage_at(elsewhere, server.endpoint_url) as storage:
        with pytest.raises(errors.Unavailable):
            await storage.get_file(KEY, tmp_path / "x", max_bytes=10)
        assert not await storage.healthy()


async def test_links_stand_at_the_public_address(server: S3Server) -> None:
    async with (
        meddling_proxy(server.endpoint_url) as public,
        storage_at(server, server.endpoint_url, public_endpoint_url=public.address) as storage,
        httpx.AsyncClient(timeout=20, trust_env=False) as browser,
    ):
        await storage.put_bytes(KEY, b"x", "image/jpeg")
        assert public.connections == 0
        link = await storage.signed_get_url(KEY, seconds=60)
        assert link.startswith(public.address)
        assert (await browser.get(link)).content == b"x"


def objects_in(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


async def test_the_folders_door_bounds_what_it_takes(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path / "objects", SECRET, MovingClock())
    link = await storage.signed_put_url(KEY, seconds=60, content_type="image/jpeg")
    headers = {"Content-Type": "image/jpeg"}

    async def in_chunks() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b"x" * 100

    with web_server(files_app(storage, max_put_bytes=1000)) as address:
        async with httpx.AsyncClient(base_url=address, timeout=20, trust_env=False) as browser:
            announced = await browser.put(link, content=b"x" * 1001, headers=headers)
            counted = await browser.put(link, content=in_chunks(), headers=headers)
            assert (announced.status_code, counted.status_code) == (413, 413)
            assert objects_in(tmp_path / "objects") == []
            assert (await browser.put(link, content=b"x" * 1000, headers=headers)).status_code == 200
    assert await storage.head(KEY) == ObjectInfo(1000, "image/jpeg")


async def test_a_put_broken_off_leaves_nothing(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path / "objects", SECRET, MovingClock())
    link = await storage.signed_put_url(KEY, seconds=60, content_type="image/jpeg")
    with web_server(files_app(storage)) as address:
        host, port = address.removeprefix("http://").split(":")
        _reader, writer = await asyncio.open_connection(host, int(port))
        head = (
            f"PUT {link} HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: 5000000\r\n\r\n"
        )
        writer.write(head.encode() + b"x" * 2_000_000)
        await writer.drain()
        async with asyncio.timeout(20):
            while not objects_in(tmp_path / "objects"):
                await asyncio.sleep(0.01)
            writer.close()
            while objects_in(tmp_path / "objects"):
                await asyncio.sleep(0.01)
    assert await storage.head(KEY) is None


async def test_the_folders_answers_are_safe_to_open(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path / "objects", SECRET, MovingClock())
    await storage.put_bytes("r/token/index.html", b"<p>", "text/html")
    link = await storage.signed_get_url("r/token/index.html", seconds=60)
    missing = await storage.signed_get_url(KEY, seconds=60)
    with web_server(files_app(storage)) as address:
        async with httpx.AsyncClient(base_url=address, timeout=20, trust_env=False) as browser:
            page, head = await browser.get(link), await browser.head(link)
            part = await browser.get(link, headers={"Range": "bytes=1-1"})
            none = await browser.get(missing)
            twice = [
                await browser.get(f"{link}&{more}") for more in ("m=GET", "exp=99999999999", "name=x", "z=1")
            ]
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["cache-control"] == "private, max-age=60"
    assert page.headers["content-security-policy"] == "sandbox"
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "3")
    assert (part.status_code, part.content) == (206, b"p")
    assert none.status_code == 404
    assert [(answer.status_code, answer.json()["code"]) for answer in twice] == [(403, "LINK_INVALID")] * 4


async def test_an_unplugged_folder_is_not_made_anew_and_heals(tmp_path: Path) -> None:
    root = tmp_path / "objects"
    storage = FolderStorage(root, SECRET, MovingClock())
    root.rename(tmp_path / "unplugged")
    with pytest.raises(errors.Unavailable):
        await storage.put_bytes(KEY, b"x", "image/jpeg")
    assert not root.exists()
    (tmp_path / "unplugged").rename(root)
    await storage.put_bytes(KEY, b"x", "image/jpeg")
    assert await storage.healthy()


async def test_a_folder_that_is_none_any_more_is_away_in_words(tmp_path: Path) -> None:
    """The finished piece cannot even be cleared away: that must not hide what is wrong."""
    storage = FolderStorage(tmp_path / "objects", SECRET, MovingClock())
    source = tmp_path / "picture.jpg"
    source.write_bytes(b"x")
    (tmp_path / "objects").rename(tmp_path / "away")
    (tmp_path / "objects").write_bytes(b"")
    with pytest.raises(errors.Unavailable):
        await storage.put_file(KEY, source, "image/jpeg")
    with pytest.raises(errors.Unavailable):
        await storage.put_bytes(KEY, b"x", "image/jpeg")
    with pytest.raises(errors.Unavailable):
        await storage.head(KEY)
    with pytest.raises(errors.Unavailable):
        await storage.delete(KEY)


async def test_errors_of_the_callers_own_file_are_not_the_storages(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path / "objects", SECRET, MovingClock())
    with pytest.raises(FileNotFoundError):
        await storage.put_file(KEY, tmp_path / "no such source", "image/jpeg")
    await storage.put_bytes(KEY, b"x", "image/jpeg")
    with pytest.raises(FileNotFoundError):
        await storage.get_file(KEY, tmp_path / "no such folder" / "x", max_bytes=10)


async def test_a_start_clears_what_a_crash_left(tmp_path: Path) -> None:
    clock = MovingClock()
    FolderStorage(tmp_path, SECRET, clock)
    left_over = tmp_path / ".tmp" / "half an object"
    left_over.write_bytes(b"x")
    clock.time = clock.time.fromtimestamp(left_over.stat().st_mtime, clock.time.tzinfo)
    FolderStorage(tmp_path, SECRET, clock)
    assert left_over.exists()
    clock.time += timedelta(days=2)
    FolderStorage(tmp_path, SECRET, clock)
    assert not left_over.exists()


def test_a_guessable_secret_is_refused(tmp_path: Path) -> None:
    with pytest.raises(errors.Invalid):
        FolderStorage(tmp_path, "short", MovingClock())
