"""The product's programs, started in an instant: forked from one process that has loaded them all.

`python -m tests.fakes.loaded` loads web, worker and command line once and forks a program for each line it
reads. From there on everything is as in `python -m …`: its own process and group, arguments, environment,
`__main__`, signals, threads and exit status; only its modules are not taken down, that is the
kernel's. Loading costs two to three seconds of a processor and was most of what an installation of a test
cost. Programs started for real are proven by `tests/app/cli/test_up.py`.
"""

import atexit
import ctypes
import gc
import importlib
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from app.adapters.embedded import process

ROOT = Path(__file__).resolve().parents[2]
POSSIBLE = hasattr(os, "pidfd_open")
"""Only Linux lets us wait for a process that is not our child."""


class Forked(subprocess.Popen[bytes]):
    """A program whose parent is the process that forked it; for a test it is as any other child."""

    def __init__(self, pid: int, args: list[str]) -> None:  # nothing is started: no super().__init__
        self.args = args
        self.pid = pid
        self.returncode: int | None = None  # type: ignore[assignment]  # typeshed leaves out "not yet"
        self.stdin = self.stdout = self.stderr = None
        self._end = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """Its exit status once it has ended."""
        return self.returncode if self._ended(0) else None

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status when it has ended. Raises TimeoutExpired."""
        if not self._ended(timeout):
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        assert self.returncode is not None
        return self.returncode

    def _ended(self, seconds: float | None) -> bool:
        if self.returncode is None and select.select([self._end], [], [], seconds)[0]:
            self.returncode = int(_ask({"end": self.pid}))
            os.close(self._end)
        return self.returncode is not None


def start(
    module: str,
    *arguments: str,
    environment: Mapping[str, str],
    output: Path,
    errors: Path | None = None,
    typed: Path | None = None,
) -> "subprocess.Popen[bytes]":
    """Start `python -m module …` as its own group; what it writes is appended to `output` (and `errors`)."""
    files = [str(typed or os.devnull), str(output), str(errors or output)]
    told = {"arguments": [module, *arguments], "environment": dict(environment), "files": files}
    return Forked(int(_ask(told)), [sys.executable, "-m", module, *arguments])


def run(
    module: str, *arguments: str, environment: Mapping[str, str], typed: str = "", seconds: float = 60
) -> "subprocess.CompletedProcess[str]":
    """Run `python -m module …` to its end. Raises TimeoutExpired."""
    with tempfile.TemporaryDirectory() as made:
        said, wrong, lines = (Path(made) / name for name in ("said", "wrong", "typed"))
        lines.write_text(typed)
        child = start(module, *arguments, environment=environment, output=said, errors=wrong, typed=lines)
        try:
            child.wait(seconds)
        finally:
            process.kill_group(child)
        return subprocess.CompletedProcess(child.args, child.wait(10), said.read_text(), wrong.read_text())


def _ask(question: dict[str, Any]) -> Any:
    child = _loaded()
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(f"{json.dumps(question)}\n".encode())
    child.stdin.flush()
    return json.loads(child.stdout.readline())


@cache
def _loaded() -> "subprocess.Popen[bytes]":
    """The process that forks; it dies with this one, and its children with it."""
    child = process.spawn(
        [sys.executable, "-m", "tests.fakes.loaded"],
        env={"PATH": os.environ.get("PATH", os.defpath), "PYTHONWARNINGS": "ignore"},
        cwd=ROOT,
        output=subprocess.PIPE,
        death=signal.SIGKILL,
        stdin=subprocess.PIPE,
    )
    atexit.register(_end, child)
    return child


def _end(child: "subprocess.Popen[bytes]") -> None:
    """No more questions: it ends by itself."""
    child.communicate()


def _become(told: dict[str, Any]) -> None:
    """What the kernel and the interpreter do for a program that is started."""
    os.setpgid(0, 0)
    _die_with_parent()
    for number, (path, flags) in enumerate(zip(told["files"], (os.O_RDONLY, _WRITE, _WRITE), strict=True)):
        opened = os.open(path, flags, 0o644)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 (the old one may have read the next question already)
    os.environ.clear()
    os.environ.update(told["environment"])
    tempfile.tempdir = None
    sys.argv = told["arguments"]


_WRITE = os.O_WRONLY | os.O_CREAT | os.O_APPEND


def _die_with_parent() -> None:
    set_death_signal = 1
    ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL)


def _serve() -> dict[str, Any]:
    """Fork and tell of ends until there is nobody to ask; in a fork: what it shall become."""
    gc.freeze()  # else a fork's first collection would copy every page
    gc.enable()
    for line in sys.stdin:
        told: dict[str, Any] = json.loads(line)
        if "end" in told:
            answer = os.waitstatus_to_exitcode(os.waitpid(told["end"], 0)[1])
        else:
            answer = os.fork()
            if answer == 0:
                return told
            os.setpgid(answer, answer)  # here too: who asked may kill the group before the fork has run
        os.write(1, f"{answer}\n".encode())
    sys.exit()


def main() -> None:
    """Load everything, serve; a fork runs its program as `python -m` would, to its end."""
    gc.disable()  # there is nothing to throw away yet
    atexit.register(_leave)  # before all others: it comes last
    also = "anyio._backends._asyncio"  # which each program would load at its first connection
    for module in ("app.cli.admin", "app.cli.doctor", "app.cli.jobs", "tasks.worker", "console.main", also):
        importlib.import_module(module)
    from sqlalchemy.orm import configure_mappers  # here: who only asks for a program needs none of it

    from tests.fakes import passwords

    configure_mappers()  # else each program does it at its first query: a fifth of a second
    passwords.cheap()
    told = _serve()
    _become(told)
    _run(told["arguments"][0])


_status: list[int] = []
"""What the program ended with, where it ended as programs do."""


def _run(module: str) -> None:
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        _status.append(end.code if isinstance(end.code, int) else int(end.code is not None))
        raise
    _status.append(0)


def _leave() -> None:
    """Threads have ended and all is said. To take down every module would first copy what forks share."""
    if _status:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(_status[0] & 0xFF)


if __name__ == "__main__":
    main()
