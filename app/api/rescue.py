"""What needs attention and what supervisors do about it; the house's switches. Each deed with its reason."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from app.api.given import GivenPorts, GivenPrincipal
from app.api.job_views import JobItem, item_of
from app.domain.house import LaneChanged, ProviderChanged
from app.domain.messages import Wire
from app.services import attention, house, rescue, signals

router = APIRouter(tags=["attention"])


class Reason(Wire):
    """Why somebody does this; it stands in the audit log."""

    reason: str


class Switch(Reason):
    """Another maker: one of the job's chain by name, or another style's own."""

    maker: str | None = None
    style_id: str | None = None


class Outcome(Reason):
    """What became of a request whose answer was lost: taken under this id, or (null) not taken."""

    task_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class Signal(Wire):
    """Word for a job; the same `key` is told once."""

    name: str
    key: Annotated[str, Field(min_length=1, max_length=100)]
    payload: dict[str, Any] = Field(default_factory=dict)


class Told(Wire):
    """Whether the word was new."""

    new: bool


class Force(Reason):
    """A breaker forced open or closed, for some seconds."""

    state: Literal["open", "closed"]
    seconds: int = 3600


class Limit(Reason):
    """What an event may spend; null is no limit."""

    limit: float | None


class Spent(Wire):
    """What an event may spend and has spent, in the providers' credits."""

    limit: float | None
    spent: float


class TroubleAnswer(Wire):
    """A job that needs somebody: dead, unknown (whether a paid task was taken) or stalled; and since when."""

    kind: Literal["dead", "unknown", "stalled"]
    since: datetime
    job: JobItem


class EventAnswer(Wire):
    """An event that has spent what it may."""

    event_id: str
    name: str
    limit: float
    spent: float


class AttentionAnswer(Wire):
    """All that needs a person, oldest first."""

    jobs: list[TroubleAnswer]
    events: list[EventAnswer]


class HouseAnswer(Wire):
    """The outside parts and the lanes."""

    parts: list[ProviderChanged]
    lanes: list[LaneChanged]


def answer_of(found: attention.Attention) -> AttentionAnswer:
    """What needs a person, as the API answers."""
    return AttentionAnswer(
        jobs=[TroubleAnswer(kind=one.kind, since=one.since, job=item_of(one.job)) for one in found.jobs],
        events=[EventAnswer(**vars(event)) for event in found.events],
    )


@router.get("/attention", summary="What needs a person")
async def list_attention(
    ports: GivenPorts,
    principal: GivenPrincipal,
    event_id: Annotated[str | None, Query(alias="eventId")] = None,
) -> AttentionAnswer:
    """Failed jobs, unknown outcomes, jobs that do not move, events at their limit. Supervisors and up."""
    return answer_of(await attention.needed(ports, principal, event_id))


@router.post("/jobs/{job_id}/replay", status_code=204, summary="Replay from the failed stage")
async def replay(job_id: str, body: Reason, ports: GivenPorts, principal: GivenPrincipal) -> None:
    """What is finished and paid stays."""
    await rescue.replay(ports, principal, job_id, body.reason)


@router.post("/jobs/{job_id}/original", status_code=204, summary="Send the original")
async def original(job_id: str, body: Reason, ports: GivenPorts, principal: GivenPrincipal) -> None:
    """The framed original instead of the style."""
    await rescue.original(ports, principal, job_id, body.reason)


@router.post("/jobs/{job_id}/switch", status_code=204, summary="Give it to another maker")
async def switch(job_id: str, body: Switch, ports: GivenPorts, principal: GivenPrincipal) -> None:
    """What is under way at the maker it leaves is stopped."""
    await rescue.switch(ports, principal, job_id, body.reason, maker=body.maker, style_id=body.style_id)


@router.post("/jobs/{job_id}/resolve", status_code=204, summary="Say what became of it")
async def resolve(job_id: str, body: Outcome, ports: GivenPorts, principal: GivenPrincipal) -> None:
    """For a job of which nobody knows whether its paid task was taken."""
    await rescue.resolve(ports, principal, job_id, body.reason, task_id=body.task_id)


@router.post("/jobs/{job_id}/give-up", status_code=204, summary="Want nothing more of it")
async def give_up(job_id: str, body: Reason, ports: GivenPorts, principal: GivenPrincipal) -> None:
    """It leaves the list of what needs attention."""
    await rescue.give_up(ports, principal, job_id, body.reason)


@router.post("/jobs/{job_id}/signals", summary="Tell a job something it waits for")
async def signal(job_id: str, body: Signal, ports: GivenPorts, principal: GivenPrincipal) -> Told:
    """Also before it waits for it."""
    new = await signals.send(ports, principal, job_id, body.name, body.payload, key=body.key)
    return Told(new=new)


@router.get("/house", summary="Outside parts and lanes")
async def state(ports: GivenPorts, _: GivenPrincipal) -> HouseAnswer:
    """How the providers and storage work, their slots; which lanes are paused."""
    parts, lanes = await house.state(ports)
    return HouseAnswer(parts=parts, lanes=lanes)


@router.put("/house/parts/{part}/breaker", status_code=204, summary="Force a breaker")
async def force(part: str, body: Force, ports: GivenPorts, principal: GivenPrincipal) -> None:
    """Open: nobody uses the part. Closed: everybody does, whatever happens."""
    await house.force(ports, principal, part, body.state, body.seconds, body.reason)


@router.delete("/house/parts/{part}/breaker", status_code=204, summary="Let a breaker go by itself")
async def release(part: str, ports: GivenPorts, principal: GivenPrincipal) -> None:
    """Takes back what was forced."""
    await house.release(ports, principal, part)


@router.put("/house/lanes/{lane}/pause", status_code=204, summary="Pause a lane")
async def pause(lane: str, body: Reason, ports: GivenPorts, principal: GivenPrincipal) -> None:
    """No worker takes a job of it; what runs, runs on."""
    await house.pause(ports, principal, lane, body.reason)


@router.delete("/house/lanes/{lane}/pause", status_code=204, summary="Let a lane go on")
async def resume(lane: str, ports: GivenPorts, principal: GivenPrincipal) -> None:
    """Ends the pause."""
    await house.resume(ports, principal, lane)


@router.get("/events/{event_id}/spend", summary="What an event has spent")
async def spent(event_id: str, ports: GivenPorts, principal: GivenPrincipal) -> Spent:
    """In the providers' credits; tasks under way with what they are expected to cost."""
    limit, used = await house.spent(ports, principal, event_id)
    return Spent(limit=limit, spent=used)


@router.put("/events/{event_id}/spend", status_code=204, summary="Set or lift an event's limit")
async def set_limit(event_id: str, body: Limit, ports: GivenPorts, principal: GivenPrincipal) -> None:
    """At the limit no paid provider is used for this event."""
    await house.set_limit(ports, principal, event_id, body.limit, body.reason)
