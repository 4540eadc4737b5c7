"""Migrations: bring a database to a revision, up or down, and say where it stands."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory


def config(url: str) -> Config:
    """Alembic's configuration, without an ini file; the URL never passes through its interpolation."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    made.attributes["database_url"] = url
    return made


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database up to `revision`. Blocks; call it from no event loop."""
    command.upgrade(config(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Take the database down to `revision` (`base` empties it)."""
    command.downgrade(config(url), revision)


def head() -> str:
    """The newest revision this program knows."""
    return ScriptDirectory.from_config(config("")).get_current_head() or ""
