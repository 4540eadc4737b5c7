"""Turns at a booth: the log of whose guest it held when, and the moves of that log."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables import Booth, BoothSession, Style
from app.db.unit import Unit
from app.domain.errors import NotFound
from app.ports import Ports


async def booth_of(db: AsyncSession, booth_id: str, *, lock: bool = False) -> Booth:
    """The booth. Whoever writes its turns or decides by them locks it first, before any shot or session.

    Without that order two of them wait for each other for ever. Raises NotFound.
    """
    query = select(Booth).where(Booth.id == booth_id)
    booth = await db.scalar(
        query.with_for_update(key_share=True).execution_options(populate_existing=True) if lock else query
    )
    if booth is None:
        raise NotFound("BOOTH_NOT_FOUND", "There is no such booth.")
    return booth


async def held(db: AsyncSession, booth_id: str, now: datetime) -> BoothSession | None:
    """The booth's active session, if its time is not over."""
    return await db.scalar(
        select(BoothSession).where(
            BoothSession.booth_id == booth_id, BoothSession.ended_at.is_(None), BoothSession.expires_at > now
        )
    )


async def last(db: AsyncSession, booth_id: str, session_id: str | None = None) -> BoothSession | None:
    """The newest turn (of a guest), over or not: it says which mode and style were used last."""
    query = select(BoothSession).where(BoothSession.booth_id == booth_id)
    if session_id is not None:
        query = query.where(BoothSession.session_id == session_id)
    return await db.scalar(query.order_by(BoothSession.id.desc()).limit(1))


async def taste(db: AsyncSession, booth_id: str, session_id: str | None = None) -> tuple[str, str] | None:
    """Mode and style for a photo nobody chose them for: the guest's own last ones here, else what the booth
    used last, else the first style that may be used. None where no style may be.
    """
    before = await last(db, booth_id, session_id) if session_id is not None else None
    before = before or await last(db, booth_id)
    enabled = select(Style.id).where(Style.enabled).order_by(Style.position, Style.id)
    if before is not None:
        enabled = enabled.order_by(None).order_by(Style.id != before.style_id, Style.position, Style.id)
    style_id = await db.scalar(enabled.limit(1))
    return None if style_id is None else (before.mode if before else "style", style_id)


async def end_turn(work: Unit, booth_id: str, why: str, at: datetime) -> str | None:
    """End whatever the booth holds; gives the session that was held."""
    ended = await work.db.scalar(
        update(BoothSession)
        .where(BoothSession.booth_id == booth_id, BoothSession.ended_at.is_(None))
        .values(ended_at=at, ended_why=why)
        .returning(BoothSession.session_id)
    )
    work.changed("guest", ended)
    return ended


async def prolong(work: Unit, ports: Ports, booth_id: str) -> None:
    """Start the time of whoever holds the booth anew, inside the caller's transaction."""
    now = ports.clock.now()
    await booth_of(work.db, booth_id, lock=True)
    await work.db.execute(
        update(BoothSession)
        .where(
            BoothSession.booth_id == booth_id,
            BoothSession.ended_at.is_(None),
            BoothSession.expires_at > now,
        )
        .values(expires_at=now + timedelta(seconds=ports.policy.active_session_ttl))
    )
    work.changed("booth", booth_id)
