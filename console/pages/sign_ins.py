"""Where I am signed in: seen by everybody for their own account, one ended or all others."""

from starlette.requests import Request

from console.components.sign_ins import SignIns
from console.parts.reads import principal_of, reads_of
from console.parts.shell import desk, page


@page("/console/sign-ins")
async def sign_ins(request: Request) -> None:
    """Not live: a sign-in changes when somebody does something here."""
    who = principal_of(request)
    found = await reads_of(request).sign_ins(who)
    booths = await reads_of(request).booths(who)
    event = booths[0]["eventId"] if booths else None
    with desk("signIns", username=who.username, sheet="sign_ins", event=event):
        SignIns(items=found, username=who.username)
