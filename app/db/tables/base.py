"""What all tables share: naming of constraints, aware UTC times, ULID keys, a revision for live rows."""

from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import DateTime, MetaData, String, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Ulid = Annotated[str, mapped_column(String(26))]
UlidKey = Annotated[str, mapped_column(String(26), primary_key=True)]


class Base(DeclarativeBase):
    """Declarative base: text is unbounded, times are timestamptz, dicts are JSONB."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy reads it from the class)
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
    }


class Created:
    """When the row was made, by the database's clock."""

    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class Live(Created):
    """A row that screens show: `db/unit.py` alone bumps `revision` and `updated_at`."""

    revision: Mapped[int] = mapped_column(server_default="1")
    updated_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp(), index=True)
