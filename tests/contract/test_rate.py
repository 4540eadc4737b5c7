"""The rate of calls, kept by all workers together: the shared one and its twin keep the same promises."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import text

from app.db.connect import connect
from app.db.rates import SharedRate
from app.ports import Rate
from tests.fakes.rates import MemoryRate


class RateContract:
    """Tests by the port's promises. A subclass gives `rate`."""

    @pytest.fixture
    def rate(self) -> Rate:
        raise NotImplementedError

    async def test_no_more_than_the_limit_at_once(self, rate: Rate) -> None:
        waits = await asyncio.gather(*(rate.take("a", limit=5, per_seconds=30) for _ in range(12)))
        assert sum(wait == 0.0 for wait in waits) == 5
        assert all(0 < wait <= 30 for wait in waits if wait)

    async def test_keys_are_apart(self, rate: Rate) -> None:
        assert await rate.take("a", limit=1, per_seconds=30) == 0.0
        assert await rate.take("b", limit=1, per_seconds=30) == 0.0
        assert await rate.take("a", limit=1, per_seconds=30) > 0

    async def test_waiting_as_long_as_told_is_enough(self, rate: Rate) -> None:
        for _ in range(3):
            assert await rate.take("a", limit=3, per_seconds=0.4) == 0.0
        wait = await rate.take("a", limit=3, per_seconds=0.4)
        assert 0 < wait <= 0.4
        await asyncio.sleep(wait)
        assert await rate.take("a", limit=3, per_seconds=0.4) == 0.0

    async def test_any_stretch_of_time_holds_the_limit(self, rate: Rate) -> None:
        """A bucket that refills lets nearly twice the limit through; the service counts windows."""
        taken: list[tuple[float, float]] = []
        async with asyncio.timeout(60):
            while len(taken) < 16:
                asked_at = time.monotonic()
                wait = await rate.take("a", limit=4, per_seconds=0.5)
                if wait == 0.0:
                    taken.append((asked_at, time.monotonic()))
                else:
                    await asyncio.sleep(min(wait, 0.05))
        for earlier, later in zip(taken, taken[4:], strict=False):
            assert later[1] - earlier[0] >= 0.5

    async def test_a_smaller_limit_counts_what_was_taken_before(self, rate: Rate) -> None:
        for _ in range(5):
            assert await rate.take("a", limit=5, per_seconds=30) == 0.0
        assert await rate.take("a", limit=2, per_seconds=30) > 0
        assert await rate.take("a", limit=6, per_seconds=30) == 0.0


class TestMemoryRate(RateContract):
    @pytest.fixture
    def rate(self) -> Rate:
        return MemoryRate()


class TestSharedRate(RateContract):
    @pytest.fixture
    async def rate(self, database_url: str) -> AsyncIterator[Rate]:
        engine = connect(database_url)
        yield SharedRate(engine)
        await engine.dispose()

    async def test_two_engines_share_one_limit(self, database_url: str) -> None:
        async with AsyncExitStack() as stack:
            rates = []
            for _ in range(2):
                engine = connect(database_url)
                stack.push_async_callback(engine.dispose)
                rates.append(SharedRate(engine))
            asked = [rate.take("kie", limit=20, per_seconds=60) for rate in rates for _ in range(25)]
            waits = await asyncio.gather(*asked)
        assert sum(wait == 0.0 for wait in waits) == 20

    async def test_it_keeps_no_more_moments_than_it_needs(self, database_url: str) -> None:
        engine = connect(database_url)
        rate = SharedRate(engine)
        for _ in range(9):
            await rate.take("a", limit=3, per_seconds=0.0)
        async with engine.connect() as connection:
            kept = await connection.scalar(text("SELECT cardinality(taken) FROM provider_rates"))
        await engine.dispose()
        assert kept == 3

    async def test_a_clock_that_was_put_back_holds_nobody_up(self, database_url: str) -> None:
        engine = connect(database_url)
        async with engine.begin() as connection:
            await connection.execute(
                text(
                    "INSERT INTO provider_rates VALUES"
                    " ('a', ARRAY[now() + interval '1 hour', now() + interval '1 hour'])"
                )
            )
        assert await SharedRate(engine).take("a", limit=2, per_seconds=10) == 0.0
        await engine.dispose()


PROGRAM = """
import asyncio, sys
from app.db.connect import connect
from app.db.rates import SharedRate

async def main():
    engine = connect(sys.argv[1])
    rate = SharedRate(engine)
    waits = [await rate.take("kie", limit=20, per_seconds=120) for _ in range(15)]
    await engine.dispose()
    print(sum(wait == 0.0 for wait in waits))

asyncio.run(main())
"""


def test_two_processes_share_one_limit(database_url: str) -> None:
    command = [sys.executable, "-c", PROGRAM, database_url]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    taken = [int(child.communicate(timeout=60)[0]) for child in children]
    assert sum(taken) == 20


@pytest.mark.parametrize("moved", [0.0, 9.99, 10.0])
async def test_the_twin_by_a_moved_clock(moved: float) -> None:
    hour = [0.0]
    now: Callable[[], float] = lambda: hour[0]  # noqa: E731 (one line says it)
    rate = MemoryRate(now)
    assert await rate.take("a", limit=1, per_seconds=10) == 0.0
    hour[0] = moved
    wait = await rate.take("a", limit=1, per_seconds=10)
    assert wait == pytest.approx(10 - moved if moved < 10 else 0.0)
