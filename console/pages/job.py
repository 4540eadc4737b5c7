"""One job's page."""

from starlette.requests import Request

from app.domain.access import ROLE_ORDER
from console.components.job_page import JobPage
from console.parts.reads import principal_of, reads_of
from console.parts.shell import desk, page


@page("/console/jobs/{job_id}")
async def job(request: Request, job_id: str) -> None:
    """The job with its timeline; stays live while it is open."""
    who = principal_of(request)
    found = await reads_of(request).job(who, job_id)
    styles = await reads_of(request).styles()
    with desk(
        "job",
        username=who.username,
        sheet="job job_move",
        event=found["eventId"],
        event_name=found.get("eventName") or "",
        booth_name="",
    ) as scope:
        decides = ROLE_ORDER[who.role] >= ROLE_ORDER["supervisor"]
        JobPage(scope=scope, job=found, styles=styles, decides=decides)
