"""A job as every screen shows it: the live row of the photo line."""

from datetime import datetime
from typing import Literal

from app.domain.job import JobStatus
from app.domain.printing import PrintMark
from app.domain.wire import WaitReason, Wire


class JobChanged(Wire):
    """A job as the screens see it; `deleted`: it is gone for good, and so is its picture."""

    kind: Literal["job"] = "job"
    id: str
    revision: int
    event_id: str
    booth_id: str | None
    session_id: str
    line: str
    code: str
    guest_name: str
    mode: str
    style_id: str
    style_name: str
    status: JobStatus
    stage: str | None
    percent: int
    attempts: int
    cancel_requested: bool
    wait: WaitReason | None
    error_code: str | None
    error_message: str | None
    parent_id: str | None
    preview_version: int = 0
    lane: str = "default"
    provider: str = ""
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    updated_at: datetime
    has_output: bool
    dismissed: bool = False
    deleted: bool = False
    printing: PrintMark | None = None
