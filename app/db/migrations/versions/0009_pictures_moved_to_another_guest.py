"""Pictures moved to another guest: who moved what, links that were replaced, what storage has still to do.

Expand first, contract in a later release: the old program may still run while this is applied.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TIME = sa.DateTime(timezone=True)
_NOW = sa.text("clock_timestamp()")
_ID = sa.String(length=26)
_LIST = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "guest_moves",
        sa.Column("id", _ID, nullable=False),
        sa.Column("job_id", _ID, nullable=False),
        sa.Column("event_id", _ID, nullable=False),
        sa.Column("from_session_id", _ID, nullable=False),
        sa.Column("to_session_id", _ID, nullable=False),
        sa.Column("shots", _LIST, server_default="[]", nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("moved_by", sa.String(), nullable=False),
        sa.Column("at", _TIME, server_default=_NOW, nullable=False),
        sa.Column("undone_by", sa.String(), nullable=True),
        sa.Column("undone_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_guest_moves_job_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_guest_moves_event_id")),
        sa.ForeignKeyConstraint(
            ["from_session_id"], ["sessions.id"], name=op.f("fk_guest_moves_from_session_id")
        ),
        sa.ForeignKeyConstraint(
            ["to_session_id"], ["sessions.id"], name=op.f("fk_guest_moves_to_session_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest_moves")),
    )
    op.create_index(op.f("ix_guest_moves_job_id"), "guest_moves", ["job_id"])
    op.create_table(
        "old_links",
        sa.Column("id", _ID, nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("replaced_by", sa.String(), nullable=False),
        sa.Column("session_id", _ID, nullable=False),
        sa.Column("move_id", _ID, nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("at", _TIME, server_default=_NOW, nullable=False),
        sa.Column("restored_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_old_links_session_id")),
        sa.ForeignKeyConstraint(
            ["move_id"], ["guest_moves.id"], name=op.f("fk_old_links_move_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_old_links")),
    )
    op.create_index(op.f("ix_old_links_token"), "old_links", ["token"])
    op.create_index(op.f("ix_old_links_session_id"), "old_links", ["session_id"])
    op.create_table(
        "storage_errands",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("todo", _LIST, server_default="[]", nullable=False),
        sa.Column("rev", sa.Integer(), server_default="1", nullable=False),
        sa.Column("due_at", _TIME, server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", name=op.f("pk_storage_errands")),
    )
    op.create_index("ix_storage_errands_due_at", "storage_errands", ["due_at"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("storage_errands")
    op.drop_table("old_links")
    op.drop_table("guest_moves")
