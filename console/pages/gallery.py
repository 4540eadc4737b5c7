"""The gallery of an event: what was finished, found again and taken home."""

from starlette.requests import Request

from console.components.gallery import Gallery
from console.parts.reads import principal_of, reads_of
from console.parts.shell import desk, page


@page("/console/gallery")
async def gallery(request: Request, event: str | None = None) -> None:
    """`?event=` names the event (id or slug); without it, the newest open one of the account."""
    who = principal_of(request)
    styles = await reads_of(request).styles()
    events = await reads_of(request).events(who)
    here = next((one for one in events if event in (one["id"], one["slug"])), events[0] if events else None)
    with desk(
        "gallery",
        username=who.username,
        sheet="gallery",
        event=here["id"] if here else None,
        event_name=here["name"] if here else "",
    ) as scope:
        Gallery(scope=scope, events=events, styles=styles)
