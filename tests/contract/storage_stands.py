"""Storage of both kinds with their real servers, and what a storage test needs beside them."""

import hashlib
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urljoin

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from app.adapters.folder import FolderStorage
from app.adapters.s3 import S3Storage
from app.api.files import files_router
from app.domain import errors
from app.domain.keys import input_key
from app.ports import Storage
from tests.fakes.s3_server import s3_server
from tests.fakes.web_server import web_server

MB = 1024 * 1024
SECRET = "a signing secret for tests only"
KEY = input_key("01EVENT", date(2026, 11, 21), "01JOB", "jpg")
STATUS = {
    errors.NotAllowed: 403,
    errors.NotFound: 404,
    errors.Gone: 410,
    errors.TooLarge: 413,
    errors.Invalid: 422,
}


class MovingClock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


@dataclass
class Stand:
    """One implementation and what a test may do to its surroundings."""

    storage: Storage
    base_url: str
    break_down: Callable[[], object]
    pass_time: Callable[[int], None]

    def url(self, link: str) -> str:
        """A link as a browser would follow it."""
        return urljoin(self.base_url, link)


def files_app(storage: FolderStorage, max_put_bytes: int = 100 * MB) -> FastAPI:
    """The folder's endpoint with the least possible of the house's error answers."""
    app = FastAPI()
    app.include_router(files_router(storage, max_put_bytes))

    @app.exception_handler(errors.PhotobotError)
    async def answer(_request: Request, error: errors.PhotobotError) -> JSONResponse:
        return JSONResponse({"code": error.code}, STATUS.get(type(error), 503))

    return app


def folder_stand(stack: AsyncExitStack, tmp_path: Path) -> Stand:
    clock = MovingClock()
    root = tmp_path / "objects"
    storage = FolderStorage(root, SECRET, clock)
    base_url = stack.enter_context(web_server(files_app(storage)))

    def pass_time(seconds: int) -> None:
        clock.time += timedelta(seconds=seconds)

    return Stand(storage, base_url, lambda: root.rename(tmp_path / "unplugged"), pass_time)


async def s3_stand(stack: AsyncExitStack, tmp_path: Path) -> Stand:
    server = stack.enter_context(s3_server(tmp_path / "s3"))
    storage = S3Storage(
        bucket=server.bucket,
        access_key=server.access_key,
        secret_key=server.secret_key,
        region="us-east-1",
        endpoint_url=server.endpoint_url,
        backoff=0.01,
    )
    await stack.enter_async_context(storage)
    return Stand(storage, server.endpoint_url, server.kill, lambda _seconds: None)


def generated_file(path: Path, size: int, seed: int = 1) -> str:
    """Write `size` bytes that compress and repeat nowhere; their SHA-256."""
    source = random.Random(seed)
    with path.open("wb") as file:
        for start in range(0, size, MB):
            file.write(source.randbytes(min(MB, size - start)))
    return sha256(path)


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def collect(stream: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in stream])
