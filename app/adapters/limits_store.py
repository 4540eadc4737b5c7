"""Rate limits in moving windows, counted in Redis so that all web processes share them."""

import asyncio
import time

import structlog
from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import ConnectionPool

from app.adapters.redis_pause import Pause
from app.ports import Verdict

log = structlog.get_logger()


class _Storage(RedisStorage):
    """Theirs, without the two other clients that it would load as well: half of what a start took."""

    DEPENDENCIES = {"redis": RedisStorage.DEPENDENCIES["redis"]}  # noqa: RUF012 (theirs is no ClassVar)


class WindowLimiter:
    """The Limiter port over `limits`. When Redis is away everybody is let in: a booth must go on."""

    def __init__(self, url: str, *, pause: Pause | None = None) -> None:
        self._pool = ConnectionPool.from_url(url, socket_timeout=2, socket_connect_timeout=1)
        self._storage = _Storage(
            f"async+{url}",
            implementation="redispy",
            connection_pool=self._pool,  # type: ignore[arg-type]  # their hint forgets what they document
        )
        self._pause = pause or Pause()
        self._windows = MovingWindowRateLimiter(self._storage)

    async def hit(self, key: str, *, limit: int, per_seconds: int) -> Verdict:
        """Count one hit; refused when the window is full."""
        if self._pause.is_on:
            return Verdict(True)
        window = RateLimitItemPerSecond(limit, per_seconds)
        try:
            async with asyncio.timeout(1):
                if await self._windows.hit(window, key):
                    return Verdict(True)
                stats = await self._windows.get_window_stats(window, key)
        except Exception as error:  # whatever the store dies of, the queue of guests must not stand still
            self._pause.begin()
            log.warning("limits_away", error=type(error).__name__)
            return Verdict(True)
        return Verdict(False, max(1, round(stats.reset_time - time.time())))

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.aclose()
