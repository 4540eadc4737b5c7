"""A bound for request bodies that are read into memory (JSON, small forms); uploads have their own."""

import asyncio
from contextlib import suppress

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

BODY_MAX = 1024 * 1024
DRAIN_MAX = 64 * 1024 * 1024
DRAIN_SECONDS = 20
_STREAMED = "body_is_streamed"


def stream_body(scope: Scope) -> None:
    """Say that the endpoint reads this request's body piece by piece, with a bound of its own."""
    scope["state"][_STREAMED] = True


def bounded(scope: Scope, receive: Receive) -> Receive:
    """`receive` that raises HTTPException 413 once over 1 MiB came that nobody streams."""
    seen = 0

    async def limited() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > BODY_MAX and not scope["state"].get(_STREAMED):
            await drain(receive, message)
            raise HTTPException(413, f"The body may have at most {BODY_MAX // 1024} KiB.")
        return message

    return limited


async def drain(receive: Receive, message: Message | None = None) -> None:
    """Read on for a while, so that the sender gets the answer and not a broken connection."""
    seen = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while (message is None or message.get("more_body")) and seen < DRAIN_MAX:
                message = await receive()
                seen += len(message.get("body", b""))
