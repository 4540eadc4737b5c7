"""What the watcher has still to say over its socket, one message per shot."""

import asyncio
from collections import OrderedDict

from app.domain.messages import FileGone, FileInvalid, FileReceiving, PhotoSeen
from watcher.shot import Shot
from watcher.sort import shown_name

About = FileReceiving | PhotoSeen | FileInvalid | FileGone
_OUTBOX = 256
_PREVIEWS = 64


class Outbox:
    """What is still to be said, one message per shot: a later one replaces an earlier one. Bounded."""

    def __init__(self) -> None:
        self._messages: OrderedDict[str, About] = OrderedDict()
        self._filled = asyncio.Event()

    def put(self, message: About) -> None:
        """Queue a message; when full, the oldest progress or preview goes: an upload says it all again."""
        before = self._messages.pop(message.shot_id, None)
        self._messages[message.shot_id] = _with_preview_of(before, message)
        while sum(isinstance(kept, PhotoSeen) for kept in self._messages.values()) > _PREVIEWS:
            self._drop_oldest(PhotoSeen)
        if len(self._messages) > _OUTBOX and not self._drop_oldest(FileReceiving):
            self._messages.popitem(last=False)
        self._filled.set()

    def _drop_oldest(self, kind: type[About]) -> bool:
        for shot_id, kept in self._messages.items():
            if isinstance(kept, kind):
                del self._messages[shot_id]
                return True
        return False

    def forget(self, shot_id: str) -> None:
        """Nothing need be said about this shot any more."""
        self._messages.pop(shot_id, None)

    async def take(self) -> About:
        """The next message, waiting for one."""
        while not self._messages:
            self._filled.clear()
            await self._filled.wait()
        return self._messages.popitem(last=False)[1]

    def give_back(self, message: About) -> None:
        """A message that could not be sent goes first again, unless a newer one about the shot is here."""
        if message.shot_id not in self._messages:
            self._messages[message.shot_id] = message
            self._messages.move_to_end(message.shot_id, last=False)
            self._filled.set()


def _with_preview_of(before: About | None, message: About) -> About:
    """A thumbnail that is told once is not lost when newer progress overtakes it."""
    if isinstance(before, FileReceiving) and isinstance(message, FileReceiving) and message.preview is None:
        return message.model_copy(update={"preview": before.preview})
    return message


def about_end(shot: Shot) -> About:
    """The message on a shot that is invalid or incomplete, or gone: taken away, or a duplicate found here."""
    if shot.state not in ("invalid", "stalled"):
        return FileGone(shot_id=shot.shot_id)
    return FileInvalid(
        shot_id=shot.shot_id,
        file_name=shown_name(shot.path),
        bytes_seen=shot.size,
        appeared_at=shot.appeared_at,
        reason=shot.reason,
        message=shot.message,
    )
