"""What a guest may know and decide about their own data, behind the token of their page."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.db.tables import Job
from app.db.unit import reading, unit
from app.domain.consent import NECESSARY, PHOTO, check_choice
from app.domain.errors import TooMany
from app.domain.session import masked_phone
from app.ports import Ports
from app.services.guest_page import ends_at, look_up

PER_LINK_PER_MINUTE = 120
PER_IP_PER_MINUTE = 600


@dataclass(frozen=True)
class Consent:
    """One purpose: whether it is given, since when, and whether there is no visit without it."""

    purpose: str
    necessary: bool
    given: bool
    since: datetime | None


@dataclass(frozen=True)
class HeldData:
    """What is held of a guest; `photos` were taken of them, `pictures` were made of these."""

    name: str
    phone: str
    photos: int
    pictures: int
    until: datetime
    consents: Sequence[Consent]


async def throttle(ports: Ports, token: str, ip: str) -> None:
    """How often one link, and one address, may ask. Raises TooMany."""
    link = hashlib.sha256(token.encode()).hexdigest()[:32]
    for key, limit in ((f"guest-link:{link}", PER_LINK_PER_MINUTE), (f"guest-ip:{ip}", PER_IP_PER_MINUTE)):
        verdict = await ports.limiter.hit(key, limit=limit, per_seconds=60)
        if not verdict.allowed:
            raise TooMany("TOO_MANY", "Please wait a moment and try again.", retry_after=verdict.retry_after)


async def held(ports: Ports, token: str) -> HeldData:
    """What is held of the guest behind a link. Raises NotFound, Gone."""
    async with reading(ports) as db:
        session, guest, event = await look_up(ports, db, token)
        counted = await db.execute(
            select(func.count(func.distinct(Job.input_sha256)), func.count(Job.best_output_key)).where(
                Job.session_id == session.id, Job.status != "canceled"
            )
        )
    photos, pictures = counted.one()
    since = {PHOTO: guest.consent_at, "wall": guest.wall_consent_at}
    consents = [
        Consent(purpose, necessary, since[purpose] is not None, since[purpose])
        for purpose, necessary in NECESSARY.items()
    ]
    return HeldData(
        guest.name, masked_phone(guest.whatsapp), photos, pictures, ends_at(session, event), consents
    )


async def choose(ports: Ports, token: str, purpose: str, given: bool) -> None:
    """Give or take back the consent to one purpose; each change is in the audit log.

    Raises NotFound, Gone, Conflict `CONSENT_NECESSARY`.
    """
    check_choice(purpose)
    async with unit(ports) as work:
        session, guest, event = await look_up(ports, work.db, token)
        await work.db.refresh(guest, with_for_update={"key_share": True})
        if (guest.wall_consent_at is not None) == given:
            return
        guest.wall_consent_at = ports.clock.now() if given else None
        what = "consent_given" if given else "consent_withdrawn"
        work.audit("guest", what, session.id, event.id, purpose=purpose)
        work.changed("guest", session.id)
