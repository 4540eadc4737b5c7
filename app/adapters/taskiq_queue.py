"""Bells over taskiq: one task name for ever, carrying a job's id; the row says all the rest.

The settings are measured ones: a stream read one message at a time (a default of 100 gave one worker all the
jobs), from "0" so that what was sent before the group existed is not lost, trimmed because an ack deletes
nothing, blocking shorter than the socket's timeout, acknowledged on receipt because redelivery is the
sweeper's work.
"""

import asyncio
from collections.abc import AsyncGenerator

import structlog
from redis.exceptions import RedisError, ResponseError
from taskiq import AckableMessage
from taskiq.exceptions import SendTaskError
from taskiq.kicker import AsyncKicker
from taskiq_redis import RedisStreamBroker

from app.adapters.redis_pause import Pause

log = structlog.get_logger()

TASK_NAME = "photobot.job"
STREAM = "photobot:bells"
_AWAY = (RedisError, OSError, asyncio.TimeoutError, SendTaskError)


class BellBroker(RedisStreamBroker):
    """A stream broker whose `listen` outlives Redis: it waits, declares its group again and goes on."""

    _reading: asyncio.Task[object] | None = None

    async def startup(self) -> None:
        """Start also while Redis is away: the sweeper works, `listen` declares the group later."""
        try:
            await super().startup()
        except (RedisError, OSError) as error:
            log.warning("bells_away_at_start", error=type(error).__name__)

    async def listen(self) -> AsyncGenerator[AckableMessage, None]:
        """Bells, for ever. A restart or a flush of Redis loses the group; it is made anew."""
        while True:
            try:
                self._reading = asyncio.current_task()
                async for message in super().listen():
                    yield message
                    self._reading = asyncio.current_task()
            except (RedisError, OSError) as error:
                log.warning("bells_lost", error=type(error).__name__)
                await asyncio.sleep(0.5)
                await self._declare_again()

    def stop_reading(self) -> None:
        """Cancel the read that is under way once more.

        On a busy machine a cancelled read was seen to go on: redis-py reads again, and the receiver, which
        cancels it once, waits for it, shielded, for ever.
        """
        if self._reading is not None:
            self._reading.cancel()

    async def _declare_again(self) -> None:
        try:
            await self._declare_consumer_group()
        except (RedisError, OSError) as error:
            if not isinstance(error, ResponseError):
                log.warning("bells_group_not_declared", error=type(error).__name__)


def broker(url: str) -> BellBroker:
    """The broker that workers listen to and the bell kicks."""
    return BellBroker(
        url,
        queue_name=STREAM,
        consumer_group_name="workers",
        consumer_id="0",
        xread_count=1,
        xread_block=2000,
        maxlen=10_000,
        idle_timeout=24 * 3600 * 1000,
        unacknowledged_lock_timeout=10.0,
        socket_timeout=5,
        socket_connect_timeout=2,
        health_check_interval=10,
    )


class TaskiqBell:
    """The Bell port: a ring is sent within `timeout` seconds or not at all."""

    def __init__(self, url: str, *, timeout: float = 1.0, pause: Pause | None = None) -> None:
        self._broker = broker(url)
        self._timeout = timeout
        self._pause = pause or Pause()

    async def ring(self, job_id: str) -> None:
        """Tell the workers to look at a job; an outage is logged, the sweeper finds the job."""
        if self._pause.is_on:
            return
        kicker: AsyncKicker[[str], None] = AsyncKicker(
            task_name=TASK_NAME, broker=self._broker, labels={"ack_type": "when_received"}
        )
        try:
            async with asyncio.timeout(self._timeout):
                await kicker.kiq(job_id)
            self._pause.end()
        except _AWAY as error:
            self._pause.begin()
            log.warning("ring_not_sent", jobId=job_id, error=type(error).__name__)

    async def close(self) -> None:
        """Close all connections."""
        await self._broker.shutdown()
