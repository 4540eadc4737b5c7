"""Pictures on paper: asked for, followed, and what became of them told by a person where nobody else can."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Header
from pydantic import Field
from starlette.responses import JSONResponse, Response

from app.api.given import GivenPorts, GivenPrincipal
from app.domain.messages import Wire
from app.domain.printing import COPIES_MAX
from app.services import prints
from app.services.prints import PrintView

router = APIRouter(tags=["prints"])


class NewPrint(Wire):
    """How many copies; `boothId`: at whose printer, the picture's own booth where it is not given."""

    copies: Annotated[int, Field(ge=1, le=COPIES_MAX)] = 1
    booth_id: Annotated[str, Field(max_length=40)] | None = None


class PrintAnswer(Wire):
    """A print; `because` is the code of what it waits for, or why it ended.

    `status`: requested, sending and printing are under way; printed, failed, canceled; `unknown`: whether it
    came out is to be told by a person.
    """

    id: str
    job_id: str
    booth_id: str | None
    printer: str
    copies: int
    status: str
    because: str
    requested_by: str
    created_at: datetime
    printed_at: datetime | None
    resolved_by: str | None


class Prints(Wire):
    """A job's prints, newest first; `copiesPrinted` of all of them."""

    items: list[PrintAnswer]
    copies_printed: int


class Outcome(Wire):
    """What a person saw: it came out (`printed`), or it did not and nobody waits for it (`missing`)."""

    outcome: Literal["printed", "missing"]


def _answer(view: PrintView) -> PrintAnswer:
    return PrintAnswer(**{name: value for name, value in view.__dict__.items() if name != "repeated"})


@router.post(
    "/jobs/{job_id}/prints",
    status_code=202,
    response_model=PrintAnswer,
    responses={200: {"model": PrintAnswer, "description": "The same request asked for this print before."}},
    summary="Print a picture",
)
async def create(
    job_id: str,
    body: NewPrint,
    ports: GivenPorts,
    principal: GivenPrincipal,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> Response:
    """A finished picture, once per `Idempotency-Key`; a worker brings it to the printer."""
    made = await prints.request(
        ports, principal, job_id, copies=body.copies, booth_id=body.booth_id, key=idempotency_key
    )
    return JSONResponse(_answer(made).wire(), 200 if made.repeated else 202)


@router.get("/jobs/{job_id}/prints", summary="List a job's prints")
async def listing(job_id: str, ports: GivenPorts, principal: GivenPrincipal) -> Prints:
    """All that were asked for, newest first."""
    found = await prints.listing(ports, principal, job_id)
    printed = sum(view.copies for view in found if view.status == "printed")
    return Prints(items=[_answer(view) for view in found], copies_printed=printed)


@router.post("/jobs/{job_id}/prints/{print_id}/settle", summary="Say what became of a print")
async def settle(
    job_id: str, print_id: str, body: Outcome, ports: GivenPorts, principal: GivenPrincipal
) -> PrintAnswer:
    """For one that failed or is unknown; `missing` also takes back one that the printer has not got yet."""
    return _answer(await prints.settle(ports, principal, job_id, print_id, body.outcome))
