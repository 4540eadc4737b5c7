"""Live rows made up for tests of the board."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.messages import BoothChanged, GuestChanged, JobChanged, LiveRow, ShotChanged

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)


def job(row_id: str = "job", revision: int = 1, **fields: Any) -> JobChanged:
    """A queued job of event `e` at booth `b`."""
    made = JobChanged(
        id=row_id,
        revision=revision,
        event_id="e",
        booth_id="b",
        session_id="s",
        line="photo",
        code="ABC",
        guest_name="Ayu",
        mode="style",
        style_id="pencil",
        style_name="Pencil",
        status="queued",
        stage=None,
        percent=0,
        attempts=0,
        cancel_requested=False,
        wait=None,
        error_code=None,
        error_message=None,
        parent_id=None,
        created_at=NOW,
        started_at=None,
        finished_at=None,
        updated_at=NOW,
        has_output=False,
    )
    return made.model_copy(update=fields)


def guest(row_id: str = "guest", revision: int = 1, **fields: Any) -> GuestChanged:
    """A registered guest of event `e`."""
    made = GuestChanged(
        id=row_id,
        revision=revision,
        event_id="e",
        booth_id=None,
        code="ABC",
        guest_name="Ayu",
        phone_tail="890",
        state="registered",
        jobs_open=0,
        jobs_done=0,
        jobs_failed=0,
        created_at=NOW,
        expires_at=NOW + timedelta(hours=6),
        updated_at=NOW,
    )
    return made.model_copy(update=fields)


def shot(row_id: str = "shot", revision: int = 1, **fields: Any) -> ShotChanged:
    """A shot at booth `b`."""
    made = ShotChanged(
        id=row_id,
        revision=revision,
        event_id="e",
        booth_id="b",
        file_name="DSC_1.JPG",
        state="seen",
        bytes_seen=1,
        reason=None,
        session_id=None,
        guest_name=None,
        job_id=None,
        has_preview=True,
        appeared_at=NOW,
        updated_at=NOW,
    )
    return made.model_copy(update=fields)


def booth(row_id: str = "b", revision: int = 1, **fields: Any) -> BoothChanged:
    """Booth `b` at event `e`."""
    made = BoothChanged(
        id=row_id,
        revision=revision,
        event_id="e",
        booth_id=row_id,
        name="Booth",
        active=None,
        watcher_online=False,
        watcher_seen_at=None,
        watcher_version=None,
        watcher_pending=0,
        watcher_free_bytes=None,
        last_shot_at=None,
        updated_at=NOW,
    )
    return made.model_copy(update=fields)


def some(kind: str, row_id: str, revision: int) -> LiveRow:
    """A row of a kind."""
    makers = {"job": job, "guest": guest, "shot": shot, "booth": booth}
    made: LiveRow = makers[kind](row_id, revision)  # type: ignore[operator]
    return made
