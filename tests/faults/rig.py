"""An installation whose styles come from the counting provider: what fault tests break and look into."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy import make_url

from app.adapters.embedded import process
from app.adapters.embedded.postgres import EmbeddedPostgres
from tests.fakes import provider_server as providers
from tests.fakes.provider_server import ProviderServer
from tests.fakes.stack import Stack, first_event, picture, post_job, register, wait_for

WORKER = "tests.fakes.counting_worker"
STYLE = (
    "INSERT INTO styles (id, name_en, name_id, provider, position)"
    " VALUES ('fake', 'Fake', 'Palsu', 'fake', 99) ON CONFLICT DO NOTHING"
)
SMALL = picture(320, 240)


@dataclass
class Rig:
    """Web and provider run; start the workers a test needs."""

    stack: Stack
    provider: ProviderServer
    postgres: EmbeddedPostgres
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.database = make_url(self.stack.environment["DATABASE_URL"]).database or ""
        self.query(STYLE)
        self.operator: httpx.Client = self.stack.client()
        self.event_id = first_event(self.operator)
        self.guest = register(self.operator, self.event_id)
        self._posted = 0

    def query(self, sql: str) -> str:
        """Ask the database."""
        return self.postgres.query(sql, self.database)

    def worker(self) -> "subprocess.Popen[bytes]":
        """Start a worker that knows the fake provider."""
        child = self.stack.worker(WORKER, FAKE_PROVIDER_URL=self.provider.url)
        self.workers.append(child)
        return child

    def post(self, style: str = "fake", **fields: str) -> str:
        """Post a small picture; the job's id."""
        self._posted += 1
        answer = post_job(
            self.operator,
            self.guest,
            self.event_id,
            SMALL,
            styleId=style,
            idempotency_key=f"picture-{self._posted}",
            **fields,
        )
        assert answer.status_code == 202, answer.text
        return str(answer.json()["jobId"])

    def job(self, job_id: str) -> dict[str, Any]:
        """The job as the API tells it."""
        found: dict[str, Any] = self.operator.get(f"/jobs/{job_id}").json()
        return found

    def stage(self, job_id: str, name: str) -> dict[str, Any]:
        """One stage of the job."""
        return next(stage for stage in self.job(job_id)["stages"] if stage["name"] == name)

    def objects(self, job_id: str, name: str) -> int:
        """How many objects of this name the job's runs left in storage."""
        return len(list((self.stack.folder / "data" / "objects").glob(f"events/*/*/{job_id}/{name}-*")))

    def styling(self, job_id: str) -> "subprocess.Popen[bytes]":
        """Wait until the provider works on the job; the worker that holds it."""
        wait_for(lambda: self.provider.polls[job_id] > 0, 30)
        held_by = self.query(f"SELECT worker_id FROM jobs WHERE id = '{job_id}'")
        return next(child for child in self.workers if f"-{child.pid}-" in held_by)

    def outcomes(self, job_id: str, stage: str) -> list[str]:
        """How each try of a stage ended."""
        told = self.query(
            f"SELECT coalesce(outcome, 'open') FROM job_attempts WHERE job_id = '{job_id}'"
            f" AND stage = '{stage}' ORDER BY number"
        )
        return told.split()

    def stalls(self, job_id: str) -> int:
        """How often a worker died on the job without finishing a stage."""
        return int(self.query(f"SELECT stalls FROM jobs WHERE id = '{job_id}'"))

    def hurry(self, job_id: str) -> None:
        """Let the lease of a dead worker be over now."""
        self.query(
            f"UPDATE jobs SET lease_until = clock_timestamp() - interval '1 s' WHERE id = '{job_id}'"
            " AND status = 'running'"
        )

    def said(self, words: str) -> int:
        """How often the workers logged a line with these words."""
        return len(re.findall(re.escape(words), self.stack.log(WORKER)))

    def reset(self) -> None:
        """End the workers and all jobs; the provider is well again."""
        for child in self.workers:
            process.kill_group(child)
            child.wait(10)
        self.workers.clear()
        self.query("UPDATE jobs SET status = 'canceled' WHERE status IN ('queued', 'running')")
        fresh = ProviderServer(self.provider.url, self.provider.picture)
        vars(self.provider).update(vars(fresh))


def kill(child: "subprocess.Popen[bytes]") -> None:
    """As a power cut would."""
    os.killpg(child.pid, signal.SIGKILL)
    child.wait(10)


@contextmanager
def rig(stack: Stack, postgres: EmbeddedPostgres) -> Iterator[Rig]:
    """A rig over a stack that has nothing running yet."""
    with providers.provider_server(picture(600, 400, seed=9)) as provider:
        stack.web()
        made = Rig(stack, provider, postgres)
        yield made
