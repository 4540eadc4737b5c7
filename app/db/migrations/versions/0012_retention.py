"""Retention: what is over is found, and taken away by its rows; links of then still say that they are over.

Expand first, contract in a later release: the old program may still run while this is applied.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TIME = sa.DateTime(timezone=True)
_FILES = (["booth_session_id"], ["event_id", "created_at"], ["job_id"], ["session_id"])


def upgrade() -> None:
    """Apply."""
    op.add_column("events", sa.Column("swept_at", _TIME, nullable=True))
    op.create_table(
        "ended_links",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("ended_at", _TIME, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_ended_links")),
    )
    op.create_index(op.f("ix_ended_links_ended_at"), "ended_links", ["ended_at"])
    for columns in _FILES:
        op.create_index(f"ix_camera_files_{'_'.join(columns)}", "camera_files", columns)
    op.create_index(
        "ix_jobs_gallery",
        "jobs",
        ["event_id", sa.text("finished_at DESC"), sa.text("id DESC")],
        postgresql_where=sa.text("status = 'succeeded'"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_jobs_gallery", table_name="jobs")
    for columns in reversed(_FILES):
        op.drop_index(f"ix_camera_files_{'_'.join(columns)}", table_name="camera_files")
    op.drop_table("ended_links")
    op.drop_column("events", "swept_at")
