"""Guests and their visits; accounts, what they may see, where they are signed in; who did what."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.tables.base import Base, Created, Live, Ulid, UlidKey


class Guest(Created, Base):
    """The person photographed; `whatsapp` in E.164. `erased_at` when their data was erased on request.

    `wall_consent_at`: since when their picture may be shown on the event's wall; None is no.
    """

    __tablename__ = "guests"

    id: Mapped[UlidKey]
    event_id: Mapped[Ulid] = mapped_column(ForeignKey("events.id"), index=True)
    name: Mapped[str]
    whatsapp: Mapped[str]
    language: Mapped[str] = mapped_column(server_default="id")
    consent_at: Mapped[datetime]
    wall_consent_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]


class GuestSession(Live, Base):
    """A guest's visit: the code people say, the token of the guest's link.

    A code is free again when its session is over: then `code_freed_at` is set by whoever needs the code.
    `register_key` is the SHA-256 of the key the kiosk sent it with: the same try again is the same visit.
    `sent_to`: a supervisor asked this guest to go to that booth; every booth may take everybody all the same.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        Index("uq_sessions_code_held", "code", unique=True, postgresql_where=text("code_freed_at IS NULL")),
        Index("ix_sessions_event_id_expires_at", "event_id", "expires_at"),
    )

    id: Mapped[UlidKey]
    event_id: Mapped[Ulid] = mapped_column(ForeignKey("events.id"))
    guest_id: Mapped[Ulid] = mapped_column(ForeignKey("guests.id"), index=True)
    code: Mapped[str]
    code_freed_at: Mapped[datetime | None]
    token: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    register_key: Mapped[str | None] = mapped_column(unique=True)
    sent_to: Mapped[str | None] = mapped_column(ForeignKey("booths.id"))


class Erasure(Base):
    """A guest asked that their data be erased. The row is written first; what is in storage follows.

    `number` is the receipt's. `next_at` is when a worker looks (again), empty once nothing can come any more.
    `done_at`: the rows' personal data and all objects are gone. `facts` is what the receipt tells; no names.
    """

    __tablename__ = "erasures"
    __table_args__ = (Index("ix_erasures_next_at", "next_at", postgresql_where=text("next_at IS NOT NULL")),)

    id: Mapped[UlidKey]
    number: Mapped[str] = mapped_column(unique=True)
    guest_id: Mapped[Ulid] = mapped_column(ForeignKey("guests.id"), unique=True)
    session_id: Mapped[Ulid] = mapped_column(ForeignKey("sessions.id"))
    event_id: Mapped[Ulid] = mapped_column(ForeignKey("events.id"))
    asked_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    facts: Mapped[dict[str, Any]] = mapped_column(server_default="{}")


class User(Created, Base):
    """A staff account; `all_events` or the rows of `user_events` say what it sees."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("role IN ('operator', 'supervisor', 'admin')", name="role"),)

    id: Mapped[UlidKey]
    username: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    role: Mapped[str]
    all_events: Mapped[bool] = mapped_column(server_default="false")
    disabled_at: Mapped[datetime | None]


class UserEvent(Base):
    """An account is given an event."""

    __tablename__ = "user_events"

    user_id: Mapped[Ulid] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    event_id: Mapped[Ulid] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), primary_key=True)


class SignIn(Created, Base):
    """One sign-in: `id` is a token's jti or the SHA-256 of a console cookie. Revoked means over at once.

    `agent` is what the browser or program calls itself; `used_at` is right to a minute.
    """

    __tablename__ = "sign_ins"

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[Ulid] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None]
    agent: Mapped[str] = mapped_column(server_default="")
    used_at: Mapped[datetime | None]


class AuditEntry(Base):
    """Who did what to which thing."""

    __tablename__ = "audit_log"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp(), index=True)
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    event_id: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
