"""The hotfolder: what lies in it now, and whether it is there at all."""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import structlog

log = structlog.get_logger()
T = TypeVar("T")

DEPTH = 5
"""A copied card brings folders such as 2026-07-01/Card A/EOS_DIGITAL/DCIM/100CANON."""
MARKER = ".photobot"
"""A folder of our own in every hotfolder: when it is missing, the disk is away and not empty."""
_MOUNTS = Path("/proc/self/mounts")
_IGNORED_SUFFIXES = (".part", ".tmp", ".partial", ".filepart", ".crdownload")
_SIDE_CARS = (".xmp", ".thm", ".aae", ".dop", ".pp3")
"""What cameras and programs write beside a picture or a video; some are small JPEGs."""
_IGNORED_NAMES = {"thumbs.db", "desktop.ini", "icon\r"}
_NO_CAMERAS_FOLDERS = {
    "@eadir",
    "#recycle",
    "$recycle.bin",
    "captureone",
    "lost+found",
    "system volume information",
}
_NO_CAMERAS_SUFFIXES = (".lrdata", ".lrcat-data", ".cocatalog", ".photoslibrary")


class HotfolderAway(OSError):
    """The hotfolder cannot be read now: an unplugged disk, a lost network share."""


class HotfolderTaken(HotfolderAway):
    """Another watcher works on the hotfolder, or on our ledger."""


@dataclass(frozen=True)
class Found:
    """A file in the hotfolder; `path` is relative to it."""

    path: str
    size: int
    mtime_ns: int


def is_camera_file(name: str) -> bool:
    """Whether a name may be a finished camera file: no hidden, temporary or system file, and no side-car."""
    low = name.lower()
    return not (low.startswith(".") or low.endswith(_IGNORED_SUFFIXES + _SIDE_CARS) or low in _IGNORED_NAMES)


def is_camera_folder(name: str) -> bool:
    """Whether a folder may hold camera files: none that a program, a system or a store keeps for itself."""
    low = name.lower()
    return not (low.startswith(".") or low in _NO_CAMERAS_FOLDERS or low.endswith(_NO_CAMERAS_SUFFIXES))


class Hotfolder:
    """The folder with its own trays left out."""

    def __init__(self, folder: Path, trays: tuple[Path, ...]) -> None:
        self.folder = folder
        self._trays = trays
        self._known: tuple[int, int] | None = None
        self._place: tuple[int, str] | None = None
        self._closed: set[str] = set()
        self.made_anew = False
        """The folder was deleted and made again since somebody last took notice."""

    def prepare(self) -> None:
        """Create the folder, the marker in it, and the trays. Raises OSError."""
        for folder in (self.folder / MARKER, *self._trays):
            folder.mkdir(parents=True, exist_ok=True)
        self._note_place()

    def scan(self) -> list[Found]:
        """All camera files, oldest first. Blocking. Raises HotfolderAway."""
        try:
            if not self._marked():
                self._adopt()
            self._note_place()
            found = [file for folder in self.folders() for file in self._readable(folder, self._files)]
            if not self._marked():
                raise HotfolderAway(f"{self.folder} went away while it was looked through")
        except HotfolderAway:
            raise
        except OSError as error:
            raise HotfolderAway(str(error)) from error
        return sorted(found, key=lambda file: (file.mtime_ns, file.path))

    def is_away(self) -> bool:
        """Whether the folder is not there, not the one it was, or cannot be asked now. Blocking."""
        try:
            return not self._marked()
        except OSError:
            return True

    def _marked(self) -> bool:
        return (self.folder / MARKER).is_dir()

    def _note_place(self) -> None:
        """Remember which disk the folder lies on; a disk that is plugged in again may have another number."""
        identity = self.identity()
        if identity != self._known and identity is not None:
            self._known, self._place = identity, place_of(self.folder)

    def _adopt(self) -> None:
        """Take a folder that was deleted and made again. Raises HotfolderAway for any other.

        The mount point of an unplugged disk is a folder without our marker, too; taking it for an empty
        hotfolder would call every picture on the disk gone. It lies on another disk or mount than before.
        """
        if not self.folder.is_dir():
            raise HotfolderAway(f"{self.folder} is not there")
        if self._place is None or place_of(self.folder) != self._place:
            raise HotfolderAway(
                f"{self.folder} is there without its {MARKER} folder and on another disk than before; "
                "is the right disk plugged in? To go on in this folder start the watcher anew."
            )
        self.prepare()
        self.made_anew = True
        log.warning("the hotfolder was made anew; going on in it", hotfolder=str(self.folder))

    def identity(self) -> tuple[int, int] | None:
        """What the folder is now, whatever it was before; None while it is away. Blocking."""
        return _identity(self.folder)

    def folders(self) -> list[str]:
        """The hotfolder and its camera sub-folders, as far as they can be read. Blocking.

        Raises OSError when the hotfolder is away.
        """
        found, level = [str(self.folder)], [str(self.folder)]
        trays = {identity for tray in self._trays if (identity := _identity(tray)) is not None}
        for _ in range(DEPTH):
            level = [below for folder in level for below in self._readable(folder, self._below, trays)]
            found.extend(level)
        return found

    def _readable(self, folder: str, read: Callable[..., Iterator[T]], *more: object) -> list[T]:
        """What `read` finds in a folder; one below that cannot be read must not stop the others."""
        try:
            return list(read(folder, *more))
        except OSError:
            if folder == str(self.folder):
                raise
            return []

    def _below(self, folder: str, trays: set[tuple[int, int]]) -> Iterator[str]:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not is_camera_folder(entry.name) or not entry.is_dir(follow_symlinks=False):
                    continue
                # A folder with a marker of its own belongs to another booth's watcher.
                another = os.path.lexists(f"{entry.path}{os.sep}{MARKER}")
                if _identity(entry.path) not in trays and not another and self._opens(entry.path):
                    yield entry.path

    def _opens(self, folder: str) -> bool:
        """Whether we may read a folder; that we may not is said once."""
        opens = os.access(folder, os.R_OK | os.X_OK)
        if not opens and folder not in self._closed:
            log.warning("a camera folder cannot be read; the others go on", folder=folder)
        (self._closed.discard if opens else self._closed.add)(folder)
        return opens

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
        """Whether a file is there, asked for itself, or nobody can tell. Blocking."""
        try:
            os.lstat(self.folder / path)
        except (FileNotFoundError, NotADirectoryError):
            return self.is_away()
        except OSError:
            pass  # its folder cannot be read now
        return True

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


def place_of(folder: Path) -> tuple[int, str]:
    """The disk a folder lies on, and where in the system that is mounted. Blocking. Raises OSError."""
    return folder.stat().st_dev, mount_of(folder)[0]


def mount_of(folder: Path) -> tuple[str, str]:
    """Linux: the mount point a folder lies under, and its file system's name; empty elsewhere."""
    best, kind = "", ""
    try:
        mounts = _MOUNTS.read_text("utf-8", "replace").splitlines()
    except OSError:
        return best, kind
    real = os.path.realpath(folder)
    for line in mounts:
        _, point, name, *_ = line.split(" ")
        point = point.replace("\\040", " ")
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, name
    return best, kind
