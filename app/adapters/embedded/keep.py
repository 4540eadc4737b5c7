"""Small facts a server keeps beside its files: its password and the port it had last."""

import os
import secrets
from pathlib import Path

from app.adapters.embedded.account import Account


def secret(path: Path, account: Account | None = None) -> str:
    """The secret kept in `path` (0600), made on first use; `account` may read it too."""
    if path.exists():
        return path.read_text().strip()
    value = secrets.token_urlsafe(24)
    write_private(path, value + "\n", account)
    return value


def port(path: Path) -> int | None:
    """The port kept in `path`, None where there is none to be read."""
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None


def write_private(path: Path, text: str, account: Account | None = None) -> None:
    """Replace `path` by `text` in one step; only its owner may read it, from the first byte on."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if account is not None:
        os.chown(fresh, account.uid, account.gid)
    fresh.replace(path)
