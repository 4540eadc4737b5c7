"""Whose a camera file is: gathers what the rule needs to know, and does what it says.

All of it happens under the booth's lock, so that two files of one booth are never decided on at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from ulid import ULID

from app.db.tables import BoothSession, CameraFile, Event, Job
from app.db.unit import Unit
from app.domain import attribution as rule
from app.domain.camera_clock import CameraClock
from app.domain.errors import Conflict, Gone, NotFound
from app.domain.series import Shot
from app.domain.turns import Hold
from app.ports import Ports
from app.services import cameras, intake
from app.services.intake import Order, Picture
from app.services.job_family import take_back

ONE_PER_GUEST, QR_CODE, QR_UNKNOWN, QR_OLD = "ONE_PER_GUEST", "QR_CODE", "QR_UNKNOWN", "QR_OLD"
RECENT = 120
AROUND = timedelta(hours=1)
DAY = 86400.0
LOG_MAX = 2000
_UNTOLD = float("inf")


@dataclass(frozen=True)
class Judged:
    """What the rule says of a shot, and the log's entries it chose from."""

    verdict: rule.Verdict
    log: dict[str, BoothSession]
    clock: CameraClock
    facts: Shot

    @property
    def hold(self) -> BoothSession | None:
        """The entry whose guest the shot belongs to."""
        return self.log[self.verdict.hold_id] if self.verdict.hold_id else None


async def judge(db: AsyncSession, ports: Ports, shot: CameraFile) -> Judged:
    """What the rule says of a shot now; nothing is written."""
    now = ports.clock.now()
    facts = facts_of(shot, now)
    clock = await cameras.clock_of(db, shot.booth_id, shot.camera)
    log = {row.id: row for row in await _log(db, shot.booth_id, facts, clock)}
    holds = [hold_of(row) for row in log.values()]
    recent = await _recent(db, shot, now)
    return Judged(rule.attribute(facts, holds, clock, recent), log, clock, facts)


def hold_of(row: BoothSession) -> Hold:
    """The log's entry as the rule sees it; nobody holds a booth longer than their time."""
    end = row.expires_at if row.ended_at is None else min(row.ended_at, row.expires_at)
    return Hold(row.id, row.session_id, row.started_at.timestamp(), end.timestamp())


_FACTS = (
    CameraFile.id,
    CameraFile.appeared_earliest,
    CameraFile.appeared_latest,
    CameraFile.created_at,
    CameraFile.taken_at,
    CameraFile.camera,
    CameraFile.file_name,
    CameraFile.booth_session_id,
    CameraFile.reason,
)


def facts_of(shot: CameraFile | Row[*tuple[Any, ...]], now: datetime) -> Shot:
    """The file as the rule sees it. It surely was there when it was first heard of."""
    latest = min(time for time in (shot.appeared_latest, shot.created_at, now) if time is not None)
    earliest = shot.appeared_earliest
    return Shot(
        shot.id,
        -_UNTOLD if earliest is None else min(earliest, latest).timestamp(),
        latest.timestamp(),
        shot.taken_at.timestamp() if shot.taken_at else None,
        shot.camera,
        shot.file_name,
        shot.booth_session_id,
        shot.reason == QR_CODE,
    )


async def _log(db: AsyncSession, booth_id: str, facts: Shot, clock: CameraClock) -> Sequence[BoothSession]:
    """Who held the booth around the shutter, and since the file may have appeared."""
    since = datetime.fromtimestamp(max(facts.earliest, facts.latest - DAY), UTC) - AROUND
    around = or_(BoothSession.ended_at.is_(None), BoothSession.ended_at > since)
    if facts.taken is not None and (span := clock.shutter(facts.taken)):
        first, last = (datetime.fromtimestamp(moment, UTC) for moment in (span.start, span.end))
        around |= (BoothSession.started_at < last + AROUND) & (BoothSession.ended_at > first - AROUND)
    return (
        await db.scalars(
            select(BoothSession)
            .where(BoothSession.booth_id == booth_id, around)
            .order_by(BoothSession.id.desc())
            .limit(LOG_MAX)
            .execution_options(populate_existing=True)
        )
    ).all()


async def _recent(db: AsyncSession, shot: CameraFile, now: datetime) -> list[Shot]:
    """Other files of the same camera, the newest ones; a file that vanished or is broken tells nothing."""
    gone = and_(
        CameraFile.state == "rejected",
        CameraFile.storage_key.is_(None),
        CameraFile.reason.is_distinct_from(QR_CODE),
    )
    query = (
        select(*_FACTS)
        .where(
            CameraFile.booth_id == shot.booth_id,
            CameraFile.camera == shot.camera if shot.camera else CameraFile.camera.is_(None),
            CameraFile.id != shot.id,
            CameraFile.state.not_in(("invalid", "duplicate")),
            ~gone,
        )
        .order_by(CameraFile.created_at.desc())
        .limit(RECENT)
    )
    return [facts_of(row, now) for row in await db.execute(query)]


async def guess(work: Unit, ports: Ports, shot_id: str) -> None:
    """Show whose a file probably is, before its bytes are here; the caller holds the booth's lock."""
    shot = await work.db.get(CameraFile, shot_id, populate_existing=True)
    if shot is None or shot.state not in ("receiving", "seen"):
        return
    hold = (await judge(work.db, ports, shot)).hold
    shot.booth_session_id = hold.id if hold else None
    shot.session_id = hold.session_id if hold else None
    await work.db.flush()


async def decide(work: Unit, ports: Ports, shot: CameraFile) -> None:
    """Give a stored shot to its guest as a job, or put it into the tray; once for all.

    The caller holds the locks of the booth and of the shot.
    """
    found = await judge(work.db, ports, shot)
    if found.verdict.clock != found.clock and shot.camera:
        await cameras.keep_clock(work.db, shot.booth_id, shot.camera, found.verdict.clock)
    for earlier in sorted(found.verdict.withdrawn):
        await withdraw(work, ports, earlier, rule.LATE_FILE)
    hold = found.hold
    shot.state, shot.reason, shot.suggested = "orphan", found.verdict.reason, list(found.verdict.suggested)
    shot.booth_session_id = shot.session_id = None
    if hold is not None:
        await _give(work, ports, shot, hold)
    await work.db.flush()
    work.changed("shot", shot.id)


async def set_aside(
    work: Unit, ports: Ports, shot: CameraFile, reason: str, guest: str | None = None
) -> None:
    """Put a stored shot into the tray for a reason of its own; whose it may be is still told."""
    found = await judge(work.db, ports, shot)
    likely = [found.hold.session_id] if found.hold else list(found.verdict.suggested)
    likely = likely if guest is None else [guest]
    shot.state, shot.reason, shot.suggested = "orphan", reason, likely
    shot.booth_session_id = shot.session_id = None
    await work.db.flush()
    work.changed("shot", shot.id)


async def _give(work: Unit, ports: Ports, shot: CameraFile, hold: BoothSession) -> None:
    """Queue the job of the turn's guest; a guest whose time is over leaves the shot in the tray."""
    shot.suggested = [hold.session_id]
    if await _has_enough(work.db, hold):
        shot.reason = ONE_PER_GUEST
        return
    order = Order(hold.event_id, hold.session_id, shot.booth_id, hold.mode, hold.style_id, None)
    picture = Picture(shot.storage_key or "", shot.sha256 or "", shot.content_type or "")
    try:
        if hold.event_id != shot.event_id:
            raise Conflict("SESSION_OF_OTHER_EVENT", "The booth was at another event then.")
        job = await intake.add_job(work, ports, order, picture, str(ULID()))
    except (NotFound, Conflict, Gone) as why:
        shot.reason = why.code
        return
    shot.state, shot.reason, shot.suggested = "assigned", None, None
    shot.job_id, shot.session_id, shot.booth_session_id = job.id, job.session_id, hold.id


async def _has_enough(db: AsyncSession, hold: BoothSession) -> bool:
    """Whether the event gives one photo to a guest, and this turn has one that is made or being made."""
    per_guest = await db.scalar(select(Event.photos_per_guest).where(Event.id == hold.event_id))
    if per_guest != "one":
        return False
    same_turn = select(BoothSession.id).where(
        BoothSession.booth_id == hold.booth_id,
        BoothSession.session_id == hold.session_id,
        BoothSession.started_at == hold.started_at,
    )
    made = (
        select(func.count())
        .select_from(CameraFile)
        .join(Job, Job.id == CameraFile.job_id)
        .where(
            CameraFile.booth_session_id.in_(same_turn),
            CameraFile.state == "assigned",
            Job.status.not_in(("failed", "canceled")),
        )
    )
    return bool(await db.scalar(made))


async def withdraw(work: Unit, ports: Ports, shot_id: str, reason: str) -> bool:
    """Take a shot back that the rule gave away, into the tray; False where it is not the rule's to take.

    A picture that its guest has already stays; so does what an operator has given.
    """
    shot = await work.db.get(CameraFile, shot_id, with_for_update=True, populate_existing=True)
    if shot is None or shot.state != "assigned" or shot.booth_session_id is None or shot.job_id is None:
        return False
    by = f"watcher {shot.booth_id}"
    if not await take_back(work, ports, shot.job_id, by):
        work.audit(by, "shot_not_withdrawn", shot_id, shot.event_id, reason=reason, job=shot.job_id)
        return False
    work.audit(by, "shot_withdrawn", shot_id, shot.event_id, reason=reason, job=shot.job_id)
    shot.suggested = [shot.session_id]
    shot.state, shot.reason = "orphan", reason
    shot.job_id = shot.session_id = shot.booth_session_id = None
    await work.db.flush()
    work.changed("shot", shot_id)
    return True


async def reconsider(work: Unit, ports: Ports, booth_id: str, since: datetime) -> None:
    """The log was written for a moment in the past: look again at the files that came since then."""
    came = func.coalesce(CameraFile.appeared_latest, CameraFile.created_at)
    rows = await work.db.scalars(
        select(CameraFile)
        .where(
            CameraFile.booth_id == booth_id,
            came >= since,
            CameraFile.state.in_(("receiving", "seen", "assigned")),
        )
        .order_by(CameraFile.id)
        .limit(RECENT)
    )
    for shot in rows.all():
        if shot.state != "assigned":
            await guess(work, ports, shot.id)
            work.changed("shot", shot.id)
            continue
        given, hold = shot.booth_session_id, (await judge(work.db, ports, shot)).hold
        if given is None or (hold is not None and hold.id == given):
            continue
        if await withdraw(work, ports, shot.id, rule.BETWEEN_GUESTS):
            await decide(work, ports, shot)


async def mark_qr(work: Unit, shot: CameraFile, hold: BoothSession) -> None:
    """A photographed QR: no picture is made of it, unless an operator wants one after all."""
    await work.db.execute(
        update(CameraFile)
        .where(CameraFile.id == shot.id)
        .values(
            state="rejected",
            reason=QR_CODE,
            session_id=hold.session_id,
            booth_session_id=hold.id,
            suggested=[hold.session_id],
        )
    )
    work.changed("shot", shot.id)
