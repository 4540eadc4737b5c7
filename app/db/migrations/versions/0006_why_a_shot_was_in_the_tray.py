"""Why a shot was in the tray: the reason outlives giving it away and putting it away.

Expand first, contract in a later release: the old program may still run while this is applied.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    op.add_column("camera_files", sa.Column("tray_reason", sa.String(), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("camera_files", "tray_reason")
