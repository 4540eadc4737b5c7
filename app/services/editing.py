"""Two people at one form: what was read has a mark, and a change says which mark it was made from."""

import hashlib
import json

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables import AuditEntry
from app.domain.errors import Conflict

_MACHINES = ("engine", "watcher", "retention")


def mark_of(*values: object) -> str:
    """A mark of what people can change of a thing: another value is another mark.

    Made of the values and not counted, so that no program that writes beside the form can forget it.
    """
    told = json.dumps(values, default=str, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


async def unchanged(db: AsyncSession, subject: str, now: str, expected: str | None) -> None:
    """Raise Conflict `CHANGED_MEANWHILE` with who did it, when the thing is not as it was read.

    The row is locked by the caller, so that nobody comes between this look and the change.
    """
    if expected is None or expected.strip('"') == now:
        return
    last = (
        await db.execute(
            select(AuditEntry.actor, AuditEntry.at)
            .where(AuditEntry.subject == subject, AuditEntry.actor.not_in(_MACHINES))
            .order_by(AuditEntry.id.desc())
            .limit(1)
        )
    ).one_or_none()
    by, at = (last.actor, last.at.isoformat()) if last else ("?", None)
    raise Conflict("CHANGED_MEANWHILE", f"{by} changed this meanwhile. Look at it again first.", by=by, at=at)
