"""Our own WebSockets for the board: /ws/board for screens, /ws/news for programs.

A screen gets a snapshot, then small batches with a running number; it asks for a new snapshot when it sees a
gap. Every client is bounded (the latest of each row), coalesced, and closed when it cannot keep up.
"""

import asyncio
import json
from collections.abc import Awaitable
from contextlib import suppress
from datetime import UTC, datetime

import structlog
from fastapi import APIRouter
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.domain.access import ROLE_ORDER, Principal
from app.ports import Ports
from app.services import accounts, events
from console.board import Key, Scope
from console.live import TICK_SECONDS, Live, Screen

log = structlog.get_logger()
router = APIRouter()

RECHECK_SECONDS = 8.0  # and a tick: out within ten
SEND_SECONDS = 10.0
PART_CHARACTERS = 200_000
CLOSE_SECONDS = 1.0
NOT_SIGNED_IN, NOT_ALLOWED, TOO_SLOW, COME_AGAIN = 4401, 4403, 4408, 1012


@router.websocket("/ws/board")
async def board(socket: WebSocket) -> None:
    """A screen of the console: cookie and Origin were checked by the guard."""
    await _stream(socket, socket.query_params.get("v", "")[:40])


@router.websocket("/ws/news")
async def news(socket: WebSocket) -> None:
    """The same for programs: `Authorization: Bearer` or `?token=`."""
    await _stream(socket)


async def _stream(socket: WebSocket, version: str | None = None) -> None:
    await socket.accept()
    live: Live = socket.app.state.live
    principal: Principal | None = socket.scope["state"].get("principal")
    if principal is None:
        await socket.close(NOT_SIGNED_IN)
        return
    scope = await _scope(socket, live.ports, principal)
    if scope is None:
        await socket.close(NOT_ALLOWED)
        return
    screen = live.open(scope, version)
    try:
        await both(
            _write_board(socket, live, screen, principal, sent=_Sent()), _read_board(socket, live, screen)
        )
    finally:
        live.close(screen)


async def _scope(socket: WebSocket, ports: Ports, principal: Principal) -> Scope | None:
    """What this screen may see: the named event (id or slug), or all of the account's.

    `watch`: a supervisor's screen, which is told of programs and incidents, too.
    """
    booth_id = socket.query_params.get("booth") or None
    wanted = socket.query_params.get("event")
    watches = "watch" in socket.query_params
    if watches and ROLE_ORDER[principal.role] < ROLE_ORDER["supervisor"]:
        return None
    if not wanted:
        return Scope(principal.events, booth_id, watches, principal.events)
    for event in await events.list_for(ports, principal):
        if wanted in (event.id, event.slug):
            return Scope(frozenset({event.id}), booth_id, watches, principal.events)
    return None


async def both(writer: Awaitable[None], reader: Awaitable[None]) -> None:
    """Run both until one ends; a socket that is gone is no error."""
    tasks = {asyncio.ensure_future(writer), asyncio.ensure_future(reader)}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            with suppress(WebSocketDisconnect, RuntimeError, OSError):
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Sent:
    """The running number of a client's frames, and whether it asked for a snapshot."""

    def __init__(self) -> None:
        self.seq = 0


_SNAPSHOT: Key = ("snapshot", "")


async def received(socket: WebSocket) -> str:
    """The next text; empty for bytes. Raises WebSocketDisconnect."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1006))
    return message.get("text") or ""


LAG_MAX_MS = 60_000


def _lag(live: Live, at: object) -> int:
    """How long ago the frame was made that a screen has just answered, by our own clock both times."""
    made = datetime.fromisoformat(str(at))
    lag = (live.ports.clock.now() - made.astimezone(UTC)).total_seconds() * 1000
    return round(min(max(lag, 0.0), LAG_MAX_MS))


async def _read_board(socket: WebSocket, live: Live, screen: Screen) -> None:
    while True:
        text = await received(socket)
        if len(text) > 1000:
            continue
        with suppress(ValueError, RecursionError, OverflowError):
            asked = json.loads(text)
            if not isinstance(asked, dict):
                continue
            if asked.get("type") == "snapshot":
                screen.tell(_SNAPSHOT, False)
                screen.wake.set()
            elif asked.get("type") == "seen":
                screen.lag_ms = _lag(live, asked.get("at"))


async def _write_board(
    socket: WebSocket, live: Live, screen: Screen, principal: Principal, sent: _Sent
) -> None:
    await _until_read(socket, live)
    await _send_snapshot(socket, live, screen, sent)
    loop = asyncio.get_running_loop()
    checked_at = loop.time()
    while True:
        await screen.wake.wait()
        if loop.time() - checked_at > RECHECK_SECONDS:
            checked_at = loop.time()
            if over := await _over(live.ports, principal):
                await socket.close(over)
                return
        if _SNAPSHOT in screen.changed:
            await _send_snapshot(socket, live, screen, sent)
            continue
        changed, gone = screen.take()
        if not changed and not gone:
            await send(socket, _frame(live, "tick", sent.seq))
            continue
        for number, part in enumerate(live.texts(changed, _parts, screen.scope.given)):
            sent.seq += 1
            await send(socket, _frame(live, "delta", sent.seq, part, [] if number else gone))


async def _over(ports: Ports, principal: Principal) -> int | None:
    """Why a screen may not stay: signed out, or its account has other rights by now; it comes back with them.

    While the database is away nobody is thrown out.
    """
    try:
        now = await accounts.as_it_is(ports, principal)
    except Exception as error:
        log.warning("sign_in_not_checked", error=type(error).__name__)
        return None
    if now is None:
        return NOT_SIGNED_IN
    return None if now == principal else COME_AGAIN


async def _until_read(socket: WebSocket, live: Live) -> None:
    """Right after a start the board is not known: a screen keeps what it shows, and hears that it waits."""
    while not live.read.is_set():
        await send(socket, _frame(live, "tick", 0))
        with suppress(TimeoutError):
            async with asyncio.timeout(TICK_SECONDS):
                await live.read.wait()


async def _send_snapshot(socket: WebSocket, live: Live, screen: Screen, sent: _Sent) -> None:
    """All rows of the screen: the first part as the snapshot, what does not fit as deltas right behind it.

    `more` says how many: until the last of them a screen keeps the rows that were not named yet.
    """
    screen.take()
    sent.seq = 0
    keys = [(row.kind, row.id) for row in live.board.within(screen.scope)]
    first, *rest = live.texts(keys, _parts, screen.scope.given)
    await send(socket, _frame(live, "snapshot", 0, first, more=len(rest)))
    for part in rest:
        sent.seq += 1
        await send(socket, _frame(live, "delta", sent.seq, part))


def _parts(rows: list[str]) -> list[str]:
    """Rows in lists of some hundred KiB, at least one: many clients take no message over 1 MiB."""
    parts: list[list[str]] = [[]]
    size = 0
    for row in rows:
        if parts[-1] and size + len(row) > PART_CHARACTERS:
            parts.append([])
            size = 0
        parts[-1].append(row)
        size += len(row)
    return [",".join(part) for part in parts]


def _frame(
    live: Live, kind: str, seq: int, rows: str | None = None, gone: list[Key] | None = None, more: int = 0
) -> str:
    """Written by hand: it is made for each client, up to thirty times a second."""
    text = f'{{"type":"{kind}","seq":{seq},{live.stamp()}'
    if more:
        text += f',"more":{more}'
    if gone is not None:
        text += f',"gone":{json.dumps([{"kind": key[0], "id": key[1]} for key in gone])}'
    return f"{text}}}" if rows is None else f'{text},"rows":[{rows}]}}'


async def send(socket: WebSocket, text: str) -> None:
    """Send a text to a client that reads; one that does not is closed. Raises WebSocketDisconnect."""
    try:
        async with asyncio.timeout(SEND_SECONDS):
            await socket.send_text(text)
    except TimeoutError:
        with suppress(TimeoutError):  # the close, too, waits for a client that does not read
            async with asyncio.timeout(CLOSE_SECONDS):
                await socket.close(TOO_SLOW)
        raise WebSocketDisconnect(TOO_SLOW) from None
