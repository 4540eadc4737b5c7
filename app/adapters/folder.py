"""Storage in a local folder, for an event on one laptop, with signed links that our own server honours."""

import asyncio
import hashlib
import hmac
import os
import secrets
import shutil
import stat
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

import anyio

from app.adapters.disk import BLOCK, part_beside, too_large, write_stream
from app.domain.errors import DISK_FULL, Gone, Invalid, NotAllowed, NotFound, StorageFull, Unavailable
from app.domain.keys import check_content_type, check_key, content_type_of
from app.ports import Clock, ObjectInfo

URL_PREFIX = "/files/"
_STALE_SECONDS = 24 * 3600
_MIN_SECRET = 16


@dataclass(frozen=True)
class Grant:
    """What a verified link allows: for how many seconds yet, and the download's name where one was signed."""

    seconds_left: int
    filename: str | None


class FolderStorage:
    """Implements `app.ports.Storage`; objects lie under `root` by key, unfinished ones in `root/.tmp`."""

    def __init__(self, root: Path, secret: str, clock: Clock) -> None:
        """Make the folder, clear what a crash left unfinished. Raises `Invalid` for a short secret."""
        if len(secret) < _MIN_SECRET:
            raise Invalid("SECRET_TOO_SHORT", f"The signing secret needs {_MIN_SECRET} characters or more.")
        self.clock = clock
        self._root = root.resolve()
        self._tmp = self._root / ".tmp"
        self._secret = secret.encode()
        self._tmp.mkdir(parents=True, exist_ok=True)
        self._sweep()

    async def put_file(self, key: str, source: Path, content_type: str) -> None:
        """Store a copy of a file. Raises `Unavailable` when the folder is gone, full or read-only."""
        check_content_type(check_key(key), content_type)
        with self._new_part() as part:
            await asyncio.to_thread(_copy_in, source, part)
            await asyncio.to_thread(_move, part, self._root / key)

    async def put_bytes(self, key: str, data: bytes, content_type: str) -> None:
        """Store a small object. Raises `Unavailable`."""
        check_content_type(check_key(key), content_type)
        await self._put(key, _once(data), max_bytes=len(data))

    async def put_stream(
        self, key: str, chunks: AsyncIterable[bytes], content_type: str, *, max_bytes: int
    ) -> None:
        """Store what comes in. Raises `TooLarge`, `Unavailable`; nothing is stored if `chunks` raises."""
        check_content_type(check_key(key), content_type)
        await self._put(key, chunks, max_bytes=max_bytes)

    async def get_file(self, key: str, target: Path, *, max_bytes: int) -> ObjectInfo:
        """Copy to `target`. Raises `NotFound`, `TooLarge`, `Unavailable`."""
        part = part_beside(target)
        try:
            size = await asyncio.to_thread(self._copy_out, check_key(key), part, max_bytes)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return ObjectInfo(size, content_type_of(key))

    async def open(self, key: str, *, chunk: int = 256 * 1024) -> AsyncIterator[bytes]:
        """Stream an object's bytes. Raises `NotFound`, `Unavailable`."""
        path, _ = await self.locate(key)
        with self._reading():
            file = await anyio.open_file(path, "rb")
        async with file:
            while True:
                with self._reading():
                    data = await file.read(chunk)
                if not data:
                    return
                yield data

    async def head(self, key: str) -> ObjectInfo | None:
        """Facts of an object, None where there is none. Raises `Unavailable`."""
        try:
            _, facts = await self.locate(key)
        except NotFound:
            return None
        return ObjectInfo(facts.st_size, content_type_of(key))

    async def delete(self, key: str) -> None:
        """Remove an object; no error when it is not there. Raises `Unavailable`."""
        try:
            path, _ = await self.locate(key)
            with self._reading():
                await asyncio.to_thread(path.unlink, missing_ok=True)
        except NotFound:
            return

    async def locate(self, key: str) -> tuple[Path, os.stat_result]:
        """Where an object lies and what the disk says of it. Raises `NotFound`, `Unavailable`."""
        path = self._root / check_key(key)
        with self._reading():
            facts = await asyncio.to_thread(path.stat)
            if not stat.S_ISREG(facts.st_mode):
                raise FileNotFoundError(key)
        return path, facts

    async def signed_get_url(self, key: str, *, seconds: int, filename: str | None = None) -> str:
        """A link relative to the web server; `filename` makes it a download."""
        return self._link("GET", check_key(key), seconds, {} if filename is None else {"name": filename})

    async def signed_put_url(self, key: str, *, seconds: int, content_type: str) -> str:
        """A link relative to the web server, for one PUT with exactly this `Content-Type`."""
        check_content_type(check_key(key), content_type)
        return self._link("PUT", key, seconds, {"ct": content_type})

    def verify(
        self,
        method: str,
        key: str,
        query: Sequence[tuple[str, str]],
        now: datetime,
        content_type: str | None = None,
    ) -> Grant:
        """Check a link's whole query. Raises `NotAllowed` (LINK_INVALID) or `Gone` (LINK_EXPIRED)."""
        given = dict(query)
        signed = [(name, value) for name, value in query if name != "sig"]
        # Sorted pairs, not the dict: a parameter added or repeated breaks the signature.
        expected = self._sign(key, signed)
        if not hmac.compare_digest(expected.encode(), given.get("sig", "").encode()):
            raise NotAllowed("LINK_INVALID", "This link is not one we made.")
        if given["m"] != ("GET" if method == "HEAD" else method) or given.get("ct") != content_type:
            raise NotAllowed("LINK_INVALID", "This link is for another kind of request.")
        left = int(given["exp"]) - int(now.timestamp())
        if left <= 0:
            raise Gone("LINK_EXPIRED", "This link's time is over.")
        return Grant(left, given.get("name"))

    async def healthy(self) -> bool:
        """True if a file can be written and removed right now."""
        return await asyncio.to_thread(self._can_write)

    async def _put(self, key: str, chunks: AsyncIterable[bytes], *, max_bytes: int) -> None:
        with self._new_part() as part:
            with _writing():
                await write_stream(part, chunks, max_bytes=max_bytes, durable=True)
            await asyncio.to_thread(_move, part, self._root / key)

    @contextmanager
    def _new_part(self) -> Iterator[Path]:
        # In .tmp, which is not made anew: an unplugged disk is then an error and not a new empty folder.
        part = self._tmp / secrets.token_hex(16)
        try:
            yield part
        finally:
            # A later start clears what is left; what is wrong with the folder is told by the write itself.
            with suppress(OSError):
                part.unlink()

    def _copy_out(self, key: str, part: Path, max_bytes: int) -> int:
        # The target is opened first and outside: its errors are the caller's, not the storage's.
        with part.open("wb") as out, self._reading(), (self._root / key).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > max_bytes:
                raise too_large(max_bytes)
            shutil.copyfileobj(file, out, BLOCK)
        return size

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as fault:
            if not self._tmp.is_dir():
                raise _unavailable(fault) from fault
            raise NotFound("OBJECT_NOT_FOUND", "There is no such object.") from fault
        except OSError as fault:
            raise _unavailable(fault) from fault

    def _link(self, method: str, key: str, seconds: int, more: dict[str, str]) -> str:
        expires = int(self.clock.now().timestamp()) + seconds
        signed = [("exp", str(expires)), ("m", method), *more.items()]
        return f"{URL_PREFIX}{key}?{urlencode([*signed, ('sig', self._sign(key, signed))])}"

    def _sign(self, key: str, signed: Sequence[tuple[str, str]]) -> str:
        # The first line keeps these signatures apart from whatever else the same secret signs.
        text = f"photobot files 1\n{key}\n{urlencode(sorted(signed))}"
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()

    def _can_write(self) -> bool:
        probe = self._tmp / f"{secrets.token_hex(16)}.probe"
        try:
            probe.write_bytes(b"ok")
            probe.unlink()
        except OSError:
            return False
        return True

    def _sweep(self) -> None:
        """Remove unfinished files of long ago; younger ones may be another process's at work."""
        oldest = self.clock.now().timestamp() - _STALE_SECONDS
        for left_over in self._tmp.iterdir():
            with suppress(FileNotFoundError):
                if left_over.stat().st_mtime < oldest:
                    left_over.unlink()


def _unavailable(fault: OSError) -> Unavailable:
    if fault.errno in DISK_FULL:
        return StorageFull()
    return Unavailable("STORAGE_UNAVAILABLE", "The storage folder does not answer.", reason=fault.strerror)


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise _unavailable(fault) from fault


def _copy_in(source: Path, part: Path) -> None:
    # As in _copy_out: a missing source is the caller's error.
    with source.open("rb") as file, _writing(), part.open("wb") as out:
        shutil.copyfileobj(file, out, BLOCK)
        out.flush()
        os.fsync(out.fileno())


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


def _move(part: Path, path: Path) -> None:
    """Give a finished file its name, and make the name itself survive a power cut."""
    with _writing():
        path.parent.mkdir(parents=True, exist_ok=True)
        part.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
