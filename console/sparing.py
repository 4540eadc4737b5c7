"""uvicorn's WebSockets, with small messages sent as they are."""

from collections.abc import Sequence
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.extensions import Extension, ServerExtensionFactory
from websockets.frames import Frame
from websockets.typing import ExtensionParameter

SMALL_BYTES = 4096
"""Compressing a frame of one or two rows took a third of what sending it costs, for some hundred bytes."""


class SparingWebSockets(WebSocketsSansIOProtocol):
    """Compresses snapshots and large batches only: RFC 7692 lets each message choose."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.conn.available_extensions = [_Factory(one) for one in self.conn.available_extensions or ()]


class _Factory(ServerExtensionFactory):
    def __init__(self, inner: ServerExtensionFactory) -> None:
        self.name = inner.name
        self._inner = inner

    def process_request_params(
        self, params: Sequence[ExtensionParameter], accepted_extensions: Sequence[Extension]
    ) -> tuple[list[ExtensionParameter], Extension]:
        answer, extension = self._inner.process_request_params(params, accepted_extensions)
        return answer, _Sparing(extension)


class _Sparing(Extension):
    def __init__(self, inner: Extension) -> None:
        self.name = inner.name
        self._inner = inner

    def encode(self, frame: Frame) -> Frame:
        """A message is one frame here: uvicorn sends none in pieces."""
        return frame if len(frame.data) < SMALL_BYTES else self._inner.encode(frame)

    def decode(self, frame: Frame, *, max_size: int | None = None) -> Frame:
        return self._inner.decode(frame, max_size=max_size)
