"""Real servers for tests: PostgreSQL with cheap fresh databases, Valkey, pgbouncer. They die with the run."""

import contextlib
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from app.adapters.embedded import account as accounts
from app.adapters.embedded import process
from app.adapters.embedded.postgres import DATABASE, EmbeddedPostgres
from app.adapters.embedded.valkey import EmbeddedValkey
from app.domain.errors import Unavailable

SCRIPT_FAILED = 3
"""How psql ends when the database refused; anything else is a lost connection."""


class _Lost(Unavailable):
    """The connection is gone."""


class TalkingPostgres(EmbeddedPostgres):
    """Its `query` answers as ever, by a psql per database that stays: starting one was most of a question.

    Tests ask while they wait, dozens of times a second.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, throwaway=True)
        self._open: dict[str, subprocess.Popen[bytes]] = {}
        self._turn = threading.Lock()

    def query(self, sql: str, database: str = DATABASE, *, seconds: float = 10.0) -> str:
        """As the embedded server's own; statements one by one. Raises `Unavailable`."""
        with self._turn:
            known = self._open.get(database)
            if known is not None:
                with contextlib.suppress(_Lost):  # ended while nobody asked: as a backend that a test ends
                    return self._answer(known, database, sql, seconds)
            self._open[database] = self._psql(database)
            return self._answer(self._open[database], database, sql, seconds)

    def _answer(self, psql: "subprocess.Popen[bytes]", database: str, sql: str, seconds: float) -> str:
        try:
            return _answer(psql, sql, seconds)
        except Unavailable as error:
            self._forget(database)
            if psql.returncode in (SCRIPT_FAILED, -signal.SIGKILL):
                raise
            raise _Lost(error.code, error.message) from error

    def _psql(self, database: str) -> "subprocess.Popen[bytes]":
        return process.spawn(
            [self._binary("psql"), "-XAtqw", "-v", "ON_ERROR_STOP=1"],
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"} | self._client_environment(database),
            cwd=Path("/"),
            output=subprocess.PIPE,
            stdin=subprocess.PIPE,
        )

    def forget(self, database: str) -> None:
        """Leave a database, so that it can be dropped or copied."""
        with self._turn:
            self._forget(database)

    def _forget(self, database: str) -> None:
        child = self._open.pop(database, None)
        if child is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.communicate(timeout=2)  # no more questions: it ends by itself, and says how
            process.kill_group(child)
            child.wait(10)

    def stop(self) -> bool:
        """As the embedded server's own."""
        for database in list(self._open):
            self.forget(database)
        return super().stop()


def _answer(psql: "subprocess.Popen[bytes]", sql: str, seconds: float) -> str:
    """What psql prints for these statements. Raises `Unavailable` with its words when it ends instead."""
    assert psql.stdin is not None
    assert psql.stdout is not None
    end = secrets.token_hex(8)
    with contextlib.suppress(BrokenPipeError):  # it says why before it ends
        psql.stdin.write(f"{sql}\n;\n\\echo {end}\n".encode())
        psql.stdin.flush()
    said, deadline = b"", time.monotonic() + seconds
    while not said.endswith(f"{end}\n".encode()):
        if not select.select([psql.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise Unavailable("postgres", "The database did not answer in time.")
        more = os.read(psql.stdout.fileno(), 65536)
        if not more:
            raise Unavailable("postgres", said.decode().strip() or "The database refused a query.")
        said += more
    return said.decode().removesuffix(f"{end}\n").strip()


class Databases:
    """Fresh databases in one cluster: `template` is migrated once, each test gets a copy of it."""

    def __init__(self, server: TalkingPostgres) -> None:
        self.server = server

    def create(self, *, template: str = "template0") -> str:
        """A new database, copied from `template` (nobody may be connected to that); its name."""
        name = f"t_{secrets.token_hex(6)}"
        # Copying files costs half of writing every page to the log, which a throwaway cluster has no use for.
        made = f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy"
        self.server.query(made, "postgres", seconds=60)
        return name

    def drop(self, name: str) -> None:
        """Remove a database and whoever is still connected to it."""
        self.server.forget(name)
        self.server.query(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", "postgres", seconds=60)

    @contextmanager
    def fresh(self, *, template: str = "template0") -> Iterator[str]:
        """The address of a database that lives as long as the block."""
        name = self.create(template=template)
        try:
            yield self.server.url(name)
        finally:
            self.drop(name)


@contextmanager
def open_folder() -> Iterator[Path]:
    """A temporary folder that an unprivileged server account may pass through (pytest's own is closed)."""
    folder = Path(tempfile.mkdtemp(prefix="photobot-test-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        for entry in folder.iterdir():
            if entry.is_symlink():  # the server's files stand elsewhere: see account.home
                shutil.rmtree(entry.resolve(), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgres() -> Iterator[TalkingPostgres]:
    """A running cluster that does not care for power cuts."""
    with open_folder() as folder, (folder / "postgres.log").open("ab") as log:
        server = TalkingPostgres(folder / "postgres")
        server.start(log)
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def valkey() -> Iterator[EmbeddedValkey]:
    """A running, empty Valkey."""
    with open_folder() as folder, (folder / "valkey.log").open("ab") as log:
        server = EmbeddedValkey(folder / "valkey")
        server.start(log)
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def pgbouncer(database_url: str) -> Iterator[str]:
    """Debian's pgbouncer in transaction mode before the database; its own address for the same database.

    Raises FileNotFoundError where pgbouncer is not installed (`make test` installs it on Debian).
    """
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if program is None:
        raise FileNotFoundError("pgbouncer is not installed")
    url = make_url(database_url)
    port = process.free_port()
    with open_folder() as folder, (folder / "pgbouncer.log").open("ab") as log:
        account = accounts.for_servers(folder / "files")
        place = accounts.home(folder / "files", account)
        files = {
            place / "users.txt": f'"{url.username}" "{url.password}"\n',
            place / "pgbouncer.ini": _pgbouncer_configuration(url.port or 5432, port, place),
        }
        for path, text in files.items():
            path.write_text(text)
            if account:
                os.chown(path, account.uid, account.gid)
        child = process.spawn(
            [program, str(place / "pgbouncer.ini")],
            env={"PATH": os.defpath},
            cwd=place,
            output=log,
            account=account,
            death=signal.SIGKILL,
        )
        try:
            _await_listener(port)
            yield url.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
        finally:
            process.stop(child, [(signal.SIGQUIT, 5.0)])


def _pgbouncer_configuration(server_port: int, port: int, place: Path) -> str:
    return f"""[databases]
* = host=127.0.0.1 port={server_port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {place / "users.txt"}
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
server_idle_timeout = 2
"""


def _await_listener(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
