"""The supervisor's page and its wall screen, and the system's page of whoever keeps the house running."""

from starlette.requests import Request

from console.components.supervisor import Supervisor
from console.components.system import System
from console.parts.reads import principal_of, reads_of
from console.parts.shell import desk, page


@page("/console/supervisor")
async def supervisor(request: Request, event: str | None = None, screen: str = "") -> None:
    """`?event=` names one event (id or slug), else all of the account; `?screen=wall` is for a wall.

    Raises NotAllowed for operators.
    """
    who = principal_of(request)
    who.require_role("supervisor")
    events = await reads_of(request).events(who)
    here = next((one for one in events if event in (one["id"], one["slug"])), None)
    with desk(
        "supervisor",
        username=who.username,
        sheet="supervisor",
        event=here["id"] if here else None,
        event_name=here["name"] if here else "",
        watch=True,
    ) as scope:
        booths, house = await reads_of(request).booths(who), who.events is None
        Supervisor(scope=scope, booths=booths, house=house, wall=screen == "wall")


@page("/console/system")
async def system(request: Request) -> None:
    """What the house stands on, its programs, and what went wrong. Raises NotAllowed for operators."""
    who = principal_of(request)
    who.require_role("supervisor")
    booths = await reads_of(request).booths(who)
    with desk("system", username=who.username, sheet="system", watch=True) as scope:
        System(scope=scope, booths=booths)
