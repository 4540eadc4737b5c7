"""Prints that are sent to a printer, and how each booth's printer is.

Expand first, contract in a later release: the old program may still run while this is applied.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TIME = sa.DateTime(timezone=True)
_JSON = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    """Apply."""
    op.add_column("booths", sa.Column("printer", sa.String(), server_default="", nullable=False))
    op.add_column("booths", sa.Column("printer_state", _JSON, nullable=True))
    op.add_column("booths", sa.Column("printer_asked_at", _TIME, nullable=True))
    op.add_column("jobs", sa.Column("printing", _JSON, nullable=True))
    columns: list[sa.Column[Any]] = [
        sa.Column("booth_id", sa.String(), nullable=True),
        sa.Column("printer", sa.String(), server_default="", nullable=False),
        sa.Column("because", sa.String(), server_default="", nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("fence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", _TIME, nullable=True),
        sa.Column("remote_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", _TIME, nullable=True),
        sa.Column("resolved_by", sa.String(), nullable=True),
    ]
    for column in columns:
        op.add_column("job_prints", column)
    op.create_unique_constraint(op.f("uq_job_prints_requested_by_key"), "job_prints", ["requested_by", "key"])
    op.create_index(
        "ix_job_prints_open", "job_prints", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL")
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_job_prints_open", table_name="job_prints")
    op.drop_constraint(op.f("uq_job_prints_requested_by_key"), "job_prints", type_="unique")
    names = (
        "resolved_by",
        "asked_at",
        "remote_id",
        "due_at",
        "fence",
        "key",
        "because",
        "printer",
        "booth_id",
    )
    for name in names:
        op.drop_column("job_prints", name)
    op.drop_column("jobs", "printing")
    for name in ("printer_asked_at", "printer_state", "printer"):
        op.drop_column("booths", name)
