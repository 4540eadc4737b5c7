"""Whether a photographed QR says when its guest stood there: an old picture of a code hands over no booth.

It does where the shutter's moment is known, or where the file came in as it was shot: it appeared while a
watcher looked, and its own time agrees. Of a clock that was never measured, that is: with another live shot,
or roughly with the real time. A copied card's files do neither, for they come in faster than they were shot.
"""

from app.domain.attribution import TOLERANCE, VERY_LATE
from app.domain.camera_clock import AGREE, DISAGREE, CameraClock
from app.domain.series import Shot

SEEN = 5.0
"""So long before a watcher saw it, a file may have lain there: slow shares are not looked at all the time."""


def tells_when(shot: Shot, before: CameraClock, now_known: CameraClock) -> bool:
    """Whether to believe it; `before` is what was known of the camera's clock without this shot."""
    was_set = before.offset is not None and now_known.offset is None
    clock = now_known.without(shot.latest) if was_set else before
    if shot.taken is not None:
        span = clock.shutter(shot.taken)
        if span is not None and span.start <= shot.latest + TOLERANCE:
            return True
    return _came_live(shot) and _agrees(shot, clock)


def prove_each_other(qr: Shot, photo: Shot) -> bool:
    """Whether two files of one camera came in as far apart as they were shot: then both came live."""
    if not (_came_live(qr) and _came_live(photo)) or qr.taken is None or photo.taken is None:
        return False
    return _alike(qr, photo.latest, photo.taken)


def _came_live(shot: Shot) -> bool:
    return shot.latest - shot.earliest <= SEEN


def _agrees(shot: Shot, clock: CameraClock) -> bool:
    """A file that names no time says nothing against it; nobody's camera writes such ones."""
    if shot.taken is None:
        return True
    if any(_alike(shot, appeared, taken) for appeared, taken in clock.samples):
        return True
    # A clock that is ahead makes an old shot look new.
    ahead = any(appeared - taken < -VERY_LATE for appeared, taken in clock.samples)
    return abs(shot.latest - shot.taken) <= VERY_LATE and not clock.has_witnesses and not ahead


def _alike(shot: Shot, appeared: float, taken: float) -> bool:
    if shot.taken is None or abs(shot.taken - taken) < DISAGREE:
        return False
    return abs((shot.latest - shot.taken) - (appeared - taken)) <= AGREE
