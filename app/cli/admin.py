"""Housekeeping commands: migrate the database, add accounts, change passwords, give a booth its token."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click
from sqlalchemy.exc import SQLAlchemyError

from app.cli.place import runtime_environment
from app.cli.programs import DATA
from app.db import migrate as migrations
from app.domain.access import ROLE_ORDER, Role
from app.domain.errors import PhotobotError
from app.ports import Ports
from app.services import accounts, booth_tokens
from app.settings import Settings
from app.wiring import open_ports

T = TypeVar("T")
OUTAGES = (OSError, ValueError, SQLAlchemyError)


def settings_for(data: Path) -> Settings:
    """The settings of the environment, completed by the installation that runs on `data`.

    Raises click's error with the way out when neither names a database.
    """
    os.environ.update(runtime_environment(data))
    settings = Settings()
    if not settings.database_url:
        raise click.ClickException(
            f"No database: nothing runs on {data.absolute()} and DATABASE_URL is not set. Start "
            "`photobot up` first, or name the data folder with --data."
        )
    return settings


def with_ports(settings: Settings, work: Callable[[Ports], Awaitable[T]]) -> T:
    """Run `work` with the outside world open; what people did wrong becomes one sentence."""

    async def run() -> T:
        async with open_ports(settings) as ports:
            return await work(ports)

    try:
        return asyncio.run(run())
    except PhotobotError as error:
        raise click.ClickException(error.message) from error
    except OUTAGES as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise click.ClickException(f"The installation cannot be reached: {reason}") from error


@click.command()
@DATA
def migrate(data: Path) -> None:
    """Bring the database to the newest version (`photobot up` does this by itself)."""
    settings = settings_for(data)
    try:
        migrations.upgrade(settings.database_url)
    except OUTAGES as error:
        raise click.ClickException(f"The database cannot be used: {str(error).splitlines()[0]}") from error
    print("The database is up to date.")


@click.group()
def user() -> None:
    """Accounts of operators, supervisors and administrators."""


PASSWORD_STDIN = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")


@user.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(list(ROLE_ORDER)), required=True)
@click.option("--event", "events", multiple=True, help="Id of an event the account sees; none means all.")
@PASSWORD_STDIN
@DATA
def add(name: str, role: Role, events: tuple[str, ...], password_stdin: bool, data: Path) -> None:
    """Make an account."""
    settings = settings_for(data)
    password = _password(password_stdin)
    with_ports(settings, lambda ports: accounts.add(ports, name, password, role, list(events) or None))
    print(f'"{name}" may sign in as {role}.')


@user.command("passwd")
@click.argument("name")
@PASSWORD_STDIN
@DATA
def passwd(name: str, password_stdin: bool, data: Path) -> None:
    """Change an account's password and end its sign-ins."""
    settings = settings_for(data)
    password = _password(password_stdin)
    with_ports(settings, lambda ports: accounts.change_password(ports, name, password))
    print(f'"{name}" has a new password; all its sign-ins have ended.')


@click.group()
def booth() -> None:
    """Booths and their camera laptops."""


@booth.command("token")
@click.argument("booth_id")
@DATA
def token(booth_id: str, data: Path) -> None:
    """Print a fresh token for a booth's camera laptop (`photobot watcher`)."""
    print(with_ports(settings_for(data), lambda ports: booth_tokens.issue(ports, booth_id)))


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer
