"""A nursery of real workers that kill or freeze themselves at a named point of a job's way.

`python -m tests.fakes.faulty_worker` loads everything once and forks a worker for each line it reads, so
that dozens of points cost seconds. A point is `before` or `after` and the name of what a run does there: its
writes to the database (`claim`, `begin framing`, `asked`, `taken`, `settled`, `succeed`; before and after the
commit), to the storage (`put styled`) and at the provider (`submit`, `poll`, `fetch`).
"""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session

from app.ports import Ports, ProviderRequest, ProviderState, Storage
from app.settings import Settings
from app.telemetry import setup_logging
from app.wiring import SystemClock, open_ports
from tasks.engine import Engine
from tasks.worker import LINES, serve
from tests.fakes.counting_worker import NAME, HttpProvider

SECONDS = 400
"""No worker of a test lives longer."""


@dataclass
class Fault:
    """What this worker does to itself, once, and where."""

    point: str = ""
    how: str = "SIGKILL"

    def at(self, when: str, name: str) -> None:
        """The run is here."""
        if self.point == f"{when} {name}":
            self.point = ""
            os.kill(os.getpid(), signal.Signals[self.how])


_WRITES = {
    "stalls = stalls + (found": "claim",
    "SELECT id, to_status": "succeed",
    "INSERT INTO provider_spend": "asked",
    "task_id=": "taken",
    "UPDATE provider_spend": "settled",
}


def watch_commits(fault: Fault) -> None:
    """Before and after the commit of each unit of work that a run's way goes through."""

    def seen(state: ORMExecuteState) -> None:
        statement = str(state.statement)
        if "'stage_started'" in statement:
            state.session.info["doing"] = f"begin {cast(dict[str, Any], state.parameters)['stage']}"
            return
        for words, name in _WRITES.items():
            if words in statement and (name != "taken" or "UPDATE provider_spend" in statement):
                state.session.info["doing"] = name
                return

    event.listen(Session, "do_orm_execute", seen)
    event.listen(Session, "before_commit", lambda db: fault.at("before", db.info.get("doing", "")))
    event.listen(Session, "after_commit", lambda db: fault.at("after", db.info.pop("doing", "")))


_VERBS = {"put_file": "put", "put_bytes": "put", "get_file": "get", "head": "head"}


class FaultyStorage:
    """The storage, with a point before and after each object that is written or looked at."""

    def __init__(self, inner: Storage, fault: Fault) -> None:
        self._inner = inner
        self._fault = fault

    def __getattr__(self, verb: str) -> Any:
        call = getattr(self._inner, verb)
        if verb not in _VERBS:
            return call

        async def watched(key: str, *more: Any, **named: Any) -> Any:
            name = f"{_VERBS[verb]} {key.rpartition('/')[2].partition('-')[0].partition('.')[0]}"
            self._fault.at("before", name)
            answer = await call(key, *more, **named)
            self._fault.at("after", name)
            return answer

        return watched


class FaultyProvider(HttpProvider):
    """The fake provider, with a point before and after each call."""

    def __init__(self, url: str, fault: Fault) -> None:
        super().__init__(url)
        self._fault = fault

    async def submit(self, request: ProviderRequest) -> str:
        """As the provider does."""
        self._fault.at("before", "submit")
        task_id = await super().submit(request)
        self._fault.at("after", "submit")
        return task_id

    async def poll(self, task_id: str) -> ProviderState:
        """As the provider does."""
        self._fault.at("before", "poll")
        state = await super().poll(task_id)
        self._fault.at("after", "poll")
        return state

    async def fetch(self, task_id: str, target: Path) -> None:
        """As the provider does."""
        self._fault.at("before", "fetch")
        await super().fetch(task_id, target)
        self._fault.at("after", "fetch")


class WrongClock(SystemClock):
    """A clock that is off."""

    def __init__(self, seconds: float) -> None:
        self._off = timedelta(seconds=seconds)

    def now(self) -> datetime:
        """The wrong time."""
        return super().now() + self._off


async def _work(told: dict[str, Any]) -> None:
    """Work one job by its id, or serve as workers do; with the fault, and by the clock, that was told."""
    fault = Fault(told.get("point", ""), told.get("how", "SIGKILL"))
    watch_commits(fault)
    setup_logging("worker")
    settings = Settings()
    async with open_ports(settings) as ports:
        fake = FaultyProvider(os.environ["FAKE_PROVIDER_URL"], fault)
        storage = cast(Storage, FaultyStorage(ports.storage, fault))
        providers = {**ports.providers, NAME: fake}
        mine = replace(ports, providers=providers, storage=storage, clock=WrongClock(told.get("clock", 0)))
        try:
            await (_one(mine, told["job"]) if "job" in told else serve(settings, mine))
        finally:
            await fake.close()


async def _one(ports: Ports, job_id: str) -> None:
    engine = Engine(ports, LINES, f"{socket.gethostname()}-{os.getpid()}-faulty")
    await engine.outside.register()
    run = asyncio.create_task(engine.run(job_id))  # as the runner does: a lost lease may cancel the task
    await asyncio.wait({run})
    if not run.cancelled():
        run.result()


def _child(told: dict[str, Any]) -> None:
    """The forked worker: its words go into the log, its life is bounded."""
    log = os.open(os.environ["WORKER_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for output in (1, 2):
        os.dup2(log, output)
    signal.alarm(SECONDS)
    if off := told.get("clock"):
        right = time.time
        time.time = lambda: right() + off
    code = 1
    try:
        asyncio.run(_work(told))
        code = 0
    except BaseException as error:  # told in the log: nobody else is here to hear it
        os.write(2, f"{type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(code)


def _state(pid: int) -> str:
    """Wait until the worker ended or froze; how."""
    _, status = os.waitpid(pid, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        return "frozen"
    return "killed" if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL else f"ended {status}"


def main() -> None:
    """Fork a worker for `{"fork": {...}}`, wait for one for `{"wait": pid}`; each is answered by a line."""
    for line in sys.stdin:
        told = json.loads(line)
        if "fork" in told:
            pid = os.fork()
            if pid == 0:
                _child(told["fork"])
            answer: Any = pid
        else:
            answer = _state(told["wait"])
        os.write(1, f"{json.dumps(answer)}\n".encode())


if __name__ == "__main__":
    main()
