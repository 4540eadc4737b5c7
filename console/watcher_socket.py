"""/ws/watcher: a booth laptop tells what its camera does; the server takes one watcher per booth."""

import asyncio

import structlog
from fastapi import APIRouter
from pydantic import ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect
from ulid import ULID

from app.domain.errors import PhotobotError
from app.domain.messages import (
    FileGone,
    FileInvalid,
    FileReceiving,
    FromWatcher,
    Heartbeat,
    Hello,
    PhotoSeen,
    Refused,
    Welcome,
    from_watcher,
)
from app.ports import Ports
from app.services import shots, watchers
from app.services.accounts import digest
from app.services.booths import BoothView

log = structlog.get_logger()
router = APIRouter()

TOKEN_INVALID, ANOTHER_ACTIVE, BAD_HELLO = 4401, 4409, 4400
SILENCE_SECONDS = 30.0
TRIES = 15


@router.websocket("/ws/watcher")
async def watcher(socket: WebSocket) -> None:
    """One watcher, from Hello to the end of its connection."""
    await socket.accept()
    ports: Ports = socket.app.state.ports
    scheme, _, token = socket.headers.get("authorization", "").partition(" ")
    try:
        booth = await watchers.of_token(ports, token.strip() if scheme.lower() == "bearer" else "")
    except PhotobotError as error:
        await _refuse(socket, error.code, error.message, TOKEN_INVALID)
        return
    try:
        hello = await _next(socket)
    except (ValidationError, TimeoutError, WebSocketDisconnect):
        await socket.close(BAD_HELLO)
        return
    if not isinstance(hello, Hello) or hello.booth_id != booth.id:
        await _refuse(socket, "WRONG_BOOTH", f"This token belongs to {booth.id}.", TOKEN_INVALID)
        return
    # The same folder on the same laptop is the same watcher, back before its old connection was missed.
    laptop = digest(f"{hello.host}\n{hello.hotfolder}")[:16]
    watcher_id = f"{laptop}-{ULID()}"
    if not await watchers.came(ports, booth.id, watcher_id, hello.version[:40]):
        message = f"Another watcher is active at {booth.name}. Stop it there first."
        await _refuse(socket, "ANOTHER_WATCHER", message, ANOTHER_ACTIVE)
        return
    log.info("watcher_came", boothId=booth.id, host=hello.host[:80])
    try:
        await socket.send_text(
            Welcome(booth_id=booth.id, booth_name=booth.name).model_dump_json(by_alias=True)
        )
        await _serve(socket, ports, booth, watcher_id)
    except (WebSocketDisconnect, TimeoutError):
        log.info("watcher_went", boothId=booth.id)
    finally:
        await asyncio.shield(watchers.went(ports, booth.id, watcher_id))


async def _refuse(socket: WebSocket, code: str, message: str, close_code: int) -> None:
    await socket.send_text(Refused(code=code, message=message).model_dump_json(by_alias=True))
    await socket.close(close_code)


async def _next(socket: WebSocket) -> FromWatcher:
    """The next message. Raises ValidationError (bytes, too), WebSocketDisconnect, TimeoutError."""
    async with asyncio.timeout(SILENCE_SECONDS):
        message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1006))
    return from_watcher.validate_json(message.get("text") or "")


async def _serve(socket: WebSocket, ports: Ports, booth: BoothView, watcher_id: str) -> None:
    while True:
        try:
            message = await _next(socket)
        except ValidationError as error:
            log.warning("watcher_message_unreadable", boothId=booth.id, errors=error.error_count())
            continue
        await _take_surely(ports, booth, watcher_id, message)


async def _take_surely(ports: Ports, booth: BoothView, watcher_id: str, message: FromWatcher) -> None:
    """Take a message, also over a restart of the database: whose shot it is depends on when it was seen."""
    for left in reversed(range(TRIES)):
        try:
            await _take(ports, booth, watcher_id, message)
        except PhotobotError as error:
            log.warning("watcher_message_refused", boothId=booth.id, code=error.code)
        except Exception as error:  # the database is away
            log.warning("watcher_message_not_taken", boothId=booth.id, error=type(error).__name__)
            if not left:
                raise
            await asyncio.sleep(1)
            continue
        return


async def _take(ports: Ports, booth: BoothView, watcher_id: str, message: FromWatcher) -> None:
    match message:
        case Heartbeat():
            await watchers.alive(
                ports, booth.id, watcher_id, pending=message.pending, free_bytes=message.free_bytes
            )
        case FileReceiving():
            await shots.receiving(ports, booth, message)
        case PhotoSeen():
            await shots.seen(ports, booth, message)
        case FileInvalid():
            await shots.invalid(ports, booth, message)
        case FileGone():
            await shots.gone(ports, booth, message.shot_id)
        case Hello():
            log.warning("watcher_hello_twice", boothId=booth.id)
