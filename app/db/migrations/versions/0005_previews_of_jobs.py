"""Previews of jobs: what a picture looks like so far, for the job's card.

Expand first, contract in a later release: the old program may still run while this is applied.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    op.add_column("jobs", sa.Column("preview_version", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "job_previews",
        sa.Column("job_id", sa.String(length=26), nullable=False),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_job_previews_job_id_jobs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_job_previews")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("job_previews")
    op.drop_column("jobs", "preview_version")
