"""What guests decide on their page: another style, the wall, erasing; and a kiosk's try that is sent twice.

Expand first, contract in a later release: the old program may still run while this is applied.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.add_column("events", sa.Column("extra_styles", sa.Integer(), server_default="0", nullable=False))
    op.add_column("guests", sa.Column("wall_consent_at", _TIME, nullable=True))
    op.add_column("sessions", sa.Column("register_key", sa.String(), nullable=True))
    op.create_unique_constraint(op.f("uq_sessions_register_key"), "sessions", ["register_key"])
    op.create_table(
        "erasures",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("guest_id", sa.String(length=26), nullable=False),
        sa.Column("session_id", sa.String(length=26), nullable=False),
        sa.Column("event_id", sa.String(length=26), nullable=False),
        sa.Column("asked_at", _TIME, nullable=False),
        sa.Column("done_at", _TIME, nullable=True),
        sa.Column("next_at", _TIME, nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(["guest_id"], ["guests.id"], name=op.f("fk_erasures_guest_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_erasures_session_id")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_erasures_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
        sa.UniqueConstraint("number", name=op.f("uq_erasures_number")),
        sa.UniqueConstraint("guest_id", name=op.f("uq_erasures_guest_id")),
    )
    op.create_index(
        "ix_erasures_next_at", "erasures", ["next_at"], postgresql_where=sa.text("next_at IS NOT NULL")
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("erasures")
    op.drop_constraint(op.f("uq_sessions_register_key"), "sessions", type_="unique")
    op.drop_column("sessions", "register_key")
    op.drop_column("guests", "wall_consent_at")
    op.drop_column("events", "extra_styles")
