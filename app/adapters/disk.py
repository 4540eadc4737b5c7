"""Writing a stream of bytes to a local file: bounded, in threads, never half a file under its name."""

import os
import secrets
from collections.abc import AsyncIterable
from pathlib import Path

import anyio

from app.domain.errors import TooLarge

BLOCK = 1024 * 1024


def part_beside(target: Path) -> Path:
    """A fresh hidden name in the target's own folder (so a rename is atomic) that nobody else will choose."""
    return target.with_name(f".{secrets.token_hex(8)}.part")


def too_large(max_bytes: int) -> TooLarge:
    """The one error for an object over its bound."""
    return TooLarge("OBJECT_TOO_LARGE", f"The object is larger than {max_bytes} bytes.", max_bytes=max_bytes)


async def write_stream(path: Path, chunks: AsyncIterable[bytes], *, max_bytes: int, durable: bool) -> int:
    """Write `chunks` to `path`, return the bytes written; `durable` waits for the disk. Raises `TooLarge`.

    The caller removes `path` after a failure. At most `BLOCK` bytes and one chunk are in memory.
    """
    size = 0
    waiting = bytearray()
    async with await anyio.open_file(path, "wb") as file:
        async for chunk in chunks:
            size += len(chunk)
            if size > max_bytes:
                raise too_large(max_bytes)
            waiting += chunk
            if len(waiting) >= BLOCK:
                await file.write(waiting)
                waiting = bytearray()
        await file.write(waiting)
        await file.flush()
        if durable:
            await anyio.to_thread.run_sync(os.fsync, file.wrapped.fileno())
    return size
