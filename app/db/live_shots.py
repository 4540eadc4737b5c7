"""Camera files as screens see them, with the guests an orphan may belong to."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables import BoothSession, CameraFile, Guest, GuestSession
from app.domain.attribution import LATE_FILE
from app.domain.messages import LiveRow, ShotChanged, ShotState, Suggestion

SHOTS_MAX = 600
TRAY_MAX = 2000
IN_TRAY: tuple[ShotState, ...] = ("orphan", "invalid")
"""These wait for a person, however old they are."""


async def shots(db: AsyncSession, ids: Sequence[str]) -> list[LiveRow]:
    """The camera files with these ids."""
    return await found(db, CameraFile.id.in_(ids))


async def found(
    db: AsyncSession, where: ColumnElement[bool], *more: ColumnElement[bool], limit: int = SHOTS_MAX
) -> list[LiveRow]:
    """The camera files that fit, newest first."""
    query = (
        select(CameraFile, Guest.name, CameraFile.preview.is_not(None))
        .outerjoin(GuestSession, GuestSession.id == CameraFile.session_id)
        .outerjoin(Guest, Guest.id == GuestSession.guest_id)
        .where(where, *more)
        .order_by(CameraFile.id.desc())
        .limit(limit)
    )
    rows = (await db.execute(query)).all()
    named = await _suggestions(db, {guest for shot, _, _ in rows for guest in shot.suggested or ()})
    late = [shot.id for shot, _, _ in rows if shot.reason == LATE_FILE and shot.suggested]
    ruled_out = await _here_when_it_came(db, late) if late else set()
    return [_shot(*row, named, ruled_out) for row in rows]


async def _here_when_it_came(db: AsyncSession, ids: Sequence[str]) -> set[tuple[str, str]]:
    """Shots, each with whose turn it was when its file came: a file from before that turn is not theirs."""
    came = func.coalesce(CameraFile.appeared_latest, CameraFile.created_at)
    query = select(CameraFile.id, BoothSession.session_id).join(
        BoothSession,
        and_(
            BoothSession.booth_id == CameraFile.booth_id,
            BoothSession.started_at <= came,
            or_(BoothSession.ended_at.is_(None), BoothSession.ended_at > came),
        ),
    )
    rows = await db.execute(query.where(CameraFile.id.in_(ids)))
    return {(row.id, row.session_id) for row in rows}


async def _suggestions(db: AsyncSession, session_ids: set[str]) -> dict[str, Suggestion]:
    """The guests an orphan may belong to, by session; who was erased since is nobody."""
    if not session_ids:
        return {}
    query = (
        select(GuestSession.id, GuestSession.code, Guest.name)
        .join(Guest, Guest.id == GuestSession.guest_id)
        .where(GuestSession.id.in_(session_ids), Guest.erased_at.is_(None), GuestSession.revoked_at.is_(None))
    )
    return {
        row.id: Suggestion(session_id=row.id, code=row.code, guest_name=row.name)
        for row in await db.execute(query)
    }


def _shot(
    shot: CameraFile,
    guest_name: str | None,
    has_preview: bool,
    named: dict[str, Suggestion],
    ruled_out: set[tuple[str, str]],
) -> ShotChanged:
    likely = [guest for guest in shot.suggested or () if (shot.id, guest) not in ruled_out]
    return ShotChanged(
        id=shot.id,
        revision=shot.revision,
        event_id=shot.event_id,
        booth_id=shot.booth_id,
        file_name=shot.file_name,
        state=shot.state,  # type: ignore[arg-type]  # written from ShotState only
        bytes_seen=shot.bytes_seen,
        bytes_expected=shot.bytes_expected,
        expected_exact=shot.expected_exact,
        reason=shot.reason,
        session_id=shot.session_id,
        guest_name=guest_name,
        job_id=shot.job_id,
        has_preview=has_preview,
        preview_version=shot.preview_version,
        camera=shot.camera,
        taken_at=shot.taken_at,
        has_raw=shot.raw_key is not None,
        original_pending=shot.original_pending,
        suggested=[named[guest] for guest in likely if guest in named],
        appeared_at=shot.appeared_at,
        updated_at=shot.updated_at,
    )
