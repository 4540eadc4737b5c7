"""The programs by themselves: `photobot web`, `worker` and `watcher` become the program they name."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import click

from app.cli.place import runtime_environment

DATA = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="PHOTOBOT_DATA",
    default=Path("data"),
    show_default=True,
    help="The installation's data folder.",
)


def become(module: str, arguments: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Replace this process by `python -m module`, so that signals reach it and nothing stands between."""
    sys.stdout.flush()
    command = [sys.executable, "-m", module, *arguments]
    if sys.platform == "win32":
        # There, exec starts another process and ends this one: whoever waits for it would think it is over.
        with contextlib.suppress(KeyboardInterrupt):
            sys.exit(subprocess.call(command, env=dict(environment)))
        sys.exit(0)
    os.execve(sys.executable, command, dict(environment))  # noqa: S606 (no shell is meant)


@click.command()
@click.option("--host", default="0.0.0.0", show_default=True, help="Address to listen on.")  # noqa: S104
@click.option("--port", type=click.IntRange(1, 65535), default=8080, envvar="PORT", show_default=True)
@DATA
def web(host: str, port: int, data: Path) -> None:
    """Run only the web process (API, console, kiosk)."""
    environment = runtime_environment(data) | os.environ
    become("console", ["--host", host, "--port", str(port)], environment)


@click.command()
@DATA
def worker(data: Path) -> None:
    """Run only a worker (as many as you like, on any machine that reaches the database)."""
    become("tasks", [], runtime_environment(data) | os.environ)


@click.command()
@click.option("--server", envvar="SERVER_URL", required=True, help="Address of the photobot server.")
@click.option("--booth", envvar="BOOTH_ID", required=True, help="Which booth this camera laptop belongs to.")
@click.option(
    "--hotfolder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="HOTFOLDER_PATH",
    default=Path("hotfolder"),
    show_default=True,
    help="The folder into which the camera's software writes.",
)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="PHOTOBOT_TOKEN_FILE",
    help="File with the booth's token (`photobot booth token`); or set PHOTOBOT_TOKEN.",
)
@click.option(
    "--ca",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    envvar="PHOTOBOT_CA_FILE",
    help="The server's own certificate authority, where it runs with --tls (from its page /trust).",
)
def watcher(server: str, booth: str, hotfolder: Path, token_file: Path | None, ca: Path | None) -> None:
    """Watch a camera's hotfolder and send every shot to the server (runs on the camera laptop)."""
    environment = dict(os.environ) | {
        "SERVER_URL": server,
        "BOOTH_ID": booth,
        "HOTFOLDER_PATH": str(hotfolder.expanduser().absolute()),
    }
    if token_file is not None:
        environment["PHOTOBOT_TOKEN_FILE"] = str(token_file.expanduser().absolute())
    if ca is not None:
        environment["PHOTOBOT_CA_FILE"] = str(ca.expanduser().absolute())
    if not environment.get("PHOTOBOT_TOKEN") and token_file is None:
        raise click.UsageError(
            "The booth's token is missing: get one on the server with `photobot booth token BOOTH`, then set "
            "PHOTOBOT_TOKEN or write it to a file and name it with --token-file."
        )
    become("watcher", [], environment)
