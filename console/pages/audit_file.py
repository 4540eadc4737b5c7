"""The audit log as a CSV file in the reader's language: the sentences of the page, row by row."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import StreamingResponse

from app.api.audit import GivenWanted
from app.api.given import GivenPorts, GivenPrincipal
from app.services import audit
from app.services.audit import EntryView
from console.texts import Lang, language, phrase_text, text, text_or

router = APIRouter(include_in_schema=False)

COLUMNS = ("at", "actor", "said", "because", "event", "action", "subject")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@router.get("/console/admin/audit.csv")
async def download(
    request: Request, ports: GivenPorts, principal: GivenPrincipal, wanted: GivenWanted
) -> StreamingResponse:
    """The same filters as `GET /api/v1/audit`; a page at a time, so that a long log takes no memory."""
    principal.require_role("admin")
    lang = language(request.cookies)

    async def rows() -> AsyncIterator[str]:
        # A byte order mark: without it a spreadsheet takes UTF-8 for something older.
        yield "\ufeff" + _lines([[text(f"audit.column.{name}", lang) for name in COLUMNS]])
        async for page in audit.all_of(ports, principal, wanted):
            # Five hundred sentences at once: the screens are not to wait for them.
            yield await asyncio.to_thread(_page, page, lang)

    headers = {
        "Content-Disposition": 'attachment; filename="photobot-audit.csv"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(rows(), media_type="text/csv; charset=utf-8", headers=headers)


def _page(page: Sequence[EntryView], lang: Lang) -> str:
    return _lines([_row(entry, lang) for entry in page])


def _row(entry: EntryView, lang: Lang) -> list[str]:
    because = str(entry.data.get("because", ""))
    at = entry.at.isoformat(timespec="seconds")
    said = phrase_text(entry.says, lang)
    actor = text_or(f"audit.by_{entry.actor.replace(' ', '_')}", lang, entry.actor)
    cells = [at, actor, said, because, entry.event_name, entry.action, entry.name or entry.subject]
    # A spreadsheet would run what somebody typed as a name.
    return [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells]


def _lines(rows: Sequence[Sequence[str]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()
