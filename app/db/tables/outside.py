"""What all processes must know of outside services: calls made lately, callbacks nobody has used yet."""

from datetime import datetime

from sqlalchemy import DateTime, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.db.tables.base import Base


class ProviderRate(Base):
    """When a service was last called under a limit, oldest first; never more moments than the limit."""

    __tablename__ = "provider_rates"

    key: Mapped[str] = mapped_column(primary_key=True)
    taken: Mapped[list[datetime]] = mapped_column(ARRAY(DateTime(timezone=True)))


class ProviderHint(Base):
    """A provider told that a task ended; kept until a worker has looked, for minutes at the longest."""

    __tablename__ = "provider_hints"

    provider: Mapped[str] = mapped_column(primary_key=True)
    task_id: Mapped[str] = mapped_column(primary_key=True)
    heard_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp(), index=True)
