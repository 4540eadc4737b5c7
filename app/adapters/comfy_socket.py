"""The ear for one task: its progress and preview frames over ComfyUI's WebSocket, as long as that speaks.

Each ear has a client id of its own: a socket that comes back under an old id is dropped by the server when
the old one ends. So a broken ear is not mended; whoever polls asks the queue and the history instead.
"""

import asyncio
import json
import struct
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

_log = structlog.get_logger(__name__)

_OPEN_SECONDS = 3.0
_MESSAGE_MAX = 8 * 1024 * 1024
_FRAME_MAX = 4 * 1024 * 1024
_PREVIEW, _PREVIEW_WITH_METADATA = 1, 4
_HIGHEST = 99
_ENDS = {"execution_success", "execution_error", "execution_interrupted"}


class Ear:
    """What was heard of one task: `percent`, `ended`, `broken`, whether and when it was spoken of."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._prompt_id = ""
        self._weights: Mapping[str, int] = {}
        self._done: dict[str, float] = {}
        self._frame: bytes | None = None
        self._news = asyncio.Event()
        self._listening: asyncio.Task[None] | None = None
        self.heard_at = time.monotonic()
        self.percent = 0
        self.ended = False
        self.broken = False
        self.heard = False

    @classmethod
    async def open(cls, url: str) -> "Ear | None":
        """Connect and wait until the server knows us; None where it offers no socket."""
        socket: ClientConnection | None = None
        try:
            async with asyncio.timeout(_OPEN_SECONDS):
                # A loopback server refuses foreign Origins; websockets sends none.
                socket = await connect(url, max_size=_MESSAGE_MAX, proxy=None, close_timeout=1)
                await socket.recv()
        except (OSError, TimeoutError, WebSocketException, ValueError) as error:
            _log.warning("comfy_socket_not_open", error=type(error).__name__)
            if socket is not None:
                await socket.close()
            return None
        except BaseException:
            if socket is not None:
                socket.transport.abort()
            raise
        return cls(socket)

    def listen(self, prompt_id: str, weights: Mapping[str, int]) -> None:
        """From now on follow this task, whose nodes weigh so much."""
        self._prompt_id, self._weights = prompt_id, weights
        self.heard_at = time.monotonic()
        self._listening = asyncio.create_task(self._listen())

    async def news(self, seconds: float) -> None:
        """Wait until something was heard since the last time, at most so long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)
        self._news.clear()

    def take_frame(self) -> bytes | None:
        """The newest preview frame that nobody took yet (JPEG or PNG bytes)."""
        frame, self._frame = self._frame, None
        return frame

    async def close(self) -> None:
        """Stop listening."""
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening
        await self._socket.close()

    async def _listen(self) -> None:
        try:
            async for message in self._socket:
                if isinstance(message, bytes):
                    self._see(message)
                else:
                    self._hear(message)
                if self.ended:
                    break
        except (OSError, WebSocketException) as error:
            _log.info("comfy_socket_broke", error=type(error).__name__)
        finally:
            self.broken = not self.ended
            self._news.set()
        await self._socket.close()

    def _told(self) -> None:
        self.heard, self.heard_at = True, time.monotonic()
        self._news.set()

    def _see(self, message: bytes) -> None:
        """A binary frame: a preview picture, with or without a description before it."""
        if not 8 < len(message) <= _FRAME_MAX:
            return
        kind, second = struct.unpack(">II", message[:8])
        if kind == _PREVIEW:
            self._frame = message[8:]
        elif kind == _PREVIEW_WITH_METADATA:
            self._frame = message[8 + second :] or None
        else:
            return
        self._told()

    def _hear(self, message: str) -> None:
        try:
            told = json.loads(message)
            kind, data = told["type"], told["data"]
        except (ValueError, KeyError, TypeError):
            return
        # `status` goes to everybody: it must not make a socket that lost its id look alive.
        if not isinstance(data, dict) or kind == "status":
            return
        if data.get("prompt_id", self._prompt_id) != self._prompt_id:
            return
        if kind in _ENDS or (kind == "executing" and data.get("node", "") is None):
            self.ended = True
        else:
            self._progress(str(kind), data)
        self._told()

    def _progress(self, kind: str, data: Mapping[str, Any]) -> None:
        if kind == "execution_cached":
            for node in data.get("nodes") or ():
                self._done[str(node)] = 1.0
        elif kind == "progress_state":
            for node, state in (data.get("nodes") or {}).items():
                self._reached(str(node), _part(state, finished=state.get("state") == "finished"))
        elif kind == "progress":
            self._reached(str(data.get("node")), _part(data))
        elif kind == "executed":
            self._reached(str(data.get("node")), 1.0)
        whole = sum(self._weights.values()) or 1
        sofar = sum(weight * self._done.get(node, 0.0) for node, weight in self._weights.items())
        self.percent = max(self.percent, min(_HIGHEST, int(100 * sofar / whole)))

    def _reached(self, node: str, part: float) -> None:
        self._done[node] = max(part, self._done.get(node, 0.0))


def _part(state: Mapping[str, Any], *, finished: bool = False) -> float:
    """How much of a node is done; a node that counts no steps says 0 of 1 until it is finished."""
    value, most = state.get("value"), state.get("max")
    if finished:
        return 1.0
    if isinstance(value, int | float) and isinstance(most, int | float) and most > 0:
        return min(1.0, max(0.0, value / most))
    return 0.0
