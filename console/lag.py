"""How late this web process' event loop runs: whatever blocks it blocks every screen at once."""

import asyncio

from prometheus_client import CollectorRegistry, Histogram

EVERY_SECONDS = 0.05
_EDGES = (
    0.001,
    0.002,
    0.003,
    0.005,
    0.0075,
    0.01,
    0.015,
    0.02,
    0.03,
    0.04,
    0.05,
    0.075,
    0.1,
    0.2,
    0.5,
    1,
    2,
    5,
)


def histogram(registry: CollectorRegistry) -> Histogram:
    """`event_loop_lag_seconds`, to be filled by `watch`."""
    return Histogram(
        "event_loop_lag_seconds",
        "How much later than due the event loop came round.",
        buckets=_EDGES,
        registry=registry,
    )


async def watch(lag: Histogram) -> None:
    """Note for ever how late the loop wakes this task."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + EVERY_SECONDS
        await asyncio.sleep(EVERY_SECONDS)
        lag.observe(max(0.0, loop.time() - due))
