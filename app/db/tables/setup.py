"""What an administrator sets up: events and styles."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.tables.base import Base, Created, UlidKey


class Event(Created, Base):
    """A customer's occasion; `overlay_key` is the frame laid over every picture, where it has one.

    `photos_per_guest` `one`: a guest's second camera file waits in the tray. `keep_raw`: RAW is kept.
    `extra_styles`: how many more styles a guest may ask for on their page.
    `spend_limit`, in the providers' credits, is where paid providers are stopped; None is no limit.
    `swept_at`: when retention last took something away.
    """

    __tablename__ = "events"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'closed')", name="status"),
        CheckConstraint("photos_per_guest IN ('one', 'many')", name="photos_per_guest"),
    )

    id: Mapped[UlidKey]
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="open")
    starts_on: Mapped[date | None]
    overlay_key: Mapped[str | None]
    retention_days: Mapped[int] = mapped_column(server_default="30")
    photos_per_guest: Mapped[str] = mapped_column(server_default="many")
    keep_raw: Mapped[bool] = mapped_column(server_default="false")
    extra_styles: Mapped[int] = mapped_column(server_default="0")
    spend_limit: Mapped[float | None]
    swept_at: Mapped[datetime | None]


class Style(Created, Base):
    """A look and who makes it; `params` are the provider's own.

    `chain`: who makes it when that provider cannot, in order (`app.domain.chain`).
    """

    __tablename__ = "styles"

    id: Mapped[str] = mapped_column(primary_key=True)
    name_en: Mapped[str]
    name_id: Mapped[str]
    provider: Mapped[str]
    params: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    chain: Mapped[list[Any]] = mapped_column(server_default="[]")
    enabled: Mapped[bool] = mapped_column(server_default="true")
    position: Mapped[int] = mapped_column(server_default="0")
