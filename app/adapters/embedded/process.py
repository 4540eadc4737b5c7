"""Child processes that end when we end: start, stop step by step, find leftovers, find a free port."""

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO

import psutil

from app.adapters.embedded.account import Account
from app.domain.errors import Unavailable

PORTS = range(20_000, 32_000)  # below the ephemeral range: no outgoing connection can take one of these


def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    output: int | IO[bytes],
    account: Account | None = None,
    death: signal.Signals = signal.SIGTERM,
    stdin: int = subprocess.DEVNULL,
) -> "subprocess.Popen[bytes]":
    """Start `argv` in its own process group, stdout and stderr into `output`.

    On Linux the kernel sends `death` to the child when the thread that called this ends, so call it from
    the main thread. Elsewhere a killed parent leaves the child behind until `leftovers` finds it.
    """
    command = list(argv)
    wrapper = _setpriv()
    if wrapper:
        rights = [f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups"] if account else []
        # The parent may have died before the kernel was asked to tell of that, so the child looks once more.
        still_ours = ["/bin/sh", "-c", '[ "$PPID" = "$0" ] && exec "$@"', str(os.getpid())]
        asked = f"--pdeathsig={death.name.removeprefix('SIG')}"
        command = [wrapper, *rights, asked, "--", *still_ours, *command]
        account = None
    return subprocess.Popen(
        command,
        env=dict(env),
        cwd=cwd,
        stdin=stdin,
        stdout=output,
        stderr=subprocess.STDOUT,
        process_group=0,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )


@cache
def _setpriv() -> str | None:
    """setpriv where it is the full one (busybox's knows no --pdeathsig)."""
    path = shutil.which("setpriv") if sys.platform == "linux" else None
    if path is None:
        return None
    about = subprocess.run([path, "--help"], capture_output=True, text=True, timeout=10, check=False)
    return path if "--pdeathsig" in about.stdout and "--reuid" in about.stdout else None


def stop(child: "subprocess.Popen[bytes]", steps: Iterable[tuple[signal.Signals, float]]) -> bool:
    """Send each signal and wait its seconds; SIGKILL to the whole group last. True: it went without that."""
    for number, seconds in steps:
        if child.poll() is not None:
            return True
        child.send_signal(number)
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
        return True
    if child.poll() is not None:
        return True
    kill_group(child)
    child.wait(10)
    return False


def kill_group(child: "subprocess.Popen[bytes]") -> None:
    """SIGKILL to the child and whatever it started in its group."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def leftovers(name: str, cwd: Path) -> list[psutil.Process]:
    """Processes called `name` whose working folder is `cwd`, parents before their children."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.name().startswith(name) and Path(process.cwd()) == cwd:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return sorted(found, key=lambda process: process.create_time())


def stop_leftovers(name: str, cwd: Path, steps: Iterable[tuple[signal.Signals, float]]) -> int:
    """Stop the server a killed photobot left behind in `cwd`; the caller holds the data folder's lock.

    Returns how many processes there were. Raises `Unavailable` when one survives SIGKILL.
    """
    found = leftovers(name, cwd)
    # A server's first process stops its own helpers; only SIGKILL has to be given to each.
    return end(found, found[:1], steps)


def end(
    found: Sequence[psutil.Process],
    told: Sequence[psutil.Process],
    steps: Iterable[tuple[signal.Signals, float]],
) -> int:
    """Give each signal to those `told` and wait its seconds for all that were found; SIGKILL to all last.

    Returns how many there were. Raises `Unavailable` when one survives even that.
    """
    for number, seconds in (*steps, (signal.SIGKILL, 5.0)):
        if not any(map(_lives, found)):
            return len(found)
        for child in found if number is signal.SIGKILL else told:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.send_signal(number)
        deadline = time.monotonic() + seconds
        while any(map(_lives, found)) and time.monotonic() < deadline:
            time.sleep(0.02)
    alive = [child for child in found if _lives(child)]
    if alive:
        raise Unavailable(
            "leftover", f"A process of an earlier run ({alive[0].pid}) still works and cannot be stopped."
        )
    return len(found)


def _lives(process: psutil.Process) -> bool:
    """Still at work; a dead child nobody has collected yet (as in many containers) is not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def free_port(preferred: int | None = None) -> int:
    """A loopback TCP port nobody listens on: `preferred` when it is free, else one below 32768."""
    tries = random.sample(PORTS, 50)
    for port in [preferred, *tries] if preferred else tries:
        if is_free("127.0.0.1", port):
            return port
    raise Unavailable("no_port", "No free TCP port between 20000 and 32000 on this machine.")


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen on host and port now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
