"""Jobs: post a picture, follow it, download it, stop it, make it again; signed uploads."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import Field, ValidationError
from starlette.responses import JSONResponse, RedirectResponse

from app.api.given import GivenPorts, GivenPrincipal
from app.api.job_views import JobDetail, JobItem, detail_of, item_of
from app.api.multipart import Form, streamed
from app.domain.errors import Invalid, UnsupportedMedia
from app.domain.messages import Wire
from app.services import bulk, intake, jobs, uploads
from app.services.idempotency import Accepted
from app.services.intake import Order

router = APIRouter(tags=["jobs"])

FIELDS = ("sessionId", "eventId", "boothId", "mode", "styleId", "seed")


class Wishes(Wire):
    """What to make, for whom."""

    session_id: str
    event_id: str
    booth_id: str | None = None
    mode: str = "style"
    style_id: str
    seed: int | None = None

    def order(self) -> Order:
        """The same for the service."""
        return Order(self.event_id, self.session_id, self.booth_id, self.mode, self.style_id, self.seed)


class StoredJob(Wishes):
    """A job for a picture that was put under a reserved key."""

    input_key: str


BODIES = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["image", "sessionId", "eventId", "styleId"],
                    "properties": {
                        "image": {"type": "string", "format": "binary"},
                        "sessionId": {"type": "string"},
                        "eventId": {"type": "string"},
                        "boothId": {"type": "string"},
                        "mode": {"type": "string", "enum": ["style", "original"], "default": "style"},
                        "styleId": {"type": "string"},
                        "seed": {"type": "integer"},
                    },
                }
            },
            "application/json": {"schema": StoredJob.model_json_schema(by_alias=True)},
        },
    }
}


class NewUpload(Wishes):
    """A picture that will be put by a signed link."""

    content_type: Literal["image/jpeg", "image/png", "image/webp", "image/heic"] = "image/jpeg"


class UploadReserved(Wire):
    """Where to PUT the picture; then POST /jobs with `inputKey`."""

    job_id: str
    input_key: str
    upload_url: str
    method: Literal["PUT"] = "PUT"
    headers: dict[str, str]
    expires_at: datetime


class JobStatusAnswer(Wire):
    """A job's id and where it stands."""

    job_id: str
    status: str


class Many(Wire):
    """What to do with many jobs; each for itself. `reason` is for what only supervisors do."""

    deed: Literal["retry", "cancel", "replay", "original", "give-up"]
    reason: Annotated[str, Field(max_length=1000)] = ""
    job_ids: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=1000)]


class Refused(Wire):
    """A job it was not done for, and why."""

    job_id: str
    code: str


class ManyAnswer(Wire):
    """For how many it was done, and the others."""

    done: int
    refused: list[Refused]


class JobPage(Wire):
    """Jobs, newest first; `nextCursor` is null on the last page."""

    items: list[JobItem]
    next_cursor: str | None


def _wishes(form: Form) -> Order:
    seed = form.get("seed")
    if seed is not None and not (seed.isascii() and seed.isdigit()):
        raise Invalid("SEED_INVALID", "The seed is a whole number.", field="seed")
    return Order(
        event_id=form.need("eventId"),
        session_id=form.need("sessionId"),
        booth_id=form.get("boothId"),
        mode=form.get("mode") or "style",
        style_id=form.need("styleId"),
        seed=int(seed) if seed is not None else None,
    )


def _answer(accepted: Accepted) -> JSONResponse:
    status = 200 if accepted.repeated else 202
    body = JobStatusAnswer(job_id=accepted.job_id, status=accepted.status)
    return JSONResponse(body.wire(), status, headers={"Location": f"/api/v1/jobs/{accepted.job_id}"})


@router.post(
    "/jobs",
    status_code=202,
    response_model=JobStatusAnswer,
    responses={200: {"model": JobStatusAnswer, "description": "The same request made this job before."}},
    openapi_extra=BODIES,
    summary="Post a picture",
)
async def create(
    request: Request,
    ports: GivenPorts,
    principal: GivenPrincipal,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> Response:
    """A multipart form with the image, or JSON with the `inputKey` of a signed upload."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type == "application/json":
        try:
            stored = StoredJob.model_validate_json(await request.body())
        except ValidationError as error:
            field = ".".join(str(part) for part in error.errors()[0]["loc"])
            raise Invalid("REQUEST_INVALID", f"{field}: {error.errors()[0]['msg']}", field=field) from None
        return _answer(
            await uploads.submit(ports, principal, stored.order(), stored.input_key, idempotency_key)
        )
    if content_type != "multipart/form-data":
        raise UnsupportedMedia("FORM_EXPECTED", "Send a multipart form with the image, or JSON.")
    async with streamed(request, "image", FIELDS, ports.policy.max_upload_bytes) as form:
        accepted = await intake.submit(
            ports, principal, _wishes(form), form.path, form.sha256, idempotency_key
        )
    return _answer(accepted)


@router.post("/uploads", status_code=201, summary="Reserve a signed upload")
async def reserve(
    body: NewUpload, request: Request, ports: GivenPorts, principal: GivenPrincipal
) -> UploadReserved:
    """Reserves the job's id and signs a PUT link for its picture."""
    made = await uploads.reserve(ports, principal, body.order(), body.content_type)
    return UploadReserved(
        job_id=made.job_id,
        input_key=made.input_key,
        upload_url=absolute(request, made.url),
        headers={"Content-Type": made.content_type},
        expires_at=made.expires_at,
    )


def absolute(request: Request, url: str) -> str:
    """A link that works outside of a page: the folder's links are relative to this server."""
    return str(request.base_url).rstrip("/") + url if url.startswith("/") else url


@router.get("/jobs", summary="List jobs")
async def listing(
    ports: GivenPorts,
    principal: GivenPrincipal,
    event_id: Annotated[str | None, Query(alias="eventId")] = None,
    booth_id: Annotated[str | None, Query(alias="boothId")] = None,
    status: str | None = None,
    q: Annotated[str | None, Query(max_length=100)] = None,
    cursor: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=jobs.PAGE_MAX)] = 50,
) -> JobPage:
    """Newest first; `q` finds codes, names and the last digits of a number."""
    found, following = await jobs.listing(
        ports,
        principal,
        event_id=event_id,
        booth_id=booth_id,
        status=status,
        q=q,
        cursor=cursor,
        limit=limit,
    )
    return JobPage(items=[item_of(job) for job in found], next_cursor=following)


@router.post("/jobs/bulk", summary="Retry, rescue or stop many jobs")
async def many(body: Many, ports: GivenPorts, principal: GivenPrincipal) -> ManyAnswer:
    """At most 200; a job that cannot be is named with its code and keeps no other."""
    done = await bulk.apply(ports, principal, body.deed, body.job_ids, body.reason)
    refused = [Refused(job_id=job_id, code=code) for job_id, code in done.refused]
    return ManyAnswer(done=done.done, refused=refused)


@router.get("/jobs/{job_id}", summary="Follow a job")
async def detail(job_id: str, request: Request, ports: GivenPorts, principal: GivenPrincipal) -> JobDetail:
    """Progress, stages, timeline, and links that work for some minutes."""
    view = await jobs.detail(ports, principal, job_id)
    links: dict[str, Any] = {}
    for kind, key in {"input": view.input_key, **view.outputs}.items():
        url = await ports.storage.signed_get_url(key, seconds=ports.policy.signed_url_ttl)
        links[kind] = absolute(request, url)
    return detail_of(view, links, f"{ports.policy.public_url}/r/{view.guest_token}")


@router.get("/jobs/{job_id}/download", status_code=302, response_class=RedirectResponse, summary="Download")
async def download(job_id: str, ports: GivenPorts, principal: GivenPrincipal) -> RedirectResponse:
    """Redirects to the best output; 409 NOT_READY while there is none."""
    key = await jobs.output_key(ports, principal, job_id, "full")
    url = await ports.storage.signed_get_url(
        key, seconds=ports.policy.signed_url_ttl, filename=f"photobot-{job_id[-8:]}.jpg"
    )
    return RedirectResponse(url, 302)


@router.post("/jobs/{job_id}/retry", status_code=202, summary="Make it again")
async def retry(job_id: str, ports: GivenPorts, principal: GivenPrincipal) -> JobStatusAnswer:
    """Makes a child job with the same wishes."""
    return JobStatusAnswer(job_id=await jobs.retry(ports, principal, job_id), status="queued")


@router.post("/jobs/{job_id}/cancel", summary="Stop a job")
async def cancel(job_id: str, ports: GivenPorts, principal: GivenPrincipal) -> JobStatusAnswer:
    """Queued: removed. Running: stops at its next safe point."""
    return JobStatusAnswer(job_id=job_id, status=await jobs.cancel(ports, principal, job_id))
