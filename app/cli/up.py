"""`photobot up`: everything on this machine, from the database to the watcher, in one terminal."""

import asyncio
import contextlib
import os
import re
import signal
import sys
import time
from pathlib import Path

import click
import httpx
import psutil
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.embedded import process
from app.adapters.embedded.keep import write_private
from app.adapters.embedded.postgres import EmbeddedPostgres
from app.adapters.embedded.valkey import EmbeddedValkey
from app.cli.logs import complain, say
from app.cli.network import require_port
from app.cli.place import Place
from app.cli.programs import DATA
from app.cli.supervisor import Program, Supervisor
from app.cli.tls import NONE, Tls, trusting
from app.cli.wish import Wish
from app.db import migrate
from app.domain.errors import NotSignedIn, PhotobotError, Unavailable
from app.ports import Ports
from app.services import accounts, booth_tokens, setup
from app.settings import Settings
from app.wiring import open_ports

READY_SECONDS = 90.0
MARK = "PHOTOBOT_UP"
"""Environment name by which children of a killed `up` are found again."""
STOP_WEB = ((signal.SIGTERM, 15.0),)
STOP_WORKER = ((signal.SIGTERM, 25.0),)
STOP_WATCHER = ((signal.SIGTERM, 10.0),)
_KEYS = re.compile(r"URL|SECRET|TLS_|KEY|PASSWORD|TOKEN|JSON|CREDENTIAL", re.IGNORECASE)


@click.command()
@click.option("--host", default="0.0.0.0", envvar="HOST", show_default=True, help="Address to listen on.")  # noqa: S104
@click.option("--port", type=click.IntRange(1, 65535), default=8080, envvar="PORT", show_default=True)
@DATA
@click.option(
    "--hotfolder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="HOTFOLDER_PATH",
    default=Path("hotfolder"),
    show_default=True,
    help="The folder into which this machine's camera software writes.",
)
@click.option(
    "--booth", default="booth-1", envvar="BOOTH_ID", show_default=True, help="This machine's booth."
)
@click.option("--no-watcher", is_flag=True, help="No camera on this machine: start no watcher.")
@click.option(
    "--tls",
    is_flag=True,
    envvar="PHOTOBOT_TLS",
    help="Serve console and kiosk over TLS, with an authority of this installation's own.",
)
@click.option("--tls-port", type=click.IntRange(1, 65535), default=8443, envvar="TLS_PORT", show_default=True)
def up(
    host: str,
    port: int,
    data: Path,
    hotfolder: Path,
    booth: str,
    no_watcher: bool,
    tls: bool,
    tls_port: int,
) -> None:
    """Start everything on this machine and keep it running; Ctrl-C stops it.

    DATABASE_URL and REDIS_URL name servers of your own; without them photobot brings its own and keeps
    everything in the data folder.
    """
    wish = Wish(
        host,
        port,
        Place(data.expanduser().absolute()),
        hotfolder.expanduser().absolute(),
        booth,
        not no_watcher,
        tls_port if tls else None,
    )
    try:
        wish.place.make()
        with wish.place.held():
            _end_leftovers(wish.place)
            require_port(host, port)
            if wish.tls_port is not None:
                require_port(host, wish.tls_port, option="--tls-port")
            _make_hotfolder(wish)
            _run(wish)
    except PhotobotError as error:
        complain(error.message)
        sys.exit(1)
    except ValueError as error:  # settings say in words what cannot be
        complain(str(error))
        sys.exit(1)


def _end_leftovers(place: Place) -> None:
    """Stop programs of a killed `up` on this folder: we hold its lock, so they are nobody's."""
    found = []
    for candidate in psutil.process_iter():
        try:
            if candidate.pid != os.getpid() and candidate.environ().get(MARK) == str(place.data):
                found.append(candidate)
        except (psutil.Error, OSError):
            continue
    if process.end(found, found, [(signal.SIGTERM, 15.0)]):
        say(f"Stopped {len(found)} program(s) an earlier run had left behind.")


def _make_hotfolder(wish: Wish) -> None:
    if not wish.watch:
        return
    try:
        wish.hotfolder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            "hotfolder", f"The hotfolder {wish.hotfolder} cannot be made ({error.strerror}): name another."
        ) from error


def _run(wish: Wish) -> None:
    tls = None if wish.tls_port is None else Tls(wish.place.tls, wish.host, wish.tls_port, wish.staff_url)
    if tls is not None:
        tls.prepare()
    with Supervisor(wish.place.logs) as supervisor:
        try:
            environment = _start_servers(wish, supervisor)
            environment |= NONE if tls is None else tls.environment()
            if supervisor.stopping:
                return
            os.environ.update(environment)
            first = _prepare(wish)
            wish.place.write_runtime(environment)
            _start_programs(wish, supervisor, tls)
            if not supervisor.stopping:
                _welcome(wish, first, tls)
            supervisor.run(until=lambda: tls is not None and tls.look())
        finally:
            wish.place.forget_runtime()


def _start_servers(wish: Wish, supervisor: Supervisor) -> dict[str, str]:
    """The environment of our programs; embedded servers are started where it names none."""
    environment = wish.place.secrets() | {"PUBLIC_URL": wish.public_url}
    environment = {name: os.environ.get(name) or value for name, value in environment.items()}
    environment |= {"PHOTOBOT_DATA": str(wish.place.data), "HOST": wish.host, "PORT": str(wish.port)}
    environment["HOTFOLDER_PATH"] = str(wish.hotfolder)
    environment["DATABASE_URL"] = os.environ.get("DATABASE_URL", "")
    if not environment["DATABASE_URL"]:
        say("Starting the database ...")
        postgres = EmbeddedPostgres(wish.place.data / "postgres")
        supervisor.start("postgres", postgres)
        environment["DATABASE_URL"] = postgres.database_url
    environment["REDIS_URL"] = os.environ.get("REDIS_URL", "")
    if not environment["REDIS_URL"] and not supervisor.stopping:
        valkey = EmbeddedValkey(wish.place.data / "valkey")
        supervisor.start("valkey", valkey)
        environment["REDIS_URL"] = valkey.redis_url
    return environment


def _prepare(wish: Wish) -> list[setup.FirstAccount]:
    """Bring the database to the newest version, seed it, write down first passwords and the booth's token."""
    settings = Settings()
    settings.policy()
    try:
        migrate.upgrade(settings.database_url)
        return asyncio.run(_seed(wish, settings))
    except (OSError, SQLAlchemyError) as error:
        reason = str(error).splitlines()[0]
        raise Unavailable(
            "database", f"The database cannot be used ({reason}). Check DATABASE_URL and its server."
        ) from error


async def _seed(wish: Wish, settings: Settings) -> list[setup.FirstAccount]:
    async with open_ports(settings) as ports:
        first = await setup.first_run(ports, operator_password=settings.operator_password)
        for account in settings.operators_json:
            await accounts.put_hash(ports, account.username, account.password_hash, account.role)
        for made in first.accounts:
            write_private(wish.place.password_file(made.username), made.password + "\n")
        if wish.watch:
            await _give_token(wish, ports)
        return list(first.accounts)


async def _give_token(wish: Wish, ports: Ports) -> None:
    """Write this machine's booth token down, unless the one there still opens the booth."""
    file = wish.place.booth_token_file
    if file.exists():
        with contextlib.suppress(NotSignedIn):
            if (await booth_tokens.of_token(ports, file.read_text().strip())).id == wish.booth:
                return
    write_private(file, await booth_tokens.issue(ports, wish.booth, "photobot up") + "\n")


def _start_programs(wish: Wish, supervisor: Supervisor, tls: Tls | None) -> None:
    """Worker, web, and, once the web process answers, the watcher."""
    ours = dict(os.environ) | {MARK: str(wish.place.data)}
    here = Path.cwd()
    python = [sys.executable, "-m"]
    supervisor.start("worker", Program([*python, "tasks"], ours, here, STOP_WORKER))
    web = [*python, "console", "--host", wish.host, "--port", str(wish.port)]
    supervisor.start("web", Program(web, ours, here, STOP_WEB))
    _await_ready(wish, supervisor, tls)
    if wish.watch and not supervisor.stopping:
        theirs = _watcher_environment(wish, ours) | ({"PHOTOBOT_CA_FILE": str(tls.ca_file)} if tls else {})
        watcher = Program([*python, "watcher"], theirs, here, STOP_WATCHER)
        supervisor.start("watcher", watcher)


def _watcher_environment(wish: Wish, ours: dict[str, str]) -> dict[str, str]:
    """A watcher gets no key of the server's, on this machine as little as on a camera laptop."""
    return {name: value for name, value in ours.items() if not _KEYS.search(name)} | {
        "SERVER_URL": wish.local_url,
        "BOOTH_ID": wish.booth,
        "PHOTOBOT_TOKEN_FILE": str(wish.place.booth_token_file),
    }


def _await_ready(wish: Wish, supervisor: Supervisor, tls: Tls | None) -> None:
    """Wait until the web process answers. Raises `Unavailable` when it never does."""
    deadline = time.monotonic() + READY_SECONDS
    verify = trusting(tls.ca_file if tls else None)
    with httpx.Client(timeout=2.0, trust_env=False, verify=verify) as client:

        def ready() -> bool:
            if supervisor.falls("web") >= 3 or time.monotonic() > deadline:
                raise Unavailable("web", f"The web process does not start: see {wish.place.logs / 'web.log'}")
            try:
                return client.get(f"{wish.local_url}/health/ready").status_code == 200
            except httpx.HTTPError:
                return False

        supervisor.run(until=ready)


def _welcome(wish: Wish, first: list[setup.FirstAccount], tls: Tls | None) -> None:
    public = os.environ["PUBLIC_URL"].rstrip("/")
    staff = wish.staff_url if tls else public
    lines = [
        ("Console", f"{staff}/   (on this machine also {wish.local_url}/)"),
        ("Kiosk", f"{staff}/kiosk/{setup.FIRST_EVENT_SLUG}"),
    ]
    if tls is None:
        lines.append(("Tablets", "their cameras, and the kiosk as an app, need photobot up --tls"))
    else:
        lines += [("Guests", f"{public}/r/...   (their pages only, in links and QRs)")]
        lines += tls.welcome(f"{wish.public_url}/trust")
    if wish.watch:
        lines.append(("Hotfolder", f"{wish.hotfolder}   (booth {wish.booth})"))
    made = {account.username for account in first}
    for username in ("operator", "admin"):
        file = wish.place.password_file(username)
        if username in made:
            lines.append((username.title(), f'sign in as "{username}", the password is in {file}'))
        elif file.exists():
            lines.append((username.title(), f'sign in as "{username}", the first password was in {file}'))
    lines.append(("Logs", str(wish.place.logs)))
    say("\nphotobot is ready. Ctrl-C stops it.")
    for name, text in lines:
        say(f"  {name:<10} {text}")
