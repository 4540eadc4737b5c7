"""/ws/wall/{event}: what the TV in the hall shows, open to everybody; no names, no rows, only pictures."""

import asyncio
import json
import time
from contextlib import suppress

import structlog
from fastapi import APIRouter
from starlette.websockets import WebSocket

from app.domain.errors import PhotobotError
from app.domain.messages import GuestChanged, JobChanged
from app.services import events
from console.board import Scope
from console.live import Live, Screen
from console.socket import both, received, send
from console.walls import Walls

log = structlog.get_logger()
router = APIRouter()

TICK_SECONDS = 5.0
WALL_OVER, TOO_MANY_WALLS, NOT_NOW = 4410, 4429, 1013


@router.websocket("/ws/wall/{event}")
async def wall(socket: WebSocket, event: str) -> None:
    """The whole wall at every change of it, a tick in between."""
    await socket.accept()
    walls: Walls = socket.app.state.walls
    address = socket.client.host if socket.client else ""
    with walls.room.one_more(address) as room:
        if not room:
            await socket.close(TOO_MANY_WALLS)
            return
        try:
            found = await events.for_kiosk(walls.live.ports, event)
            screen = walls.live.open(Scope(frozenset({found.id})))
            try:
                await both(_write(socket, walls, screen, found.id), _drain(socket))
            finally:
                walls.live.close(screen)
        except PhotobotError:
            await socket.close(WALL_OVER)
        except Exception as error:  # the database is away: the screen comes back by itself
            log.warning("wall_not_shown", error=type(error).__name__)
            with suppress(RuntimeError):
                await socket.close(NOT_NOW)


async def _drain(socket: WebSocket) -> None:
    while True:
        await received(socket)


async def _write(socket: WebSocket, walls: Walls, screen: Screen, event_id: str) -> None:
    since, sent = time.monotonic(), ""
    while True:
        shown = await walls.of(event_id, since)
        names = [one.name for one in shown or ()]
        text = json.dumps({"type": "wall", "over": shown is None, "pictures": names})
        await send(socket, text if text != sent else '{"type":"tick"}')
        sent = text
        await _stirred(walls.live, screen)
        since = time.monotonic()


async def _stirred(live: Live, screen: Screen) -> None:
    """Wait until something happened that a wall may show, or until it is time for a tick."""
    with suppress(TimeoutError):
        async with asyncio.timeout(TICK_SECONDS):
            while True:
                await screen.wake.wait()
                changed, gone = screen.take()
                if gone or any(_matters(live.board.get(key)) for key in changed):
                    return


def _matters(row: object) -> bool:
    """A guest decided something, a picture is finished, moved or erased."""
    return isinstance(row, GuestChanged) or (isinstance(row, JobChanged) and row.status == "succeeded")
