"""The data folder: what stands where, who may read it, and whether an installation runs on it right now."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.adapters.embedded.keep import write_private
from app.domain.errors import Conflict, Unavailable

SECRETS = ("JWT_SECRET",)
"""The other secrets of an installation are derived from these."""


@dataclass(frozen=True)
class Place:
    """One installation's files, all below `data`."""

    data: Path

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def secrets_file(self) -> Path:
        return self.data / "secrets.json"

    @property
    def runtime_file(self) -> Path:
        """Addresses of the running installation; there only while it runs."""
        return self.data / "runtime.json"

    @property
    def lock_file(self) -> Path:
        return self.data / "photobot.lock"

    @property
    def booth_token_file(self) -> Path:
        return self.data / "booth-token.txt"

    @property
    def tls(self) -> Path:
        """The installation's own certificates."""
        return self.data / "tls"

    def password_file(self, username: str) -> Path:
        """Where an account's first password is written down."""
        return self.data / f"{username}-password.txt"

    def make(self) -> None:
        """Make the folder. Raises `Unavailable` when it cannot be written.

        As root others may pass through (not list): the database runs under another account.
        """
        mode = 0o711 if os.geteuid() == 0 else 0o700
        try:
            if not self.data.exists():
                self.data.mkdir(parents=True)
                self.data.chmod(mode)
            self.logs.mkdir(mode=0o700, exist_ok=True)
            probe = self.data / f".probe.{os.getpid()}"
            probe.write_text("")
            probe.unlink()
        except OSError as error:
            raise Unavailable(
                "data_folder",
                f"The data folder {self.data} cannot be written ({error.strerror}). Name another with "
                f"--data, or make it yours: sudo chown -R $(id -un) {self.data}",
            ) from error

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder for one installation. Raises `Conflict` when another one runs on it."""
        with self.lock_file.open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                file.seek(0)
                owner = file.read().strip() or "unknown"
                raise Conflict(
                    "already_up",
                    f"photobot already runs on {self.data} (process {owner}). Stop it first, or start this "
                    "one on another folder: photobot up --data OTHER --port OTHER",
                ) from error
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    def is_held(self) -> bool:
        """Whether an installation runs on this folder now."""
        try:
            with self.lock_file.open() as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def secrets(self) -> dict[str, str]:
        """The installation's own secrets by their environment names, made on first use and then kept."""
        kept = self.kept_secrets()
        missing = {name: secrets.token_urlsafe(48) for name in SECRETS if name not in kept}
        if missing:
            write_private(self.secrets_file, json.dumps(kept | missing, indent=2) + "\n")
        return kept | missing

    def kept_secrets(self) -> dict[str, str]:
        """The secrets on disk; empty before the first `up`."""
        if not self.secrets_file.exists():
            return {}
        try:
            content = json.loads(self.secrets_file.read_text())
        except ValueError as error:
            raise Unavailable(
                "secrets", f"{self.secrets_file} is damaged: restore it from a backup."
            ) from error
        return {str(name): str(value) for name, value in content.items()}

    def write_runtime(self, environment: dict[str, str]) -> None:
        """Note the running installation's addresses for the other commands."""
        write_private(self.runtime_file, json.dumps({"pid": os.getpid(), "environment": environment}) + "\n")

    def forget_runtime(self) -> None:
        self.runtime_file.unlink(missing_ok=True)


def runtime_environment(data: Path) -> dict[str, str]:
    """What a command needs besides its own environment: the running installation's addresses, kept secrets.

    A file left by a killed installation is not believed: the lock tells whether one runs.
    """
    place = Place(data.expanduser().absolute())
    found = {"PHOTOBOT_DATA": str(place.data)}
    try:
        found |= place.kept_secrets()
        if place.is_held():
            found |= json.loads(place.runtime_file.read_text())["environment"]
    except (OSError, ValueError, KeyError):
        pass  # not readable for this account, or just being written: then the environment must say it
    return {name: value for name, value in found.items() if name not in os.environ}
