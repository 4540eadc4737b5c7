"""Bringing a finished picture from kie.ai's shop window, whose links die after minutes, to our disk."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import httpx
import structlog

from app.adapters.disk import part_beside, write_stream
from app.adapters.kie_wire import USER_AGENT, tls
from app.domain.errors import Fatal, TooLarge, Transient

_log = structlog.get_logger(__name__)

_CHUNK = 256 * 1024
_HEADS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")


class _Broken(Exception):
    """This link gives no picture."""


class KieResults:
    """Downloads results: never with our key, bounded in size and time, one new link for one that is dead."""

    def __init__(self, *, max_bytes: int, seconds: float, connect_seconds: float, plain_http: bool) -> None:
        """`plain_http`: links without TLS are followed too, where the API itself is reached without."""
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._schemes = ("https", "http") if plain_http else ("https",)
        self._client = httpx.AsyncClient(
            headers={"User-Agent": USER_AGENT},
            timeout=httpx.Timeout(seconds, connect=connect_seconds),
            verify=tls(),
            follow_redirects=True,
            max_redirects=5,
            event_hooks={"request": [self._only_known_schemes]},
        )

    async def bring(self, url: str, target: Path, mint: Callable[[str], Awaitable[str | None]]) -> None:
        """Write the picture behind `url` to `target`; `mint` makes a new link of a dead one.

        Raises Transient `KIE_RESULT_GONE`, Fatal `OUTPUT_TOO_LARGE`.
        """
        part = part_beside(target)
        try:
            try:
                await self._download(url, part)
            except _Broken:
                fresh = await mint(url)
                if fresh is None:
                    raise
                await self._download(fresh, part)
            part.replace(target)
        except _Broken:
            raise Transient(
                "KIE_RESULT_GONE", "The finished picture cannot be fetched from kie.ai."
            ) from None
        except TooLarge:
            raise Fatal("OUTPUT_TOO_LARGE", "The styled picture is larger than photobot takes.") from None
        finally:
            part.unlink(missing_ok=True)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def _download(self, url: str, part: Path) -> None:
        try:
            async with asyncio.timeout(self._seconds), self._client.stream("GET", url) as reply:
                if reply.status_code != 200:
                    _log.warning("kie_link_dead", status=reply.status_code)
                    raise _Broken
                chunks = reply.aiter_bytes(_CHUNK)
                await write_stream(part, chunks, max_bytes=self._max_bytes, durable=False)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            _log.warning("kie_link_dead", error=type(error).__name__)
            raise _Broken from None
        async with await anyio.open_file(part, "rb") as file:
            if not (await file.read(8)).startswith(_HEADS):
                _log.warning("kie_link_dead", error="no picture")
                raise _Broken

    async def _only_known_schemes(self, request: httpx.Request) -> None:
        if request.url.scheme not in self._schemes:
            raise httpx.UnsupportedProtocol("not an address that kie gives")
