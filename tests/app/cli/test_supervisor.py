"""The supervisor: restarts what dies, stops in order, kills at the second signal, and reads logs."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from app.cli import logs
from app.cli.supervisor import Program, Supervisor

TERM = ((signal.SIGTERM, 10.0),)
QUIET = (
    "import signal, sys; print('up', flush=True); signal.sigwait([signal.SIGTERM]); print('down', flush=True)"
)
BLOCKED = "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]); "


def python(code: str, cwd: Path) -> Program:
    return Program([sys.executable, "-u", "-c", BLOCKED + code], dict(os.environ), cwd, TERM)


def within(seconds: float, holds: Callable[[], bool]) -> Callable[[], bool]:
    """A condition for `Supervisor.run` that fails the test instead of waiting for ever."""
    deadline = time.monotonic() + seconds

    def check() -> bool:
        assert time.monotonic() < deadline, "waited too long"
        return holds()

    return check


def wrote(path: Path, text: str, times: int = 1) -> Callable[[], bool]:
    return within(30, lambda: path.exists() and path.read_text().count(text) >= times)


@pytest.fixture(autouse=True)
def _own_handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    assert before == {number: signal.getsignal(number) for number in before}, "handlers are put back"


def test_what_dies_is_started_again_and_said_in_words(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with Supervisor(tmp_path) as supervisor:
        supervisor.start("web", python("print('round'); raise SystemExit(3)", tmp_path))
        supervisor.run(until=wrote(tmp_path / "web.log", "round", times=2))
        assert supervisor.falls("web") >= 1
    assert "web ended (code 3): starting it again in 0.5 s" in capfd.readouterr().out


def test_children_stop_in_the_reverse_order_and_nothing_is_left(tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    tell = f"{QUIET}; open({str(ended)!r}, 'a').write(sys.argv[0] or '')"
    children = {}
    with Supervisor(tmp_path) as supervisor:
        for name in ("postgres", "worker", "web"):
            children[name] = python(tell.replace("sys.argv[0] or ''", repr(name + " ")), tmp_path)
            supervisor.start(name, children[name])
        for name in children:
            supervisor.run(until=wrote(tmp_path / f"{name}.log", "up"))
    assert ended.read_text().split() == ["web", "worker", "postgres"]
    assert all(child.process is not None and child.process.returncode == 0 for child in children.values())


def test_the_first_signal_stops_and_the_second_kills(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    stubborn = "import time; print('up'); time.sleep(600)"
    child = Program(
        [sys.executable, "-u", "-c", BLOCKED + stubborn], dict(os.environ), tmp_path, [(signal.SIGTERM, 60)]
    )

    def press_twice() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        while "Stopping" not in "".join(said):
            said.append(capfd.readouterr().out)
        os.kill(os.getpid(), signal.SIGINT)

    said: list[str] = []
    with Supervisor(tmp_path) as supervisor:
        supervisor.start("worker", child)
        supervisor.run(until=wrote(tmp_path / "worker.log", "up"))
        presser = threading.Thread(target=press_twice)
        presser.start()
        supervisor.run()
    presser.join()
    assert child.process is not None
    assert child.process.returncode == -signal.SIGKILL


@pytest.mark.faults
def test_children_go_with_a_killed_supervisor(tmp_path: Path) -> None:
    owner = f"""
import os, sys
from pathlib import Path
from app.cli.supervisor import Program, Supervisor
here = Path({str(tmp_path)!r})
with Supervisor(here) as supervisor:
    child = Program([sys.executable, "-c", "import time; time.sleep(600)"], dict(os.environ), here, ())
    supervisor.start("web", child)
    print(child.process.pid, flush=True)
    supervisor.run()
"""
    parent = subprocess.Popen([sys.executable, "-c", owner], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    if sys.platform != "linux":
        child.kill()
        parent.kill()
        parent.communicate()
        pytest.skip("only Linux tells children of their parent's death")
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 20
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('{"message": "job_failed", "level": "error", "job": "J1"}', "job_failed job=J1"),
        ('{"message": "slow", "level": "warning", "timestamp": "2026"}', "slow"),
        ('{"message": "worker_ready", "level": "info"}', None),
        ("ValueError: JWT_SECRET must be set", "ValueError: JWT_SECRET must be set"),
        ("2026-11-21 LOG:  checkpoint", None),
        ("[1, 2]", None),
    ],
)
def test_only_what_a_person_must_see_is_shown(line: str, shown: str | None) -> None:
    assert logs.terminal_text(line) == shown


def test_log_files_are_bounded_and_a_flood_is_not_shown(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pump = logs.LogPump("web", tmp_path)
    line = b'{"message": "flood", "level": "error", "filler": "%s"}\n' % (b"x" * 4000)
    for _ in range(6000):
        os.write(pump.write_end, line)
    os.write(pump.write_end, b"y" * 200_000)
    pump.close()
    files = list(tmp_path.glob("web.log*"))
    assert 1 < len(files) <= logs.FILES_KEPT + 1
    assert all(file.stat().st_size <= logs.FILE_BYTES for file in files)
    assert capfd.readouterr().out.count("flood") <= 2 * logs.SHOWN_PER_WINDOW
