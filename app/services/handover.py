"""Photographing a guest's QR hands the booth over to that guest, from the moment of that shot."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from ulid import ULID

from app.db.tables import Booth, BoothSession, CameraFile, Event, GuestSession
from app.db.unit import Unit
from app.domain import attribution as rule
from app.domain import qr_shot
from app.domain.camera_clock import Span
from app.domain.session import CODE_ALPHABET, CODE_LENGTH, read_code
from app.ports import Ports
from app.services import attribution, cameras
from app.services.holds import booth_of, held, prolong, taste

_LINK = re.compile(r"\S*/r/([A-Za-z0-9_-]{8,64})/?#(\S+)")
_OPEN = ("receiving", "seen", "stored")
VAGUE = 5.0
"""Seconds within which the shutter must be known: else the new turn begins only when the file was there."""
REMEMBERED = timedelta(minutes=30)
"""So long a QR that was not believed waits for a live photo that speaks for it."""
_CODE = re.compile(f"[{CODE_ALPHABET}]{{{CODE_LENGTH}}}")


class Shown(Enum):
    """What a QR code in a shot was."""

    OPENED = "opened"
    PHOTO = "photo"
    """None of ours, or none that opens anything now: just a photo."""
    NOBODY = "nobody"
    """One of ours by its form, and no guest's here: of another event, too old, or withdrawn."""
    OLD = "old"
    """A guest's, but nothing tells that it was photographed just now."""


@dataclass(frozen=True)
class Reading:
    """What a QR code in a shot was, and of whom where it is OLD."""

    shown: Shown
    session_id: str | None = None


async def by_qr(work: Unit, ports: Ports, booth_id: str, shot_id: str, text: str, sha256: str) -> Reading:
    """Open the session whose QR a shot shows.

    The guest before is this booth's until the shutter of that shot, also when it is read only later; an
    operator's own later choice of guest stands. The same guest again only gets more time.
    """
    booth = await booth_of(work.db, booth_id, lock=True)
    shot = await work.db.get(CameraFile, shot_id, with_for_update=True, populate_existing=True)
    code, token = _named(text)
    open_here = shot is not None and shot.booth_id == booth_id and shot.state in _OPEN
    if shot is None or code is None or not open_here:
        return Reading(Shown.PHOTO)
    known = select(CameraFile.id).where(
        CameraFile.booth_id == booth_id, CameraFile.sha256 == sha256, CameraFile.id != shot_id
    )
    session = await _guest_of(work.db, ports, booth, code, token)
    if session is None:
        return Reading(Shown.NOBODY)
    if await work.db.scalar(known) is not None:
        return Reading(Shown.PHOTO)
    found = await attribution.judge(work.db, ports, shot)
    if found.verdict.reason == rule.LATE_FILE and found.verdict.withdrawn:
        return Reading(Shown.PHOTO)  # one of many copied files
    if not qr_shot.tells_when(found.facts, found.clock, found.verdict.clock):
        return Reading(Shown.OLD, session.id)
    if not await _hand_over(work, ports, booth, session, shot, found):
        return Reading(Shown.PHOTO)
    return Reading(Shown.OPENED)


async def recall(work: Unit, ports: Ports, booth_id: str, shot: CameraFile) -> None:
    """Open the session of a QR that was not believed, once a live photo shows that it was live, too.

    The caller holds the booth's lock; the photo itself is decided on after that.
    """
    put_aside = select(CameraFile).where(
        CameraFile.booth_id == booth_id,
        CameraFile.camera == shot.camera,
        CameraFile.state == "orphan",
        CameraFile.reason == attribution.QR_OLD,
        CameraFile.created_at > ports.clock.now() - REMEMBERED,
    )
    newest = put_aside.order_by(CameraFile.created_at.desc()).limit(1).with_for_update()
    qr = await work.db.scalar(newest.execution_options(populate_existing=True))
    if qr is None or not qr.suggested:
        return
    facts, now = attribution.facts_of(shot, ports.clock.now()), ports.clock.now()
    if not qr_shot.prove_each_other(attribution.facts_of(qr, now), facts):
        return
    booth = await booth_of(work.db, booth_id, lock=True)
    session = await work.db.get(GuestSession, qr.suggested[0])
    if session is not None and session.event_id == booth.event_id and session.revoked_at is None:
        await _hand_over(work, ports, booth, session, qr, await attribution.judge(work.db, ports, qr))


async def _hand_over(
    work: Unit,
    ports: Ports,
    booth: Booth,
    session: GuestSession,
    shot: CameraFile,
    found: attribution.Judged,
) -> bool:
    """Begin the guest's turn and look again at what came since; False where no style is to be had."""
    hold = await _open(work, ports, booth, session, found.verdict.shutter)
    if hold is None:
        return False
    if shot.camera is not None:
        await cameras.keep_clock(work.db, booth.id, shot.camera, found.verdict.clock)
    await attribution.mark_qr(work, shot, hold)
    await attribution.reconsider(work, ports, booth.id, hold.started_at)
    return True


def _named(text: str) -> tuple[str | None, str | None]:
    """The code that a text names, and the token where it is a guest's link and not the bare code."""
    link = _LINK.fullmatch(text.strip())
    code = read_code(link[2] if link else text)
    return (code, link[1] if link else None) if _CODE.fullmatch(code) else (None, None)


async def _guest_of(
    db: AsyncSession, ports: Ports, booth: Booth, code: str, token: str | None
) -> GuestSession | None:
    """The valid session of the booth's open event with that code."""
    session = await db.scalar(
        select(GuestSession)
        .join(Event, Event.id == GuestSession.event_id)
        .where(
            GuestSession.code == code,
            GuestSession.code_freed_at.is_(None),
            GuestSession.revoked_at.is_(None),
            GuestSession.expires_at > ports.clock.now(),
            GuestSession.event_id == booth.event_id,
            Event.status == "open",
        )
    )
    return None if session is None or token not in (None, session.token) else session


async def _open(
    work: Unit, ports: Ports, booth: Booth, session: GuestSession, shutter: Span
) -> BoothSession | None:
    """Write the guest's turn into the log, from the shutter on; None where no style is to be had."""
    now = ports.clock.now()
    current = await held(work.db, booth.id, now)
    if current is not None and current.session_id == session.id:
        await prolong(work, ports, booth.id)
        return current
    vague = shutter.end - shutter.start > VAGUE
    begin = datetime.fromtimestamp(shutter.end if vague else shutter.start, UTC)
    since = await _since(work.db, booth.id, begin)
    before = next((row for row in since if row.started_at <= begin), None)
    after = next((row for row in since if row.started_at > begin), None)
    for row in (before, after):
        if row is not None and row.session_id == session.id:
            return row
    chosen = await taste(work.db, booth.id)
    if chosen is None:
        return None
    over = _over(before, after, shutter, begin, now, ports.policy.active_session_ttl)
    if before is not None:
        doubtful = vague and shutter.start > before.started_at.timestamp()
        before.ended_at = datetime.fromtimestamp(shutter.start, UTC) if doubtful else begin
        before.ended_why = "qr"
        work.changed("guest", before.session_id)
        await work.db.flush()  # the turn before is over before the next one is open
    ttl = timedelta(seconds=ports.policy.active_session_ttl)
    hold = BoothSession(
        id=str(ULID()),
        booth_id=booth.id,
        event_id=booth.event_id,
        session_id=session.id,
        mode=chosen[0],
        style_id=chosen[1],
        operator_id=None,
        started_at=begin,
        expires_at=over or now + ttl,
        ended_at=over,
        ended_why="qr" if over else None,
    )
    return await _begin(work, hold)


def _over(
    before: BoothSession | None,
    after: BoothSession | None,
    shutter: Span,
    begin: datetime,
    now: datetime,
    ttl: int,
) -> datetime | None:
    """When a turn that began in the past was over; None while it may last.

    Whoever was chosen since then stands. A turn that would be over by its own time hands the booth to nobody,
    and neither does a late file once an operator has made the booth free.
    """
    ends = [] if after is None else [after.started_at]
    if begin + timedelta(seconds=ttl) <= now:
        ends.append(begin + timedelta(seconds=ttl))
    late = now.timestamp() - shutter.end > rule.VERY_LATE
    freed = before.ended_at if late and before and before.ended_why in ("ended", "moved") else None
    if freed is not None and freed.timestamp() > shutter.end:
        ends.append(freed)
    return min(ends, default=None)


async def _begin(work: Unit, hold: BoothSession) -> BoothSession:
    work.db.add(hold)
    await work.db.flush()
    work.changed("booth", hold.booth_id)
    work.changed("guest", hold.session_id)
    by = f"watcher {hold.booth_id}"
    work.audit(by, "guest_activated", hold.session_id, hold.event_id, booth=hold.booth_id, by="qr")
    return hold


async def _since(db: AsyncSession, booth_id: str, moment: datetime) -> list[BoothSession]:
    """The turns that were not over at that moment, oldest first."""
    rows = await db.scalars(
        select(BoothSession)
        .where(
            BoothSession.booth_id == booth_id,
            or_(BoothSession.ended_at.is_(None), BoothSession.ended_at > moment),
        )
        .order_by(BoothSession.started_at, BoothSession.id)
        .execution_options(populate_existing=True)
    )
    return list(rows)
