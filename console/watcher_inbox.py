"""What a watcher said and the server has not taken yet: of each file only the newest word, bounded."""

import asyncio

from app.domain.messages import FileGone, FileInvalid, FileReceiving, Heartbeat, PhotoSeen

About = FileReceiving | PhotoSeen | FileInvalid | FileGone

MOST = 200


class Inbox:
    """Filled by the socket's reader, emptied by its writer: a burst costs one unit of work, not forty."""

    def __init__(self) -> None:
        self._about: dict[str, About] = {}
        self._beat: Heartbeat | None = None
        self._closed = False
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    async def put(self, message: About | Heartbeat) -> None:
        """Keep a message; waits while a file too many is waiting: then the laptop must."""
        if isinstance(message, Heartbeat):
            self._beat = message
        else:
            await self._room.wait()
            before = self._about.get(message.shot_id)
            self._about[message.shot_id] = _merged(before, message)
            if len(self._about) >= MOST:
                self._room.clear()
        self._filled.set()

    def close(self) -> None:
        """Nothing more will come."""
        self._closed = True
        self._filled.set()

    async def take(self) -> tuple[list[About], Heartbeat | None] | None:
        """All that waits, in the order the files were first spoken of; None when no more will come."""
        await self._filled.wait()
        if self._closed and not self._about and self._beat is None:
            return None
        taken, beat = list(self._about.values()), self._beat
        self._about.clear()
        self._beat = None
        if not self._closed:
            self._filled.clear()
        self._room.set()
        return taken, beat


def _merged(before: About | None, now: About) -> About:
    """The newer word, with what only the older one carried: the embedded thumbnail is said once."""
    if not isinstance(before, FileReceiving):
        return now
    if isinstance(now, FileReceiving):
        kept = {
            name: value
            for name in ("preview", "taken_at", "camera")
            if getattr(now, name) is None and (value := getattr(before, name)) is not None
        }
        return now.model_copy(update=kept) if kept else now
    if isinstance(now, FileInvalid) and now.preview is None and before.preview is not None:
        return now.model_copy(update={"preview": before.preview})
    return now
