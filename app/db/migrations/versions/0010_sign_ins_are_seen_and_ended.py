"""From what browser a sign-in is, and when it was used last, so that its owner can tell and end it.

Expand first, contract in a later release: the old program may still run while this is applied.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    op.add_column("sign_ins", sa.Column("agent", sa.String(), server_default="", nullable=False))
    op.add_column("sign_ins", sa.Column("used_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("sign_ins", "used_at")
    op.drop_column("sign_ins", "agent")
