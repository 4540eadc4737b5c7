"""The demo's ear: follows /ws/news and waits for rows, over lost connections and gaps."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

Row = dict[str, Any]
ROWS_MAX = 20_000


class News:
    """The newest version of each live row; `first` waits until one fits."""

    def __init__(self, base: str, token: str, trusted: ssl.SSLContext | bool = True) -> None:
        self._url = f"ws{base.removeprefix('http')}/ws/news"
        self._token = token
        self._trusted = trusted if base.startswith("https:") else None
        self._rows: dict[tuple[str, str], Row] = {}
        self._changed = asyncio.Condition()
        self._seq = 0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "News":
        self._task = asyncio.create_task(self._follow())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def first(self, fits: Callable[[Row], bool], seconds: float) -> Row | None:
        """The first row that fits, now or later; None when none came in time."""
        try:
            async with asyncio.timeout(seconds), self._changed:
                while True:
                    found = next((row for row in self._rows.values() if fits(row)), None)
                    if found is not None:
                        return found
                    await self._changed.wait()
        except TimeoutError:
            return None

    async def _follow(self) -> None:
        headers = {"Authorization": f"Bearer {self._token}"}
        async for socket in connect(
            self._url, additional_headers=headers, max_size=32 * 1024 * 1024, proxy=None, ssl=self._trusted
        ):
            with contextlib.suppress(WebSocketException):
                async for text in socket:
                    await self._take(socket, json.loads(text))

    async def _take(self, socket: ClientConnection, frame: Row) -> None:
        if frame["type"] == "tick":
            return
        if frame["type"] == "delta" and frame["seq"] != self._seq + 1:
            await socket.send(json.dumps({"type": "snapshot"}))  # something was missed: begin anew
        self._seq = frame["seq"]
        async with self._changed:
            for row in frame.get("rows", ()):
                self._rows[row["kind"], row["id"]] = row
            while len(self._rows) > ROWS_MAX:
                self._rows.pop(next(iter(self._rows)))
            self._changed.notify_all()
