"""A guest's data erased at their wish: asked for, carried out in rows and in storage, told on a receipt.

The wish is written first, together with all that the database holds. What is in storage follows by a chore
that comes again: storage may be away, a job may still be stopping, a camera file may still be on its way.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from ulid import ULID

from app.db.tables import CameraFile, Erasure, Event, GuestSession
from app.db.unit import Unit, reading, unit
from app.domain.errors import Gone, Invalid, NotFound
from app.domain.job import FINISHED
from app.domain.session import CODE_ALPHABET
from app.ports import Ports
from app.services import forget, static_copy
from app.services.erased_objects import delete_all, keys_of
from app.services.guest_page import look_up

log = structlog.get_logger()

AT_ONCE = 5
AGAIN_SECONDS = 10.0
CLAIM_SECONDS = 90.0
LOOKS_FOR = timedelta(days=3)
"""So long a camera laptop that was away may still bring a file of the guest."""
LATER_SECONDS = 3600.0
SETTLE_SECONDS = 20.0
"""So much later one looks again: whoever had asked before the guest was erased may have written since."""


@dataclass(frozen=True)
class Receipt:
    """What the guest may keep: a number, when it was asked for, when all of it was gone, what went."""

    number: str
    event_name: str
    asked_at: datetime
    done_at: datetime | None
    photos: int
    pictures: int
    on_camera: bool
    outside: bool


async def ask(ports: Ports, token: str, confirmed: bool) -> Receipt:
    """Erase the data of the guest behind a link; asked again, the same receipt.

    Raises NotFound, Gone (revoked, expired), Invalid `NOT_CONFIRMED`.
    """
    if confirmed is not True:
        raise Invalid(
            "NOT_CONFIRMED", "Erasing cannot be taken back: it has to be confirmed.", field="confirm"
        )
    try:
        async with unit(ports) as work:
            await _erase_rows(work, ports, token)
    except Gone as over:
        if over.code != "LINK_ERASED":
            raise
    return await receipt(ports, token)


async def receipt(ports: Ports, token: str) -> Receipt:
    """The receipt of an erased guest. Raises NotFound `NOT_ERASED`."""
    async with reading(ports) as db:
        found = await _of_token(db, token)
    if found is None:
        raise NotFound("NOT_ERASED", "Nothing was erased here.")
    done, event_name = found
    return Receipt(
        done.number,
        event_name,
        done.asked_at,
        done.done_at,
        done.facts["photos"],
        done.facts["pictures"],
        done.facts["onCamera"],
        done.facts["outside"],
    )


async def _of_token(db: AsyncSession, token: str) -> tuple[Erasure, str] | None:
    row = await db.execute(
        select(Erasure, Event.name)
        .join(GuestSession, GuestSession.id == Erasure.session_id)
        .join(Event, Event.id == Erasure.event_id)
        .where(GuestSession.token == token)
    )
    found = row.one_or_none()
    return None if found is None else (found[0], found[1])


async def _erase_rows(work: Unit, ports: Ports, token: str) -> None:
    """What the database holds of the guest, at once; and the wish itself, for what storage holds."""
    session, guest, event = await look_up(ports, work.db, token)
    now = ports.clock.now()
    await forget.end_turns(work, session.id, now)
    files = await forget.files(work, session.id)
    facts = await forget.facts(work.db, ports, session.id) | {"onCamera": bool(files)}
    jobs = await forget.jobs(work, ports, session.id)
    await work.db.refresh(session, with_for_update={"key_share": True})
    await work.db.refresh(guest, with_for_update={"key_share": True})
    if guest.erased_at is not None:  # two presses: the first one has written all of it
        await work.forget()
        return
    guest.name, guest.whatsapp, guest.wall_consent_at, guest.erased_at = forget.NOBODY, "", None, now
    session.expires_at = session.revoked_at = now
    session.code_freed_at = session.code_freed_at or now
    number = _number()
    work.db.add(
        Erasure(
            id=str(ULID()),
            number=number,
            guest_id=guest.id,
            session_id=session.id,
            event_id=event.id,
            asked_at=now,
            next_at=func.clock_timestamp(),
            facts=facts,
        )
    )
    work.changed("guest", session.id)
    # The names of files on cameras and laptops, which no server reaches: the team removes them by hand.
    work.audit(
        forget.BY, "guest_erased", session.id, event.id, number=number, jobs=len(jobs), files=files[:200]
    )


def _number() -> str:
    letters = "".join(secrets.choice(CODE_ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def _in(seconds: float) -> ColumnElement[datetime]:
    return func.clock_timestamp() + timedelta(seconds=seconds)


# ---- what is in storage: a chore -------------------------------------------------------------------------

_DUE = (
    select(Erasure.id)
    .where(Erasure.next_at <= func.clock_timestamp())
    .order_by(Erasure.next_at)
    .limit(AT_ONCE)
    .with_for_update(skip_locked=True)
)


_COMES_LATE = (Erasure.next_at > _in(CLAIM_SECONDS)) & exists().where(
    CameraFile.event_id == Erasure.event_id,
    CameraFile.state == "orphan",
    CameraFile.reason == forget.LATE,
    CameraFile.suggested == func.jsonb_build_array(Erasure.session_id),
)
"""A file of an erased guest has come since the last look."""


async def carry_out(ports: Ports) -> None:
    """Delete what storage still holds of erased guests; what fails is tried again, by whichever worker."""
    claim = update(Erasure).where(Erasure.id.in_(_DUE.scalar_subquery()))
    async with unit(ports) as work:
        await work.db.execute(update(Erasure).where(_COMES_LATE).values(next_at=func.clock_timestamp()))
        due = await work.db.scalars(claim.values(next_at=_in(CLAIM_SECONDS)).returning(Erasure.id))
        ids = due.all()
    for erasure_id in ids:
        try:
            await _look(ports, erasure_id)
        except Exception as error:  # storage is away: it is looked at again when the claim is over
            log.warning("not_erased_yet", erasure=erasure_id, error=type(error).__name__)
            async with unit(ports) as work:
                await _again_in(work, erasure_id, AGAIN_SECONDS)


async def _look(ports: Ports, erasure_id: str) -> None:
    """Once more rows, then objects; done when no job could write another object meanwhile."""
    async with unit(ports) as work:
        erasure = await work.db.get_one(Erasure, erasure_id)
        session = await work.db.get_one(GuestSession, erasure.session_id)
        event = await work.db.get_one(Event, erasure.event_id)
        await forget.files(work, session.id)
        jobs = await forget.jobs(work, ports, session.id)
        quiet = all(job.status in FINISHED for job in jobs)
        keys = await keys_of(work.db, session)
        number, asked_at, name = erasure.number, erasure.asked_at, event.name
    await delete_all(ports, keys)
    await static_copy.replace_by_receipt(ports, session.token, name, number)
    async with unit(ports) as work:
        if not quiet:
            await _again_in(work, erasure_id, AGAIN_SECONDS)
            return
        now = ports.clock.now()
        await work.db.execute(
            update(Erasure)
            .where(Erasure.id == erasure_id)
            .values(done_at=func.coalesce(Erasure.done_at, now))
        )
        # Each look comes later than the one before.
        old = (now - asked_at).total_seconds()
        later = max(LATER_SECONDS, 2 * old) if old > SETTLE_SECONDS else SETTLE_SECONDS
        await _again_in(work, erasure_id, later if now - asked_at < LOOKS_FOR else None)


async def _again_in(work: Unit, erasure_id: str, seconds: float | None) -> None:
    at = None if seconds is None else _in(seconds)
    await work.db.execute(update(Erasure).where(Erasure.id == erasure_id).values(next_at=at))
