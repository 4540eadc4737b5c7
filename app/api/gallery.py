"""The gallery: finished pictures page by page, what they may be filtered by, and many of them as one zip."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Send

from app.api.given import GivenPorts, GivenPrincipal
from app.domain.errors import Invalid
from app.domain.messages import Wire
from app.services import gallery, gallery_zip
from app.services.gallery import Facet, PictureView, Wish
from app.services.gallery_zip import Order

router = APIRouter(prefix="/gallery", tags=["gallery"])

SEND_SECONDS = 60.0
FORM = "application/x-www-form-urlencoded"


class PictureItem(Wire):
    """A finished picture; its image is at /media/jobs/{id}/thumb, preview or output."""

    id: str
    revision: int
    event_id: str
    booth_id: str | None
    session_id: str
    code: str
    guest_name: str
    mode: str
    style_id: str
    style_name: str
    finished_at: datetime


class PicturePage(Wire):
    """Pictures, newest first; `nextCursor` is null on the last page."""

    items: list[PictureItem]
    next_cursor: str | None


class FacetAnswer(Wire):
    """A value to filter by and how many pictures have it."""

    value: str
    name: str | None
    count: int


class SummaryAnswer(Wire):
    """How many pictures are found; the event's styles, booths and days, each with its count."""

    total: int
    styles: list[FacetAnswer]
    booths: list[FacetAnswer]
    days: list[FacetAnswer]


def _wish(
    event_id: Annotated[str, Query(alias="eventId", max_length=40)],
    q: Annotated[str | None, Query(max_length=100)] = None,
    style_id: Annotated[str | None, Query(alias="styleId", max_length=100)] = None,
    booth_id: Annotated[str | None, Query(alias="boothId", max_length=100)] = None,
    since: datetime | None = None,
    before: datetime | None = None,
) -> Wish:
    return Wish(event_id, q, style_id, booth_id, since, before)


GivenWish = Annotated[Wish, Depends(_wish)]


@router.get("", summary="Finished pictures")
async def listing(
    ports: GivenPorts,
    principal: GivenPrincipal,
    wish: GivenWish,
    cursor: Annotated[str | None, Query(max_length=60)] = None,
    limit: Annotated[int, Query(ge=1, le=gallery.PAGE_MAX)] = 200,
) -> PicturePage:
    """Newest first; `q` finds codes, names and the last digits of a number."""
    page, following = await gallery.listing(ports, principal, wish, cursor=cursor, limit=limit)
    return PicturePage(items=[_item(one) for one in page], next_cursor=following)


@router.get("/summary", summary="How many pictures, and by what to filter")
async def summary(
    ports: GivenPorts,
    principal: GivenPrincipal,
    wish: GivenWish,
    zone: Annotated[str, Query(max_length=60)] = "UTC",
) -> SummaryAnswer:
    """`zone` is the reader's (Asia/Jakarta): days begin at its midnight."""
    found = await gallery.summary(ports, principal, wish, zone)
    return SummaryAnswer(
        total=found.total,
        styles=_facets(found.styles),
        booths=_facets(found.booths),
        days=_facets(found.days),
    )


@router.get("/pictures/{job_id}", summary="One finished picture")
async def one(job_id: str, ports: GivenPorts, principal: GivenPrincipal) -> PictureItem:
    """For a link to one picture."""
    return _item(await gallery.one(ports, principal, job_id))


@router.post(
    "/zip",
    summary="Many pictures as one zip",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {}}}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                FORM: {
                    "schema": {
                        "type": "object",
                        "required": ["eventId"],
                        "properties": {
                            name: {"type": "string"}
                            for name in (
                                "eventId", "q", "styleId", "boothId", "since", "before", "zone", "jobIds",
                                "without",
                            )
                        },
                    }
                }
            },
        }
    },
)  # fmt: skip
async def zip_of(request: Request, ports: GivenPorts, principal: GivenPrincipal) -> Response:
    """A form, so that a browser saves it by itself. With `jobIds` (separated by commas) just those; else all
    that the filters find but for those in `without`. The zip is made while it is sent.
    """
    made = await gallery_zip.open_zip(ports, principal, _order(await request.body()))
    headers = {"Content-Disposition": f'attachment; filename="{made.filename}"', "Cache-Control": "no-store"}
    return ZipResponse(made.content, media_type="application/zip", headers=headers)


class ZipResponse(StreamingResponse):
    """Whoever goes away, or takes nothing for a minute, ends the reading at once."""

    async def stream_response(self, send: Send) -> None:
        """As starlette does it; the source is closed with it."""

        async def bounded(message: Message) -> None:
            async with asyncio.timeout(SEND_SECONDS):
                await send(message)

        source: Any = self.body_iterator
        async with aclosing(source):
            await super().stream_response(bounded)


def _order(body: bytes) -> Order:
    """What the form asks for. Raises Invalid."""
    try:
        fields = {name: values[-1] for name, values in parse_qs(body.decode(), max_num_fields=20).items()}
        moments = {
            name: datetime.fromisoformat(fields[name]) for name in ("since", "before") if fields.get(name)
        }
    except ValueError:
        raise Invalid("REQUEST_INVALID", f"Send a form as {FORM}.") from None
    event_id = fields.get("eventId", "")
    wish = Wish(
        event_id,
        fields.get("q", "")[:100] or None,
        fields.get("styleId") or None,
        fields.get("boothId") or None,
        moments.get("since"),
        moments.get("before"),
    )
    picked = _ids(fields["jobIds"]) if fields.get("jobIds") else None
    return Order(wish, picked, frozenset(_ids(fields.get("without", ""))), fields.get("zone") or "UTC")


def _ids(text: str) -> list[str]:
    return [one for one in text.split(",") if one]


def _item(view: PictureView) -> PictureItem:
    return PictureItem(**vars(view))


def _facets(facets: Sequence[Facet]) -> list[FacetAnswer]:
    return [FacetAnswer(**vars(facet)) for facet in facets]
