"""Camera files: shutter times, clocks of cameras, previews in two steps, RAW beside, the watcher's health.

Expand first, contract in a later release: the old program may still run while this is applied.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "camera_clocks",
        sa.Column("booth_id", sa.String(), nullable=False),
        sa.Column("camera", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("offset_seconds", sa.Float(), nullable=True),
        sa.Column("samples", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("updated_at", _TIME, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["booth_id"], ["booths.id"], name=op.f("fk_camera_clocks_booth_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("booth_id", "camera", name=op.f("pk_camera_clocks")),
    )
    op.add_column(
        "booths", sa.Column("watcher_health", postgresql.JSONB(astext_type=sa.Text()), nullable=True)
    )
    op.add_column("booths", sa.Column("rescan_asked_at", _TIME, nullable=True))
    op.alter_column("booth_sessions", "operator_id", nullable=True)
    op.add_column("booth_tokens", sa.Column("label", sa.String(), server_default="", nullable=False))
    op.add_column("booth_tokens", sa.Column("made_by", sa.String(), server_default="", nullable=False))
    op.add_column("booth_tokens", sa.Column("used_at", _TIME, nullable=True))
    op.add_column("camera_files", sa.Column("bytes_expected", sa.BigInteger(), nullable=True))
    op.add_column(
        "camera_files", sa.Column("expected_exact", sa.Boolean(), server_default="false", nullable=False)
    )
    op.add_column(
        "camera_files", sa.Column("preview_version", sa.Integer(), server_default="0", nullable=False)
    )
    op.execute("UPDATE camera_files SET preview_version = 2 WHERE preview IS NOT NULL")
    op.add_column(
        "camera_files", sa.Column("original_pending", sa.Boolean(), server_default="false", nullable=False)
    )
    op.add_column("camera_files", sa.Column("raw_key", sa.String(), nullable=True))
    op.add_column("camera_files", sa.Column("raw_sha256", sa.String(), nullable=True))
    op.add_column("camera_files", sa.Column("appeared_earliest", _TIME, nullable=True))
    op.add_column("camera_files", sa.Column("appeared_latest", _TIME, nullable=True))
    op.add_column("camera_files", sa.Column("camera", sa.String(), nullable=True))
    op.add_column(
        "camera_files", sa.Column("suggested", postgresql.JSONB(astext_type=sa.Text()), nullable=True)
    )
    op.add_column("events", sa.Column("photos_per_guest", sa.String(), server_default="many", nullable=False))
    op.add_column("events", sa.Column("keep_raw", sa.Boolean(), server_default="false", nullable=False))
    op.create_check_constraint(
        op.f("ck_events_photos_per_guest"), "events", "photos_per_guest IN ('one', 'many')"
    )


def downgrade() -> None:
    """Take back. Guests that a photographed QR brought are forgotten: no operator can be named for them."""
    op.drop_constraint(op.f("ck_events_photos_per_guest"), "events", type_="check")
    op.drop_column("events", "keep_raw")
    op.drop_column("events", "photos_per_guest")
    for column in (
        "suggested",
        "camera",
        "appeared_latest",
        "appeared_earliest",
        "raw_sha256",
        "raw_key",
        "original_pending",
        "preview_version",
        "expected_exact",
        "bytes_expected",
    ):
        op.drop_column("camera_files", column)
    for column in ("used_at", "made_by", "label"):
        op.drop_column("booth_tokens", column)
    op.execute(
        "UPDATE camera_files SET booth_session_id = NULL WHERE booth_session_id IN "
        "(SELECT id FROM booth_sessions WHERE operator_id IS NULL)"
    )
    op.execute("DELETE FROM booth_sessions WHERE operator_id IS NULL")
    op.alter_column("booth_sessions", "operator_id", nullable=False)
    op.drop_column("booths", "rescan_asked_at")
    op.drop_column("booths", "watcher_health")
    op.drop_table("camera_clocks")
