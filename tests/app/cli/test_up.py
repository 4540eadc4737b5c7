"""`photobot up` as a person meets it: real servers, real programs, one terminal."""

import asyncio
import hashlib
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import httpx
import psutil
import pytest
from sqlalchemy import make_url

from app.adapters.embedded import process
from app.cli.place import runtime_environment
from tests.fakes import servers
from tests.fakes.stack import wait_for

pytestmark = pytest.mark.faults


class Terminal:
    """A running `photobot up` and what it has printed so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = process.free_port()
        self.screen = folder / "screen.txt"
        self.child: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        return dict(os.environ) | {
            "PYTHONPATH": str(Path.cwd()),
            "PUBLIC_URL": f"http://127.0.0.1:{self.port}",
        }

    def run(self, *arguments: str, typed: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
        """A command beside it, to its end."""
        return subprocess.run(
            [sys.executable, "-m", "app.cli", *arguments],
            cwd=self.folder,
            env=self.environment() | environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def up(self, *more: str) -> None:
        """Start and wait until it says that it is ready."""
        with self.screen.open("wb") as screen:
            self.child = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "app.cli",
                    "up",
                    "--port",
                    str(self.port),
                    "--host",
                    "127.0.0.1",
                    *more,
                ],
                cwd=self.folder,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=screen,
                stderr=subprocess.STDOUT,
            )
        self.see("is ready")

    def see(self, words: str) -> None:
        """Wait until the words are on the screen."""
        deadline = time.monotonic() + 90
        while words not in self.screen.read_text():
            assert self.child is not None
            assert self.child.poll() is None, self.screen.read_text()
            assert time.monotonic() < deadline, self.screen.read_text()
            time.sleep(0.05)

    def programs(self) -> list[psutil.Process]:
        assert self.child is not None
        return psutil.Process(self.child.pid).children(recursive=True)

    def program(self, module: str) -> psutil.Process:
        return next(child for child in self.programs() if child.cmdline()[1:3] == ["-m", module])

    def stop(self) -> int:
        assert self.child is not None
        self.child.send_signal(signal.SIGINT)
        return self.child.wait(60)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    with servers.open_folder() as folder:
        made = Terminal(folder)
        yield made
        if made.child is not None and made.child.poll() is None:
            made.child.terminate()
            made.child.wait(60)
        for link in made.data.glob("*"):
            assert not link.is_symlink(), "everything stands in the data folder itself"


def gone(child: psutil.Process) -> bool:
    try:
        return not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def password_hashes(database_url: str) -> list[str]:
    connection = await asyncpg.connect(database_url)
    try:
        return [row[0] for row in await connection.fetch("SELECT password_hash FROM users")]
    finally:
        await connection.close()


def test_an_evening_from_up_to_ctrl_c(terminal: Terminal) -> None:
    terminal.up()
    screen = terminal.screen.read_text()
    assert "/kiosk/photobot" in screen
    password = (terminal.data / "operator-password.txt").read_text().strip()
    assert password not in screen, "a terminal is filmed and scrolled back"
    base = f"http://127.0.0.1:{terminal.port}"
    answer = httpx.post(f"{base}/api/v1/auth/login", json={"username": "operator", "password": password})
    assert answer.status_code == 200

    second = terminal.run("up", "--port", str(process.free_port()))
    assert second.returncode == 1
    assert "already runs" in second.stderr

    added = terminal.run(
        "user", "add", "budi", "--role", "supervisor", "--password-stdin", typed="rahasia-besar\n"
    )
    assert added.returncode == 0, added.stderr
    taken = terminal.run(
        "user", "add", "budi", "--role", "supervisor", "--password-stdin", typed="rahasia-besar\n"
    )
    assert "already an account" in taken.stderr
    login = {"username": "budi", "password": "rahasia-besar"}
    assert httpx.post(f"{base}/api/v1/auth/login", json=login).json()["role"] == "supervisor"

    hashes = asyncio.run(password_hashes(runtime_environment(terminal.data)["DATABASE_URL"]))
    assert hashes
    assert all(one.startswith("$argon2id$v=19$m=65536,t=3,p=4$") for one in hashes), "slow to guess"

    look = terminal.run("doctor")
    assert look.returncode == 0 or "phones cannot reach" in look.stdout, look.stdout + look.stderr

    watcher = " ".join(f"{name}={value}" for name, value in terminal.program("watcher").environ().items())
    secrets = json.loads((terminal.data / "secrets.json").read_text())
    for key in (*secrets.values(), "DATABASE_URL", "REDIS_URL", password):
        assert key not in watcher, "a watcher holds no key of the server's"

    programs = terminal.programs()
    assert terminal.stop() == 0
    assert all(gone(child) for child in programs)
    assert not (terminal.data / "runtime.json").exists()
    assert "was killed" not in terminal.screen.read_text(), "everything went by itself"


def test_up_with_tls_gives_staff_https_and_guests_plain_http(terminal: Terminal) -> None:
    tls_port = process.free_port()
    terminal.up("--tls", "--tls-port", str(tls_port))
    screen = terminal.screen.read_text()
    secure, plain = f"https://127.0.0.1:{tls_port}", f"http://127.0.0.1:{terminal.port}"
    assert f"{secure}/kiosk/photobot" in screen
    assert f"{plain}/trust" in screen
    ca = terminal.data / "tls" / "photobot-ca.crt"
    der = ssl.PEM_cert_to_DER_cert(ca.read_text())
    assert hashlib.sha256(der).digest().hex(":").upper() in screen, "people compare it with their tablet's"
    for file in ("photobot-ca.key", "server.pem"):
        assert (terminal.data / "tls" / file).stat().st_mode & 0o077 == 0

    password = (terminal.data / "operator-password.txt").read_text().strip()
    with httpx.Client(base_url=secure, verify=ssl.create_default_context(cafile=str(ca))) as staff:
        login = {"username": "operator", "password": password}
        assert staff.post("/api/v1/auth/login", json=login).status_code == 200
        parts = lambda: {part["name"]: part["ok"] for part in staff.get("/health").json()["parts"]}  # noqa: E731
        wait_for(lambda: parts()["watchers"] and parts()["workers"], 30, 0.2)
    refused = httpx.post(f"{plain}/api/v1/auth/login", json=login)
    assert (refused.status_code, refused.json()["code"]) == (403, "HTTPS_ONLY")
    assert httpx.get(f"{plain}/r/unknown").status_code == 404

    watcher = terminal.program("watcher").environ()
    assert watcher["SERVER_URL"] == secure
    assert not any(str(terminal.data / "tls" / "server.pem") in value for value in watcher.values())
    look = terminal.run("doctor")
    assert "certificate for 127.0.0.1 until" in look.stdout, look.stdout + look.stderr
    assert "WRONG web" not in look.stdout

    before = ca.read_bytes()
    assert terminal.stop() == 0
    assert "was killed" not in terminal.screen.read_text(), "everything went by itself"
    terminal.up("--tls", "--tls-port", str(tls_port))
    assert ca.read_bytes() == before, "the tablets trust this one"
    assert "authority of its own" not in terminal.screen.read_text()


def test_a_killed_program_comes_back_and_a_killed_up_leaves_a_startable_folder(terminal: Terminal) -> None:
    terminal.up()
    terminal.program("console").kill()
    terminal.see("web ended (killed by SIGKILL): starting it again")
    assert terminal.child is not None
    left = terminal.programs()
    terminal.child.kill()
    terminal.child.wait()

    terminal.up()
    assert all(gone(child) for child in left)
    first = (terminal.data / "operator-password.txt").read_text().strip()
    login = {"username": "operator", "password": first}
    base = f"http://127.0.0.1:{terminal.port}"
    assert httpx.post(f"{base}/api/v1/auth/login", json=login).status_code == 200, (
        "the first password still holds"
    )
    assert terminal.stop() == 0


def test_commands_without_an_installation_say_so(terminal: Terminal) -> None:
    done = terminal.run("user", "passwd", "budi", "--password-stdin", typed="x\n")
    assert done.returncode == 1
    assert "photobot up" in done.stderr
    assert terminal.run("watcher", "--server", "http://127.0.0.1:1", "--booth", "b").returncode == 2


def test_a_database_that_refuses_is_said_in_one_sentence(terminal: Terminal, database_url: str) -> None:
    wrong = make_url(database_url).set(password="wrong").render_as_string(hide_password=False)
    port = str(process.free_port())
    done = terminal.run("up", "--port", port, DATABASE_URL=wrong, REDIS_URL="redis://127.0.0.1:9/0")
    assert done.returncode == 1
    assert "The database cannot be used" in done.stderr
    assert "Traceback" not in done.stderr
    assert "wrong" not in done.stderr
