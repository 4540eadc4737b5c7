"""Credits of providers as they were last read, and since when an outside part is as it is.

Expand first, contract in a later release: the old program may still run while this is applied.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_MOMENTS = ("since", "credits_at", "credits_asked_at")
_NUMBERS = ("credits", "task_cost")


def upgrade() -> None:
    """Apply."""
    for name in _MOMENTS:
        op.add_column("breakers", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    for name in _NUMBERS:
        op.add_column("breakers", sa.Column(name, sa.Float(), nullable=True))


def downgrade() -> None:
    """Take back."""
    for name in (*_NUMBERS, *_MOMENTS):
        op.drop_column("breakers", name)
