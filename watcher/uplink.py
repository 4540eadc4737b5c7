"""The watcher's one WebSocket: says what it sees, hears whether it is welcome, comes back after a break."""

import asyncio
import base64
import contextlib
import platform
import random
import sqlite3
import ssl
from collections.abc import Awaitable, Callable, Coroutine
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import structlog
from pydantic import ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from app.domain.messages import (
    FileGone,
    FileInvalid,
    Goodbye,
    Heard,
    Heartbeat,
    Hello,
    PhotoSeen,
    PutAway,
    Refused,
    Rescan,
    ToWatcher,
    Welcome,
    to_watcher,
)
from watcher.clock import Clock
from watcher.health import Health
from watcher.ledger import Ledger
from watcher.outbox import About, Outbox, about_end
from watcher.progress import rescued
from watcher.settings import WatcherSettings

log = structlog.get_logger()

CA_WORDS = "Get its authority from the server's page /trust and name it with --ca (PHOTOBOT_CA_FILE)."
_FIRST_WORD_SECONDS = 10.0
_FIRST_HEARD_SECONDS = 1.0
_SEND_SECONDS = 20.0
_TROUBLE_SECONDS = 0.25
_GOODBYE_SECONDS = 1.0
_SLOW_SECONDS = 20.0


class Turned(Exception):
    """The server said no; the message is in its words."""


class Another(Turned):
    """Another watcher is at work at this booth."""


def own_version() -> str:
    """The installed photobot's version."""
    try:
        return version("photobot")
    except PackageNotFoundError:
        return "0"


class Uplink:
    """Keeps the socket open for ever. Uploads do not depend on it, but for `bar`: one booth, one watcher."""

    def __init__(
        self,
        settings: WatcherSettings,
        clock: Clock,
        ledger: Ledger,
        outbox: Outbox,
        health: Health,
        *,
        bar: Callable[[bool], None],
        welcomed: Callable[[], None],
        rescan: Callable[[], None],
        put_away: Callable[[PutAway], Awaitable[None]],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._synced = asyncio.Event()
        self._ledger = ledger
        self._outbox = outbox
        self._health = health
        self.keep_raw = False
        """Whether the booth's event wants RAW files stored beside their shots."""
        self._bar = bar
        self._welcomed = welcomed
        self._rescan = rescan
        self._put_away = put_away
        self._failures = 0
        self._last_words = ""
        self._socket: ClientConnection | None = None

    async def goodbye(self) -> None:
        """Say that a person stopped this watcher; unsaid, it is missed like one that broke."""
        if self._socket is not None:
            with contextlib.suppress(TimeoutError, ConnectionClosed):
                async with asyncio.timeout(_GOODBYE_SECONDS):
                    await self._send(self._socket, Goodbye())

    async def run(self) -> None:
        """Connect, work, come back after a break; never returns."""
        while True:
            slow = False
            another = False
            try:
                await self._connected()
            except Turned as no:
                slow, another = True, isinstance(no, Another)
                self._say(str(no))
            except InvalidStatus as error:
                slow = error.response.status_code < 500
                self._say(_status_words(error.response.status_code))
            except ssl.SSLCertVerificationError as error:
                slow = True
                self._say(f"The server's certificate is not trusted ({error.verify_message}). {CA_WORDS}")
            except (OSError, ConnectionClosed, InvalidHandshake) as error:
                self._say(f"No connection to the server's socket ({type(error).__name__}); uploads go on.")
            except Exception:
                log.exception("the socket failed in a way nobody thought of; uploads go on")
            self._bar(another)
            self._failures += 1
            ceiling = min(self._settings.retry_cap_seconds, 0.5 * 2.0 ** min(self._failures, 10))
            if slow:
                ceiling = max(ceiling, min(_SLOW_SECONDS, self._settings.retry_cap_seconds))
            await asyncio.sleep(random.uniform(ceiling / 2 if slow else 0, ceiling))

    def _say(self, words: str) -> None:
        if words != self._last_words:
            log.warning(words, server=self._settings.server_url, booth=self._settings.booth_id)
        self._last_words = words

    async def _connected(self) -> None:
        token = self._settings.current_token()
        async with connect(
            self._settings.socket_url,
            additional_headers={"Authorization": f"Bearer {token}"} if token else None,
            user_agent_header=f"photobot-watcher/{own_version()}",
            ssl=self._settings.trusted(),
            compression=None,
            open_timeout=10,
            close_timeout=2,
            ping_interval=10,
            ping_timeout=10,
            max_size=64 * 1024,
        ) as socket:
            welcome = await self._introduce(socket)
            self._socket = socket
            self._failures, self._last_words = 0, ""
            log.info("connected to the server", server=self._settings.server_url, booth=welcome.booth_name)
            self._bar(False)
            self._welcomed()
            with contextlib.suppress(sqlite3.Error):  # then at the next connection
                for shot in await self._ledger.untold():
                    self._outbox.put(about_end(shot))
            beat = self._beat(socket, min(max(welcome.heartbeat_seconds, 0.05), 60.0))
            try:
                await _until_one_fails(self._listen(socket), self._speak(socket), beat)
            finally:
                self._socket = None

    async def _introduce(self, socket: ClientConnection) -> Welcome:
        hello = Hello(
            booth_id=self._settings.booth_id,
            version=own_version(),
            host=platform.node()[:100],
            hotfolder=str(self._settings.folder).encode("utf-8", "replace").decode()[:500],
        )
        await self._send(socket, hello)
        async with asyncio.timeout(_FIRST_WORD_SECONDS):
            while True:
                message = await self._receive(socket)
                if isinstance(message, Welcome):
                    return message

    async def _receive(self, socket: ClientConnection) -> ToWatcher | None:
        """The next message; None for one this version does not know. Raises Turned on the server's no."""
        try:
            message = to_watcher.validate_json(await socket.recv())
        except ValidationError:
            return None
        except ConnectionClosed as closed:
            code = closed.rcvd.code if closed.rcvd else 0
            if code == 4401:
                raise Turned("The server does not take this booth's token (PHOTOBOT_TOKEN).") from None
            if code == 4409:
                raise Another("Another watcher is active at this booth; this one keeps asking.") from None
            raise
        if isinstance(message, Refused):
            kind = Another if message.code == "ANOTHER_WATCHER" else Turned
            raise kind(f"The server refused this watcher: {message.message} ({message.code})")
        return message

    async def _listen(self, socket: ClientConnection) -> None:
        while True:
            message = await self._receive(socket)
            if isinstance(message, Rescan):
                log.info("the server asks for a look through the whole hotfolder")
                self._rescan()
            elif isinstance(message, PutAway):
                with contextlib.suppress(sqlite3.Error):  # then it is said once more at the next connection
                    await self._put_away(message)
            elif isinstance(message, Heard):
                self.keep_raw = message.keep_raw
                learned = self._clock.heard(message.echo, message.server_time)
                self._synced.set()
                if learned is not None:
                    with contextlib.suppress(sqlite3.Error):
                        await self._ledger.keep_sync(learned)

    async def _completed(self, message: About) -> About:
        """Times are filled in as late as this: what appeared while the server was away is timed by now; and
        of a file that is no photo, what can be seen of it.
        """
        shot = None if isinstance(message, FileGone) else await self._ledger.find(message.shot_id)
        if shot is None:
            return message
        when = self._clock.appearance(shot.appeared_at, shot.seen, shot.after)
        if not isinstance(message, FileInvalid):
            return message.model_copy(update=vars(when))
        places = [self._settings.folder / shot.path, *([Path(shot.target)] if shot.target else [])]
        preview = base64.b64encode(await asyncio.to_thread(rescued, places)).decode("ascii")
        return message.model_copy(update={**vars(when), "preview": preview or None})

    async def _speak(self, socket: ClientConnection) -> None:
        if not self._clock.knows():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_FIRST_HEARD_SECONDS):
                    await self._synced.wait()
        while True:
            message = await self._outbox.take()
            try:
                await self._send(socket, await self._completed(message))
                if isinstance(message, FileInvalid | FileGone):
                    # Its pong says that all before it has arrived: only then may the ledger forget.
                    async with asyncio.timeout(_SEND_SECONDS):
                        await (await socket.ping())
                    with contextlib.suppress(sqlite3.Error):  # then it is said once more at the next start
                        await self._ledger.mark_told(message.shot_id)
            except BaseException:
                self._outbox.give_back(message)
                raise
            if isinstance(message, PhotoSeen):
                with contextlib.suppress(sqlite3.Error):
                    await self._ledger.mark_announced(message.shot_id)

    async def _beat(self, socket: ClientConnection, seconds: float) -> None:
        """A heartbeat when it is due, and at once when there is trouble or no more."""
        loop = asyncio.get_running_loop()
        while True:
            beat = await self._health.beat()
            await self._send(socket, beat)
            due = loop.time() + seconds
            while loop.time() < due and self._health.trouble() == beat.trouble:  # noqa: ASYNC110 - many causes
                await asyncio.sleep(min(_TROUBLE_SECONDS, seconds))

    async def _send(self, socket: ClientConnection, message: About | Goodbye | Hello | Heartbeat) -> None:
        async with asyncio.timeout(_SEND_SECONDS):
            await socket.send(message.model_dump_json(by_alias=True))


async def _until_one_fails(*works: Coroutine[None, None, None]) -> None:
    """Run them side by side; the first one's error ends them all.

    A TaskGroup would swallow our own cancellation when a connection breaks in that very instant.
    """
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    errors = [error for task in done if (error := task.exception()) is not None]
    raise min(errors, key=lambda error: not isinstance(error, Turned))


def _status_words(status: int) -> str:
    if status >= 500:
        return f"The server's socket answers {status}; trying again, uploads go on."
    if status in (401, 403):
        return (
            "The server does not let this laptop in: check the booth's token (PHOTOBOT_TOKEN), https in "
            "SERVER_URL where the server has it, and that this is the staff's network."
        )
    return f"The server's socket answers {status}; is SERVER_URL right?"
