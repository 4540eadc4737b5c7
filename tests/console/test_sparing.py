"""What goes compressed over our WebSockets: large messages only, and every client understands both."""

import asyncio
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection, connect
from websockets.frames import Frame

from app.adapters.embedded import process
from console.sparing import SMALL_BYTES, SparingWebSockets

WORDS = ("small", "large " * SMALL_BYTES, "small again", "", "grüße " * SMALL_BYTES)


async def _echo(socket: WebSocket) -> None:
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(text)


def _listened(client: ClientConnection) -> list[bool]:
    """Whether each message that comes from now on is compressed."""
    (deflate,) = client.protocol.extensions
    compressed, decode = list[bool](), deflate.decode

    def noted(frame: Frame, **given: Any) -> Frame:
        compressed.append(frame.rsv1)
        return decode(frame, **given)

    deflate.decode = noted  # type: ignore[method-assign]
    return compressed


async def test_large_messages_are_compressed_and_small_ones_go_as_they_are() -> None:
    port = process.free_port()
    app = Starlette(routes=[WebSocketRoute("/", _echo)])
    config = uvicorn.Config(app, port=port, log_config=None, lifespan="off", ws=SparingWebSockets)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server._serve())
    try:
        async with asyncio.timeout(20):
            while not server.started:
                await asyncio.sleep(0.01)
            async with connect(f"ws://127.0.0.1:{port}/") as client:
                compressed = _listened(client)
                for words in WORDS:
                    await client.send(words)
                    assert await client.recv() == words
            async with connect(f"ws://127.0.0.1:{port}/", compression=None) as plain:
                await plain.send(WORDS[1])
                assert await plain.recv() == WORDS[1]
    finally:
        server.should_exit = True
        await running
    assert compressed[: len(WORDS)] == [False, True, False, False, True]
