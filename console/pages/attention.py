"""What needs a person: failed, undecided and stuck photos of an event, each with what can be done."""

from starlette.requests import Request

from console.components.attention import AttentionList
from console.parts.reads import principal_of, reads_of
from console.parts.shell import desk, page


@page("/console/attention")
async def attention(request: Request, event: str | None = None) -> None:
    """For supervisors and up. `?event=` names the event; without it, the newest open one of the account."""
    who = principal_of(request)
    reads = reads_of(request)
    events = await reads.events(who)
    here = next((one for one in events if event in (one["id"], one["slug"])), events[0] if events else None)
    needed = await reads.attention(who, here["id"] if here else None)
    styles = await reads.styles()
    with desk(
        "attention",
        username=who.username,
        sheet="queue job attention",
        event=here["id"] if here else None,
        event_name=here["name"] if here else "",
    ) as scope:
        AttentionList(scope=scope, needed=needed, events=events, styles=styles)
