"""`photobot doctor`: looks at every part and says in words what is wrong and how to mend it."""

import asyncio
import os
import platform
import shutil
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import click
import httpx
from sqlalchemy import select, text
from ulid import ULID

from app.cli.authority import Authority
from app.cli.network import lan_address, require_port, web_address
from app.cli.place import Place, runtime_environment
from app.cli.programs import DATA
from app.cli.tls import trusting
from app.db import migrate
from app.db.tables import Booth
from app.db.unit import reading
from app.domain.errors import PhotobotError
from app.domain.printing import printer_uri
from app.ports import Ports
from app.services import printers
from app.settings import Settings
from app.wiring import open_ports

FREE_BYTES = 2 * 1024**3
PART_SECONDS = 15.0
CLOCK_SECONDS = 5.0


@dataclass(frozen=True)
class Finding:
    """What one look found; `mend` is empty when all is well."""

    part: str
    text: str
    mend: str = ""


@click.command()
@DATA
@click.option("--port", type=click.IntRange(1, 65535), default=8080, envvar="PORT", show_default=True)
@click.option(
    "--hotfolder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="HOTFOLDER_PATH",
    default=Path("hotfolder"),
    show_default=True,
)
def doctor(data: Path, port: int, hotfolder: Path) -> None:
    """Check every part of this installation; exit code 1 when something needs mending."""
    place = Place(data.expanduser().absolute())
    running = place.is_held()
    found = runtime_environment(place.data)
    os.environ.update(found)
    if running:
        port = int(found.get("PORT", port))
        hotfolder = Path(found.get("HOTFOLDER_PATH", hotfolder))
    findings = [
        _python(),
        *_data_folder(place),
        *_secret_files(place),
        _hotfolder(hotfolder.expanduser().absolute()),
        _lan(),
        _port(port, running),
    ]
    ca_file = Path(os.environ["TLS_CA_FILE"]) if running and os.environ.get("TLS_CA_FILE") else None
    if ca_file is not None:
        address = urlsplit(os.environ["STAFF_URL"]).hostname or ""
        findings.append(Finding("TLS", *Authority(ca_file.parent).look(address, datetime.now(UTC))))
    findings += asyncio.run(_outside(running))
    if running:
        base = web_address("127.0.0.1", port, int(os.environ["TLS_PORT"]) if ca_file else None)
        findings += _health(base, ca_file, watched=place.booth_token_file.exists())
    for finding in findings:
        print(f"{'WRONG' if finding.mend else 'OK   '} {finding.part:<12} {finding.text}")
        if finding.mend:
            print(f"      {'':<12} -> {finding.mend}")
    wrong = sum(1 for finding in findings if finding.mend)
    print(f"\n{wrong} of {len(findings)} need mending." if wrong else f"\nAll {len(findings)} are well.")
    sys.exit(1 if wrong else 0)


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", f"{version} on {platform.system()} {platform.machine()}")


def _data_folder(place: Place) -> Iterator[Finding]:
    if not place.data.exists():
        yield Finding("data folder", f"{place.data} is made by the first `photobot up`")
        return
    if not os.access(place.data, os.W_OK | os.X_OK):
        yield Finding(
            "data folder", f"{place.data} cannot be written", f"sudo chown -R $(id -un) {place.data}"
        )
        return
    yield Finding("data folder", f"{place.data} can be written")
    free = shutil.disk_usage(place.data).free
    words = f"{free / 1024**3:.1f} GB free"
    enough = free >= FREE_BYTES
    yield Finding("disk", words, "" if enough else "make room: an evening of photos needs 2 GB and more")


def _secret_files(place: Place) -> Iterator[Finding]:
    files = [
        place.secrets_file,
        place.runtime_file,
        place.booth_token_file,
        *place.data.glob("*-password.txt"),
    ]
    there = [file for file in files if file.exists()]
    open_ones = [file for file in there if file.stat().st_mode & 0o077]
    if open_ones:
        names = " ".join(map(str, open_ones))
        yield Finding("secrets", f"others may read {names}", f"chmod 600 {names}")
    elif there:
        yield Finding("secrets", f"{len(there)} files, readable by their owner only")


def _hotfolder(folder: Path) -> Finding:
    if not folder.exists():
        return Finding("hotfolder", f"{folder} is made by `photobot up` or `photobot watcher`")
    if not os.access(folder, os.W_OK | os.X_OK):
        return Finding("hotfolder", f"{folder} cannot be written", f"sudo chown -R $(id -un) {folder}")
    return Finding("hotfolder", f"{folder} can be written")


def _lan() -> Finding:
    address = os.environ.get("PUBLIC_URL") or lan_address()
    if "127.0.0.1" in address or "localhost" in address:
        return Finding(
            "network",
            f"phones cannot reach {address}",
            "join the venue's network, or set PUBLIC_URL; then restart",
        )
    return Finding("network", f"phones reach this machine by {address}")


def _port(port: int, running: bool) -> Finding:
    if running:
        return Finding("port", f"{port} is photobot's own")
    try:
        require_port(os.environ.get("HOST", "0.0.0.0"), port)  # noqa: S104 (what `up` would listen on)
    except PhotobotError as error:
        return Finding("port", f"{port} cannot be had", error.message)
    return Finding("port", f"{port} is free")


async def _outside(running: bool) -> list[Finding]:
    """Database, Redis and storage; without a running installation and addresses there is nothing to ask."""
    settings = Settings()
    if not settings.database_url and not running:
        words = "nothing runs on this data folder; `photobot up` brings its own database and Redis"
        return [Finding("servers", words)]
    findings: list[Finding] = []
    try:
        async with open_ports(settings) as ports:
            for part, check, mend in (
                ("database", _database, "check DATABASE_URL and the server's log (data/logs/postgres.log)"),
                ("Redis", _redis, "check REDIS_URL and the server's log (data/logs/valkey.log)"),
                ("storage", _storage, "check the S3_* settings, or the data folder's space and owner"),
                ("makers", _makers, "check the settings of what makes the styles"),
                ("printers", _printers, "check the booths' printers in the administration"),
            ):
                findings += await _look(part, check, ports, settings, mend)
    except (PhotobotError, ValueError, OSError) as error:
        findings.append(Finding("settings", str(error), "see .env.example for what each setting means"))
    return findings


Check = Callable[[Ports, Settings], Awaitable[list[Finding]]]


async def _look(part: str, check: Check, ports: Ports, settings: Settings, mend: str) -> list[Finding]:
    try:
        async with asyncio.timeout(PART_SECONDS):
            return await check(ports, settings)
    except Exception as error:  # whatever a part dies of is the finding
        words = str(getattr(error, "orig", None) or error) or type(error).__name__
        return [Finding(part, f"does not work: {words}"[:300], mend)]


async def _database(ports: Ports, _: Settings) -> list[Finding]:
    async with reading(ports) as db:
        there = (await db.execute(text("SELECT clock_timestamp(), version()"))).one()
        made = await db.scalar(text("SELECT to_regclass('alembic_version') IS NOT NULL"))
        current = await db.scalar(text("SELECT version_num FROM alembic_version")) if made else None
    findings = [Finding("database", f"answers ({str(there[1]).split(' on ')[0]})")]
    apart = abs((datetime.now(UTC) - there[0]).total_seconds())
    if apart > CLOCK_SECONDS:
        mend = "switch on automatic time (NTP) on both machines"
        findings.append(Finding("clock", f"this machine and the database differ by {apart:.0f} s", mend))
    else:
        findings.append(
            Finding("clock", f"{datetime.now().astimezone():%Y-%m-%d %H:%M %Z}, as in the database")
        )
    head = migrate.head()
    if current != head:
        findings.append(
            Finding("migrations", f"at {current or 'none'}, newest is {head}", "photobot migrate")
        )
    else:
        findings.append(Finding("migrations", f"at the newest ({head})"))
    return findings


async def _redis(ports: Ports, _: Settings) -> list[Finding]:
    if not await ports.news.healthy():
        raise ConnectionError("no answer to PING")
    return [Finding("Redis", "answers")]


async def _storage(ports: Ports, settings: Settings) -> list[Finding]:
    key = f"doctor/{ULID()}.txt"
    began = time.monotonic()
    await ports.storage.put_bytes(key, b"photobot", "text/plain")
    content = b"".join([chunk async for chunk in ports.storage.open(key)])
    await ports.storage.delete(key)
    if content != b"photobot":
        raise ValueError("it gave back other bytes than were put")
    where = f"bucket {settings.s3_bucket}" if settings.uses_s3 else "the data folder"
    return [Finding("storage", f"{where}: put, get and delete took {time.monotonic() - began:.2f} s")]


_MAKER_MENDS = {
    "comfy": "start ComfyUI, and check COMFY_API_BASE_URL",
    "kie": "check KIE_API_KEY, the addresses it may be used from, and the credits on kie.ai's page",
}


async def _makers(ports: Ports, _: Settings) -> list[Finding]:
    """Whoever makes styles outside of this machine's own programs."""
    findings = []
    for name in sorted(ports.providers.keys() & _MAKER_MENDS.keys()):
        health = await ports.providers[name].health()
        if health.ok:
            known = [f"{health.credits:g} credits"] if health.credits is not None else []
            free, queue = health.facts.get("vramFree"), health.facts.get("queue")
            known += [f"{free / 1024**3:.1f} GB of video memory free"] if isinstance(free, int) else []
            known += [f"{queue} in its queue"] if queue is not None else []
            findings.append(Finding(name, ", ".join(["answers", *known])))
        else:
            findings.append(Finding(name, f"cannot be used ({health.because})", _MAKER_MENDS[name]))
    return findings


async def _printers(ports: Ports, settings: Settings) -> list[Finding]:
    """Every booth's printer, once."""
    if ports.printers is None:
        return []
    async with reading(ports) as db:
        named = (await db.scalars(select(Booth.printer).where(Booth.printer != "").distinct())).all()
    findings = []
    for printer in sorted(named):
        found = await printers.found(ports.printers, printer)
        part, where = f"printer {printer}", printer_uri(printer, settings.cups_url)
        if found.state in ("ready", "busy"):
            paper = f", paper {found.paper[0]:.0f} x {found.paper[1]:.0f} mm" if found.paper else ""
            findings.append(Finding(part, f"answers{paper}{found.because and f' ({found.because})'}"))
        else:
            mend = f"look at the printer and at {where}; CUPS_URL names the print server"
            findings.append(Finding(part, f"cannot print now ({found.because})", mend))
    return findings


def _health(base: str, ca_file: Path | None, *, watched: bool) -> list[Finding]:
    """What the running installation says of itself."""
    mend = "look into data/logs; `photobot up` starts a fallen program again by itself"
    try:
        with httpx.Client(timeout=5, trust_env=False, verify=trusting(ca_file)) as client:
            answer = client.get(f"{base}/health").json()
    except (httpx.HTTPError, ValueError) as error:
        return [Finding("web", f"does not answer: {error}", mend)]
    findings = [Finding("web", "answers")]
    for part in answer.get("parts", []):
        name, words = str(part.get("name")), str(part.get("detail"))
        if name in ("workers", "watchers"):  # the other parts were looked at from here already
            excused = part.get("ok") or (name == "watchers" and not watched)
            go = "go to the laptop; the booth's camera page says what to do" if ":" in words else mend
            findings.append(Finding(name, words, "" if excused else go))
    return findings
