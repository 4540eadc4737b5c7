"""Watchers: which one a booth listens to, their signs of life, and what the server wants of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select, update

from app.db import incidents
from app.db.live import WATCHER_LOST_SECONDS
from app.db.tables import Booth, BoothToken, Event
from app.db.unit import Unit, reading, unit
from app.domain.access import Principal
from app.domain.errors import Conflict, NotFound
from app.domain.messages import Heartbeat, WatcherHealth
from app.ports import Ports
from app.services.booths import BoothView
from app.services.holds import booth_of

TOLD_EVERY = timedelta(seconds=30)
"""How long a heartbeat that changes nothing visible may go untold: an idle booth is one message, not six."""
MB = 1024 * 1024


@dataclass(frozen=True)
class Wishes:
    """What the server wants of a connected watcher: whether it may stay, and when a rescan was asked for."""

    booth: BoothView
    may_stay: bool
    rescan_asked_at: datetime | None
    keep_raw: bool


async def came(
    ports: Ports, booth_id: str, watcher_id: str, version: str, *, host: str = "", hotfolder: str = ""
) -> bool:
    """Take a watcher; False while another one is alive at this booth.

    `watcher_id` is `{laptop and folder}-{connection}`: the same folder's new connection takes its own place
    over at once, and what the old connection still says or ends counts no more.
    """
    same_folder = Booth.watcher_id.startswith(watcher_id.partition("-")[0] + "-", autoescape=True)
    health = WatcherHealth(host=host[:80], hotfolder=hotfolder[:300]).wire()
    async with unit(ports) as work:
        fresh = Booth.watcher_seen_at > func.clock_timestamp() - timedelta(seconds=WATCHER_LOST_SECONDS)
        taken = await work.db.scalar(
            update(Booth)
            .where(
                Booth.id == booth_id,
                Booth.watcher_id.is_(None) | Booth.watcher_seen_at.is_(None) | ~fresh | same_folder,
            )
            .values(
                watcher_id=watcher_id,
                watcher_version=version,
                watcher_seen_at=func.clock_timestamp(),
                watcher_health=health,
            )
            .returning(Booth.id)
        )
        work.changed("booth", taken)
        if taken is not None:
            await incidents.end(work, "watcher", taken)
        return taken is not None


async def alive(ports: Ports, booth_id: str, watcher_id: str, beat: Heartbeat) -> None:
    """Write the watcher's heartbeat; after a silence it is taken again, if no other came meanwhile.

    Screens are told when something they show changed, else every half minute.
    """
    async with unit(ports) as work:
        booth = await work.db.scalar(
            select(Booth)
            .where(Booth.id == booth_id, (Booth.watcher_id == watcher_id) | Booth.watcher_id.is_(None))
            .with_for_update(key_share=True)
        )
        if booth is None:
            return
        before = _shown(booth)
        if booth.watcher_id is None:
            await incidents.end(work, "watcher", booth_id)
        health = _health(booth.watcher_health or {}, beat)
        booth.watcher_id, booth.watcher_seen_at = watcher_id, await work.db.scalar(func.clock_timestamp())
        booth.watcher_pending, booth.watcher_free_bytes = max(0, beat.pending), beat.free_bytes
        booth.watcher_health = health.wire()
        if beat.last_shot_at is not None:
            known = booth.last_shot_at
            latest = min(beat.last_shot_at, ports.clock.now())
            booth.last_shot_at = latest if known is None else max(known, latest)
        stale = booth.updated_at < booth.watcher_seen_at - TOLD_EVERY
        if stale or _shown(booth) != before:
            work.changed("booth", booth_id)


def _health(before: dict[str, Any], beat: Heartbeat) -> WatcherHealth:
    return WatcherHealth(
        waiting=max(0, beat.pending),
        bytes_waiting=max(0, beat.bytes_waiting),
        oldest_waiting_at=beat.oldest_waiting_at,
        bytes_per_second=beat.bytes_per_second,
        free_bytes=beat.free_bytes,
        trouble=beat.trouble,
        host=before.get("host", ""),
        hotfolder=before.get("hotfolder", ""),
    )


def _shown(booth: Booth) -> tuple[object, ...]:
    """What a person sees of a watcher, as coarse as they see it; megabytes come and go unseen."""
    health = WatcherHealth.model_validate(booth.watcher_health or {})
    free = health.free_bytes
    rate = health.bytes_per_second
    return (
        booth.watcher_id is not None and not health.silent,
        health.waiting,
        health.bytes_waiting // MB,
        health.oldest_waiting_at,
        None if rate is None else rate.bit_length(),
        None if free is None else free // (100 * MB if free < 5000 * MB else 1000 * MB),
        health.trouble,
        booth.last_shot_at,
    )


async def wishes(ports: Ports, booth_id: str, token_id: str) -> Wishes:
    """What the server wants of the watcher that came with this token. Raises NotFound."""
    async with reading(ports) as db:
        row = (
            await db.execute(
                select(Booth, Event, BoothToken.revoked_at)
                .join(Event, Event.id == Booth.event_id)
                .join(BoothToken, BoothToken.booth_id == Booth.id)
                .where(Booth.id == booth_id, BoothToken.id == token_id)
            )
        ).one_or_none()
    if row is None:
        raise NotFound("BOOTH_NOT_FOUND", "There is no such booth.")
    booth, event, revoked_at = row
    view = BoothView(booth.id, booth.name, event.id, event.name)
    return Wishes(view, revoked_at is None, booth.rescan_asked_at, event.keep_raw)


async def ask_rescan(ports: Ports, principal: Principal, booth_id: str) -> None:
    """Have the booth's watcher look through its whole folder again.

    Raises NotFound, Conflict `WATCHER_AWAY`: a watcher that comes looks through everything anyway.
    """
    async with unit(ports) as work:
        booth = await booth_of(work.db, booth_id, lock=True)
        if not principal.sees(booth.event_id):
            raise NotFound("BOOTH_NOT_FOUND", "There is no such booth.")
        if booth.watcher_id is None:
            raise Conflict("WATCHER_AWAY", "No camera laptop is connected to this booth.")
        booth.rescan_asked_at = ports.clock.now()
        work.audit(principal.username, "rescan_asked", booth_id, booth.event_id)


async def fell_silent(ports: Ports, booth_id: str, watcher_id: str) -> None:
    """Show that nothing is heard of a watcher whose connection still stands; its next heartbeat ends it.

    It keeps its place, and no incident begins: a bad Wi-Fi does this for a few seconds many times.
    """
    async with unit(ports) as work:
        booth = await work.db.get(Booth, booth_id, with_for_update=True, populate_existing=True)
        if booth is not None and booth.watcher_id == watcher_id:
            booth.watcher_health = (booth.watcher_health or {}) | {"silent": True}
            work.changed("booth", booth_id)


async def stopped(ports: Ports, booth_id: str, watcher_id: str) -> None:
    """The watcher said goodbye: a person stopped it, and nobody need be alarmed."""
    async with unit(ports) as work:
        booth = await work.db.get(Booth, booth_id, with_for_update=True, populate_existing=True)
        if booth is not None and booth.watcher_id == watcher_id:
            booth.watcher_id = None
            booth.watcher_health = (booth.watcher_health or {}) | {"stopped": True}
            work.changed("booth", booth_id)


async def went(ports: Ports, booth_id: str, watcher_id: str) -> None:
    """The watcher's socket is closed."""
    async with unit(ports) as work:
        gone = await work.db.execute(
            update(Booth)
            .where(Booth.id == booth_id, Booth.watcher_id == watcher_id)
            .values(watcher_id=None)
            .returning(Booth.id, Booth.event_id)
        )
        await _lost(work, gone.all())


async def end_silent(ports: Ports) -> None:
    """Show watchers as gone that fell silent without a word: the web that held their socket died."""
    silent = Booth.watcher_seen_at < func.clock_timestamp() - timedelta(seconds=WATCHER_LOST_SECONDS)
    async with unit(ports) as work:
        gone = await work.db.execute(
            update(Booth)
            .where(Booth.watcher_id.is_not(None), silent)
            .values(watcher_id=None)
            .returning(Booth.id, Booth.event_id)
        )
        await _lost(work, gone.all())


async def _lost(work: Unit, gone: Iterable[Row[str, str]]) -> None:
    """Screens hear that these booths' watchers are gone, and the log keeps since when."""
    for booth_id, event_id in gone:
        work.changed("booth", booth_id)
        await incidents.begin(work, "watcher", booth_id, event_id=event_id)
