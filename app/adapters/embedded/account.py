"""Which account an embedded server runs as, and where its files may stand so that this account reaches them.

PostgreSQL refuses root. As root, both servers run under an unprivileged account instead; a folder below a
closed parent (/root is 0700) would be out of its reach, and opening that parent to everybody is not ours to
do. Then the files stand in /var/lib/photobot and the data folder holds a link to them.
"""

import hashlib
import os
import pwd
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.domain.errors import Unavailable

STATE = Path("/var/lib/photobot")
CANDIDATES = ("photobot", "postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """An unprivileged account of this machine."""

    name: str
    uid: int
    gid: int


def for_servers(folder: Path) -> Account | None:
    """The account for servers whose files stand in `folder`; None: run as ourselves, we are not root.

    An existing folder keeps its owner. Raises `Unavailable` when no account will do.
    """
    if os.geteuid() != 0:
        return None
    owner = folder.stat().st_uid if folder.exists() else 0
    if owner:
        return _by_uid(owner)
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid:
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise Unavailable(
        "no_account",
        "PostgreSQL does not run as root and this machine has none of the accounts "
        f"{', '.join(CANDIDATES)}: run photobot as an ordinary user, or `useradd --system photobot` first.",
    )


def _by_uid(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError as error:
        raise Unavailable(
            "no_account", f"The database's files belong to user id {uid}, which this machine does not know."
        ) from error
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def reaches(account: Account | None, path: Path) -> bool:
    """Whether `account` may pass through every parent of `path` (and read it, when it is there)."""
    if account is None:
        return True
    path = path.resolve()
    if not all(_allowed(account, parent, stat.S_IXOTH) for parent in path.parents):
        return False
    return not path.exists() or path.stat().st_uid == account.uid or _allowed(account, path, stat.S_IROTH)


def _allowed(account: Account, path: Path, other_bit: int) -> bool:
    facts = path.stat()
    if facts.st_uid == account.uid:
        return bool(facts.st_mode & (other_bit << 6))
    if facts.st_gid == account.gid:
        return bool(facts.st_mode & (other_bit << 3))
    return bool(facts.st_mode & other_bit)


def home(folder: Path, account: Account | None) -> Path:
    """Make `folder` (0700, the account's own) and return where it really stands.

    Where the account cannot reach `folder`, it becomes a link into /var/lib/photobot.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    if account is not None and not folder.is_symlink() and not reaches(account, folder):
        if folder.exists():
            raise Unavailable(
                "out_of_reach",
                f"{folder} exists, but a folder above it is closed to the account {account.name}. "
                f"Move the data folder, e.g. to {STATE}, and name it with --data.",
            )
        mark = hashlib.sha256(str(folder.parent.resolve()).encode()).hexdigest()[:12]
        target = _state() / mark / folder.name
        target.parent.mkdir(mode=0o711, exist_ok=True)
        target.mkdir(mode=0o700, exist_ok=True)
        folder.symlink_to(target)
    real = folder.resolve()
    real.mkdir(mode=0o700, exist_ok=True)
    if account is not None and real.stat().st_uid != account.uid:
        os.chown(real, account.uid, account.gid)
    real.chmod(0o700)
    return real


def programs(package: Path, account: Account | None, *also: Path) -> Path:
    """`package` (a folder of programs) where the account can run it: itself, or a copy in /var/lib/photobot.

    `also` are sibling folders the programs need at the same relative place (their shared libraries).
    """
    probe = next(package.rglob("bin"), package)
    if reaches(account, probe / "any"):
        return package
    mark = hashlib.sha256(f"{package}:{package.stat().st_mtime_ns}".encode()).hexdigest()[:12]
    target = _state() / f"programs-{mark}"
    if target.exists():
        return target / package.name
    with _fresh(target) as fresh:
        for folder in (package, *also):
            shutil.copytree(folder, fresh / folder.name, symlinks=True)
        for path in (fresh, *fresh.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
    return target / package.name


@contextmanager
def _fresh(target: Path) -> Iterator[Path]:
    """A folder beside `target` that takes its place only when it is complete."""
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    try:
        yield fresh
        fresh.rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _state() -> Path:
    STATE.mkdir(mode=0o755, parents=True, exist_ok=True)
    return STATE
