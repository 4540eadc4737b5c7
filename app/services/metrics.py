"""The numbers of S1, counted from the truth at each scrape: the same whichever web process answers.

Jobs end in worker processes and a web process scrapes them, so counters in memory would each know a part;
the rows know all of it, also after a restart.
"""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import case, extract, func, select

from app.db.tables import Job
from app.db.unit import reading
from app.ports import Ports
from app.services.health import queue_depth

BUCKETS_MS = (250, 500, 1000, 2000, 5000, 10_000, 20_000, 60_000, 120_000, 300_000, 900_000)


class _Counted(Collector):
    """Holds what the last refresh counted, in Prometheus' shape."""

    def __init__(self) -> None:
        self.jobs: list[tuple[str, str, int]] = []
        self.durations: list[tuple[str, list[int], float]] = []

    def collect(self) -> Iterator[Metric]:
        totals = CounterMetricFamily("jobs", "Jobs by status and provider.", labels=["status", "provider"])
        for status, provider, number in self.jobs:
            totals.add_metric([status, provider], number)
        yield totals
        times = HistogramMetricFamily(
            "job_duration_ms", "From queued to succeeded, in milliseconds.", labels=["provider"]
        )
        for provider, counts, total in self.durations:
            edges = [*(str(edge) for edge in BUCKETS_MS), "+Inf"]
            times.add_metric([provider], list(zip(edges, counts, strict=True)), total)
        yield times


REGISTRY = CollectorRegistry()
_depth = Gauge("queue_depth", "Jobs that are queued or running now.", registry=REGISTRY)
_counted = _Counted()
REGISTRY.register(_counted)


async def refresh(ports: Ports) -> None:
    """Count jobs, durations and depth anew."""
    took = extract("epoch", Job.finished_at - Job.created_at) * 1000
    under = [func.count(case((took <= edge, 1))) for edge in BUCKETS_MS]
    async with reading(ports) as db:
        totals = await db.execute(
            select(Job.status, Job.provider, func.count()).group_by(Job.status, Job.provider)
        )
        times = await db.execute(
            select(Job.provider, func.sum(took), func.count(), *under)
            .where(Job.status == "succeeded")
            .group_by(Job.provider)
        )
        _counted.jobs = [(status, provider, number) for status, provider, number in totals]
        _counted.durations = [(row[0], [*row[3:], row[2]], float(row[1] or 0)) for row in times]
    _depth.set(await queue_depth(ports))
