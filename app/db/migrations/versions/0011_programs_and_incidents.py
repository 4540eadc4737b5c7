"""Programs and incidents for the supervisor: live rows of both, checks of providers, guests sent to a booth.

Expand first, contract in a later release: the old program may still run while this is applied.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TIME = sa.DateTime(timezone=True)
_NOW = sa.text("clock_timestamp()")
_LIVE = ("created_at", "updated_at")


def _live() -> list[sa.Column[Any]]:
    times: list[sa.Column[Any]] = [
        sa.Column(name, _TIME, server_default=_NOW, nullable=False) for name in _LIVE
    ]
    return [*times, sa.Column("revision", sa.Integer(), server_default="1", nullable=False)]


def upgrade() -> None:
    """Apply."""
    facts = postgresql.JSONB(astext_type=sa.Text())
    columns: list[sa.Column[Any]] = [
        *_live(),
        sa.Column("role", sa.String(), server_default="worker", nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.Column("lost_at", _TIME, nullable=True),
        sa.Column("facts", facts, server_default="{}", nullable=False),
    ]
    for column in columns:
        op.add_column("workers", column)
    op.execute("UPDATE workers SET ended_at = seen_at")  # those that live say so within seconds
    op.create_index(op.f("ix_workers_updated_at"), "workers", ["updated_at"])
    op.create_table(
        "incidents",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=True),
        sa.Column("because", sa.String(), server_default="", nullable=False),
        sa.Column("by", sa.String(), server_default="", nullable=False),
        sa.Column("started_at", _TIME, server_default=_NOW, nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        *_live(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
    )
    op.create_index(op.f("ix_incidents_updated_at"), "incidents", ["updated_at"])
    op.create_index("ix_incidents_started_at", "incidents", ["started_at"])
    op.create_index(
        "uq_incidents_open",
        "incidents",
        ["kind", "subject"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.add_column("breakers", sa.Column("check_asked_at", _TIME, nullable=True))
    op.add_column("breakers", sa.Column("checked_at", _TIME, nullable=True))
    op.add_column("breakers", sa.Column("check_because", sa.String(), nullable=True))
    op.add_column("sessions", sa.Column("sent_to", sa.String(), nullable=True))
    op.create_foreign_key(op.f("fk_sessions_sent_to"), "sessions", "booths", ["sent_to"], ["id"])


def downgrade() -> None:
    """Take back."""
    op.drop_constraint(op.f("fk_sessions_sent_to"), "sessions", type_="foreignkey")
    op.drop_column("sessions", "sent_to")
    for name in ("check_because", "checked_at", "check_asked_at"):
        op.drop_column("breakers", name)
    op.drop_table("incidents")
    op.execute("DELETE FROM workers WHERE role <> 'worker'")
    op.drop_index(op.f("ix_workers_updated_at"), table_name="workers")
    for name in ("facts", "lost_at", "ended_at", "role", "revision", *_LIVE):
        op.drop_column("workers", name)
