"""Which files are one shot: a RAW and its JPEG, and a picture that was written or copied again."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import PurePath

from watcher.shot import Shot

REWRITE_SECONDS = 600.0
"""So long after the server's answer the same pixels at the same place are still the same shot, whatever the
metadata says."""
_SAME_SECOND = 1.0
_COPY_PATIENCE = 45


def later_by(one: Shot, other: Shot) -> float:
    """Seconds by which one appeared after the other; the wall clock counts only across boots."""
    if one.seen is not None and other.seen is not None and one.seen.boot == other.seen.boot:
        return one.seen.mono - other.seen.mono
    return (one.appeared_at - other.appeared_at).total_seconds()


def same_shot(new: Shot, old: Shot) -> bool:
    """Whether a file is a shot that was answered before."""
    if new.sha256 and new.sha256 == old.sha256:
        return True
    dates = new.taken_at, old.taken_at
    if new.pixels and old.pixels:
        if new.pixels != old.pixels:
            return False
        if None in dates or new.taken_at == old.taken_at:
            return True
        return _place(new.path) == _place(old.path) and _since_answer(new, old) <= REWRITE_SECONDS
    replaced = old.filed and old.target is None
    return new.path == old.path and None not in dates and new.taken_at == old.taken_at and replaced


def is_another(before: Shot, pixels: str, taken_at: datetime | None) -> bool:
    """Whether a file that was whole, and was written again before it was sent, shows another picture now."""
    if before.pixels and pixels:
        return before.pixels != pixels
    known = before.sha256 and before.taken_at is not None and taken_at is not None
    return bool(known) and before.taken_at != taken_at


def _since_answer(new: Shot, old: Shot) -> float:
    if new.seen is None or old.ended is None:
        return REWRITE_SECONDS + 1
    if new.seen.boot == old.ended.boot:
        return new.seen.mono - old.ended.mono
    return abs((new.seen.wall - old.ended.wall).total_seconds())


def again(path: str, new: Shot, old: Shot) -> bool:
    """Whether a new file stands where a shot was just answered: most likely that shot, written again."""
    return path == old.path and _since_answer(new, old) <= REWRITE_SECONDS


def partner_of(raw: Shot, photos: Iterable[Shot], seconds: float) -> Shot | None:
    """The JPEG of a waiting RAW among candidates: same time taken, else the nearest appearance.

    The time taken decides where both have one: a card may bring all JPEGs first and the RAWs minutes later.
    Else the JPEG came at most `seconds` before, or after: as long as the RAW waits, that is soon enough.
    """
    near: list[tuple[float, Shot]] = []
    for photo in photos:
        same_place = _stem(photo) == _stem(raw) and PurePath(photo.path).parent == PurePath(raw.path).parent
        if raw.taken_at is not None and photo.taken_at is not None:
            if abs((raw.taken_at - photo.taken_at).total_seconds()) > _SAME_SECOND:
                continue
            if _stem(photo) == _stem(raw):
                near.append((0.0 if same_place else 0.5, photo))
        elif same_place and later_by(raw, photo) <= seconds:
            near.append((1.0 + abs(later_by(raw, photo)), photo))
    return min(near, key=lambda found: found[0])[1] if near else None


def is_alone(waiting: float, since_newest: float, patience: float) -> bool:
    """Whether no JPEG comes any more for a RAW; while a card is copied, it may come much later."""
    copying = since_newest < patience / 4
    return waiting > patience * (_COPY_PATIENCE if copying else 1)


def _place(path: str) -> str:
    """Where a file stood before a program that writes metadata put its backup beside it."""
    return path.removesuffix("_original")


def _stem(shot: Shot) -> str:
    return PurePath(shot.path).stem.lower()
