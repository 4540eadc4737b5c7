"""The embedded servers: ready means ready, stopped means stopped, and a kill leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import psutil
import pytest
import redis

from app.adapters.embedded import account as accounts
from app.adapters.embedded import keep, process
from app.adapters.embedded.postgres import EmbeddedPostgres
from app.adapters.embedded.valkey import EmbeddedValkey
from app.domain.errors import Unavailable
from tests.fakes import servers

OWNER = """
import sys
from pathlib import Path
from app.adapters.embedded.postgres import EmbeddedPostgres
from app.adapters.embedded.valkey import EmbeddedValkey
folder = Path(sys.argv[1])
with (folder / "log").open("ab") as log:
    postgres = EmbeddedPostgres(folder / "postgres", throwaway=True)
    valkey = EmbeddedValkey(folder / "valkey")
    postgres.start(log)
    valkey.start(log)
    print(postgres.process.pid, valkey.process.pid, flush=True)
    sys.stdin.read()
"""

HASTY = """
import os, signal, subprocess, sys
from pathlib import Path
from app.adapters.embedded import process
say = [sys.executable, "-c", "import time; time.sleep(600)"]
with open(os.devnull, "wb") as output:
    children = [process.spawn(say, env=os.environ, cwd=Path.cwd(), output=output) for _ in range(5)]
os.write(1, " ".join(str(child.pid) for child in children).encode())
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with servers.open_folder() as path:
        yield path


def test_what_was_written_is_there_after_a_restart_at_the_same_address(folder: Path) -> None:
    with (folder / "log").open("ab") as log:
        first = EmbeddedPostgres(folder / "postgres", throwaway=True)
        first.start(log)
        first.query("CREATE TABLE kept (word text); INSERT INTO kept VALUES ('pengantin')")
        assert first.stop(), "it went by itself"

        again = EmbeddedPostgres(folder / "postgres", throwaway=True)
        again.start(log)
        try:
            assert again.query("SELECT word FROM kept") == "pengantin"
            assert again.database_url == first.database_url
        finally:
            again.stop()


def test_a_killed_server_starts_again(folder: Path) -> None:
    with (folder / "log").open("ab") as log:
        server = EmbeddedPostgres(folder / "postgres", throwaway=True)
        server.start(log)
        assert server.process is not None
        server.process.kill()
        server.process.wait()
        assert (folder / "postgres").resolve().joinpath("cluster/postmaster.pid").exists()
        server.start(log)
        try:
            assert server.query("SELECT 1") == "1"
        finally:
            server.stop()


def test_another_programs_process_number_in_the_pid_file_does_not_matter(folder: Path) -> None:
    with (folder / "log").open("ab") as log:
        server = EmbeddedPostgres(folder / "postgres", throwaway=True)
        server.start(log)
        server.stop()
        pid_file = (folder / "postgres").resolve() / "cluster" / "postmaster.pid"
        pid_file.write_text(f"{os.getpid()}\n{pid_file.parent}\n")
        server.start(log)
        assert server.stop()


@pytest.mark.faults
def test_servers_of_a_killed_owner_are_gone_or_found(folder: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    assert owner.stdin is not None
    children = [psutil.Process(int(number)) for number in owner.stdout.readline().split()]
    owner.kill()
    owner.communicate()
    with (folder / "log").open("ab") as log:
        postgres, valkey = EmbeddedPostgres(folder / "postgres"), EmbeddedValkey(folder / "valkey")
        postgres.start(log)
        valkey.start(log)
        try:
            assert not any(_works(child) for child in children)
            assert postgres.query("SELECT 1") == "1"
        finally:
            valkey.stop()
            postgres.stop()


@pytest.mark.faults
def test_a_leftover_is_stopped_before_the_next_start(folder: Path) -> None:
    with (folder / "log").open("ab") as log:
        left, next_one = EmbeddedPostgres(folder / "postgres"), EmbeddedPostgres(folder / "postgres")
        left.start(log)
        next_one.start(log)
        try:
            assert left.process is not None
            assert left.process.wait(10) == 0, "a clean stop, not a kill"
            assert next_one.query("SELECT 1") == "1"
        finally:
            next_one.stop()


async def test_a_wrong_password_is_refused(folder: Path) -> None:
    with (folder / "log").open("ab") as log:
        postgres, valkey = (
            EmbeddedPostgres(folder / "postgres", throwaway=True),
            EmbeddedValkey(folder / "valkey"),
        )
        postgres.start(log)
        valkey.start(log)
        try:
            port = keep.port((folder / "postgres").resolve() / "port")
            with pytest.raises(asyncpg.InvalidPasswordError):
                await asyncpg.connect(f"postgresql://photobot:wrong@127.0.0.1:{port}/photobot", timeout=5)
            port = keep.port((folder / "valkey").resolve() / "port")
            with redis.Redis(port=port or 0) as client, pytest.raises(redis.AuthenticationError):
                client.ping()
        finally:
            valkey.stop()
            postgres.stop()


def test_nobody_else_can_read_the_files_and_no_password_is_in_a_command_line(folder: Path) -> None:
    with (folder / "log").open("ab") as log:
        valkey = EmbeddedValkey(folder / "valkey")
        valkey.start(log)
        try:
            place = (folder / "valkey").resolve()
            assert place.stat().st_mode & 0o077 == 0
            assert (place / "password").stat().st_mode & 0o077 == 0
            assert valkey.process is not None
            assert (place / "password").read_text().strip() not in " ".join(
                psutil.Process(valkey.process.pid).cmdline()
            )
        finally:
            valkey.stop()


def test_a_taken_port_is_left_to_its_owner(folder: Path) -> None:
    with (folder / "log").open("ab") as log, servers.valkey() as other:
        taken = int(other.redis_url.rsplit(":", 1)[1].split("/")[0])
        server = EmbeddedValkey(folder / "valkey")
        keep.write_private((folder / "valkey").resolve() / "port", str(taken))
        server.start(log)
        try:
            assert f":{taken}/" not in server.redis_url
        finally:
            server.stop()


def test_a_server_that_cannot_start_says_so(folder: Path) -> None:
    with (folder / "log").open("ab") as log:
        server = EmbeddedPostgres(folder / "postgres", throwaway=True)
        server.start(log)
        server.stop()
        cluster = (folder / "postgres").resolve() / "cluster"
        (cluster / "PG_VERSION").write_text("12\n")
        with pytest.raises(Unavailable, match="PostgreSQL 12"):
            server.start(log)
        (cluster / "PG_VERSION").write_text("18\n")
        (cluster / "global" / "pg_control").unlink()
        with pytest.raises(Unavailable, match="ended at once"):
            server.start(log)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes account")
def test_root_keeps_closed_folders_closed_and_never_runs_the_server_as_root(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = EmbeddedValkey(closed / "valkey")
    place = (closed / "valkey").resolve()
    try:
        with (tmp_path / "log").open("ab") as log:
            server.start(log)
        assert server.process is not None
        assert psutil.Process(server.process.pid).uids().effective != 0
        assert closed.stat().st_mode & 0o077 == 0
        assert accounts.STATE in place.parents
    finally:
        server.stop()
        for entry in place.iterdir():
            entry.unlink()
        place.rmdir()
        place.parent.rmdir()


def test_free_ports_lie_below_the_ephemeral_range() -> None:
    assert process.free_port() < 32768


def _works(child: psutil.Process) -> bool:
    try:
        return child.is_running() and child.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.faults
def test_children_of_a_parent_that_is_killed_at_once_go_too() -> None:
    """A child has to ask the kernel to be told of its parent's death, and the parent may be dead by then."""
    owner = subprocess.run([sys.executable, "-c", HASTY], capture_output=True, text=True, check=False)
    assert owner.returncode == -signal.SIGKILL, owner.stderr
    children = [psutil.Process(int(pid)) for pid in owner.stdout.split() if psutil.pid_exists(int(pid))]
    try:
        deadline = time.monotonic() + 20
        while sys.platform == "linux" and any(_works(child) for child in children):
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        for child in children:
            with suppress(psutil.NoSuchProcess):
                child.kill()


def test_stop_goes_on_to_the_next_signal(folder: Path) -> None:
    ignore = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    stubborn = f"import signal, time; {ignore}; print(1, flush=True); time.sleep(60)"
    child = process.spawn(
        [sys.executable, "-c", stubborn], env=dict(os.environ), cwd=folder, output=subprocess.PIPE
    )
    assert child.stdout is not None
    with child.stdout:
        child.stdout.readline()
        assert not process.stop(child, [(signal.SIGTERM, 0.1)]), "it had to be killed"
    assert child.returncode == -signal.SIGKILL
