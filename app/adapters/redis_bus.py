"""News over Redis pub/sub: published after a commit, heard by every console process. Loses by design."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence

import structlog
from pydantic import ValidationError
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from app.adapters.redis_pause import Pause
from app.domain.messages import LiveRow, live_row
from app.ports import Subscribed

log = structlog.get_logger()

SILENCE_SECONDS = 5.0
_AWAY = (RedisError, OSError, asyncio.TimeoutError)


def channel(row: LiveRow, database: int = 0) -> str:
    """`live:{event}:{booth}`; `-` where a row has no booth.

    Redis' channels know no database number, so another database than 0 stands before it: two installations
    on one server must not hear each other.
    """
    return f"{_space(database)}live:{row.event_id}:{row.booth_id or '-'}"


def _space(database: int) -> str:
    return f"{database}:" if database else ""


class RedisNews:
    """The News port. One subscription per process; publishing never waits longer than `timeout` seconds."""

    def __init__(self, url: str, *, timeout: float = 1.0, pause: Pause | None = None) -> None:
        self._timeout = timeout
        self._pause = pause or Pause()
        self._redis = Redis.from_url(
            url, socket_timeout=5, socket_connect_timeout=2, health_check_interval=10
        )
        self._database = int(self._redis.connection_pool.connection_kwargs.get("db") or 0)

    async def publish(self, rows: Sequence[LiveRow]) -> None:
        """Publish in one round trip; an outage is logged and healed by the readers' watermark."""
        if self._pause.is_on:
            return
        try:
            async with asyncio.timeout(self._timeout), self._redis.pipeline(transaction=False) as pipe:
                for row in rows:
                    pipe.publish(channel(row, self._database), row.model_dump_json(by_alias=True))
                await pipe.execute()
            self._pause.end()
        except _AWAY as error:
            self._pause.begin()
            log.warning("news_not_published", rows=len(rows), error=type(error).__name__)

    async def listen(self) -> AsyncIterator[LiveRow | Subscribed]:
        """For ever: `Subscribed` at each (re)connection, then rows. A lost connection is made again."""
        wait = 0.2
        while True:
            try:
                async with self._redis.pubsub() as pubsub:
                    await pubsub.psubscribe(f"{_space(self._database)}live:*")
                    async for item in self._read(pubsub):
                        wait = 0.2
                        yield item
            except _AWAY as error:
                log.warning("news_lost", error=type(error).__name__)
            await asyncio.sleep(random.uniform(wait / 2, wait))
            wait = min(wait * 2, 3.0)

    async def _read(self, pubsub: PubSub) -> AsyncIterator[LiveRow | Subscribed]:
        """Read with get_message: `listen()` of the library stays dead after a disconnect.

        A line that died without a word (a cable, a frozen server) answers no ping: TimeoutError, and anew.
        """
        heard_at = time.monotonic()
        while True:
            message = await pubsub.get_message(timeout=1.0)
            if message is None:
                if time.monotonic() - heard_at > SILENCE_SECONDS:
                    raise TimeoutError
                await pubsub.ping()
                continue
            heard_at = time.monotonic()
            if message["type"] == "psubscribe":
                yield Subscribed()
            if message["type"] != "pmessage":
                continue
            try:
                yield live_row.validate_json(message["data"])
            except ValidationError:
                log.warning("news_unreadable", channel=str(message["channel"]))

    async def healthy(self) -> bool:
        """Whether Redis answers within two seconds."""
        try:
            async with asyncio.timeout(2):
                return bool(await self._redis.ping())
        except _AWAY:
            return False

    async def close(self) -> None:
        """Close all connections."""
        await self._redis.aclose()
