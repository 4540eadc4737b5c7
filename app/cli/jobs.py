"""`photobot jobs`: what needs attention, one job's story, and what is to be done, from the terminal."""

import getpass
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import click

from app.cli.admin import settings_for, with_ports
from app.cli.programs import DATA
from app.domain.access import Principal
from app.domain.messages import JobChanged
from app.ports import Ports
from app.services import attention, rescue
from app.services import jobs as job_service

BECAUSE = click.option("--because", required=True, help="The reason; it stands in the audit log.")


def me() -> Principal:
    """Whoever sits at the installation's own machine may do everything; the audit log says who."""
    return Principal("cli", f"cli:{getpass.getuser()}", "admin", None, "cli")


@click.group()
def jobs() -> None:
    """Jobs: what needs attention, and what is to be done about it."""


def _line(row: JobChanged, kind: str = "") -> str:
    wait = f" waits: {row.wait.code} {row.wait.because}".rstrip() if row.wait else ""
    error = f" {row.error_code}" if row.error_code else ""
    return f"{row.id}  {kind or row.status:9}  {row.stage or '-':16}  {row.guest_name}{error}{wait}"


@jobs.command("list")
@click.option("--all", "everything", is_flag=True, help="The newest jobs, not only those in trouble.")
@DATA
def list_(everything: bool, data: Path) -> None:
    """What needs a person: dead jobs, unknown outcomes, jobs that do not move."""

    async def read(ports: Ports) -> list[str]:
        if everything:
            rows, _ = await job_service.listing(ports, me())
            return [_line(row) for row in rows]
        found = await attention.needed(ports, me())
        lines = [_line(one.job, one.kind) for one in found.jobs]
        return lines + [
            f"event {event.name}: {event.spent:g} of {event.limit:g} credits are spent"
            for event in found.events
        ]

    lines = with_ports(settings_for(data), read)
    print("\n".join(lines) if lines else "Nothing needs attention.")


@jobs.command("show")
@click.argument("job_id")
@DATA
def show(job_id: str, data: Path) -> None:
    """A job's stages and timeline."""
    view = with_ports(settings_for(data), lambda ports: job_service.detail(ports, me(), job_id))
    print(_line(view.row))
    print(f"maker {view.provider}, its task {view.provider_request_id or '-'}")
    for stage in view.stages:
        print(f"  {stage.name:16} {stage.status:9} tries {stage.attempts} {stage.error_code or ''}".rstrip())
    for entry in view.timeline:
        said = json.dumps(entry.data, ensure_ascii=False) if entry.data else ""
        print(f"  {entry.at:%H:%M:%S}  {entry.kind:14} {entry.stage or '':16} {said}".rstrip())


def _do(data: Path, deed: Callable[[Ports], Awaitable[object]], said: str) -> None:
    with_ports(settings_for(data), deed)
    print(said)


@jobs.command("replay")
@click.argument("job_id")
@BECAUSE
@DATA
def replay(job_id: str, because: str, data: Path) -> None:
    """Take a failed job up again at its failed stage; what is finished, and paid, stays."""
    _do(data, lambda ports: rescue.replay(ports, me(), job_id, because), "It is queued again.")


@jobs.command("cancel")
@click.argument("job_id")
@DATA
def cancel(job_id: str, data: Path) -> None:
    """Stop a job that still goes on."""
    _do(data, lambda ports: job_service.cancel(ports, me(), job_id), "It is stopped, or stops soon.")


@jobs.command("resolve")
@click.argument("job_id")
@click.option("--not-taken", is_flag=True, help="The lost request never arrived: ask again.")
@click.option("--task", help="The lost request was taken: its id at the maker.")
@click.option("--original", is_flag=True, help="Send the framed original instead.")
@click.option("--maker", help="Give it to this maker of its chain.")
@click.option("--style", help="Give it to the maker of this style.")
@click.option("--give-up", is_flag=True, help="Want nothing more of it.")
@BECAUSE
@DATA
def resolve(
    job_id: str,
    not_taken: bool,
    task: str | None,
    original: bool,
    maker: str | None,
    style: str | None,
    give_up: bool,
    because: str,
    data: Path,
) -> None:
    """Decide about a job: exactly one of the options."""
    if sum(map(bool, (not_taken, task, original, maker, style, give_up))) != 1:
        raise click.UsageError("Choose one of --not-taken, --task, --original, --maker, --style, --give-up.")

    async def decide(ports: Ports) -> None:
        if not_taken or task:
            await rescue.resolve(ports, me(), job_id, because, task_id=task)
        elif original:
            await rescue.original(ports, me(), job_id, because)
        elif give_up:
            await rescue.give_up(ports, me(), job_id, because)
        else:
            await rescue.switch(ports, me(), job_id, because, maker=maker, style_id=style)

    _do(data, decide, "Done.")
