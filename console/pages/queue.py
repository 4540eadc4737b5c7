"""The live queue of an event, for a desk and for a screen across the room."""

from starlette.requests import Request

from console.components.live_queue import LiveQueue
from console.parts.reads import principal_of, reads_of
from console.parts.shell import desk, page


@page("/console/queue")
async def queue(request: Request, event: str | None = None) -> None:
    """`?event=` names the event (id or slug); without it, the newest open one of the account."""
    who = principal_of(request)
    styles = await reads_of(request).styles()
    events = await reads_of(request).events(who)
    here = next((one for one in events if event in (one["id"], one["slug"])), events[0] if events else None)
    with desk(
        "queue",
        username=who.username,
        sheet="queue",
        event=here["id"] if here else None,
        event_name=here["name"] if here else "",
    ) as scope:
        LiveQueue(scope=scope, styles=styles, kiosk=f"/kiosk/{here['slug']}" if here else "/kiosk")
