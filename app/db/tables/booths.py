"""Booths, whose guest they held when, their watchers' tokens, and every camera file."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.tables.base import Base, Created, Live, Ulid, UlidKey


class Booth(Live, Base):
    """One camera place; belongs to one current event. The watcher's last words stand here."""

    __tablename__ = "booths"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    event_id: Mapped[Ulid] = mapped_column(ForeignKey("events.id"), index=True)
    watcher_id: Mapped[str | None]
    watcher_seen_at: Mapped[datetime | None]
    watcher_version: Mapped[str | None]
    watcher_pending: Mapped[int] = mapped_column(server_default="0")
    watcher_free_bytes: Mapped[int | None] = mapped_column(BigInteger)
    watcher_health: Mapped[dict[str, Any] | None]
    rescan_asked_at: Mapped[datetime | None]
    last_shot_at: Mapped[datetime | None]
    printer: Mapped[str] = mapped_column(server_default="")
    """A queue at the print server, or an IPP address; empty: this booth does not print."""
    printer_state: Mapped[dict[str, Any] | None]
    printer_asked_at: Mapped[datetime | None]


class BoothSession(Base):
    """A log of who held a booth; the one row of a booth without `ended_at` is its active session."""

    __tablename__ = "booth_sessions"
    __table_args__ = (
        Index("uq_booth_sessions_open", "booth_id", unique=True, postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[UlidKey]
    booth_id: Mapped[str] = mapped_column(ForeignKey("booths.id"))
    event_id: Mapped[Ulid] = mapped_column(ForeignKey("events.id"))
    session_id: Mapped[Ulid] = mapped_column(ForeignKey("sessions.id"), index=True)
    mode: Mapped[str]
    style_id: Mapped[str] = mapped_column(ForeignKey("styles.id"))
    operator_id: Mapped[Ulid | None] = mapped_column(ForeignKey("users.id"))
    """Nobody, where a photographed QR brought the guest."""
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str | None]


class BoothToken(Created, Base):
    """A watcher's token, as its SHA-256."""

    __tablename__ = "booth_tokens"

    id: Mapped[UlidKey]
    booth_id: Mapped[str] = mapped_column(ForeignKey("booths.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    label: Mapped[str] = mapped_column(server_default="")
    made_by: Mapped[str] = mapped_column(server_default="")
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class CameraClock(Base):
    """How far a camera's clock is from the server's, where that is known: server time = camera time + offset.

    `source` is `hand` or `measured`; a measured one without `offset_seconds` is still being measured, and
    `samples` are its newest live shots as [appeared, taken] in seconds since 1970.
    """

    __tablename__ = "camera_clocks"

    booth_id: Mapped[str] = mapped_column(ForeignKey("booths.id", ondelete="CASCADE"), primary_key=True)
    camera: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str]
    offset_seconds: Mapped[float | None]
    samples: Mapped[list[Any]] = mapped_column(server_default="[]")
    updated_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class CameraFile(Live, Base):
    """One shot of a camera. `id` is the watcher's; (booth, sha256) is what makes a shot one shot.

    `preview` is the watcher's thumbnail (JPEG, at most 96 KiB): here and not in storage, so that it is on
    screen at once also when storage is slow or away.
    """

    __tablename__ = "camera_files"
    __table_args__ = (
        Index(
            "uq_camera_files_booth_id_sha256",
            "booth_id",
            "sha256",
            unique=True,
            postgresql_where=text("state <> 'duplicate'"),
        ),
        Index("ix_camera_files_booth_id_created_at", "booth_id", "created_at"),
        Index("ix_camera_files_event_id_created_at", "event_id", "created_at"),
    )

    id: Mapped[UlidKey]
    booth_id: Mapped[str] = mapped_column(ForeignKey("booths.id"))
    event_id: Mapped[Ulid] = mapped_column(ForeignKey("events.id"))
    file_name: Mapped[str]
    state: Mapped[str]
    bytes_seen: Mapped[int] = mapped_column(BigInteger, server_default="0")
    bytes_expected: Mapped[int | None] = mapped_column(BigInteger)
    expected_exact: Mapped[bool] = mapped_column(server_default="false")
    sha256: Mapped[str | None]
    content_type: Mapped[str | None]
    reason: Mapped[str | None]
    tray_reason: Mapped[str | None]
    """Of a shot that a hand took out of the tray: why it was there, for when it comes back."""
    preview: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    preview_version: Mapped[int] = mapped_column(server_default="0")
    storage_key: Mapped[str | None]
    original_pending: Mapped[bool] = mapped_column(server_default="false")
    raw_key: Mapped[str | None]
    raw_sha256: Mapped[str | None]
    booth_session_id: Mapped[str | None] = mapped_column(ForeignKey("booth_sessions.id"), index=True)
    session_id: Mapped[str | None] = mapped_column(ForeignKey("sessions.id"), index=True)
    job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id"), index=True)
    appeared_at: Mapped[datetime]
    appeared_earliest: Mapped[datetime | None]
    appeared_latest: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
    camera: Mapped[str | None]
    suggested: Mapped[list[Any] | None]
    """Session ids an orphan may belong to, best first."""
