"""Consoles without a browser: `python -m tests.bench.live.clients URL COOKIE COUNT`.

Each keeps the rows and asks for a snapshot after a gap, as the page's component does; compression is on, as
in a browser. For every line on stdin one line of JSON comes back: what they got since the last one.
"""

import asyncio
import json
import sys
from collections import Counter
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

got: Counter[str] = Counter()


class Client:
    """One console: its rows by kind and id, and the number of the last frame."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._rows: dict[tuple[str, str], dict[str, Any]] = {}
        self._seq: int | None = None

    async def run(self) -> None:
        """Take frames for ever."""
        async for text in self._socket:
            told = json.loads(text)
            got["messages"] += 1
            got["bytes"] += len(text)
            if isinstance(told, list):
                told = {"rows": told, "type": "snapshot"}
            await self._take(told)

    async def _take(self, frame: dict[str, Any]) -> None:
        kind, seq = frame.get("type"), frame.get("seq")
        if kind == "delta" and self._seq is not None and seq > self._seq + 1:
            got["gaps"] += 1
            await self._socket.send('{"type": "snapshot"}')
        self._seq = seq if seq is not None else self._seq
        for row in frame.get("rows", [frame] if kind is None else []):
            key = (row["kind"], row["id"])
            known = self._rows.get(key)
            if known is None or known["revision"] < row["revision"]:
                self._rows[key] = row
                got["job_changes"] += kind != "snapshot" and row["kind"] == "job"


async def _follow(url: str, headers: dict[str, str], ready: asyncio.Semaphore) -> None:
    async with connect(url, additional_headers=headers, max_size=2**24) as socket:
        ready.release()
        await Client(socket).run()


async def main(url: str, cookie: str, count: int) -> None:
    """Open all of them, then answer."""
    headers = {"Cookie": cookie} if cookie else {}
    ready = asyncio.Semaphore(0)
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as group:
        following = [group.create_task(_follow(url, headers, ready)) for _ in range(count)]
        for _ in range(count):
            await ready.acquire()
        print("{}", flush=True)
        while await loop.run_in_executor(None, sys.stdin.readline):
            print(json.dumps(got), flush=True)
            got.clear()
        for task in following:
            task.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
