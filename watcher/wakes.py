"""Wakes the watcher as early as the system tells of a change in the hotfolder, and knows when it cannot."""

import asyncio
import contextlib
import sys
from pathlib import Path

import structlog
import watchfiles

from watcher.clock import Clock, Moment
from watcher.hotfolder import Hotfolder, is_camera_file, mount_of

if sys.platform == "linux":
    from asyncinotify import Event, Inotify, Mask

log = structlog.get_logger()

_NOTES = 4096
_SAME_SECONDS = 1.0
_LOCAL = {"ext2", "ext3", "ext4", "xfs", "btrfs", "tmpfs", "overlay", "f2fs", "zfs", "vfat", "exfat", "ntfs3"}


def is_local(folder: Path) -> bool:
    """Linux: whether the kernel itself writes this folder's disk, so that its change events are complete."""
    return mount_of(folder)[1] in _LOCAL


class Wakes:
    """One flag that change events raise; `reliable` says whether they can be trusted to come at all."""

    def __init__(
        self, hotfolder: Hotfolder, clock: Clock, *, portable: bool = sys.platform != "linux"
    ) -> None:
        self._hotfolder = hotfolder
        self._clock = clock
        self._portable = portable
        self._came: dict[str, Moment] = {}
        self._closed: set[str] = set()
        self._flag = asyncio.Event()
        self._anew = asyncio.Event()
        self.reliable = False

    def wake(self) -> None:
        """Look now."""
        self._flag.set()

    def listen_anew(self) -> None:
        """The folder at this path may be another one now, even where it looks the same (inode numbers do)."""
        self._anew.set()

    def came(self) -> dict[str, Moment]:
        """When the system told of each new file since this was last asked, by its path in the hotfolder."""
        came, self._came = self._came, {}
        return came

    def closed(self) -> set[str]:
        """Files that a program has closed after writing, or brought in whole, since this was last asked."""
        closed, self._closed = self._closed, set()
        return closed

    def _inside(self, path: str) -> str:
        return path[len(str(self._hotfolder.folder)) + 1 :]

    def _note(self, path: str) -> None:
        inside = self._inside(path)
        if len(self._came) < _NOTES:
            self._came.setdefault(inside, self._clock.now())

    async def wait(self, seconds: float) -> bool:
        """Until something may have changed, at most `seconds`; whether an event said so."""
        try:
            async with asyncio.timeout(seconds):
                return await self._flag.wait()
        except TimeoutError:
            return False
        finally:
            self._flag.clear()

    async def run(self) -> None:
        """Listen for ever; without events the scans alone do the work."""
        said = ""
        while True:
            try:
                await self._listen_to(await asyncio.to_thread(self._hotfolder.identity))
                said = ""
            except (OSError, RuntimeError) as error:
                if str(error) != said:
                    log.warning("no change events from the hotfolder; looking every second", error=str(error))
                said = str(error)
            self.reliable = False
            self.wake()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_SAME_SECONDS):
                    await self._anew.wait()

    async def _listen_to(self, identity: tuple[int, int] | None) -> None:
        """Listen as long as this folder is at this path: events come from a folder, not from a path."""
        self._anew.clear()
        listening = asyncio.create_task(self._listen())
        anew = asyncio.create_task(self._anew.wait())
        try:
            while not (
                await asyncio.wait(
                    {listening, anew}, timeout=_SAME_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
            )[0]:
                if await asyncio.to_thread(self._hotfolder.identity) != identity:
                    return
            if listening.done():
                listening.result()
        finally:
            anew.cancel()
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError, RuntimeError):
                await listening

    async def _listen(self) -> None:
        if self._portable:
            await self._listen_elsewhere()
        elif await asyncio.to_thread(is_local, self._hotfolder.folder):
            await self._listen_linux()
        else:
            await asyncio.Event().wait()  # a share: its events would not be complete

    if sys.platform == "linux":

        async def _listen_linux(self) -> None:
            with Inotify() as inotify:
                await self._cover(inotify)
                self.reliable = True
                self.wake()
                async for event in inotify:
                    if event.name is None and event.path == self._hotfolder.folder:
                        return  # the folder itself was moved, deleted or unmounted
                    if Mask.ISDIR in event.mask:
                        await self._cover(inotify)
                    elif event.name is not None and not is_camera_file(event.name.name):
                        continue
                    self._heard(event)

        async def _cover(self, inotify: Inotify) -> None:
            wanted = Mask.CLOSE_WRITE | Mask.MOVED_TO | Mask.CREATE | Mask.DELETE_SELF | Mask.MOVE_SELF
            for folder in await asyncio.to_thread(self._hotfolder.folders):
                inotify.add_watch(folder, wanted).path = Path(folder)  # it may have been renamed

        def _heard(self, event: Event) -> None:
            if event.path is not None and event.name is not None:
                path = str(event.path)
                if event.mask & (Mask.CREATE | Mask.MOVED_TO):
                    self._note(path)
                if event.mask & (Mask.CLOSE_WRITE | Mask.MOVED_TO) and len(self._closed) < _NOTES:
                    self._closed.add(self._inside(path))
            self.wake()

    else:

        async def _listen_linux(self) -> None:
            raise RuntimeError("there is no inotify here")

    async def _listen_elsewhere(self) -> None:
        changes = watchfiles.awatch(
            self._hotfolder.folder,
            watch_filter=lambda _, path: self._hotfolder.is_ours(path),
            debounce=20,
            step=5,
            recursive=True,
        )
        self.reliable = True
        self.wake()
        async for changed in changes:
            for change, path in changed:
                if change is watchfiles.Change.added:
                    self._note(path)
            self.wake()
