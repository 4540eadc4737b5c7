"""A picture given to the right guest, also after delivery, and undone; a new link for a guest, and undone."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from app.api.given import GivenPorts, GivenPrincipal
from app.domain.messages import Wire
from app.services import links, moving, right_guest
from app.services.links import Relinked
from app.services.moving import Moved

router = APIRouter(tags=["moving"])

Reason = Annotated[str, Field(max_length=moving.REASON_MAX)]


class Move(Wire):
    """To whom; `seenSessionId`: whose it is on the asking screen, so that two operators are told apart."""

    session_id: str
    seen_session_id: str | None = None
    reason: Reason = ""


class Side(Wire):
    """A guest of a move."""

    session_id: str
    name: str


class MoveAnswer(Wire):
    """What moved. `offerLink`: the wrong guest has no other picture, so their link may have gone with it."""

    move_id: str
    job_ids: list[str]
    came_from: Side
    went_to: Side
    offer_link: bool
    undone: bool


class CandidateAnswer(Wire):
    """A guest it may belong to: who held the booth before or after, or who was searched for."""

    session_id: str
    code: str
    name: str
    phone_tail: str
    because: Literal["before", "after", "found"]


class Candidates(Wire):
    """The likeliest first."""

    items: list[CandidateAnswer]


class NewLink(Wire):
    """Why a link is replaced; `moveId`: undoing that move brings the old link back, too."""

    move_id: str | None = None
    reason: Reason = ""


class LinkAnswer(Wire):
    """The guest's page now; `linkId` is what the undo takes."""

    link_id: str
    session_id: str
    result_url: str
    undone: bool


def _moved(made: Moved) -> MoveAnswer:
    return MoveAnswer(
        move_id=made.move_id,
        job_ids=list(made.job_ids),
        came_from=Side(session_id=made.from_session_id, name=made.from_name),
        went_to=Side(session_id=made.to_session_id, name=made.to_name),
        offer_link=made.offer_link,
        undone=made.undone,
    )


def _linked(made: Relinked) -> LinkAnswer:
    return LinkAnswer(
        link_id=made.link_id, session_id=made.session_id, result_url=made.url, undone=made.undone
    )


@router.get("/jobs/{job_id}/candidates", summary="Whose picture it may be instead")
async def candidates(
    job_id: str,
    ports: GivenPorts,
    principal: GivenPrincipal,
    q: Annotated[str, Query(max_length=300)] = "",
) -> Candidates:
    """Without `q` who held the booth around it; `q` finds codes, names and the last digits of a number."""
    found = await right_guest.candidates(ports, principal, job_id, q)
    return Candidates(items=[CandidateAnswer(**one.__dict__) for one in found])


@router.post("/jobs/{job_id}/move", summary="Give a picture to another guest")
async def move(job_id: str, body: Move, ports: GivenPorts, principal: GivenPrincipal) -> MoveAnswer:
    """With all made from the same photo, also after delivery: links to it that were given out end.

    409 MOVED_MEANWHILE when somebody was faster, ALREADY_THEIRS.
    """
    return _moved(
        await moving.move(
            ports, principal, job_id, body.session_id, seen=body.seen_session_id, reason=body.reason
        )
    )


@router.post("/shots/{shot_id}/move", summary="Give a camera file to another guest")
async def move_shot(shot_id: str, body: Move, ports: GivenPorts, principal: GivenPrincipal) -> MoveAnswer:
    """The same for the job of a shot; 409 SHOT_NOT_ASSIGNED for one in the tray (assign it)."""
    return _moved(
        await moving.move_shot(
            ports, principal, shot_id, body.session_id, seen=body.seen_session_id, reason=body.reason
        )
    )


@router.post("/moves/{move_id}/undo", summary="Undo a move")
async def undo(move_id: str, ports: GivenPorts, principal: GivenPrincipal) -> MoveAnswer:
    """Puts all of it back, also the link replaced for it; again is harmless. 409 MOVED_MEANWHILE."""
    return _moved(await moving.undo(ports, principal, move_id))


@router.post("/sessions/{session_id}/links", status_code=201, summary="Give a guest a new link")
async def new_link(
    session_id: str, body: NewLink, ports: GivenPorts, principal: GivenPrincipal
) -> LinkAnswer:
    """The old one answers 410 from now on; its static copy is deleted."""
    return _linked(await links.renew(ports, principal, session_id, move_id=body.move_id, reason=body.reason))


@router.post("/links/{link_id}/undo", summary="Bring a guest's old link back")
async def undo_link(link_id: str, ports: GivenPorts, principal: GivenPrincipal) -> LinkAnswer:
    """The new one answers 410; 409 LINK_REPLACED when there is yet another one."""
    return _linked(await links.undo(ports, principal, link_id))
