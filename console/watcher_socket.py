"""/ws/watcher: a booth laptop tells what its camera does; the server takes one watcher per booth."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import count

import structlog
from fastapi import APIRouter
from pydantic import ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect
from ulid import ULID

from app.domain.errors import PhotobotError
from app.domain.messages import (
    FromWatcher,
    Goodbye,
    Heard,
    Heartbeat,
    Hello,
    PutAway,
    Refused,
    Rescan,
    ToWatcher,
    Welcome,
    from_watcher,
)
from app.ports import Ports
from app.services import booth_tokens, laptop_files, shots, watchers
from app.services.accounts import digest
from app.services.booths import BoothView
from app.services.laptop_files import PutAways
from console.watcher_inbox import Inbox

log = structlog.get_logger()
router = APIRouter()

TOKEN_INVALID, ANOTHER_ACTIVE, BAD_HELLO = 4401, 4409, 4400
SILENCE_SECONDS = 30.0
SEND_SECONDS = 10.0
SILENT_SECONDS = 5.0
"""Nothing heard for so long is shown: more than two heartbeats were missed."""
WISHES_SECONDS = 1.0
PUT_AWAY_EVERY = 5
TRIES = 15
LAST_WORDS_SECONDS = 20.0


@dataclass
class _Link:
    """One watcher's connection, and what the server knows and wants of it; looked up every second."""

    socket: WebSocket
    ports: Ports
    booth: BoothView
    token_id: str
    watcher_id: str = ""
    keep_raw: bool = False
    rescanned_at: datetime | None = None
    heard_at: float = 0.0
    silent: bool = False
    stopped: bool = False
    deaf: bool = False

    async def say(self, message: ToWatcher) -> None:
        """Send; a laptop that takes nothing any more is gone."""
        async with asyncio.timeout(SEND_SECONDS):
            await self.socket.send_text(message.model_dump_json(by_alias=True))


@router.websocket("/ws/watcher")
async def watcher(socket: WebSocket) -> None:
    """One watcher, from Hello to the end of its connection."""
    await socket.accept()
    ports: Ports = socket.app.state.ports
    scheme, _, token = socket.headers.get("authorization", "").partition(" ")
    try:
        opened = await booth_tokens.open_with(ports, token.strip() if scheme.lower() == "bearer" else "")
    except PhotobotError as error:
        await _refuse(socket, error.code, error.message, TOKEN_INVALID)
        return
    try:
        hello = await _next(socket)
    except (ValidationError, TimeoutError, WebSocketDisconnect):
        await socket.close(BAD_HELLO)
        return
    booth = opened.booth
    if not isinstance(hello, Hello) or hello.booth_id != booth.id:
        await _refuse(socket, "WRONG_BOOTH", f"This token belongs to {booth.id}.", TOKEN_INVALID)
        return
    # The same folder on the same laptop is the same watcher, back before its old connection was missed.
    laptop = digest(f"{hello.host}\n{hello.hotfolder}")[:16]
    link = _Link(socket, ports, booth, opened.token_id, f"{laptop}-{ULID()}")
    place = {"host": hello.host, "hotfolder": hello.hotfolder}
    if not await watchers.came(ports, booth.id, link.watcher_id, hello.version[:40], **place):
        message = f"Another watcher is active at {booth.name}. Stop it there first."
        await _refuse(socket, "ANOTHER_WATCHER", message, ANOTHER_ACTIVE)
        return
    log.info("watcher_came", boothId=booth.id, host=hello.host[:80])
    wishes: asyncio.Task[None] | None = None
    try:
        await _learn(link)  # a watcher that comes looks through its folder anyway
        await link.say(Welcome(booth_id=booth.id, booth_name=booth.name))
        link.heard_at = asyncio.get_running_loop().time()
        wishes = asyncio.create_task(_wishes(link))
        await _serve(link)
    except (WebSocketDisconnect, TimeoutError):
        log.info("watcher_went", boothId=booth.id)
    finally:
        if wishes is not None:
            wishes.cancel()
        ended = watchers.stopped if link.stopped else watchers.went
        await asyncio.shield(ended(ports, booth.id, link.watcher_id))


async def _learn(link: _Link) -> tuple[bool, bool]:
    """Look up what is wanted of this watcher: whether it may stay, and whether a rescan was asked since."""
    found = await watchers.wishes(link.ports, link.booth.id, link.token_id)
    asked = found.rescan_asked_at not in (None, link.rescanned_at)
    link.booth, link.keep_raw, link.rescanned_at = found.booth, found.keep_raw, found.rescan_asked_at
    return found.may_stay, asked


async def _wishes(link: _Link) -> None:
    """Tell the watcher what is wanted of it, until its token is revoked: then it is cut off."""
    told = PutAways()
    for look in count():
        try:
            if look % PUT_AWAY_EVERY == 0:
                await _put_aways(link, told)
            await asyncio.sleep(WISHES_SECONDS)
            await _note_silence(link)
            may_stay, rescan = await _learn(link)
            if not may_stay:
                log.info("watcher_cut_off", boothId=link.booth.id)
                message = "This booth token was revoked. Make a new one on the booth's camera page."
                await _refuse(link.socket, "BOOTH_TOKEN_INVALID", message, TOKEN_INVALID)
                return
            if rescan:
                await link.say(Rescan())
        except Exception as error:  # the database is away, or the laptop: its own loop notices that
            log.warning("watcher_wishes_unknown", boothId=link.booth.id, error=type(error).__name__)


async def _put_aways(link: _Link, told: PutAways) -> None:
    """Name the files that may not stay on the laptop; at first all of them, for it may have been away."""
    while True:
        erased, rejected = await laptop_files.put_away_since(link.ports, link.booth.id, told)
        if not erased and not rejected:
            return
        await link.say(PutAway(erased=erased, rejected=rejected))


async def _note_silence(link: _Link) -> None:
    """A laptop without power or network closes no connection: only its silence tells."""
    silent = asyncio.get_running_loop().time() - link.heard_at > SILENT_SECONDS
    if silent and not link.silent:
        await watchers.fell_silent(link.ports, link.booth.id, link.watcher_id)
    link.silent = silent


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


async def _serve(link: _Link) -> None:
    """Read and write side by side: a burst is read while the burst before it is written."""
    inbox = Inbox()
    writer = asyncio.create_task(_write(link, inbox))
    reader = asyncio.create_task(_read(link, inbox))
    try:
        done, _ = await asyncio.wait({writer, reader}, return_when=asyncio.FIRST_COMPLETED)
        if writer not in done:
            # What was said before the connection ended counts.
            await asyncio.wait({writer}, timeout=LAST_WORDS_SECONDS)
        for task in done:
            task.result()
    finally:
        for task in (writer, reader):
            task.cancel()
        await asyncio.gather(writer, reader, return_exceptions=True)


async def _read(link: _Link, inbox: Inbox) -> None:
    try:
        while True:
            link.heard_at = asyncio.get_running_loop().time()
            try:
                message = await _next(link.socket)
            except ValidationError as error:
                log.warning("watcher_message_unreadable", boothId=link.booth.id, errors=error.error_count())
                continue
            if isinstance(message, Hello):
                log.warning("watcher_hello_twice", boothId=link.booth.id)
                continue
            if isinstance(message, Goodbye):
                link.stopped = True
                continue
            if isinstance(message, Heartbeat) and message.sent is not None:
                await _answer(link, message.sent)
            await inbox.put(message)
    finally:
        inbox.close()


async def _answer(link: _Link, sent: float) -> None:
    """Before anything is written: the laptop measures our clock by it."""
    if link.deaf:
        return
    try:
        await link.say(Heard(echo=sent, server_time=link.ports.clock.now(), keep_raw=link.keep_raw))
    except WebSocketDisconnect:
        link.deaf = True  # what it said before it went is still to be read


async def _write(link: _Link, inbox: Inbox) -> None:
    while True:
        taken = await inbox.take()
        if taken is None:
            return
        about, beat = taken
        if about and not await _surely(link, partial(shots.heard, link.ports, link.booth, about)):
            # One of them is wrong: each by itself, so that the others are not lost.
            for one in about:
                await _surely(link, partial(shots.heard, link.ports, link.booth, [one]))
        if beat is not None:
            await _surely(link, partial(watchers.alive, link.ports, link.booth.id, link.watcher_id, beat))


async def _surely(link: _Link, deed: Callable[[], Awaitable[None]]) -> bool:
    """Do it, also over a restart of the database; False where it was refused.

    Whose a shot is depends on when it was seen, so nothing that was said may be lost.
    """
    for left in reversed(range(TRIES)):
        try:
            await deed()
        except PhotobotError as error:
            log.warning("watcher_message_refused", boothId=link.booth.id, code=error.code)
            return False
        except Exception as error:  # the database is away
            log.warning("watcher_message_not_taken", boothId=link.booth.id, error=type(error).__name__)
            if not left:
                raise
            await asyncio.sleep(1)
            continue
        return True
    return False
