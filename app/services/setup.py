"""A fresh installation: one event, two booths, the styles its providers bring along, the first accounts."""

import secrets
from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from ulid import ULID

from app.db.tables import Booth, Event, Style
from app.db.unit import Unit, unit
from app.domain.access import Role
from app.ports import Ports
from app.services import accounts

FIRST_EVENT_SLUG = "photobot"
FIRST_BOOTHS = (("booth-1", "Booth 1"), ("booth-2", "Booth 2"))
_SEED_LOCK = 0x70686F746F


@dataclass(frozen=True)
class FirstAccount:
    """An account made just now, with the password to be shown once."""

    username: str
    role: str
    password: str


@dataclass(frozen=True)
class FirstRun:
    """What a first run made; `accounts` is empty when everybody was there already."""

    accounts: tuple[FirstAccount, ...]


async def seed(ports: Ports) -> None:
    """Make what a fresh installation needs and add styles that are new; harmless when repeated."""
    async with unit(ports) as work:
        await work.db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SEED_LOCK})
        await _styles(work, ports)
        if await work.db.scalar(select(func.count()).select_from(Event)):
            return
        event_id = str(ULID())
        work.db.add(
            Event(id=event_id, slug=FIRST_EVENT_SLUG, name="Photobot", starts_on=ports.clock.now().date())
        )
        await work.db.flush()
        for booth_id, name in FIRST_BOOTHS:
            work.db.add(Booth(id=booth_id, name=name, event_id=event_id))
            await work.db.flush()
            work.changed("booth", booth_id)


async def _styles(work: Unit, ports: Ports) -> None:
    offered = [(name, style) for name, provider in ports.providers.items() for style in provider.styles()]
    for position, (provider, style) in enumerate(offered):
        await work.db.execute(
            insert(Style)
            .values(
                id=style.id,
                name_en=style.name_en,
                name_id=style.name_id,
                provider=provider,
                position=position,
            )
            .on_conflict_do_nothing(index_elements=["id"])
        )


async def first_run(ports: Ports, *, operator_password: str | None) -> FirstRun:
    """Seed, and make the accounts `operator` and `admin` where they are missing.

    A password that the environment does not give is made up and handed back, to be shown to the person who
    started photobot.
    """
    await seed(ports)
    if operator_password:
        await accounts.put_password(ports, accounts.DEFAULT_USERNAME, operator_password, "operator")
    made: list[FirstAccount] = []
    wanted: tuple[tuple[str, Role], ...] = ((accounts.DEFAULT_USERNAME, "operator"), ("admin", "admin"))
    for username, role in wanted:
        if await accounts.exists(ports, username):
            continue
        password = "-".join(secrets.token_hex(3) for _ in range(3))
        await accounts.add(ports, username, password, role)
        made.append(FirstAccount(username, role, password))
    return FirstRun(tuple(made))
