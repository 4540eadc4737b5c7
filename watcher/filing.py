"""Moves finished files into their trays; never overwrites or deletes one, and a kill does no harm."""

import asyncio
import contextlib
import errno
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import structlog

from watcher.hotfolder import Hotfolder, HotfolderAway
from watcher.ledger import Ledger, Shot
from watcher.pairs import is_alone
from watcher.settings import WatcherSettings
from watcher.settle import fingerprint
from watcher.sort import FINISHED, RAW_ONLY, shown_name, target_folder, target_name

log = structlog.get_logger()

_RETRY_SECONDS = 5.0
_PAIRING_SECONDS = 0.5


class Filer:
    """Works off the finished shots; `invalid` is called with each shot that it finds to be none.

    `changed` is called when a file turns out to have been written again; `keep_raw` says whether the server
    wants RAWs.
    """

    def __init__(
        self,
        settings: WatcherSettings,
        hotfolder: Hotfolder,
        ledger: Ledger,
        *,
        invalid: Callable[[Shot], None],
        changed: Callable[[], None],
        keep_raw: Callable[[], bool],
    ) -> None:
        self._settings = settings
        self._hotfolder = hotfolder
        self._ledger = ledger
        self._invalid = invalid
        self._changed = changed
        self._keep_raw = keep_raw
        self._flag = asyncio.Event()
        self._troubled: set[str] = set()
        self._finished_since: dict[str, float] = {}
        self._lone_since: dict[str, float] = {}
        self._full_at = float("-inf")

    @property
    def disk_full(self) -> bool:
        """Whether a tray's disk has just had no room for a file."""
        return asyncio.get_running_loop().time() - self._full_at < 2 * _RETRY_SECONDS

    def wake(self) -> None:
        """There may be something to move."""
        self._flag.set()

    async def run(self) -> None:
        """Move for ever; what cannot be moved now is tried again."""
        while True:
            self._flag.clear()
            pause = _RETRY_SECONDS
            try:
                if await self._pair_raws():
                    pause = _PAIRING_SECONDS
                for shot in self._ledger.live():
                    if shot.state in FINISHED and not shot.owed:
                        rest = self._grace_left(shot)
                        if rest > 0:
                            pause = min(pause, rest)
                        else:
                            await self._file(shot)
            except sqlite3.Error:
                pass  # the ledger has said it
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._flag.wait()

    def _grace_left(self, shot: Shot) -> float:
        """Seconds for which a program may still come and write the file again."""
        now = asyncio.get_running_loop().time()
        since = self._finished_since.setdefault(shot.shot_id, now)
        return since + self._settings.filing_grace_seconds - now

    async def _pair_raws(self) -> bool:
        """Give each RAW its JPEG, and send it along when that is filed; whether any still waits."""
        waits = False
        for raw in self._ledger.live():
            if raw.kind != "raw" or raw.state != "whole":
                continue
            photo = await self._ledger.partner(raw, self._settings.pair_seconds)
            if photo is not None and photo.filed and photo.state in FINISHED:
                waits = not await self._join(raw, photo) or waits
                continue
            waits = True
            if photo is None and self._is_alone(raw):
                code, message = RAW_ONLY
                self._invalid(
                    await self._ledger.change(raw, state="invalid", reason=code, message=message, told=False)
                )
        return waits

    async def _join(self, raw: Shot, photo: Shot) -> bool:
        """Let a RAW go where its JPEG went; False while it is still to be sent to the server before."""
        shot_id = photo.mate if photo.state == "duplicate" and photo.mate else photo.shot_id
        wanted = photo.state != "invalid" and (photo.raw_wanted or self._keep_raw())
        if wanted and raw.ended is None and await self._ledger.known(raw) is None:
            if raw.mate != shot_id:
                await self._ledger.change(raw, mate=shot_id)
            return False
        folder = Path(photo.target).parent if photo.target else self._folder(photo)
        try:
            target = str(await asyncio.to_thread(_beside, raw, photo, folder))
        except OSError:
            return False  # its tray cannot be asked now
        message = f"Goes with shot {shot_id}."
        await self._ledger.change(
            raw, state=photo.state, mate=shot_id, reason="", message=message, target=target
        )
        return True

    def _is_alone(self, raw: Shot) -> bool:
        now = asyncio.get_running_loop().time()
        waiting = now - self._lone_since.setdefault(raw.shot_id, now)
        return is_alone(waiting, now - self._ledger.added_at, self._settings.pair_seconds)

    def _folder(self, shot: Shot) -> Path:
        tray = target_folder(
            shot.state,
            processed=self._settings.processed_folder,
            orphan=self._settings.orphan_folder,
            invalid=self._settings.invalid_folder,
        )
        return tray / shot.appeared_at.astimezone().strftime("%Y-%m-%d")

    async def _file(self, shot: Shot) -> None:
        """Decide the place, write it down, move, write it down: after a kill the same again does no harm."""
        if shot.target is None:
            target = self._folder(shot) / target_name(shot.path, shot.shot_id)
            shot = await self._ledger.change(shot, target=str(target))
        source = self._settings.folder / shot.path
        try:
            moved = await asyncio.to_thread(self._move, source, Path(shot.target or ""), shot)
        except (OSError, ValueError) as error:
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                self._full_at = asyncio.get_running_loop().time()
            if shot.shot_id not in self._troubled:
                log.warning(
                    "cannot move a file yet; trying again", file=shown_name(shot.path), error=str(error)
                )
            self._troubled.add(shot.shot_id)
            return
        self._troubled.discard(shot.shot_id)
        self._finished_since.pop(shot.shot_id, None)
        self._lone_since.pop(shot.shot_id, None)
        await self._ledger.change(shot, filed=True, target=shot.target if moved else None)
        log.info("filed", shot=shot.shot_id, file=shown_name(shot.path), state=shot.state, moved=moved)
        if not moved:
            self._changed()

    def _move(self, source: Path, target: Path, shot: Shot) -> bool:
        moved = move(source, target, shot)
        if not moved and self._hotfolder.is_away():
            raise HotfolderAway("the hotfolder is away, and its files with it")
        return moved


def _beside(raw: Shot, photo: Shot, folder: Path) -> Path:
    """The RAW's name next to its JPEG: the same tail, its own suffix. Blocking. Raises OSError."""
    own = Path(target_name(raw.path, photo.shot_id))
    try:
        (folder / own).lstat()
    except FileNotFoundError:
        return folder / own
    return folder / target_name(raw.path, raw.shot_id)


def move(source: Path, target: Path, shot: Shot) -> bool:
    """Bring a shot's file to its target; True when it is there. Blocking. Raises OSError.

    False when the file at the source is not the shot's any more (it was taken away or written anew): then it
    stays where it is.
    """
    if not target.exists():
        if not _is_it(source, shot):
            return False
        # Not before: where the hotfolder is away, its trays must not be made in its empty place.
        move_to(source, target)
    elif _is_it(source, shot):
        if fingerprint(target)[0] != fingerprint(source)[0]:
            raise FileExistsError(f"{target} is another file")
        source.unlink()  # a kill came between the copy to another disk and this line
    if shot.state == "invalid":
        reason = target.with_name(target.name + ".reason.txt")
        reason.write_text(_reason(shot), "utf-8")
    return True


def _is_it(source: Path, shot: Shot) -> bool:
    try:
        facts = source.lstat()
    except FileNotFoundError:
        return False
    return (facts.st_size, facts.st_mtime_ns) == (shot.size, shot.mtime_ns)


def move_to(source: Path, target: Path) -> None:
    """Bring a file to a place where nothing is, also on another disk. Blocking. Raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        source.rename(target)
        return
    except FileNotFoundError:
        raise
    except OSError:
        if source.stat().st_dev == target.parent.stat().st_dev:
            raise
    part = target.with_name(target.name + ".part")
    try:
        shutil.copy2(source, part)
        with part.open("rb+") as stream:
            os.fsync(stream.fileno())
        if fingerprint(part)[0] != fingerprint(source)[0]:
            raise OSError("the copy differs from the original")
        part.replace(target)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)  # half a copy must not fill what is left of the disk
        raise
    source.unlink()


def _reason(shot: Shot) -> str:
    return (
        f"{shot.message}\n\nreason: {shot.reason}\nfile: {shown_name(shot.path)}\nshot: {shot.shot_id}\n"
        f"appeared: {shot.appeared_at.isoformat()}\n"
    )
