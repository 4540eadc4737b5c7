"""Retention reaches camera laptops: which of their files are over is kept when the rows go.

Expand first, contract in a later release: the old program may still run while this is applied.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "ended_files",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("booth_id", sa.String(), nullable=False),
        sa.Column(
            "ended_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ended_files")),
    )
    op.create_index("ix_ended_files_booth_id_ended_at", "ended_files", ["booth_id", "ended_at"])
    op.create_index(op.f("ix_ended_files_ended_at"), "ended_files", ["ended_at"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("ended_files")
