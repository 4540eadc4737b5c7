"""Moves finished files into their trays; never overwrites or deletes one, and a kill does no harm."""

import asyncio
import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import structlog

from watcher.hotfolder import Hotfolder
from watcher.ledger import Ledger, Shot
from watcher.settings import WatcherSettings
from watcher.settle import fingerprint
from watcher.sort import FINISHED, RAW_ONLY, shown_name, target_folder, target_name

log = structlog.get_logger()

_RETRY_SECONDS = 5.0
_PAIRING_SECONDS = 0.5


class Filer:
    """Works off the finished shots; `invalid` is called with each shot that it finds to be none."""

    def __init__(
        self, settings: WatcherSettings, hotfolder: Hotfolder, ledger: Ledger, invalid: Callable[[Shot], None]
    ) -> None:
        self._settings = settings
        self._hotfolder = hotfolder
        self._ledger = ledger
        self._invalid = invalid
        self._flag = asyncio.Event()
        self._troubled: set[str] = set()
        self._lone_since: dict[str, float] = {}

    def wake(self) -> None:
        """There may be something to move."""
        self._flag.set()

    async def run(self) -> None:
        """Move for ever; what cannot be moved now is tried again."""
        while True:
            self._flag.clear()
            try:
                raws_wait = await self._pair_raws()
                for shot in self._ledger.live():
                    if shot.state in FINISHED:
                        await self._file(shot)
            except sqlite3.Error as error:
                raws_wait = False
                log.error("the ledger cannot be written; is the disk full?", error=str(error))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PAIRING_SECONDS if raws_wait else _RETRY_SECONDS):
                    await self._flag.wait()

    async def _pair_raws(self) -> bool:
        """Give each RAW its JPEG, and send it along when that is filed; whether any still waits."""
        waits = False
        for raw in self._ledger.live():
            if raw.kind != "raw" or raw.state != "whole":
                continue
            photo = await self._ledger.partner(raw, self._settings.pair_seconds)
            if photo is not None and photo.filed and photo.state in FINISHED:
                folder = Path(photo.target).parent if photo.target else self._folder(photo)
                target = str(_beside(raw, photo, folder))
                message = f"Goes with shot {photo.shot_id}."
                await self._ledger.change(
                    raw, state=photo.state, mate=photo.shot_id, reason="", message=message, target=target
                )
                continue
            waits = True
            now = asyncio.get_running_loop().time()
            waiting = now - self._lone_since.setdefault(raw.shot_id, now)
            if photo is None and waiting > self._settings.pair_seconds:
                code, message = RAW_ONLY
                self._invalid(
                    await self._ledger.change(raw, state="invalid", reason=code, message=message, told=False)
                )
        return waits

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
            moved = await asyncio.to_thread(move, source, Path(shot.target or ""), shot)
        except (OSError, ValueError) as error:
            if shot.shot_id not in self._troubled:
                log.warning(
                    "cannot move a file yet; trying again", file=shown_name(shot.path), error=str(error)
                )
            self._troubled.add(shot.shot_id)
            return
        self._troubled.discard(shot.shot_id)
        await self._ledger.change(shot, filed=True, target=shot.target if moved else None)
        log.info("filed", shot=shot.shot_id, file=shown_name(shot.path), state=shot.state, moved=moved)


def _beside(raw: Shot, photo: Shot, folder: Path) -> Path:
    """The RAW's name next to its JPEG: the same tail, its own suffix."""
    own = Path(target_name(raw.path, photo.shot_id))
    taken = folder / own
    return folder / target_name(raw.path, raw.shot_id) if taken.exists() else taken


def move(source: Path, target: Path, shot: Shot) -> bool:
    """Bring a shot's file to its target; True when it is there. Blocking. Raises OSError.

    False when the file at the source is not the shot's any more (it was taken away or written anew): then it
    stays where it is.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        if not _is_it(source, shot):
            return False
        _rename(source, target)
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


def _rename(source: Path, target: Path) -> None:
    try:
        source.rename(target)
        return
    except FileNotFoundError:
        raise
    except OSError:
        if source.stat().st_dev == target.parent.stat().st_dev:
            raise
    part = target.with_name(target.name + ".part")
    shutil.copy2(source, part)
    with part.open("rb+") as stream:
        os.fsync(stream.fileno())
    if fingerprint(part)[0] != fingerprint(source)[0]:
        raise OSError("the copy differs from the original")
    part.replace(target)
    source.unlink()


def _reason(shot: Shot) -> str:
    return (
        f"{shot.message}\n\nreason: {shot.reason}\nfile: {shown_name(shot.path)}\nshot: {shot.shot_id}\n"
        f"appeared: {shot.appeared_at.isoformat()}\n"
    )
