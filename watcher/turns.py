"""Parallel uploads end in the order in which their shots appeared: the first shot gets the first job."""

import asyncio
from collections.abc import Callable, Sequence

HOLD_SECONDS = 10.0
"""One upload that does not move holds the others no longer than this."""


class Turns:
    """Uploads under way; `order` gives the ids of all unfinished shots, oldest first."""

    def __init__(self, order: Callable[[], Sequence[str]], hold: float = HOLD_SECONDS) -> None:
        self._order = order
        self._hold = hold
        self._ended: dict[str, asyncio.Event] = {}
        self._stuck: set[str] = set()

    def enter(self, shot_id: str) -> None:
        """An upload begins."""
        self._ended[shot_id] = asyncio.Event()

    def leave(self, shot_id: str) -> None:
        """It has ended, one way or the other."""
        self._ended.pop(shot_id).set()
        self._stuck.discard(shot_id)

    async def mine(self, shot_id: str) -> None:
        """Until no older shot is under way any more."""
        deadline = asyncio.get_running_loop().time() + self._hold
        while (older := self._older(shot_id)) is not None:
            try:
                async with asyncio.timeout_at(deadline):
                    await self._ended[older].wait()
            except TimeoutError:
                self._stuck.add(older)

    def _older(self, shot_id: str) -> str | None:
        if len(self._ended) < 2:
            return None
        for other in self._order():
            if other == shot_id:
                return None
            if other in self._ended and other not in self._stuck:
                return other
        return None
