"""The audit log, filtered, newest first, with cursor pages."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from app.api.given import GivenPorts, GivenPrincipal
from app.domain.deeds import Phrase
from app.domain.messages import Wire
from app.services import audit
from app.services.audit import EntryView, Wanted

router = APIRouter(tags=["audit"])

_Text = Annotated[str, Query(max_length=200)]


class AuditAnswer(Wire):
    """Who did what to which thing; `name` is what people call the `subject`, `says` the sentence of it."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    kind: str
    name: str
    event_id: str | None
    event_name: str
    data: dict[str, Any]
    says: Phrase


class AuditPage(Wire):
    """Entries, newest first; `next` is the `before` of the following page."""

    items: list[AuditAnswer]
    next: int | None


def _wanted(
    who: _Text = "",
    what: _Text = "",
    event_id: Annotated[str, Query(alias="eventId", max_length=60)] = "",
    subject: _Text = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> Wanted:
    return Wanted(who, what, event_id, subject, since, until)


GivenWanted = Annotated[Wanted, Depends(_wanted)]
"""The filters of the log's page and of its file."""


@router.get("/audit", summary="Read the audit log")
async def read(
    ports: GivenPorts,
    principal: GivenPrincipal,
    wanted: GivenWanted,
    before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
) -> AuditPage:
    """Administrators only; those of some events read of these."""
    rows = await audit.page(ports, principal, wanted, before=before)
    more = rows[-1].id if len(rows) == audit.PAGE else None
    return AuditPage(items=[answer(row) for row in rows], next=more)


def answer(view: EntryView) -> AuditAnswer:
    """An entry as the API answers it."""
    return AuditAnswer(**view.__dict__)
