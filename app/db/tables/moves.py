"""Pictures given to another guest, links that were replaced, and what storage has still to do about both."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from app.db.tables.base import Base, Ulid, UlidKey


class GuestMove(Base):
    """A picture, with all that was made of it, went from one guest to another. `job_id` is the first of it.

    `shots` are its camera files as [id, the turn the rule gave them to], for the undo.
    """

    __tablename__ = "guest_moves"

    id: Mapped[UlidKey]
    job_id: Mapped[Ulid] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), index=True)
    event_id: Mapped[Ulid] = mapped_column(ForeignKey("events.id"))
    from_session_id: Mapped[Ulid] = mapped_column(ForeignKey("sessions.id"))
    to_session_id: Mapped[Ulid] = mapped_column(ForeignKey("sessions.id"))
    shots: Mapped[list[Any]] = mapped_column(server_default="[]")
    reason: Mapped[str | None]
    moved_by: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    undone_by: Mapped[str | None]
    undone_at: Mapped[datetime | None]


class OldLink(Base):
    """A guest's link that was switched off; `replaced_by` took its place, until `restored_at` if undone."""

    __tablename__ = "old_links"

    id: Mapped[UlidKey]
    token: Mapped[str] = mapped_column(index=True)
    replaced_by: Mapped[str]
    session_id: Mapped[Ulid] = mapped_column(ForeignKey("sessions.id"), index=True)
    move_id: Mapped[str | None] = mapped_column(ForeignKey("guest_moves.id", ondelete="SET NULL"))
    reason: Mapped[str | None]
    made_by: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    restored_at: Mapped[datetime | None]


class EndedLink(Base):
    """The SHA-256 of a guest's token whose visit retention took away: it says "over" and not "unknown"."""

    __tablename__ = "ended_links"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    ended_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp(), index=True)


class EndedFile(Base):
    """A camera file whose row retention took away: the laptop of its booth may not keep it either."""

    __tablename__ = "ended_files"
    __table_args__ = (Index("ix_ended_files_booth_id_ended_at", "booth_id", "ended_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    booth_id: Mapped[str]
    ended_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp(), index=True)


class StorageErrand(Base):
    """What storage has still to do: written with its cause, carried out by a chore that comes again.

    `kind` `copy`: bring the static copy under the token `subject` in line with the rows, as to the jobs in
    `todo`. `kind` `rename`: the objects of the job `subject` get new names, [old, new] each. `kind` `delete`:
    the objects in `todo` go, whose rows are gone. `rev` tells a chore that more was asked for meanwhile.
    """

    __tablename__ = "storage_errands"
    __table_args__ = (Index("ix_storage_errands_due_at", "due_at"),)

    kind: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    todo: Mapped[list[Any]] = mapped_column(server_default="[]")
    rev: Mapped[int] = mapped_column(server_default="1")
    due_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
