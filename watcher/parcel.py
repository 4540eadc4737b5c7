"""One upload: its form, and its bytes, which are checked while they leave; none is sent half or outdated."""

import asyncio
import hashlib
import json
import socket
import ssl
import sys
import urllib.request
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from ulid import ULID

from watcher.pace import Pace

_READ = 256 * 1024
PIECE = 64 * 1024
_TIMEOUT = httpx.Timeout(connect=5.0, write=60.0, read=120.0, pool=30.0)
_SEND_BUFFER = 256 * 1024
"""More would hide how slow the line is, and outlast the wait for the answer on a very slow one."""
_ANSWER_BYTES = 64 * 1024
_STAT_SECONDS = 0.5


class FileChanged(Exception):
    """The file is not the one the ledger speaks of any more."""


@dataclass(frozen=True)
class Parcel:
    """A file with what is said of it, and where it goes."""

    url: str
    fields: Mapping[str, str]
    file: Path
    size: int
    mtime_ns: int
    sha256: str


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    body: Mapping[str, object]
    headers: Mapping[str, str]


Step = Callable[[int], Awaitable[None]]
"""Called with how many bytes are left before each piece leaves; may wait or raise."""


def client(server_url: str, trusted: ssl.SSLContext | None = None) -> httpx.AsyncClient:
    """A client whose system buffers are small; a proxy from the environment is honoured."""
    parts = urlsplit(server_url)
    proxy = urllib.request.getproxies().get(parts.scheme)
    if proxy and urllib.request.proxy_bypass(parts.hostname or ""):
        proxy = None
    options = [(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)] if sys.platform != "win32" else []
    transport = httpx.AsyncHTTPTransport(proxy=proxy, socket_options=options, verify=trusted or True)
    return httpx.AsyncClient(timeout=_TIMEOUT, follow_redirects=False, transport=transport)


async def send(http: httpx.AsyncClient, parcel: Parcel, token: str, pace: Pace, step: Step) -> Answer:
    """Post it. Raises FileChanged, OSError, httpx.HTTPError, and what `step` raises."""
    if not await asyncio.to_thread(_is_it, parcel):
        raise FileChanged
    boundary = f"photobot{ULID()}"
    head, tail = _frame(boundary, parcel)
    headers = {
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        "Content-Length": str(len(head) + parcel.size + len(tail)),
        "Authorization": f"Bearer {token}",
    }
    loop = asyncio.get_running_loop()
    sent_at = loop.time()

    async def body() -> AsyncGenerator[bytes, None]:
        nonlocal sent_at
        yield head
        async with aclosing(_pieces(parcel)) as pieces:
            async for piece, left in pieces:
                await step(left)
                await pace.take(len(piece))
                if left == len(piece) and not await asyncio.to_thread(_is_it, parcel):
                    raise FileChanged
                with pace.handing_over(len(piece)):
                    yield piece
        sent_at = loop.time()
        yield tail

    answer = b""
    async with (
        aclosing(body()) as content,
        http.stream("POST", parcel.url, content=content, headers=headers) as response,
    ):
        pace.answered(loop.time() - sent_at)
        async for piece in response.aiter_bytes():
            answer += piece
            if len(answer) > _ANSWER_BYTES:
                break
    return Answer(response.status_code, _json(answer), response.headers)


def _is_it(parcel: Parcel) -> bool:
    facts = parcel.file.stat()
    return (facts.st_size, facts.st_mtime_ns) == (parcel.size, parcel.mtime_ns)


def _json(answer: bytes) -> Mapping[str, object]:
    try:
        body = json.loads(answer)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _frame(boundary: str, parcel: Parcel) -> tuple[bytes, bytes]:
    """The multipart body around the file's bytes; the file is its last part."""
    head = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in parcel.fields.items()
    )
    # The camera's name travels in its own field: no quoting of it can go wrong in a header.
    head += (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="shot"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return head.encode(), f"\r\n--{boundary}--\r\n".encode()


async def _pieces(parcel: Parcel) -> AsyncGenerator[tuple[bytes, int], None]:
    """The file's bytes and how many are left with each; the last ones come only when all are the right ones.

    A file that is written again is noticed on the way: what is on its way then is outdated.
    """
    loop = asyncio.get_running_loop()
    digest, left, looked = hashlib.sha256(), parcel.size, loop.time()
    while left:
        chunk = await asyncio.to_thread(_read, parcel.file, parcel.size - left, min(_READ, left))
        digest.update(chunk)
        if not chunk or (len(chunk) == left and digest.hexdigest() != parcel.sha256):
            raise FileChanged
        for at in range(0, len(chunk), PIECE):
            if loop.time() - looked > _STAT_SECONDS:
                looked = loop.time()
                if not await asyncio.to_thread(_is_it, parcel):
                    raise FileChanged
            piece = chunk[at : at + PIECE]
            yield piece, left
            left -= len(piece)


def _read(file: Path, at: int, size: int) -> bytes:
    """Opened for each piece: a file that stays open while the line is slow cannot be moved on Windows."""
    with file.open("rb") as stream:
        stream.seek(at)
        return stream.read(size)
