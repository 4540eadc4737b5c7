"""From a commit to every open console: `make bench-live`, or `python -m tests.bench.bench_live`.

What is measured. 500 jobs are worked by a real worker whose five stages do nothing, so that fifty stages end
a second. Thirty consoles are open on the live queue: two real browsers (a Chromium each) and 28 clients that
speak the protocol as the page does. `p50_ms`, `p95_ms`: from the moment the changed row was written (the
database's clock, in the transaction that is then committed; all on one machine) to the moment the browser's
DOM shows it (`live/painted.js`). `server_cpu_pct`: processor time of the web process, 100 is one core.
`bytes_per_s_client`: text a client was sent, before compression. `loop_lag_p95_ms`: how late the web's event
loop came round, from its own /metrics.

In the same run, in turns, the same thirty consoles open a bare Starlette page with one WebSocket that passes
each row on as it comes over Redis (`live/raw.py`): the same figures with the prefix `raw_`. Both servers run
all the time; only one has consoles. Figures are those of both turns together.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import psutil
from playwright.sync_api import Page, sync_playwright
from prometheus_client.parser import text_string_to_metric_families

from app.db import migrate
from tests.bench.camera.rig import durable_postgres
from tests.bench.live.setup import make_jobs
from tests.bench.report import percentile, report
from tests.fakes import browser as browsers
from tests.fakes import servers
from tests.fakes import stack as stacks
from tests.fakes.board_client import cookie_of
from tests.fakes.stack import OPERATOR, Stack, wait_for

JOBS, BROWSERS, CLIENTS = 500, 2, 28
SECONDS, TURNS, WARM_SECONDS = 10.0, 2, 2.0
SCRIPT = "tests/bench/live/painted.js"


@dataclass
class Side:
    """One of the two that are compared, and what was measured of it."""

    name: str
    page: str
    socket: str
    metrics: str
    cookie: str
    process: psutil.Process
    delays: list[float] = field(default_factory=list)
    shown: list[float] = field(default_factory=list)
    cpu: float = 0.0
    seconds: float = 0.0
    got: dict[str, int] = field(default_factory=dict)
    lag: dict[float, float] = field(default_factory=dict)

    def figures(self) -> dict[str, float]:
        """Named as in the report."""
        per_client = self.seconds * CLIENTS
        found = {
            "p50_ms": percentile(self.delays, 0.5),
            "p95_ms": percentile(self.delays, 0.95),
            "server_cpu_pct": self.cpu / self.seconds * 100,
            "bytes_per_s_client": self.got["bytes"] / per_client,
            "loop_lag_p95_ms": quantile(self.lag, 0.95) * 1000,
            "socket_to_dom_p50_ms": percentile(self.shown, 0.5),
            "changes_per_s_client": self.got["job_changes"] / per_client,
            "messages_per_s_client": self.got["messages"] / per_client,
            "gaps": self.got.get("gaps", 0),
            "measured_changes": len(self.delays),
        }
        return {f"{self.name}{figure}": value for figure, value in found.items()}


def buckets(url: str) -> dict[float, float]:
    """The loop's lag so far: how often at most so many seconds."""
    for family in text_string_to_metric_families(httpx.get(url, timeout=10).text):
        if family.name == "event_loop_lag_seconds":
            return {
                float(sample.labels["le"]): sample.value
                for sample in family.samples
                if sample.name.endswith("_bucket")
            }
    raise AssertionError(f"{url} does not tell the loop's lag")


def quantile(counts: dict[float, float], part: float) -> float:
    """As Prometheus' histogram_quantile: evenly spread within a bucket; of the last one its lower edge."""
    edges = sorted(counts)
    wanted = counts[edges[-1]] * part
    low, below = 0.0, 0.0
    for edge in edges:
        if counts[edge] >= wanted:
            inside = counts[edge] - below
            return low if edge == float("inf") else low + (edge - low) * (wanted - below) / max(inside, 1)
        low, below = edge, counts[edge]
    return low


@contextmanager
def protocol_clients(side: Side) -> Iterator["subprocess.Popen[str]"]:
    """28 consoles in a process of their own."""
    command = [sys.executable, "-m", "tests.bench.live.clients", side.socket, side.cookie, str(CLIENTS)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        ask(child, "")
        yield child
    finally:
        child.terminate()
        child.communicate(timeout=20)


def ask(child: "subprocess.Popen[str]", line: str = "take\n") -> dict[str, int]:
    """What they got since the last time; the first word comes by itself."""
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(line)
    child.stdin.flush()
    found: dict[str, int] = json.loads(child.stdout.readline())
    return found


@contextmanager
def real_browsers(side: Side) -> Iterator[Sequence[Page]]:
    """Two browsers of their own, so that neither page is in the background."""
    with sync_playwright() as playwright, ExitStack() as closing:
        pages = []
        for _ in range(BROWSERS):
            browser = playwright.chromium.launch(executable_path=browsers.chromium(), args=browsers.ARGUMENTS)
            closing.callback(browser.close)
            context = browser.new_context(viewport=browsers.LAPTOP)  # type: ignore[arg-type]
            if side.cookie:
                name, _, value = side.cookie.partition("=")
                origin = side.page.partition("/console")[0]
                context.add_cookies([{"name": name, "value": value, "url": origin}])
            page = context.new_page()
            page.add_init_script(path=SCRIPT)
            page.goto(side.page)
            page.locator("[data-job]").first.wait_for()
            pages.append(page)
        yield pages


def measure(side: Side, stack: Stack, seconds: float) -> None:
    """One turn: open thirty consoles, let the worker work, look on."""
    with protocol_clients(side) as clients, real_browsers(side) as pages:
        worker = stack.start("tests.bench.live.worker")
        try:
            wait_for(lambda: ask(clients).get("job_changes", 0) > CLIENTS, 60)
            pages[0].wait_for_timeout(WARM_SECONDS * 1000)
            for page in pages:
                page.evaluate("benchTake()")
            ask(clients)
            begun, lag, used = time.monotonic(), buckets(side.metrics), side.process.cpu_times()
            pages[0].wait_for_timeout(seconds * 1000)
            now, got = side.process.cpu_times(), ask(clients)
            side.seconds += time.monotonic() - begun
            side.cpu += now.user + now.system - used.user - used.system
            for edge, count in buckets(side.metrics).items():
                side.lag[edge] = side.lag.get(edge, 0.0) + count - lag[edge]
            for name, value in got.items():
                side.got[name] = side.got.get(name, 0) + value
            for page in pages:
                taken: list[list[float]] = page.evaluate("benchTake().taken")
                side.delays += [delay for delay, _ in taken]
                side.shown += [shown for _, shown in taken]
        finally:
            worker.terminate()
            worker.wait(30)


def sides(stack: Stack) -> tuple[Side, Side]:
    """The product's live queue and the bare page, both running."""
    web = stack.web()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    raw = stack.start("tests.bench.live.raw", RAW_PORT=str(port))
    wait_for(lambda: _answers(f"http://127.0.0.1:{port}/metrics"), 30)
    event = stack.client().get("/events").json()["items"][0]["id"]
    cookie = cookie_of(stack, "operator", OPERATOR)
    ours = Side(
        "",
        f"{stack.url}/console/queue",
        f"ws{stack.url.removeprefix('http')}/ws/board?event={event}",
        f"{stack.url}/metrics",
        cookie,
        psutil.Process(web.pid),
    )
    bare = f"127.0.0.1:{port}"
    return ours, Side(
        "raw_", f"http://{bare}/", f"ws://{bare}/ws", f"http://{bare}/metrics", "", psutil.Process(raw.pid)
    )


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def verdict(figures: dict[str, Any]) -> str:
    """The goals, met or not."""
    ratio = figures["cpu_times_raw"]
    goals = {
        f"p95 {figures['p95_ms']:.0f} ms (goal 60)": figures["p95_ms"] <= 60,
        f"CPU {ratio:.2f} x raw (goal 1.5)": ratio <= 1.5,
        f"loop lag p95 {figures['loop_lag_p95_ms']:.1f} ms (goal 50)": figures["loop_lag_p95_ms"] <= 50,
    }
    return "; ".join(f"{words}: {'met' if met else 'NOT met'}" for words, met in goals.items())


def main() -> None:
    """Measure, print, write .bench/live.json."""
    parser = argparse.ArgumentParser(prog="make bench-live", description="see the head of this file")
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"per turn (else {SECONDS:.0f})")
    seconds = parser.parse_args().seconds
    load = os.getloadavg()[0]
    with durable_postgres() as postgres, servers.valkey() as valkey:
        migrate.upgrade(postgres.database_url)
        with stacks.stack(postgres.database_url, valkey.redis_url) as stack:
            make_jobs(postgres.database_url, valkey.redis_url, stack.folder, JOBS)
            ours, raw = sides(stack)
            for _ in range(TURNS):
                for side in (ours, raw):
                    measure(side, stack, seconds)
                    print(f"  {side.name or 'photobot'}: {len(side.delays)} changes seen", flush=True)
    figures = ours.figures() | raw.figures()

    figures["cpu_times_raw"] = figures["server_cpu_pct"] / figures["raw_server_cpu_pct"]
    figures |= {"rows": JOBS, "cores": os.cpu_count() or 0, "load_before": load}
    report("live", figures)
    print(verdict(figures))


if __name__ == "__main__":
    main()
