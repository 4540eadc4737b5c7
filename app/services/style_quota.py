"""How many more styles a guest may ask for on their page."""

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables import Event, GuestSession, Job

ASKED = "guest_asked"
"""The mark in the args of a job that its guest asked for."""


def _asked(session_id: str) -> Select[Any]:
    """What a guest asked for; what failed or was stopped costs them nothing."""
    return select(func.count()).where(
        Job.session_id == session_id,
        Job.args[ASKED].as_boolean(),
        Job.status.not_in(("failed", "canceled")),
    )


async def left(db: AsyncSession, session: GuestSession, event: Event) -> int:
    """None where the event is closed or allows none."""
    if event.extra_styles == 0 or event.status != "open":
        return 0
    return max(0, event.extra_styles - int(await db.scalar(_asked(session.id)) or 0))
