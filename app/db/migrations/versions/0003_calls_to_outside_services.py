"""Calls to outside services: how many were made lately, and what was heard from them before it was asked for.

Expand first, contract in a later release: the old program may still run while this is applied.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "provider_rates",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("taken", postgresql.ARRAY(_TIME), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_provider_rates")),
    )
    op.create_table(
        "provider_hints",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("task_id", sa.String(), nullable=False),
        sa.Column("heard_at", _TIME, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("provider", "task_id", name=op.f("pk_provider_hints")),
    )
    op.create_index(op.f("ix_provider_hints_heard_at"), "provider_hints", ["heard_at"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("provider_hints")
    op.drop_table("provider_rates")
