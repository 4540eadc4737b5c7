"""/ws/guest/{token}: one guest's own jobs on their phone, and how long it takes until it is their turn."""

import asyncio
import json
from contextlib import suppress

from fastapi import APIRouter
from starlette.websockets import WebSocket

from app.domain.errors import PhotobotError
from app.services import guest_page
from console.board import Scope
from console.live import Live, Screen
from console.room import Room
from console.socket import both, received, send
from console.waits import Waits

router = APIRouter()

TICK_SECONDS = 5.0
# When the web comes back, hundreds of phones do so at once; operators' requests must not wait behind them.
_READS = asyncio.Semaphore(4)
AT_ONCE, PER_LINK = 5000, 12
"""Open pages in this process: each reads the database when its guest's rows change, and one link that is open
four hundred times made everybody wait for seconds. The rest of the house's connections stay free."""
LINK_OVER, NOT_NOW = 4410, 1013


@router.websocket("/ws/guest/{token}")
async def guest(socket: WebSocket, token: str) -> None:
    """One small document at every change, a tick in between; the last word says why the link is over."""
    await socket.accept()
    room: Room = socket.app.state.guests_room
    with room.one_more(token) as free:
        if free:
            await _show(socket, token)
        else:
            await socket.close(NOT_NOW)  # the page comes back by itself


async def _show(socket: WebSocket, token: str) -> None:
    live: Live = socket.app.state.live
    try:
        page = await _page(live, token)
        screen = live.open(Scope(frozenset({page.event_id})))
        try:
            await both(_write(socket, live, screen, token, page), _drain(socket))
        finally:
            live.close(screen)
    except PhotobotError as error:
        await send(socket, json.dumps({"type": "over", "code": error.code}))
        await socket.close(LINK_OVER)


async def _page(live: Live, token: str) -> guest_page.GuestPage:
    async with _READS:
        return await guest_page.state(live.ports, token)


async def _drain(socket: WebSocket) -> None:
    while True:
        await received(socket)


async def _write(
    socket: WebSocket, live: Live, screen: Screen, token: str, page: guest_page.GuestPage
) -> None:
    waits: Waits = socket.app.state.waits
    kind = "snapshot"
    while True:
        await send(socket, _document(kind, page, waits.of(page)))
        kind = "jobs"
        while not await _concerns(live, screen, page.session_id):
            await send(socket, json.dumps({"type": "tick", "wait": waits.of(page)}))
        page = await _page(live, token)


async def _concerns(live: Live, screen: Screen, session_id: str) -> bool:
    """Wait until a row of this guest changed; False when it was time for a tick."""
    with suppress(TimeoutError):
        async with asyncio.timeout(TICK_SECONDS):
            while True:
                await screen.wake.wait()
                rows = [live.board.get(key) for key in screen.take()[0]]
                if any(row and session_id in (row.id, getattr(row, "session_id", None)) for row in rows):
                    return True
    return False


def _document(kind: str, page: guest_page.GuestPage, wait: dict[str, int | None] | None) -> str:
    jobs = [
        {
            "id": job.id,
            "status": job.status,
            "stage": job.stage,
            "percent": job.percent,
            "hasOutput": job.has_output,
            "styleId": job.style_id,
            "styleName": job.style_name,
            "compares": job.mode == "style" and job.provider != "original",
            "errorCode": job.error_code,
            "revision": job.revision,
            "createdAt": job.created_at.isoformat(),
        }
        for job in page.jobs
    ]
    me = {
        "code": page.guest.code,
        "name": page.guest.guest_name,
        "state": page.guest.state,
        "sentTo": page.guest.sent_to_name,
    }
    more = {"eventName": page.event_name, "stylesLeft": page.styles_left, "wait": wait}
    return json.dumps({"type": kind, "guest": me, "jobs": jobs, **more})
