"""A real S3 server for tests: `rclone serve s3` over a folder, our own child process on a free low port."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.adapters.embedded import process

ACCESS_KEY = "photobot-test-access"
SECRET_KEY = "photobot-test-secret-0123456789abcdef"
BUCKET = "photobot-test"
_READY_SECONDS = 20.0
_STARTS = 5


@dataclass(frozen=True)
class S3Server:
    """A running server with one empty bucket; `kill` takes it down as a crash would."""

    endpoint_url: str
    child: "subprocess.Popen[bytes]"
    bucket: str = BUCKET
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY

    def kill(self) -> None:
        """End the server at once and wait until it is gone; twice does no harm."""
        process.kill_group(self.child)
        self.child.wait(10)


@contextmanager
def s3_server(folder: Path, port: int | None = None) -> Iterator[S3Server]:
    """Serve `folder` (made if needed) until the block ends; on `port` where one that was killed comes back.

    Raises RuntimeError when it does not start.
    """
    (folder / BUCKET).mkdir(parents=True, exist_ok=True)  # a top folder is a bucket to rclone
    log = folder.with_name(f"{folder.name}.log")
    for _ in range(_STARTS):
        server = _start(folder, log, port)
        try:
            # Between the choice of a port and rclone's bind another test may take it: then anew.
            if _is_ready(server, log):
                yield server
                return
        finally:
            server.kill()
    raise RuntimeError(f"rclone did not start:\n{log.read_text()}")


def _start(folder: Path, log: Path, port: int | None) -> S3Server:
    address = f"127.0.0.1:{process.free_port(port)}"
    command = [
        str(Path(sys.executable).with_name("rclone")),
        "serve", "s3",
        "--addr", address,
        "--auth-key", f"{ACCESS_KEY},{SECRET_KEY}",
        "--vfs-cache-mode", "off",
        str(folder),
    ]  # fmt: skip
    # A developer's own rclone settings must not reach a test.
    environment = {"PATH": os.defpath, "RCLONE_CONFIG": os.devnull}
    with log.open("wb") as output:
        child = process.spawn(command, env=environment, cwd=folder, output=output, death=signal.SIGKILL)
    return S3Server(f"http://{address}", child)


def _is_ready(server: S3Server, log: Path) -> bool:
    """True once it says that it listens, False if it ended. Raises TimeoutError after 20 s of neither.

    Its own word, not a connection: whoever else took the port would answer a connection as well.
    """
    deadline = time.monotonic() + _READY_SECONDS
    while server.child.poll() is None:
        if "Starting s3 server" in log.read_text():
            return True
        if time.monotonic() > deadline:
            raise TimeoutError(f"rclone says nothing:\n{log.read_text()}")
        time.sleep(0.01)
    return False
