"""The `photobot` command: a table of its subcommands, each loaded only when it is called."""

import importlib

import click

COMMANDS = {
    "up": "app.cli.up:up",
    "web": "app.cli.programs:web",
    "worker": "app.cli.programs:worker",
    "watcher": "app.cli.programs:watcher",
    "migrate": "app.cli.admin:migrate",
    "user": "app.cli.admin:user",
    "booth": "app.cli.admin:booth",
    "jobs": "app.cli.jobs:jobs",
    "doctor": "app.cli.doctor:doctor",
}


class _Lazy(click.Group):
    """A camera laptop that runs `photobot watcher` must not wait for the database's libraries to load."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="photobot")
def main() -> None:
    """photobot: real-time operator console for event photo booths.

    `photobot up` starts everything on this machine; the other commands are its parts and its tools.
    """
