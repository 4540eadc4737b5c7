"""Sees camera files come in: scans the hotfolder, woken as early as the system tells of a change."""

import asyncio
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog
import watchfiles

from watcher.clock import Clock, Moment

if sys.platform == "linux":
    from asyncinotify import Inotify, Mask

log = structlog.get_logger()

DEPTH = 2
"""Cameras and tether programs put files into folders such as DCIM/100CANON."""
MARKER = ".photobot"
"""A folder of our own in every hotfolder: when it is missing, the disk is away and not empty."""
_IGNORED_SUFFIXES = (".part", ".tmp", ".partial", ".filepart", ".crdownload")
_IGNORED_NAMES = {"thumbs.db", "desktop.ini", "icon\r"}
_NOTES = 4096
_LOCAL = {"ext2", "ext3", "ext4", "xfs", "btrfs", "tmpfs", "overlay", "f2fs", "zfs", "vfat", "exfat", "ntfs3"}


class HotfolderAway(OSError):
    """The hotfolder cannot be read now: an unplugged disk, a lost network share."""


@dataclass(frozen=True)
class Found:
    """A file in the hotfolder; `path` is relative to it."""

    path: str
    size: int
    mtime_ns: int


def is_camera_file(name: str) -> bool:
    """Whether a name may be a finished camera file: no hidden, temporary or system file."""
    low = name.lower()
    return not (low.startswith(".") or low.endswith(_IGNORED_SUFFIXES) or low in _IGNORED_NAMES)


class Hotfolder:
    """The folder with its own trays left out."""

    def __init__(self, folder: Path, trays: tuple[Path, ...]) -> None:
        self.folder = folder
        self._trays = trays

    def prepare(self) -> None:
        """Create the folder, the marker in it, and the trays. Raises OSError."""
        for folder in (self.folder / MARKER, *self._trays):
            folder.mkdir(parents=True, exist_ok=True)

    def scan(self) -> list[Found]:
        """All camera files, oldest first. Blocking. Raises HotfolderAway."""
        try:
            if not (self.folder / MARKER).is_dir():
                raise HotfolderAway(f"{self.folder} is not there or has lost its {MARKER} folder")
            found = [file for folder in self.folders() for file in self._files(folder)]
        except HotfolderAway:
            raise
        except OSError as error:
            raise HotfolderAway(str(error)) from error
        return sorted(found, key=lambda file: (file.mtime_ns, file.path))

    def folders(self) -> list[str]:
        """The hotfolder and its camera sub-folders. Blocking. Raises OSError when the hotfolder is away."""
        found, level = [str(self.folder)], [str(self.folder)]
        trays = {identity for tray in self._trays if (identity := _identity(tray)) is not None}
        for _ in range(DEPTH):
            level = [below for folder in level for below in self._below(folder, trays)]
            found.extend(level)
        return found

    def _below(self, folder: str, trays: set[tuple[int, int]]) -> Iterator[str]:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith(".") or not entry.is_dir(follow_symlinks=False):
                    continue
                if _identity(entry.path) not in trays:
                    yield entry.path

    def _files(self, folder: str) -> Iterator[Found]:
        with os.scandir(folder) as entries:
            paths = [entry.path for entry in entries if is_camera_file(entry.name)]
        for path in paths:
            try:
                # Not DirEntry.stat(): Windows keeps a growing file's old size in the folder.
                facts = os.lstat(path)
            except OSError:
                continue
            if stat.S_ISREG(facts.st_mode):
                yield Found(path[len(str(self.folder)) + 1 :], facts.st_size, facts.st_mtime_ns)

    def still_there(self, path: str) -> bool:
        """Whether a file is there, asked for itself. Blocking."""
        return os.path.lexists(self.folder / path)

    def is_ours(self, path: str) -> bool:
        """Whether a change at this absolute path can concern a camera file."""
        parts = Path(path).relative_to(self.folder).parts if path.startswith(str(self.folder)) else ()
        hidden = any(part.startswith(".") for part in parts)
        return not hidden and not any(path.startswith(f"{tray}{os.sep}") for tray in self._trays)


def _identity(folder: str | Path) -> tuple[int, int] | None:
    """What a folder is, however its name is spelled: a tray must never pass for a camera folder."""
    try:
        facts = os.stat(folder)  # noqa: PTH116 - called for strings, in every scan
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def is_local(folder: Path) -> bool:
    """Linux: whether the kernel itself writes this folder's disk, so that its change events are complete."""
    best, kind = "", ""
    try:
        mounts = Path("/proc/self/mounts").read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    real = os.path.realpath(folder)
    for line in mounts:
        _, point, name, *_ = line.split(" ")
        point = point.replace("\\040", " ")
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, name
    return kind in _LOCAL


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
        self.reliable = False

    def wake(self) -> None:
        """Look now."""
        self._flag.set()

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
        while True:
            try:
                if self._portable:
                    await self._listen_elsewhere()
                elif await asyncio.to_thread(is_local, self._hotfolder.folder):
                    await self._listen_linux()
                else:
                    return
            except (OSError, RuntimeError) as error:
                log.warning("no change events from the hotfolder; looking every second", error=str(error))
            self.reliable = False
            await asyncio.sleep(30)

    async def _listen_linux(self) -> None:
        if sys.platform != "linux":
            return
        wanted = Mask.CLOSE_WRITE | Mask.MOVED_TO | Mask.CREATE
        with Inotify() as inotify:
            await self._cover(inotify, wanted)
            self.reliable = True
            self.wake()
            async for event in inotify:
                if Mask.ISDIR in event.mask:
                    await self._cover(inotify, wanted)
                elif event.name is not None and not is_camera_file(event.name.name):
                    continue
                elif event.path is not None:
                    if event.mask & (Mask.CREATE | Mask.MOVED_TO):
                        self._note(str(event.path))
                    if event.mask & (Mask.CLOSE_WRITE | Mask.MOVED_TO) and len(self._closed) < _NOTES:
                        self._closed.add(self._inside(str(event.path)))
                self.wake()

    async def _cover(self, inotify: "Inotify", wanted: "Mask") -> None:
        for folder in await asyncio.to_thread(self._hotfolder.folders):
            inotify.add_watch(folder, wanted)

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
