"""The tests' side of the nursery: workers forked in an instant, that kill or freeze themselves where told."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from app.adapters.embedded import process
from tests.fakes import loaded
from tests.fakes.stack import ROOT
from tests.faults.rig import WORKER, Rig

PROGRAM = "tests.fakes.faulty_worker"


class Nursery:
    """Forks workers of an installation and waits for what becomes of them."""

    def __init__(self, questions: IO[bytes], answers: IO[bytes]) -> None:
        self._questions = questions
        self._answers = answers

    def _ask(self, question: dict[str, Any]) -> Any:
        self._questions.write(f"{json.dumps(question)}\n".encode())
        self._questions.flush()
        return json.loads(self._answers.readline())

    def worker(self, **told: object) -> int:
        """A worker: `job` it works by id (else it serves), the `point` where it does `how`, `clock` off."""
        return int(self._ask({"fork": told}))

    def wait(self, worker: int) -> str:
        """Wait until it is `killed`, `frozen`, or `ended` with its status."""
        return str(self._ask({"wait": worker}))

    def wake(self, worker: int) -> str:
        """Let a frozen worker go on, and wait for its end."""
        os.kill(worker, signal.SIGCONT)
        return self.wait(worker)

    def stop(self, worker: int) -> str:
        """End a worker as an operator would."""
        os.kill(worker, signal.SIGTERM)
        return self.wait(worker)


@contextmanager
def nursery(rig: Rig, **environment: str) -> Iterator[Nursery]:
    """A nursery for the rig's installation; whoever lives at the end is killed."""
    more = {"FAKE_PROVIDER_URL": rig.provider.url, "WORKER_LOG": str(rig.stack.folder / f"{WORKER}.log")}
    environment = {**rig.stack.environment, **more, **environment}
    questions, answers = rig.stack.folder / "questions", rig.stack.folder / "answers"
    child, files = _piped(environment, questions, answers) if loaded.POSSIBLE else _spawned(environment)
    try:
        yield Nursery(*files)
    finally:
        process.kill_group(child)
        child.wait(10)
        for file in files:
            file.close()
        for path in (questions, answers):
            path.unlink(missing_ok=True)


Talk = tuple["subprocess.Popen[bytes]", tuple[IO[bytes], IO[bytes]]]


def _piped(environment: dict[str, str], questions: Path, answers: Path) -> Talk:
    os.mkfifo(questions)
    os.mkfifo(answers)
    child = loaded.start(PROGRAM, environment=environment, output=answers, typed=questions)
    return child, (questions.open("wb"), answers.open("rb"))  # in the order in which it opens them


def _spawned(environment: dict[str, str]) -> Talk:
    child = process.spawn(
        [sys.executable, "-m", PROGRAM],
        env=environment,
        cwd=ROOT,
        output=subprocess.PIPE,
        death=signal.SIGKILL,
        stdin=subprocess.PIPE,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    return child, (child.stdin, child.stdout)
