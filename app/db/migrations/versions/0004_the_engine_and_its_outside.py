"""The engine and its outside: lanes, parked jobs, chains of makers, breakers, slots, signals, what tasks cost.

Expand first, contract in a later release: the old program may still run while this is applied.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TIME = sa.DateTime(timezone=True)
_JSONB = postgresql.JSONB(astext_type=sa.Text())
_NOW = sa.text("clock_timestamp()")


def _jobs() -> None:
    op.add_column("jobs", sa.Column("lane", sa.String(), server_default="default", nullable=False))
    op.add_column("jobs", sa.Column("step", sa.Integer(), server_default="0", nullable=False))
    op.add_column("jobs", sa.Column("deadline_at", _TIME, nullable=True))
    op.add_column("jobs", sa.Column("replays", sa.Integer(), server_default="0", nullable=False))
    op.add_column("jobs", sa.Column("dismissed_at", _TIME, nullable=True))
    op.add_column("jobs", sa.Column("switch_requested", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("jobs", sa.Column("parked_for", sa.String(), nullable=True))
    op.create_check_constraint(op.f("ck_jobs_lane"), "jobs", "lane IN ('high','default','bulk')")
    op.create_index(
        "ix_jobs_parked_for", "jobs", ["parked_for"], postgresql_where=sa.text("parked_for IS NOT NULL")
    )
    op.create_index("ix_jobs_failed", "jobs", ["finished_at"], postgresql_where=sa.text("status = 'failed'"))
    op.create_table(
        "job_signals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("job_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("payload", _JSONB, server_default="{}", nullable=False),
        sa.Column("sent_by", sa.String(), nullable=False),
        sa.Column("at", _TIME, server_default=_NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_job_signals_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_signals")),
        sa.UniqueConstraint("job_id", "name", "key", name=op.f("uq_job_signals_job_id_name_key")),
    )


def _live() -> list[sa.Column[object]]:
    """The columns of a live row."""
    return [
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", _TIME, server_default=_NOW, nullable=False),
        sa.Column("created_at", _TIME, server_default=_NOW, nullable=False),
    ]


def _breakers_and_lanes() -> None:
    op.create_table(
        "breakers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), server_default="closed", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("successes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("earlier_failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("earlier_successes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("window_at", _TIME, server_default=_NOW, nullable=False),
        sa.Column("openings", sa.Integer(), server_default="0", nullable=False),
        sa.Column("until", _TIME, nullable=True),
        sa.Column("because", sa.String(), server_default="", nullable=False),
        sa.Column("probe_by", sa.String(), nullable=True),
        sa.Column("probe_until", _TIME, nullable=True),
        sa.Column("forced", sa.String(), nullable=True),
        sa.Column("forced_by", sa.String(), nullable=True),
        sa.Column("forced_because", sa.String(), nullable=True),
        sa.Column("forced_until", _TIME, nullable=True),
        sa.Column("slots_total", sa.Integer(), server_default="0", nullable=False),
        *_live(),
        sa.CheckConstraint("state IN ('closed', 'open')", name=op.f("ck_breakers_state")),
        sa.CheckConstraint("forced IN ('closed', 'open')", name=op.f("ck_breakers_forced")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breakers")),
    )
    op.create_index(op.f("ix_breakers_updated_at"), "breakers", ["updated_at"])
    op.create_table(
        "lanes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("paused_at", _TIME, nullable=True),
        sa.Column("paused_by", sa.String(), nullable=True),
        sa.Column("because", sa.String(), server_default="", nullable=False),
        *_live(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lanes")),
    )
    op.create_index(op.f("ix_lanes_updated_at"), "lanes", ["updated_at"])
    op.execute("INSERT INTO lanes (id) VALUES ('high'), ('default'), ('bulk')")


def _slots_and_spend() -> None:
    op.create_table(
        "provider_slots",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("job_id", sa.String(length=26), nullable=False),
        sa.Column("until", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("provider", "number", name=op.f("pk_provider_slots")),
    )
    op.create_index(op.f("ix_provider_slots_job_id"), "provider_slots", ["job_id"])
    op.create_table(
        "provider_spend",
        sa.Column("submission", sa.String(length=26), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("task_id", sa.String(), nullable=True),
        sa.Column("job_id", sa.String(length=26), nullable=False),
        sa.Column("event_id", sa.String(length=26), nullable=False),
        sa.Column("style_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), server_default="asked", nullable=False),
        sa.Column("expected", sa.Float(), server_default="0", nullable=False),
        sa.Column("cost", sa.Float(), nullable=True),
        sa.Column("at", _TIME, server_default=_NOW, nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_provider_spend_event_id")),
        sa.PrimaryKeyConstraint("submission", name=op.f("pk_provider_spend")),
    )
    op.create_index(
        "uq_provider_spend_task",
        "provider_spend",
        ["provider", "task_id"],
        unique=True,
        postgresql_where=sa.text("task_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_provider_spend_job_id"), "provider_spend", ["job_id"])
    op.create_index(op.f("ix_provider_spend_event_id"), "provider_spend", ["event_id"])
    op.add_column("events", sa.Column("spend_limit", sa.Float(), nullable=True))
    op.add_column("styles", sa.Column("chain", _JSONB, server_default="[]", nullable=False))


def upgrade() -> None:
    """Apply."""
    _jobs()
    _breakers_and_lanes()
    _slots_and_spend()


def downgrade() -> None:
    """Take back. What is parked becomes due: the older program knows only due times."""
    op.execute("UPDATE jobs SET wait = NULL WHERE wait IS NOT NULL")
    op.execute("UPDATE jobs SET due_at = clock_timestamp() WHERE parked_for IS NOT NULL")
    op.drop_column("styles", "chain")
    op.drop_column("events", "spend_limit")
    for table in ("provider_spend", "provider_slots", "lanes", "breakers", "job_signals"):
        op.drop_table(table)
    op.drop_index("ix_jobs_failed", "jobs")
    op.drop_index("ix_jobs_parked_for", "jobs")
    op.drop_constraint(op.f("ck_jobs_lane"), "jobs", type_="check")
    for column in (
        "parked_for",
        "switch_requested",
        "dismissed_at",
        "replays",
        "deadline_at",
        "step",
        "lane",
    ):
        op.drop_column("jobs", column)
