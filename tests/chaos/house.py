"""The installation under fault: real servers, a web, and workers, each with a database role of its own."""

import asyncio
import json
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import redis
from sqlalchemy import make_url

from app.adapters.embedded import process
from app.adapters.embedded.postgres import EmbeddedPostgres
from app.adapters.embedded.valkey import EmbeddedValkey
from app.db import migrate
from app.domain.errors import Unavailable
from app.services.accounts import hash_password
from tests.chaos import journal
from tests.chaos.provider import Books
from tests.chaos.provider import provider as running_provider
from tests.fakes import servers
from tests.fakes import stack as stacks
from tests.fakes.stack import ADMIN, Stack, first_event, wait_for

WORKER = "tests.chaos.worker"
FLEET = 2
SUPERVISOR = "supervisor"
START_SECONDS = 180.0
"""A machine may be busy with other things too."""
DEADLINE_SECONDS = 90
STYLE = (
    "INSERT INTO styles (id, name_en, name_id, provider, position)"
    " VALUES ('chaos', 'Chaos', 'Kacau', 'chaos', 99) ON CONFLICT DO NOTHING"
)


@dataclass
class Worker:
    """One process: its database role, and how far its clock is off."""

    child: "subprocess.Popen[bytes]"
    role: str
    offset: float = 0.0
    ready: bool = False

    @property
    def lives(self) -> bool:
        """Whether it has not ended."""
        return self.child.poll() is None


@dataclass
class House:
    """What faults break. Servers and programs are started by the main thread only: they die with it."""

    stack: Stack
    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey
    books: Books
    web: "subprocess.Popen[bytes]"
    admin: httpx.Client
    operator: httpx.Client
    event_id: str
    random: random.Random
    workers: list[Worker] = field(default_factory=list)
    extra: list[Worker] = field(default_factory=list)
    fired: Counter[str] = field(default_factory=Counter)
    kills: list[tuple[str, float]] = field(default_factory=list)
    zombies: list[tuple[str, float, float]] = field(default_factory=list)
    wrong_clocks: list[str] = field(default_factory=list)
    hired: int = 0
    missing: tuple[str, ...] = ()
    """Kinds of faults that have not happened yet."""
    good: int = 0
    """How many jobs have succeeded, as somebody saw a moment ago."""

    def query(self, sql: str, seconds: float = 10.0) -> str:
        """Ask the database, as nobody of the product. Raises Unavailable."""
        return self.postgres.query(sql, seconds=seconds)

    def hire(self, offset: float = 0.0) -> Worker:
        """Start a worker; it is not waited for."""
        self.hired += 1
        role = f"{journal.ROLES}{self.hired}"
        url = make_url(self.stack.environment["DATABASE_URL"])
        self.query(f"CREATE ROLE {role} SUPERUSER LOGIN PASSWORD '{url.password}'")
        child = self.stack.start(
            WORKER,
            DATABASE_URL=url.set(username=role).render_as_string(hide_password=False),
            CHAOS_PROVIDER_URL=self.books.url,
            CHAOS_CLOCK_OFFSET=str(offset),
        )
        if offset:
            self.wrong_clocks.append(role)
        return Worker(child, role, offset)

    def replace(self, old: Worker, offset: float = 0.0) -> Worker:
        """Put a new worker into the place of one that is gone, frozen, or to go."""
        new = self.hire(offset)
        self.workers[self.workers.index(old)] = new
        return new

    def holds(self, worker: Worker) -> int:
        """How many jobs a worker has right now."""
        with suppress(Unavailable):
            mine = f"status = 'running' AND worker_id LIKE '%-{worker.child.pid}-%'"
            return int(self.query(f"SELECT count(*) FROM jobs WHERE {mine}", 3))
        return 0

    def busy(self) -> list[Worker]:
        """Workers that have jobs; none while the fleet is not whole and at work."""
        if not all(map(self.works, self.workers)):
            return []
        return [one for one in self.workers if self.holds(one)]

    def works(self, worker: Worker) -> bool:
        """Whether it lives and has told so itself."""
        if not worker.ready and worker.lives:
            with suppress(Unavailable):
                told = f"SELECT count(*) FROM workers WHERE id LIKE '%-{worker.child.pid}-%'"
                worker.ready = self.query(told, 3) != "0"
        return worker.lives and worker.ready

    def supervise(self) -> None:
        """Start again what ended by itself, as `photobot up` does."""
        for worker in list(self.workers):
            if not worker.lives:
                self.fired["ended_by_itself"] += 1
                with suppress(Unavailable):
                    self.replace(worker, worker.offset)
        if self.web.poll() is not None:
            self.fired["web_ended_by_itself"] += 1
            self.web = self.stack.start("console")
        for worker in list(self.extra):
            if not worker.lives:
                self.extra.remove(worker)

    def kill(self, worker: Worker) -> None:
        """As a power cut would."""
        os.killpg(worker.child.pid, signal.SIGKILL)
        self.kills.append((worker.role, time.time()))
        worker.child.wait(10)

    def redis(self) -> "redis.Redis":
        """A client of the run's own."""
        return redis.Redis.from_url(self.valkey.redis_url, socket_timeout=2, socket_connect_timeout=2)

    @property
    def objects(self) -> Path:
        """Where the storage's objects lie."""
        return self.stack.folder / "data" / "objects"

    def dismiss(self) -> None:
        """End all workers as an operator would."""
        for worker in (*self.workers, *self.extra):
            with suppress(ProcessLookupError):
                os.kill(worker.child.pid, signal.SIGCONT)
            worker.child.send_signal(signal.SIGTERM)
        for worker in (*self.workers, *self.extra):
            process.stop(worker.child, [(signal.SIGTERM, 20.0)])


def _supervisor() -> dict[str, str]:
    """The account of the one who mends."""
    hashed = asyncio.run(hash_password(ADMIN))
    return {"username": SUPERVISOR, "passwordHash": hashed, "role": "supervisor"}


def answers(stack: Stack) -> bool:
    """Whether the web is there."""
    try:
        return httpx.get(f"{stack.url}/health/live", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def house(seed: int) -> Iterator[House]:
    """Everything started, two workers at work, nothing broken yet."""
    with servers.postgres() as postgres, servers.valkey() as valkey, running_provider(seed) as books:
        migrate.upgrade(postgres.database_url)
        with stacks.stack(
            postgres.database_url,
            valkey.redis_url,
            JOB_DEADLINE_SECONDS=str(DEADLINE_SECONDS),
            OPERATORS_JSON=json.dumps([_supervisor()]),
        ) as stack:
            web = stack.start("console")
            wait_for(lambda: answers(stack), START_SECONDS)
            postgres.query(STYLE)
            postgres.query(journal.INSTALL)
            operator = stack.client()
            made = House(
                stack,
                postgres,
                valkey,
                books,
                web,
                stack.client(SUPERVISOR, ADMIN),
                operator,
                first_event(operator),
                random.Random(f"house {seed}"),
            )
            made.workers = [made.hire() for _ in range(FLEET)]
            wait_for(lambda: stack.log(WORKER).count('"worker_ready"') >= FLEET, START_SECONDS)
            yield made
