"""Real servers for tests: PostgreSQL with cheap fresh databases, Valkey, pgbouncer. They die with the run."""

import os
import secrets
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from app.adapters.embedded import account as accounts
from app.adapters.embedded import process
from app.adapters.embedded.postgres import EmbeddedPostgres
from app.adapters.embedded.valkey import EmbeddedValkey


class Databases:
    """Fresh databases in one cluster: `template` is migrated once, each test gets a copy of it."""

    def __init__(self, server: EmbeddedPostgres) -> None:
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
def postgres() -> Iterator[EmbeddedPostgres]:
    """A running cluster that does not care for power cuts."""
    with open_folder() as folder, (folder / "postgres.log").open("ab") as log:
        server = EmbeddedPostgres(folder / "postgres", throwaway=True)
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
