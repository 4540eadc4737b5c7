"""Watchers: their tokens, which one a booth listens to, and their signs of life."""

import secrets
from datetime import timedelta

from sqlalchemy import func, select, update
from ulid import ULID

from app.db.live import WATCHER_LOST_SECONDS
from app.db.tables import Booth, BoothToken, Event
from app.db.unit import reading, unit
from app.domain.errors import NotFound, NotSignedIn
from app.ports import Ports
from app.services.accounts import digest
from app.services.booths import BoothView


async def issue_token(ports: Ports, booth_id: str) -> str:
    """Make a watcher's token for a booth; it is shown once and kept as a hash. Raises NotFound."""
    token = secrets.token_urlsafe(32)
    async with unit(ports) as work:
        if await work.db.get(Booth, booth_id) is None:
            raise NotFound("BOOTH_NOT_FOUND", "There is no such booth.")
        work.db.add(BoothToken(id=str(ULID()), booth_id=booth_id, token_hash=digest(token)))
        work.audit("command line", "booth_token_issued", booth_id)
    return token


async def of_token(ports: Ports, token: str) -> BoothView:
    """The booth a watcher's token belongs to. Raises NotSignedIn `BOOTH_TOKEN_INVALID`."""
    async with reading(ports) as db:
        row = (
            await db.execute(
                select(Booth, Event.name)
                .join(BoothToken, BoothToken.booth_id == Booth.id)
                .join(Event, Event.id == Booth.event_id)
                .where(BoothToken.token_hash == digest(token), BoothToken.revoked_at.is_(None))
            )
        ).one_or_none()
    if row is None:
        raise NotSignedIn("BOOTH_TOKEN_INVALID", "This booth token is not valid (any more).")
    booth, event_name = row
    return BoothView(booth.id, booth.name, booth.event_id, event_name)


async def came(ports: Ports, booth_id: str, watcher_id: str, version: str) -> bool:
    """Take a watcher; False while another one is alive at this booth.

    `watcher_id` is `{laptop and folder}-{connection}`: the same folder's new connection takes its own place
    over at once, and what the old connection still says or ends counts no more.
    """
    same_folder = Booth.watcher_id.startswith(watcher_id.partition("-")[0] + "-", autoescape=True)
    async with unit(ports) as work:
        fresh = Booth.watcher_seen_at > func.clock_timestamp() - timedelta(seconds=WATCHER_LOST_SECONDS)
        taken = await work.db.scalar(
            update(Booth)
            .where(
                Booth.id == booth_id,
                Booth.watcher_id.is_(None) | Booth.watcher_seen_at.is_(None) | ~fresh | same_folder,
            )
            .values(watcher_id=watcher_id, watcher_version=version, watcher_seen_at=func.clock_timestamp())
            .returning(Booth.id)
        )
        work.changed("booth", taken)
        return taken is not None


async def alive(
    ports: Ports, booth_id: str, watcher_id: str, *, pending: int, free_bytes: int | None
) -> None:
    """Write the watcher's heartbeat; after a silence it is taken again, if no other came meanwhile."""
    async with unit(ports) as work:
        known = await work.db.scalar(
            update(Booth)
            .where(Booth.id == booth_id, (Booth.watcher_id == watcher_id) | Booth.watcher_id.is_(None))
            .values(
                watcher_id=watcher_id,
                watcher_seen_at=func.clock_timestamp(),
                watcher_pending=pending,
                watcher_free_bytes=free_bytes,
            )
            .returning(Booth.id)
        )
        work.changed("booth", known)


async def went(ports: Ports, booth_id: str, watcher_id: str) -> None:
    """The watcher's socket is closed."""
    async with unit(ports) as work:
        gone = await work.db.scalar(
            update(Booth)
            .where(Booth.id == booth_id, Booth.watcher_id == watcher_id)
            .values(watcher_id=None)
            .returning(Booth.id)
        )
        work.changed("booth", gone)


async def end_silent(ports: Ports) -> None:
    """Show watchers as gone that fell silent without a word: the web that held their socket died."""
    silent = Booth.watcher_seen_at < func.clock_timestamp() - timedelta(seconds=WATCHER_LOST_SECONDS)
    async with unit(ports) as work:
        gone = await work.db.scalars(
            update(Booth)
            .where(Booth.watcher_id.is_not(None), silent)
            .values(watcher_id=None)
            .returning(Booth.id)
        )
        for booth_id in gone:
            work.changed("booth", booth_id)
