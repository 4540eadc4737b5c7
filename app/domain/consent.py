"""What guests agree to, purpose by purpose: what the visit cannot do without, and what they may choose."""

from app.domain.errors import Conflict, NotFound

PHOTO, WALL = "photo", "wall"
NECESSARY = {PHOTO: True, WALL: False}
"""Every purpose, and whether there is no visit without it. In the order to show them."""

ERASED = "ERASED"
"""The reason of a camera file whose guest asked for erasing: its bytes are gone, its hash stays so that no
watcher brings it again."""


def check_choice(purpose: str) -> None:
    """Whether a guest may choose about this purpose alone.

    Raises NotFound `PURPOSE_UNKNOWN`, Conflict `CONSENT_NECESSARY`: who takes that back erases their data.
    """
    if purpose not in NECESSARY:
        raise NotFound("PURPOSE_UNKNOWN", "There is no such purpose.")
    if NECESSARY[purpose]:
        raise Conflict(
            "CONSENT_NECESSARY", "Without this there is no photo. You can erase your data instead."
        )
