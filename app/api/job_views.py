"""Jobs as the API shows them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.domain.messages import JobChanged, WaitReason, Wire
from app.domain.printing import PrintMark
from app.services.jobs import JobView


class ErrorAnswer(Wire):
    """Why a job failed: a stable code and a sentence."""

    code: str
    message: str | None


class JobItem(Wire):
    """A job in a list."""

    job_id: str
    event_id: str
    booth_id: str | None
    session_id: str
    code: str
    name: str
    line: str
    mode: str
    style_id: str
    style_name: str
    status: str
    stage: str | None
    percent: int
    attempts: int
    wait_reason: WaitReason | None
    error: ErrorAnswer | None
    has_output: bool
    dismissed: bool
    parent_id: str | None
    printing: PrintMark | None
    revision: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class OutputLink(Wire):
    """A signed link to one version of the result."""

    kind: str
    url: str


class StageAnswer(Wire):
    """One stage on the rail."""

    name: str
    status: str
    attempts: int
    started_at: datetime | None
    finished_at: datetime | None
    error_code: str | None


class TimelineAnswer(Wire):
    """One line of the timeline."""

    at: datetime
    kind: str
    stage: str | None
    data: dict[str, Any]


class JobDetail(JobItem):
    """A job in full; `makers` may make it now, each once, in the chain's order: none once it is made."""

    provider: str
    makers: list[str]
    provider_request_id: str | None
    seed: int | None
    input_url: str
    outputs: list[OutputLink]
    output_url: str | None
    result_url: str
    children: list[str]
    stages: list[StageAnswer]
    timeline: list[TimelineAnswer]


def _fields(row: JobChanged) -> dict[str, Any]:
    return {
        "job_id": row.id,
        "event_id": row.event_id,
        "booth_id": row.booth_id,
        "session_id": row.session_id,
        "code": row.code,
        "name": row.guest_name,
        "line": row.line,
        "mode": row.mode,
        "style_id": row.style_id,
        "style_name": row.style_name,
        "status": row.status,
        "stage": row.stage,
        "percent": row.percent,
        "attempts": row.attempts,
        "wait_reason": row.wait,
        "error": ErrorAnswer(code=row.error_code, message=row.error_message) if row.error_code else None,
        "has_output": row.has_output,
        "dismissed": row.dismissed,
        "parent_id": row.parent_id,
        "printing": row.printing,
        "revision": row.revision,
        "created_at": row.created_at,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
    }


def item_of(row: JobChanged) -> JobItem:
    """A job for a list."""
    return JobItem(**_fields(row))


def detail_of(view: JobView, links: Mapping[str, str], result_url: str) -> JobDetail:
    """A job in full; `links` are signed, by kind (`input`, `full`, `preview`, `thumb`)."""
    return JobDetail(
        **_fields(view.row),
        provider=view.provider,
        makers=list(view.makers),
        provider_request_id=view.provider_request_id,
        seed=view.seed,
        input_url=links["input"],
        outputs=[OutputLink(kind=kind, url=url) for kind, url in links.items() if kind != "input"],
        output_url=links.get("full"),
        result_url=result_url,
        children=list(view.children),
        stages=[StageAnswer(**stage.__dict__) for stage in view.stages],
        timeline=[TimelineAnswer(**entry.__dict__) for entry in view.timeline],
    )
