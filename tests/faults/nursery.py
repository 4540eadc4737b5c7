"""The tests' side of the nursery: workers forked in an instant, that kill or freeze themselves where told."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.adapters.embedded import process
from tests.fakes.stack import ROOT
from tests.faults.rig import WORKER, Rig


class Nursery:
    """Forks workers of an installation and waits for what becomes of them."""

    def __init__(self, child: "subprocess.Popen[bytes]") -> None:
        self._child = child

    def _ask(self, question: dict[str, Any]) -> Any:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(f"{json.dumps(question)}\n".encode())
        self._child.stdin.flush()
        return json.loads(self._child.stdout.readline())

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
    child = process.spawn(
        [sys.executable, "-m", "tests.fakes.faulty_worker"],
        env={**rig.stack.environment, **more, **environment},
        cwd=ROOT,
        output=subprocess.PIPE,
        death=signal.SIGKILL,
        stdin=subprocess.PIPE,
    )
    try:
        yield Nursery(child)
    finally:
        process.kill_group(child)
        child.wait(10)
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()
