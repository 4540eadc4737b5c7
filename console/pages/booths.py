"""The console's first page: which booth are you at?"""

from starlette.requests import Request

from console.components.booth_chooser import BoothChooser
from console.parts.reads import principal_of, reads_of
from console.parts.shell import desk, page


@page("/console")
async def booths(request: Request) -> None:
    """Tiles of the account's booths, each live, whatever its event."""
    who = principal_of(request)
    found = await reads_of(request).booths(who)
    guide = await reads_of(request).guide(who) if who.role == "admin" else None
    events = {booth["eventId"] for booth in found}
    event = events.pop() if len(events) == 1 else None
    with desk("booths", username=who.username, sheet="job", event=event, every=bool(found)) as scope:
        BoothChooser(scope=scope, booths=found, guide=guide)
